// Markers identify events in the race. They look the same in JSON, in a URL and in a form.

const MARKER = /race\d{5}e/g;

export const markerOf = (n: number): string => `race${String(n).padStart(5, '0')}e`;

export const markersOf = (text: string): string[] => text.match(MARKER) ?? [];
