// Entry of the dashboard: the connection fills the model, the views show it once a frame.

import { BatchesView } from './dashboard/batches.ts';
import { CountsView } from './dashboard/counts.ts';
import { EventsView } from './dashboard/events.ts';
import { connect } from './dashboard/live.ts';
import { Model } from './dashboard/model.ts';
import { PagesView } from './dashboard/pages.ts';
import { prepareRecord } from './dashboard/record.ts';
import { showConnection, TotalsView } from './dashboard/totals.ts';
import { TrafficView } from './dashboard/traffic.ts';
import { VitalsView } from './dashboard/vitals.ts';

const model = new Model();
const traffic = new TrafficView(model);
const views = [
  new TotalsView(model),
  new CountsView(model),
  new PagesView(model),
  new VitalsView(model),
  new EventsView(model, changed),
  new BatchesView(model),
  traffic,
];

let drawing = false;

/** However much arrives, everything is drawn at most once a frame, and not at all while hidden. */
function changed(): void {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    for (const view of views) view.render();
  });
}

prepareRecord(changed);
connect({
  connection: showConnection,
  history(history) {
    model.reset(history);
    traffic.reset();
    changed();
  },
  batch(batch) {
    model.addBatch(batch);
    changed();
  },
  log(log) {
    model.addLog(log);
    changed();
  },
});
