// No client at all: what the page itself costs.
import type { Start } from '../../race/clients/client.ts';

export const start: Start = () => () => {};
