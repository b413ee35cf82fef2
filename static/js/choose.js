// A field in which something is chosen by search: while one types, what fits is offered in its list.
(() => {
  const PAUSE = 150; // milliseconds without a key before the site is asked
  for (const field of document.querySelectorAll("input[data-suggest]")) {
    let timer = 0;
    let asked = 0;

    async function offer() {
      const text = field.value.trim();
      const options = [...field.list.options].map((option) => option.value);
      if (!text || options.includes(text)) return; // nothing to look for, or one of them was chosen
      const turn = ++asked;
      const answer = await fetch(`${field.dataset.suggest}?q=${encodeURIComponent(text)}`);
      if (!answer.ok || answer.redirected) return;
      const { choices } = await answer.json();
      if (turn !== asked) return; // a later question was asked meanwhile
      field.list.replaceChildren(...choices.map((words) => Object.assign(document.createElement("option"), { value: words })));
    }

    field.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => { offer().catch(() => {}); }, PAUSE);
    });
  }
})();
