// Generates the tables of js/SCHEMA.md from the types in js/src/events.ts and technical_events.ts.
import { readFileSync } from 'node:fs';
import { isMain } from './command_line.mjs';
import { documentCommand } from './generated_document.mjs';
import { Failure, root } from './steps.mjs';

const sources = ['events', 'technical_events'].map((name) => `${root}/js/src/${name}.ts`);
const document = `${root}/js/SCHEMA.md`;
const mark = '<!-- events -->\n';

/** Markdown for each event: its description, then a table with name, type and meaning of each field. */
export function eventTables(texts = sources.map((source) => readFileSync(source, 'utf8'))) {
  const interfaces = /\/\*\*((?:(?!\*\/).)*)\*\/\nexport interface (\w+) \{\n(.*?)\n\}\n/gs;
  const others = { CommonFields: 'Every event', ContextTags: 'Tags of every batch' };
  return [...texts.join('\n').matchAll(interfaces)].map(([, comment, name, body]) => {
    const event = /^ {2}event: '(\w+)';$/m.exec(body)?.[1];
    const fields = /\/\*\*((?:(?!\*\/).)*)\*\/\n {2}(\w+)(\??): ([^;\n]+);/gs;
    const rows = [...body.matchAll(fields)].map(([, meaning, field, optional, type]) => {
      const kind = type.startsWith('Readonly<Record')
        ? 'JSON'
        : type.replace(' | undefined', '').replace('string', 'text');
      return `| \`${field}\` | ${kind}${optional ? ', optional' : ''} | ${prose(meaning)} |`;
    });
    const table =
      rows.length > 0 ? ['', '| field | type | meaning |', '| --- | --- | --- |', ...rows] : [];
    const free = /\[(\w+): string\]: unknown;/.exec(body)?.[1];
    return [
      `## ${event ? `\`${event}\`` : others[name]}`,
      '',
      prose(comment),
      ...table,
      ...(free
        ? ['', `Further fields: ${free === 'trait' ? 'the traits' : 'the attributes'}.`]
        : []),
      '',
    ].join('\n');
  });
}

/** The whole document with current tables. */
export function schema(current = readFileSync(document, 'utf8')) {
  const end = current.indexOf(mark);
  if (end < 0) throw new Failure(`${document} has no line ${mark}`);
  return `${current.slice(0, end + mark.length)}\n${eventTables().join('\n')}`;
}

// A comment's text on one line, safe in a table's cell.
function prose(comment) {
  return comment
    .replace(/^\s*\* ?/gm, '')
    .replace(/\s+/g, ' ')
    .trim()
    .replaceAll('|', '\\|');
}

if (isMain(import.meta.url)) {
  await documentCommand({
    command: 'schema',
    document: 'js/SCHEMA.md',
    sources: 'js/src/events.ts and technical_events.ts',
    wanted: () => schema(),
  });
}
