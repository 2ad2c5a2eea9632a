// @aliyun-sls/web-track-browser. Its default of 10 events a batch would send most events before the exit.
import SlsTracker from '@aliyun-sls/web-track-browser';
import type { Start } from './client.ts';

export const start: Start = ({ endpoint, interval }) => {
  const tracker = new SlsTracker({
    host: endpoint,
    project: 'race',
    logstore: 'web',
    count: 1000,
    ...(interval && { time: interval }),
  });
  return (event) => tracker.send(event);
};
