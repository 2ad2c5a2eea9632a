// The exports that reliability.mjs uses after bundling.
export { attacks, slowAttacks } from './attacks.ts';
export { killUnderLoad, load } from './load.ts';
