// No client: measures the page itself.
import type { Start } from '../../race/clients/client.ts';

export const start: Start = () => () => {};
