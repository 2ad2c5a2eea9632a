// Formats numbers, bytes and times for people.

const integer = new Intl.NumberFormat('en');
const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const dated = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
});
const full = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

export function formatCount(count: number): string {
  return integer.format(count);
}

/** Formats with three significant digits in decimal units: `950 B`, `1.24 kB`, `18.6 MB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${value.toFixed(digits)}\u00a0${UNITS[unit]}`;
}

/** Formats without zeros after the decimal point, for an axis: `5 kB`. */
export function formatRoundBytes(bytes: number): string {
  return formatBytes(bytes).replace(/\.0+(?!\d)/, '');
}

/** Formats how many times smaller the sent bytes are than the raw bytes; a dash without bytes. */
export function formatRatio(raw: number, wire: number): string {
  if (raw <= 0 || wire <= 0) return '–';
  const ratio = raw / wire;
  return `${ratio.toFixed(ratio < 99.95 ? 1 : 0)}×`;
}

export function formatSaving(raw: number, wire: number): string {
  if (raw <= 0) return '';
  const percent = Math.round((1 - wire / raw) * 100);
  return percent > 0 ? `${percent}\u00a0% fewer bytes on the wire` : 'not smaller on the wire';
}

/** `296 ms`, `1.24 s`, `12.4 s`, `3 min`. */
export function formatMilliseconds(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 0.9995) return `${Math.round(milliseconds)}\u00a0ms`;
  if (seconds < 99.5) return `${seconds.toPrecision(3)}\u00a0s`;
  return `${Math.round(seconds / 60)}\u00a0min`;
}

/** Returns the path and query of a URL, with the host if it is not this host. */
export function formatAddress(address: string): string {
  if (!URL.canParse(address)) return address;
  const { host, pathname, search } = new URL(address);
  return (host === location.host ? '' : host) + pathname + search;
}

export function formatDuration(seconds: number): string {
  if (seconds < 60) return `${seconds} seconds`;
  if (seconds < 3600) return seconds === 60 ? 'minute' : `${seconds / 60} minutes`;
  return seconds === 3600 ? 'hour' : `${seconds / 3600} hours`;
}

/** Formats the time of day, with the date if it is not today. */
export function formatTime(milliseconds: number): string {
  const time = new Date(milliseconds);
  const today = new Date().toDateString() === time.toDateString();
  return (today ? clock : dated).format(time);
}

export function formatFullTime(milliseconds: number): string {
  return full.format(new Date(milliseconds));
}
