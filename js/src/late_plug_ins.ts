// Plug-ins whose code a script tag loads after its first file. Stand-ins make their names available at once.

import type { Promise } from './natives.ts';
import type { Capture, Sink } from './types.ts';

/** The exports of the late file, dist/webtrack.late.js. */
export type LateFile = typeof import('./late.ts');

/** Name of each plug-in, by the name of its function. */
const NAMES = {
  clicks: 'clicks',
  engagement: 'engagement',
  forms: 'forms',
  longTasks: 'long_tasks',
  network: 'network',
  reports: 'reports',
  resources: 'resources',
  scroll: 'scroll',
  visibility: 'visibility',
  webVitals: 'web_vitals',
} as const satisfies Record<keyof LateFile, string>;

/** Makes stand-ins, which load the late file at the first idle moment after one of them starts. */
export function latePlugIns(load: () => Promise<LateFile>): LateFile {
  let file: Promise<LateFile> | undefined;
  const plugIns: Record<string, (options?: object) => Capture> = {};
  for (const [key, name] of Object.entries(NAMES)) {
    plugIns[key] = (options) => ({
      name,
      start(sink) {
        let isStopped = false;
        let stop = sink.whenIdle(() => {
          file ??= load();
          file
            .then((loaded) => {
              const make = loaded[key as keyof LateFile] as (options?: object) => Capture;
              if (isStopped) return;
              stop = start(() => make(options), sink);
              // Its first event calls hooks of the page, which may stop the tracker.
              if (isStopped) stop();
            })
            .catch(ignore);
        });
        return () => {
          isStopped = true;
          stop();
          stop = ignore;
        };
      },
    });
  }
  return plugIns as LateFile;
}

function start(make: () => Capture, sink: Sink): () => void {
  try {
    return make().start(sink);
  } catch {
    return ignore;
  }
}

// If the late file does not load, the other plug-ins still record.
function ignore(): void {}
