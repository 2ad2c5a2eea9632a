// Plug-ins that a script tag loads after its first file: their names are there at once, their code when it comes.

import type { Capture, Sink } from './types.ts';

/** What the late file has: dist/webtrack.late.js. */
export type LateFile = typeof import('./late.ts');

/** Name of each plug-in, by its function. */
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

/** Stand-ins that load the file at the first idle moment after one of them starts. */
export function latePlugIns(load: () => Promise<LateFile>): LateFile {
  let file: Promise<LateFile> | undefined;
  const plugIns: Record<string, (options?: object) => Capture> = {};
  for (const [key, name] of Object.entries(NAMES)) {
    plugIns[key] = (options) => ({
      name,
      start(sink) {
        let stop: (() => void) | undefined = sink.whenIdle(() => {
          file ??= load();
          file.then((loaded) => {
            const make = loaded[key as keyof LateFile] as (options?: object) => Capture;
            if (stop) stop = start(() => make(options), sink);
          }, ignore);
        });
        return () => {
          stop?.();
          stop = undefined;
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

// A page without the file has what the others record.
function ignore(): void {}
