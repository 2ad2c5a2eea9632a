// Shared by the tests of the sample applications: serves an application and reads what it stored.

import type { Collector, StoredLog } from './fixtures.ts';
import type { PageServer } from './page_server.ts';

/** The number of these events depends on timing; they have tests of their own. */
const TIMED = ['engagement', 'long_task', 'web_vital'];

/** The fields that distinguish events of the same name and view. */
const IDENTIFYING_FIELDS: Record<string, readonly string[]> = {
  add_to_basket: ['product_id'],
  click: ['element_text', 'link_type', 'product_id'],
  error: ['error_type', 'message', 'repeats'],
  form_field: ['form', 'form_field', 'changes'],
  form_start: ['form', 'form_field'],
  form_submit: ['form', 'fields_changed'],
  page_view: ['page_title', 'navigation_type', 'referrer_url'],
  request: ['http_method', 'request_url', 'http_status'],
};

/** All stored events as texts of name, view and identifying fields, in the order in which they happened. */
export async function stored(collector: Collector, { origin }: PageServer): Promise<string[]> {
  const textOf = ({ event, page_url, ...fields }: StoredLog) =>
    [
      event,
      page_url,
      ...(IDENTIFYING_FIELDS[String(event)] ?? []).map((field) => fields[field] ?? '-'),
    ]
      .join(' ')
      .replaceAll(origin, '');
  return (await collector.logs())
    .filter(({ event }) => !TIMED.includes(String(event)))
    .sort((a, b) => Number(a.ts) - Number(b.ts) || Number(a.seq) - Number(b.seq))
    .map(textOf);
}

/** Serves an application of build/apps, with the collector as its endpoint. */
export function serve(app: string, pages: PageServer, collector: Collector): void {
  pages.serveApp(app, {
    'https://log.example.com': collector.url,
    // The same server under another host name.
    'https://partner.example.com': pages.origin.replace('localhost', '127.0.0.1'),
  });
}
