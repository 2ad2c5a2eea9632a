// Every click tracks `?steps=` events and leaves, in one task: nothing of it has a chance to be sent before.

const steps = Number(new URLSearchParams(location.search).get('steps'));

addEventListener('click', ({ target }) => {
  for (let n = 0; n < steps; n++) tracker.track({ event: 'step', n });
  if (target.id === 'assign') location.assign('/next.html');
  if (target.id === 'reload') location.reload();
});
