// The gauges of a run over time, as an SVG picture that follows the reader's light or dark scheme.
import type { Sample } from './gauges.ts';
import { GAUGES } from './growth.ts';
import type { Run } from './soak.ts';

const WIDTH = 300;
const HEIGHT = 90;
const GAP = 24;
const HEAD = 34;

export function plotOf(runs: readonly Run[]): string {
  const gauges = Object.keys(GAUGES) as (keyof typeof GAUGES)[];
  const width = runs.length * (WIDTH + GAP) + GAP;
  const height = HEAD + gauges.length * (HEIGHT + 2 * GAP);
  const panels = runs.flatMap(({ title, samples }, column) => {
    const x = GAP + column * (WIDTH + GAP);
    const head = `<text x="${x}" y="20" font-weight="600">${title}</text>`;
    return [
      head,
      ...gauges.map((gauge, row) =>
        panel(samples, gauge, x, HEAD + GAP + row * (HEIGHT + 2 * GAP)),
      ),
    ];
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">
<style>
  text { fill: #333 } line { stroke: #bbb } polyline { stroke: #1f6feb; stroke-width: 1.5; fill: none }
  @media (prefers-color-scheme: dark) { text { fill: #ddd } line { stroke: #555 } polyline { stroke: #58a6ff } }
</style>
${panels.join('\n')}
</svg>
`;
}

function panel(
  samples: readonly Sample[],
  gauge: keyof typeof GAUGES,
  x: number,
  y: number,
): string {
  const { title, unit } = GAUGES[gauge];
  const points = samples.flatMap((sample) => {
    const value = sample[gauge];
    return value === undefined ? [] : [[sample.at, value / unit] as const];
  });
  if (points.length === 0) return `<text x="${x}" y="${y}">${title}: none</text>`;
  const most = Math.max(...points.map(([, value]) => value), 1);
  const [end = 1] = points.at(-1) ?? [];
  const line = points
    .map(([at, value]) => {
      const down = y + 6 + HEIGHT - (value / most) * HEIGHT;
      return `${(x + (at / end) * WIDTH).toFixed(1)},${down.toFixed(1)}`;
    })
    .join(' ');
  const base = y + 6 + HEIGHT;
  return `<text x="${x}" y="${y}">${title}, up to ${Math.round(most).toLocaleString('en')}</text>
<line x1="${x}" y1="${base}" x2="${x + WIDTH}" y2="${base}"/>
<text x="${x + WIDTH}" y="${base + 14}" text-anchor="end">${Math.round(end / 60)} min</text>
<polyline points="${line}"/>`;
}
