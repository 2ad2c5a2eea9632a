// What the race asks of a client: to be started on a page, and then to record events.

export type RaceEvent = Readonly<Record<string, unknown>>;

export interface Settings {
  /** Origin to which everything is sent. */
  endpoint: string;
  /** The same one by https, where the client speaks nothing else: `{project}.{host}`. */
  https: { project: string; host: string };
  /** Seconds after which a client sends that by default waits for 10; undefined: as by default. */
  interval?: number;
  /** Of one client alone, as clients.ts says. */
  options: Readonly<Record<string, unknown>>;
}

export type Track = (event: RaceEvent) => void;

export type Start = (settings: Settings) => Track | Promise<Track>;
