// This library from events to a sealed body, as a bundle of its own: every path that uses it loads its own
// copy, as a page has one, since engines tune code to the one module that it calls.

import { loadCore } from '../../js/src/engine/batch/core.ts';
import type { Batch } from '../../js/src/engine/types.ts';
import { fieldsOf } from '../../js/src/recorder/fields.ts';
import type { TrackEvent } from '../../js/src/types.ts';

/** The shipped glue on a module that has the interface of webtrack.h. */
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
