// One colour for each event's name, the same in every view, given in order of appearance.

const HUES = 8;
const given = new Map<string, number>();

export function hueClass(event: string): string {
  let hue = given.get(event);
  if (hue === undefined) {
    hue = given.size % HUES;
    given.set(event, hue);
  }
  return `hue-${hue}`;
}
