// The interface of a client: it is started on a page and then records events.

export type RaceEvent = Readonly<Record<string, unknown>>;

export interface Settings {
  /** Origin that receives everything. */
  endpoint: string;
  /** The same endpoint by https, `{project}.{host}`, for a client that only sends by https. */
  https: { project: string; host: string };
  /** Send interval in seconds for clients that wait 10 s by default; undefined: their default. */
  interval?: number;
  /** The options of this client from clients.ts. */
  options: Readonly<Record<string, unknown>>;
}

export type Track = (event: RaceEvent) => void;

export type Start = (settings: Settings) => Track | Promise<Track>;
