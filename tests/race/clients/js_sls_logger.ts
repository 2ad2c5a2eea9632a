// js-sls-logger; with more than its 10 events a batch, and compressed, as its manual has it.
import SlsWebLogger from 'js-sls-logger';
import type { Start } from './client.ts';

export const start: Start = ({ https, interval }) => {
  const logger = new SlsWebLogger({
    ...https,
    logstore: 'web',
    count: 1000,
    compress: true,
    ...(interval && { time: interval }),
  });
  return (event) => logger.send(event);
};
