// The collector accepts the sample request of the API reference, sent by curl.

import { execFileSync } from 'node:child_process';
import { deflateSync } from 'node:zlib';
import { expect, expectStored, test } from '../e2e/fixtures.ts';

const SAMPLE = `{
  "__topic__" : "topic",
  "__source__" : "source",
  "__logs__" : [
      {
         "key1": "value1",
         "key2": "value2"
        },
       { 
         "key1": "value1", 
         "key2": "value2"
       }
     ],
  "__tags__" : {
    "tag1": "value1",
    "tag2": "value2"  
     }
}`;

const STORED = {
  __topic__: 'topic',
  __source__: 'source',
  '__tag__:tag1': 'value1',
  '__tag__:tag2': 'value2',
  key1: 'value1',
  key2: 'value2',
};

const SERVICE = 'ali-test-project.cn-hangzhou.log.aliyuncs.com';

test.use({ collectorFlags: ['--project', 'ali-test-project', '--logstore', 'ali-test-logstore'] });

/** Posts `body` to the URL of the service; the connection goes to the collector. Returns head and body. */
function curl(collector: string, body: string | Buffer, headers: Record<string, string>): string {
  return execFileSync(
    'curl',
    [
      ...['--silent', '--show-error', '--include', '--noproxy', '*', '--max-time', '10'],
      ...['--connect-to', `${SERVICE}:80:${new URL(collector).host}`],
      ...Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`]),
      ...['--data-binary', '@-', `http://${SERVICE}/logstores/ali-test-logstore/track`],
    ],
    { input: body, encoding: 'utf8' },
  );
}

for (const [form, [body, headers, compression]] of Object.entries({
  'with the content type alone': [SAMPLE, { 'Content-Type': 'application/json' }, 'none'],
  'with the headers that the reference requires': [
    SAMPLE,
    { 'x-log-apiversion': '0.6.0', 'x-log-bodyrawsize': '1234' },
    'none',
  ],
  'compressed with deflate': [
    deflateSync(SAMPLE),
    {
      'x-log-apiversion': '0.6.0',
      'x-log-bodyrawsize': String(SAMPLE.length),
      'x-log-compresstype': 'deflate',
    },
    'deflate',
  ],
} satisfies Record<string, [string | Buffer, Record<string, string>, string]>)) {
  test(`the sample request ${form} is stored`, async ({ collector }) => {
    const answer = curl(collector.url, body, headers);
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answer).toMatch(/\r\nx-log-requestid: [0-9A-F]{24}\r\n/);
    expect(answer).toMatch(/\r\nContent-Length: 0\r\n/);
    expect(answer).toMatch(/\r\n\r\n$/);

    await expectStored(collector, 'key1', ['value1', 'value1']);
    const logs = await collector.logs();
    expect(logs.map(({ __id__, __batch__, __time__, ...stored }) => stored)).toEqual([
      STORED,
      STORED,
    ]);
    expect(await collector.batches()).toMatchObject([
      { logstore: 'ali-test-logstore', compression, raw_bytes: SAMPLE.length, logs: 2 },
    ]);
  });
}
