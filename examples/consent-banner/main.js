// The library does not remember the answer: the page keeps it, and says it on every page.
const KEY = 'consent';
const answer = localStorage.getItem(KEY);

const tracker = webtrack.createTracker({
  host: location.origin,
  logstore: 'web',
  consent: answer ?? 'pending',
  capture: webtrack.autocapture(),
  onNotice: console.warn,
});

const banner = document.querySelector('#banner');
banner.hidden = answer !== null;

banner.addEventListener('submit', (event) => {
  event.preventDefault();
  const consent = event.submitter.value;
  localStorage.setItem(KEY, consent);
  tracker.setConsent(consent);
  banner.hidden = true;
});

document.querySelector('#ask').addEventListener('click', () => {
  banner.hidden = false;
});
