// Links between documents lead somewhere, also for somebody who only has the package.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(`${root}/${path}`, 'utf8');
const list = ['ls-files', '--cached', '--others', '--exclude-standard', '--', '*.md'];
const documents = execFileSync('git', list, { cwd: root, encoding: 'utf8' })
  .split('\n')
  .filter((path) => path && existsSync(`${root}/${path}`));

/** The text of a document without its blocks of code. The marks of a block stand alone on their lines. */
function proseOf(document: string): string {
  let isCode = false;
  const prose = read(document)
    .split('\n')
    .filter((line) => {
      const isFence = /^\s*```/.test(line);
      if (isFence) isCode = !isCode;
      return !isFence && !isCode;
    });
  expect(isCode, `${document} has a block of code that does not end`).toBe(false);
  return prose.join('\n');
}

/** As GitHub makes the anchors of headings. */
function anchorsOf(document: string): string[] {
  return [...proseOf(document).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-'),
  );
}

/** Links and pictures of a document that lead to other files, as paths from the root, with their anchors. */
function linksOf(document: string): { link: string; path: string; anchor: string | undefined }[] {
  return [...proseOf(document).matchAll(/\]\((?!\w+:)([^)\s]*)\)/g)].map(([, link = '']) => {
    const [path = '', anchor] = link.split('#');
    return { link, path: path ? normalize(`${dirname(document)}/${path}`) : document, anchor };
  });
}

test.each(documents)('every link of %s leads to a file, and to a heading in it', (document) => {
  for (const { link, path, anchor } of linksOf(document)) {
    expect(existsSync(`${root}/${path}`), link).toBe(true);
    if (anchor) expect(anchorsOf(path), link).toContain(anchor);
  }
});

test('documents of the package link to files of the package only', () => {
  const { files } = JSON.parse(read('package.json')) as { files: string[] };
  const isShipped = (path: string) =>
    ['README.md', 'LICENSE', 'package.json'].includes(path) ||
    files.some((file) => new RegExp(`^${file.replaceAll('*', '[^/]*')}$`).test(path));
  const shipped = documents.filter(isShipped);
  expect(shipped.length).toBeGreaterThan(10);
  for (const document of shipped) {
    for (const { path } of linksOf(document)) {
      expect(isShipped(path), `${document} links to ${path}`).toBe(true);
    }
  }
});

test('the README is short', () => {
  expect(read('README.md').split('\n').length).toBeLessThanOrEqual(150);
});
