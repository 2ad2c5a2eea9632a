// Shared by tests of refused requests.
import { expect } from 'vitest';
import { type Collector, startCollector } from './collector_process.ts';
import type { ErrorBody } from './requests.ts';

/** Starts a collector with these arguments, runs `use`, and stops the collector. */
export async function withCollector(args: string[], use: (collector: Collector) => Promise<void>) {
  const collector = await startCollector({ args });
  try {
    await use(collector);
  } finally {
    await collector.stop();
  }
}

/** Expects the status, JSON and headers of a refused request, and its row in `batches`. */
export async function expectRefusal(
  collector: Collector,
  response: Response,
  status: number,
  code: string,
  message?: string,
) {
  const body = (await response.json()) as ErrorBody;
  expect([response.status, body.errorCode]).toEqual([status, code]);
  if (message !== undefined) expect(body.errorMessage).toBe(message);
  expect(Object.keys(body)).toEqual(['errorCode', 'errorMessage']);
  expect(response.headers.get('content-type')).toBe('application/json');
  expect(response.headers.get('server')).toBe('nginx');
  expect(response.headers.get('access-control-allow-origin')).toBe('*');
  const id = response.headers.get('x-log-requestid');
  expect(id).toMatch(/^[0-9A-F]{24}$/);
  if (status === 405) return;
  const [row] = await collector.batches({ limit: 1 });
  expect(row).toMatchObject({
    request_id: id,
    status,
    error_code: code,
    error_message: body.errorMessage,
    logs: 0,
    repeated: 0,
  });
}
