// js-sls-logger, compressed as in its manual. Its default of 10 events a batch would send most events before the exit.
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
