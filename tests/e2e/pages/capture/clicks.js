const byId = (id) => document.getElementById(id);

/** Types of events that the page has heard. */
globalThis.seen = [];
for (const type of ['scroll', 'focus', 'toggle', 'selectionchange', 'submit']) {
  addEventListener(type, () => seen.push(type), true);
}

// Links do not navigate, unless a test sets `data-go`.
addEventListener('click', (event) => {
  const stays = document.body.dataset.go === undefined;
  if (stays && event.target.closest?.('nav a, section a, p > a, #things > a:not([href^="#"])')) {
    event.preventDefault();
  }
});
byId('form').addEventListener('submit', (event) => event.preventDefault());

const shadow = byId('shadow-host').attachShadow({ mode: 'open' });
shadow.innerHTML = `
  <a id="shadow-link" href="https://example.com/shadow"><b id="shadow-text">In a shadow</b></a>
  <button id="shadow-dead" type="button">Dead</button>
  <button id="shadow-alive" type="button">Alive</button>`;
shadow.getElementById('shadow-link').addEventListener('click', (event) => event.preventDefault());
shadow.getElementById('shadow-alive').addEventListener('click', ({ target }) => {
  target.textContent = 'Clicked';
});

for (const host of ['slot-host', 'text-host']) {
  byId(host).attachShadow({ mode: 'open' }).innerHTML =
    '<button id="slot-button" type="button"><slot></slot></button>';
}

byId('requests').addEventListener('click', () => void fetch('/next.html'));
byId('dead-role').addEventListener('click', () => {});

const change = () => byId('plain').toggleAttribute('hidden');
/** Buttons by id: the event that each reacts to, and its reaction. */
const ACTIONS = {
  changes: ['click', change],
  rewrites: [
    'click',
    () => {
      byId('plain').firstChild.data = 'Text';
    },
  ],
  later: ['click', () => setTimeout(change, 1_000)],
  pressed: ['pointerdown', change],
  scrolls: ['click', () => byId('scroller').scrollTo(0, 200)],
  focuses: ['click', () => byId('text').focus()],
  selects: ['click', () => getSelection().selectAllChildren(byId('plain'))],
  pushes: ['click', () => history.pushState(null, '', '?pushed')],
  replaces: ['click', () => history.replaceState(null, '', '#replaced')],
  clicks: ['click', () => byId('role-list').click()],
};
for (const [id, [type, act]] of Object.entries(ACTIONS)) {
  const button = document.createElement('button');
  Object.assign(button, { id, type: 'button', textContent: id });
  button.addEventListener(type, act);
  byId('actions').append(button);
}
