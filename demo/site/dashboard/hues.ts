// Assigns a colour to each event name. All views use the same colour for a name.

const HUES = 8;
const assigned = new Map<string, number>();

export function hueClass(event: string): string {
  let hue = assigned.get(event);
  if (hue === undefined) {
    hue = assigned.size % HUES;
    assigned.set(event, hue);
  }
  return `hue-${hue}`;
}
