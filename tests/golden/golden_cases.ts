// Reads cases.json for the TypeScript tests; README.md describes the format.
import { readFileSync } from 'node:fs';

export interface GoldenCase {
  name: string;
  source: string;
  topic: string;
  tags: Record<string, string>;
  /** What the endpoint stores. */
  logs: Record<string, string>[];
  /** What the page tracks. */
  events: Record<string, unknown>[];
  body: string;
}

type Repeated<T> = { repeat: T; times: number };
type Text = string | Repeated<string>;
type Log = Record<string, Text>;

interface CompactCase {
  name: string;
  source?: string;
  topic?: string;
  tags?: Record<string, string>;
  logs: (Log | Repeated<Log>)[];
  events?: string;
  body: string | Text[];
}

export const goldenCases: GoldenCase[] = (
  JSON.parse(readFileSync(new URL('cases.json', import.meta.url), 'utf8')) as CompactCase[]
).map(({ name, source = '', topic = '', tags = {}, logs: compact, events, body }) => {
  const logs = compact.flatMap(logsOf);
  return {
    name,
    source,
    topic,
    tags,
    logs,
    events: events === undefined ? logs : JSON.parse(events),
    body: typeof body === 'string' ? body : body.map(textOf).join(''),
  };
});

function logsOf(log: Log | Repeated<Log>): Record<string, string>[] {
  if (isRepeated<Log>(log)) return Array.from({ length: log.times }, () => fieldsOf(log.repeat));
  return [fieldsOf(log)];
}

function fieldsOf(log: Log): Record<string, string> {
  return Object.fromEntries(Object.entries(log).map(([key, text]) => [key, textOf(text)]));
}

function textOf(text: Text): string {
  return typeof text === 'string' ? text : text.repeat.repeat(text.times);
}

function isRepeated<T>(value: object): value is Repeated<T> {
  return 'repeat' in value && 'times' in value;
}
