// Moves the inline scripts of the exported pages into files. A strict Content-Security-Policy forbids inline scripts,
// and Next's nonces need a server that makes each page anew. Without such a policy you do not need this.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const out = 'dist';

for (const name of readdirSync(out, { recursive: true }).filter((name) => name.endsWith('.html'))) {
  const page = join(out, name);
  const inline = /<script( id="\w+")?>(.*?)<\/script>/gs;
  const html = readFileSync(page, 'utf8').replace(inline, (_, id = '', code) => {
    const hash = createHash('sha256').update(code).digest('hex').slice(0, 16);
    const path = `_next/static/${hash}.js`;
    writeFileSync(join(out, path), code);
    return `<script${id} src="/${path}"></script>`;
  });
  writeFileSync(page, html);
}
