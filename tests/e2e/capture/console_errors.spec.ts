// What a page prints by console.error.

import { expect, test } from '../fixtures.ts';
import { failures, lineOf, options, PAGE } from './errors_page.ts';

test.use({ expectedProblems: /./ });
test.describe('console.error', () => {
  const withConsole = { capture: { errors: { console: true } } };

  test('is not recorded by default', async ({ page, collector, open }) => {
    await open(PAGE, { options });
    await page.click('#said');
    await page.click('#rejection');
    expect(await failures(page, collector, 1)).toMatchObject([{ error_type: 'rejection' }]);
  });

  test('is recorded as printed if the option console is true', async ({
    page,
    pages,
    collector,
    open,
  }) => {
    const printed: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') printed.push(message.text());
    });
    await open(PAGE, { options: withConsole });
    await page.click('#said');
    const [error] = await failures(page, collector, 1);
    expect(error).toMatchObject({
      error_type: 'console',
      error_name: 'RangeError',
      message: 'one of 2 {private} RangeError: low',
      source_url: `${pages.origin}/capture/errors.js`,
      line: String(lineOf('said:')),
      repeats: '1',
    });
    await page.evaluate(() => console.error('only', 'text', null));
    expect((await failures(page, collector, 2)).at(-1)).toEqual({
      event: 'error',
      error_type: 'console',
      error_name: 'Error',
      message: 'only text null',
      repeats: '1',
    });
    expect(printed).toHaveLength(2);
    expect(printed[0]).toContain('one');
    expect(printed[1]).toBe('only text null');
  });

  test('keeps its name, fields, results and exceptions for the page', async ({
    page,
    collector,
    open,
  }) => {
    await page.addInitScript(() => {
      console.error = Object.assign(
        function report(first: unknown) {
          if (first === 'throw') throw new Error('from console.error');
          return `said ${first}`;
        },
        { level: 2 },
      ) as never;
      Object.assign(window, { original: console.error });
    });
    await open(PAGE, { options: withConsole });
    const seen = await page.evaluate(() => {
      const { original } = window as unknown as { original: typeof console.error };
      const unreadable = {
        get message() {
          throw new Error('unreadable');
        },
      };
      let thrown = '';
      try {
        console.error('throw');
      } catch (error) {
        thrown = (error as Error).message;
      }
      return [
        console.error !== original,
        console.error.name,
        console.error.length,
        (console.error as unknown as { level: number }).level,
        console.error('this'),
        console.error(unreadable),
        thrown,
      ];
    });
    expect(seen.slice(0, 5)).toEqual([true, 'report', 1, 2, 'said this']);
    expect(seen[5]).toContain('said');
    expect(seen[6]).toBe('from console.error');
    expect(await failures(page, collector, 2)).toMatchObject([
      { message: 'this' },
      { message: '{message}' },
    ]);
  });

  test('called in beforeSend is not recorded', async ({ page, collector, open }) => {
    await open(PAGE);
    await page.evaluate((host) => {
      let calls = 0;
      window.tracker = window.webtrack.createTracker({
        host,
        logstore: 'web',
        capture: [window.webtrack.errors({ console: true })],
        beforeSend: (event) => {
          console.error(`recorded ${calls++}`);
          return { ...event, calls };
        },
      });
      console.error('from the page');
    }, collector.url);
    expect(await failures(page, collector, 1)).toMatchObject([
      { message: 'from the page', calls: '1' },
    ]);
  });
});
