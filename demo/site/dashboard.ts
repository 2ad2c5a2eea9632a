// Entry point of the dashboard. The connection fills the model; the views render it at most once per frame.

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
  new EventsView(model, scheduleRender),
  new BatchesView(model),
  traffic,
];

let scheduled = false;

/** Renders all views in the next frame. A hidden page has no frames and renders nothing. */
function scheduleRender(): void {
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(() => {
    scheduled = false;
    for (const view of views) view.render();
  });
}

prepareRecord(scheduleRender);
connect({
  connection: showConnection,
  history(history) {
    model.reset(history);
    traffic.reset();
    scheduleRender();
  },
  batch(batch) {
    model.addBatch(batch);
    scheduleRender();
  },
  log(log) {
    model.addLog(log);
    scheduleRender();
  },
});
