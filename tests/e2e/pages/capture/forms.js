// A form in a shadow root; one of its fields is in a nested shadow root.

const shadow = document.querySelector('#host').attachShadow({ mode: 'open' });
shadow.innerHTML = `
  <form id="inner" onsubmit="return false">
    <input name="first" aria-label="First" />
    <input name="second" aria-label="Second" />
    <span id="deeper"></span>
    <button>Send inner</button>
  </form>`;
shadow.querySelector('#deeper').attachShadow({ mode: 'open' }).innerHTML =
  '<input name="deep" aria-label="Deep" />';
