// A tracker that is made and shut down by its component, which StrictMode mounts, unmounts and mounts again.
import { StrictMode, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { createTracker } from 'webtrack-wasm';
import { autocapture, network } from 'webtrack-wasm/capture';

function Tracked({ children }) {
  useEffect(() => {
    const tracker = createTracker({
      host: 'https://log.example.com',
      logstore: 'web',
      capture: [...autocapture(), network()],
    });
    // Simulates a slow machine: the time between mounting and unmounting must not decide whether the page was viewed.
    const end = performance.now() + 100;
    while (performance.now() < end);
    document.body.dataset.mounts = Number(document.body.dataset.mounts ?? 0) + 1;
    return () => void tracker.shutdown();
  }, []);
  return children;
}

function Widget() {
  const [isShown, setIsShown] = useState(true);
  const [count, setCount] = useState(0);
  const buttons = (
    <>
      <button type="button" id="more" onClick={() => setCount(count + 1)}>
        More
      </button>
      <button type="button" id="end" onClick={() => setIsShown(false)}>
        End
      </button>
      <output>
        {count} {isShown ? 'tracked' : 'gone'}
      </output>
    </>
  );
  return isShown ? <Tracked>{buttons}</Tracked> : buttons;
}

createRoot(document.getElementById('root')).render(
  <StrictMode>
    <Widget />
  </StrictMode>,
);
