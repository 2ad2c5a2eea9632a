// This library from events to a sealed body, in a bundle of its own. Each path loads its own copy, as a page does,
// because V8 optimizes the glue for the one WebAssembly module that it calls.

import { loadCore } from '../../js/src/engine/batch/core.ts';
import type { Batch } from '../../js/src/engine/types.ts';
import { fieldsOf } from '../../js/src/recorder/fields.ts';
import type { TrackEvent } from '../../js/src/types.ts';

/** The shipped glue with a module that implements webtrack.h. */
export async function makeGlue(url: string, envelope: Envelope) {
  const core = await loadCore(url);
  core.setEnvelope(envelope);
  return {
    run(events: readonly TrackEvent[]): Batch {
      for (const event of events) core.append(fieldsOf(event, refuse));
      const batch = core.seal(0xffff_ffff, 'fast');
      if (batch === undefined) throw new Error('the core sealed nothing');
      core.discard(batch.events);
      return batch;
    },
    memoryBytes: () => core.memoryBytes,
  };
}

export interface Envelope {
  source: string;
  topic: string;
  tags: Record<string, string>;
}

function refuse(field: string): never {
  throw new Error(`field ${field} was dropped`);
}
