// The plot of raw bytes and sent bytes, and their ratio.

import uPlot from 'uplot';
import { byId, element } from '../dom.ts';
import { bucket, type Columns, fittingRange, RANGES } from './buckets.ts';
import {
  formatBytes,
  formatDuration,
  formatRatio,
  formatRoundBytes,
  formatSaving,
  formatTime,
} from './format.ts';
import type { Model } from './model.ts';

const HEIGHT = 232;
/** Whole minutes, because the axis does not show seconds. */
const TICK_SECONDS = [60, 300, 600, 1200, 3600, 7200, 14_400, 21_600];

export class TrafficView {
  private readonly container = byId('traffic-plot');
  private readonly readout = byId('traffic-readout');
  private readonly plot: uPlot;
  private range = RANGES[0];
  private rangeChosen = false;
  private drawnAt = 0;
  private palette = readPalette();

  constructor(private readonly model: Model) {
    this.plot = new uPlot(this.options(), [[], [], []], this.container);
    byId('traffic-ranges').replaceChildren(...RANGES.map((range) => this.rangeButton(range.label)));
    this.showRange();
    new ResizeObserver(() => this.resize()).observe(this.container);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      this.palette = readPalette();
      this.draw();
    });
    setInterval(() => this.draw(), 1000); // the time axis moves even when nothing arrives
  }

  render(): void {
    const { rawBytes, wireBytes } = this.model;
    byId('ratio').textContent = formatRatio(rawBytes, wireBytes);
    byId('ratio-text').textContent = formatSaving(rawBytes, wireBytes);
    if (performance.now() - this.drawnAt > 400) this.draw();
  }

  /** Shows a new history. Selects a range that contains data, unless the user chose a range. */
  reset(): void {
    if (!this.rangeChosen) this.range = fittingRange(this.model.points, Date.now() / 1000);
    this.showRange();
    this.draw();
  }

  private draw(): void {
    if (document.hidden || this.container.clientWidth === 0) return;
    this.drawnAt = performance.now();
    this.plot.setData(bucket(this.model.points, this.range, this.stepSeconds(), Date.now() / 1000));
    this.showReadout();
  }

  /** Doubles the step in a narrow plot, where the bars would otherwise overlap. */
  private stepSeconds(): number {
    return this.range.stepSeconds * (this.container.clientWidth < 420 ? 2 : 1);
  }

  private resize(): void {
    const width = this.container.clientWidth;
    if (width === 0 || width === this.plot.width) return;
    this.plot.setSize({ width, height: HEIGHT });
    this.showRange();
    this.draw();
  }

  private rangeButton(label: string): HTMLElement {
    const button = element('button', { type: 'button' }, label);
    button.addEventListener('click', () => {
      this.range = RANGES.find((range) => range.label === label) ?? RANGES[0];
      this.rangeChosen = true;
      this.showRange();
      this.draw();
    });
    return button;
  }

  private showRange(): void {
    for (const button of byId('traffic-ranges').children) {
      button.setAttribute('aria-pressed', String(button.textContent === this.range.label));
    }
    byId('traffic-step').textContent = `per ${formatDuration(this.stepSeconds())}`;
  }

  /** Colours are functions, so that the next drawing uses a changed colour scheme. */
  private options(): uPlot.Options {
    const axis = (): uPlot.Axis => ({
      stroke: () => this.palette.muted,
      grid: { stroke: () => this.palette.line, width: 1 },
      ticks: { show: false },
      font: '12px system-ui, sans-serif',
    });
    const bars = uPlot.paths.bars?.({ size: [0.78, 26], align: 1, radius: 0.15 });
    const series = (colour: 'raw' | 'wire'): uPlot.Series => ({
      label: colour,
      fill: () => this.palette[colour],
      width: 0,
      points: { show: false },
      ...(bars && { paths: bars }),
    });
    return {
      width: Math.max(240, this.container.clientWidth),
      height: HEIGHT,
      padding: [10, 16, 0, 0],
      legend: { show: false },
      cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
      scales: {
        x: { range: (_, min, max) => [min, max + this.stepSeconds()] },
        y: { range: (_, __, max) => [0, max > 0 ? max * 1.08 : 1000] },
      },
      axes: [
        { ...axis(), space: 46, incrs: TICK_SECONDS, size: 28, gap: 6, values: '{HH}:{mm}' },
        {
          ...axis(),
          size: 66,
          gap: 8,
          space: 44,
          values: (_, splits) => splits.map(formatRoundBytes),
        },
      ],
      series: [{}, series('raw'), series('wire')],
      hooks: { setCursor: [() => this.showReadout()] },
    };
  }

  /** Shows the values under the pointer, or the sum of all bars without a pointer. */
  private showReadout(): void {
    if (!this.plot) return; // uPlot calls this hook in its constructor, before `plot` is set
    const [seconds, raw, wire] = this.plot.data as Columns;
    const at = this.plot.cursor.idx ?? -1;
    const time = seconds[at];
    this.readout.textContent =
      time === undefined
        ? `Last ${formatDuration(this.range.spanSeconds)}: ${formatBytes(sum(raw))} raw, ${formatBytes(sum(wire))} sent`
        : `${formatTime(time * 1000)}: ${formatBytes(raw[at] ?? 0)} raw, ${formatBytes(wire[at] ?? 0)} sent`;
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function readPalette() {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  return {
    raw: colour('--raw'),
    wire: colour('--wire'),
    muted: colour('--muted'),
    line: colour('--line'),
  };
}
