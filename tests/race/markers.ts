// The name of an event in the race: stays as it is in JSON, in an address and in a form.

const MARKER = /race\d{5}e/g;

export const markerOf = (n: number): string => `race${String(n).padStart(5, '0')}e`;

export const markersOf = (text: string): string[] => text.match(MARKER) ?? [];
