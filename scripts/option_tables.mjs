// Generates the tables of docs/options.md from the types in js/src/types.ts and of the plug-ins.
import { readdirSync, readFileSync } from 'node:fs';
import { isMain } from './command_line.mjs';
import { documentCommand } from './generated_document.mjs';
import { Failure, root } from './steps.mjs';

const source = `${root}/js/src/types.ts`;
const capture = `${root}/js/src/capture`;
const document = `${root}/docs/options.md`;

/** The tables between `<!-- types:NAME -->` and `<!-- /types:NAME -->`, by name. */
export function optionTables(text = readFileSync(source, 'utf8')) {
  return {
    TrackerOptions: optionTable(bodyOf(text, 'interface TrackerOptions {', '\n}\n'), wordsOf(text)),
    Tracker: memberTable(bodyOf(text, 'interface Tracker {', '\n}\n')),
    DropReason: unionTable(bodyOf(text, 'type DropReason =', ';\n')),
    NoticeKind: unionTable(bodyOf(text, 'type NoticeKind =', ';\n')),
    PlugIns: plugInTable(),
  };
}

/** The whole document with current tables. */
export function optionsDocument(current = readFileSync(document, 'utf8')) {
  let text = current;
  for (const [name, table] of Object.entries(optionTables())) {
    const [begin, end] = [`<!-- types:${name} -->`, `<!-- /types:${name} -->`];
    const [from, to] = [text.indexOf(begin), text.indexOf(end)];
    if (from < 0 || to < from) throw new Failure(`${document} lacks ${begin} … ${end}`);
    text = `${text.slice(0, from + begin.length)}\n${table}\n${text.slice(to)}`;
  }
  return text;
}

const COMMENT = String.raw`\/\*\*((?:(?!\*\/).)*)\*\/\n`;

function bodyOf(text, begin, end) {
  const [, after] = text.split(`export ${begin}`);
  if (!after) throw new Failure(`${source} has no "${begin}"`);
  return after.split(end)[0];
}

/** Types that are unions of words, by name. */
function wordsOf(text) {
  const types = text.matchAll(/^export type (\w+) = ('\w+'(?: \| '\w+')*);$/gm);
  return new Map([...types].map(([, name, words]) => [name, words]));
}

function optionsIn(body) {
  return [...body.matchAll(new RegExp(`${COMMENT} {2}(\\w+)(\\??): ([^;]+);`, 'gs'))];
}

function optionTable(body, words) {
  const rows = optionsIn(body).map(([, meaning, name, optional, type]) =>
    row(
      `\`${name}\`${optional ? '' : ' (required)'}`,
      `\`${inCell(words.get(type) ?? type)}\``,
      prose(meaning),
    ),
  );
  return [row('option', 'type', 'meaning'), row('---', '---', '---'), ...rows].join('\n');
}

/** The options of each plug-in that has some. */
function plugInTable() {
  const rows = readdirSync(capture).flatMap((file) => {
    const text = readFileSync(`${capture}/${file}`, 'utf8');
    const [, plugIn] = /.*^export function (\w+)\(.*Options = \{\}\): Capture/ms.exec(text) ?? [];
    const [, body] = /^export interface \w+Options \{(.*?)\n\}\n/ms.exec(text) ?? [];
    if (!plugIn || !body) return [];
    return optionsIn(body).map(([, meaning, name, , type]) =>
      row(`\`${plugIn}()\``, `\`${name}\``, `\`${inCell(type)}\``, prose(meaning)),
    );
  });
  const heads = [row('plug-in', 'option', 'type', 'meaning'), row('---', '---', '---', '---')];
  return [...heads, ...rows].join('\n');
}

function memberTable(body) {
  const members = [...body.matchAll(new RegExp(`${COMMENT} {2}(?:readonly )?([^;]+);`, 'gs'))];
  const rows = members.map(([, meaning, member]) => row(`\`${inCell(member)}\``, prose(meaning)));
  return [row('member', 'meaning'), row('---', '---'), ...rows].join('\n');
}

function unionTable(body) {
  const members = [...body.matchAll(new RegExp(`${COMMENT} {2}\\| '(\\w+)'`, 'gs'))];
  const rows = members.map(([, meaning, member]) => row(`\`${member}\``, prose(meaning)));
  return [row('value', 'meaning'), row('---', '---'), ...rows].join('\n');
}

const row = (...cells) => `| ${cells.join(' | ')} |`;
const inCell = (text) => text.replace(/\s+/g, ' ').trim().replaceAll('|', '\\|');
const prose = (comment) => inCell(comment.replace(/^\s*\* ?/gm, ''));

if (isMain(import.meta.url)) {
  await documentCommand({
    command: 'options',
    document: 'docs/options.md',
    sources: 'js/src/types.ts and js/src/capture',
    wanted: () => optionsDocument(),
  });
}
