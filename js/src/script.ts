// The first file of a page that uses a script tag: the recorder, and the plug-ins that must start early. The other
// files are next to it and load later. The global `webtrack` holds the whole library.

import { context } from './capture/context.ts';
import { errors } from './capture/errors.ts';
import { identity } from './capture/identity.ts';
import { pageViews } from './capture/page_views.ts';
import { latePlugIns } from './late_plug_ins.ts';
import { type Promise, URL } from './natives.ts';
import { createTrackerWith } from './recorder/create.ts';
import { ownTag, startFromTag } from './script_tag.ts';

const tag = ownTag();
const beside = (file: string) => new URL(file, tag.base).href;
const late = latePlugIns(() => import(beside('webtrack.late.js')));

/** Number of failed downloads of the engine. After a failed import some browsers never request that address again. */
let failures = 0;

const plugIns = {
  context,
  errors,
  identity,
  pageViews,
  ...late,
  autocapture: () => [
    context(),
    identity(),
    pageViews(),
    errors(),
    late.clicks(),
    late.forms(),
    late.scroll(),
    late.visibility(),
    late.engagement(),
    late.webVitals(),
    late.reports(),
    late.longTasks(),
  ],
};

async function loadEngine(): Promise<typeof import('./page_engine.ts')> {
  try {
    return await import(beside(failures > 0 ? `engine.js?again=${failures}` : 'engine.js'));
  } catch (error) {
    failures++;
    throw error;
  }
}

startFromTag(tag, plugIns, (options) =>
  createTrackerWith(options, {
    worker: () => (tag.src ? beside('webtrack.worker.js') : undefined),
    async engine(page, noteStorage) {
      const { createEngine } = await loadEngine();
      const coreJs = new URL(beside('core.js'));
      return createEngine({ core: beside('core.wasm'), coreJs, page, noteStorage });
    },
  }),
);
