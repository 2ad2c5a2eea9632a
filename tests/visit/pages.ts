// The visited pages. Controls have fixed positions, because looking for them by script would take time in the page.

/**
 * `events`: the page that only sends events. `documents`: pages on which each client records what it does by default.
 */
export type Kind = 'events' | 'documents';

/** How many documents a visit has. */
export const DOCUMENTS = 3;

export const VIEWPORT = { width: 1280, height: 800 };

interface Place {
  x: number;
  y: number;
}

/** The middle of each control. */
export const places = {
  send: { x: 1100, y: 50 },
  add: { x: 1100, y: 120 },
  keep: { x: 1100, y: 190 },
  name: { x: 1100, y: 260 },
  town: { x: 1100, y: 330 },
  submit: { x: 1100, y: 400 },
  next: { x: 1100, y: 470 },
} as const satisfies Record<string, Place>;

const WIDTH = 200;
const HEIGHT = 50;

const styleOf = ({ x, y }: Place) =>
  `style="position:fixed;left:${x - WIDTH / 2}px;top:${y - HEIGHT / 2}px;width:${WIDTH}px;height:${HEIGHT}px"`;

/** `client`: the script tags that load it. */
export function eventsPage(client: string): string {
  return page('Events', client, `<button type="button" ${styleOf(places.send)}>Send</button>`);
}

/** A text to scroll, two buttons, a form, and a link to the next document. */
export function documentPage(number: number, client: string): string {
  const paragraphs = Array.from(
    { length: 60 },
    (_, n) => `<p>Paragraph ${n + 1}: green tea is steeped at 80 degrees, and for two minutes.</p>`,
  );
  const next = number < DOCUMENTS ? `/documents/${number + 1}` : '/end';
  const body = `<main><h1>Document ${number}</h1>
${paragraphs.join('\n')}
</main>
<button type="button" id="add" ${styleOf(places.add)}>Add to cart</button>
<button type="button" id="keep" ${styleOf(places.keep)}>Keep for later</button>
<form id="contact" action="/end">
<input name="name" aria-label="Name" ${styleOf(places.name)}>
<input name="town" aria-label="Town" ${styleOf(places.town)}>
<button ${styleOf(places.submit)}>Submit</button>
</form>
<a id="next" href="${next}" ${styleOf(places.next)}>Next</a>
<script>
document.querySelector('form').addEventListener('submit', (event) => event.preventDefault());
for (const button of document.querySelectorAll('body > button')) {
  button.addEventListener('click', () => { button.textContent += ' ✓'; });
}
</script>`;
  return page(`Document ${number}`, client, body);
}

/** The last page of a visit, without a client. */
export const endPage = page('The end', '', '<p>Nothing is recorded here.</p>');

function page(title: string, client: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>
<link rel="icon" href="data:,">${client}</head><body>
${body}
</body></html>`;
}
