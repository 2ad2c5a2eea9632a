// Every click tracks `?steps=` events and leaves in the same task, so that nothing can be sent before the exit.

const steps = Number(new URLSearchParams(location.search).get('steps'));

addEventListener('click', ({ target }) => {
  for (let n = 0; n < steps; n++) tracker.track({ event: 'step', n });
  if (target.id === 'assign') location.assign('/next.html');
  if (target.id === 'reload') location.reload();
});
