// The box in the header: "/" leads into it; while one types, what fits stands below it; arrows walk, Enter opens.
(() => {
  const form = document.querySelector("form.find");
  if (!form) return;
  const box = form.elements.q;
  const list = form.querySelector(".suggestions");
  const PAUSE = 120; // milliseconds without a key before the site is asked
  let timer = 0;
  let asked = 0;

  const links = () => [...list.querySelectorAll("a")];
  const hide = () => { list.hidden = true; };

  async function suggest() {
    const text = box.value.trim();
    const turn = ++asked;
    if (!text) { hide(); return; }
    const answer = await fetch(`${form.dataset.suggest}?q=${encodeURIComponent(text)}`);
    if (!answer.ok || answer.redirected) { hide(); return; }
    const fragment = await answer.text();
    if (turn !== asked) return; // a later question was asked meanwhile
    list.innerHTML = fragment;
    list.hidden = false;
  }

  function walk(step) {
    const all = links();
    if (!all.length) return;
    const place = all.indexOf(document.activeElement);
    const next = place + step;
    if (next < 0 || next >= all.length) { box.focus(); return; }
    all[next].focus();
  }

  box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => { suggest().catch(hide); }, PAUSE);
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") { event.preventDefault(); walk(1); }
    else if (event.key === "ArrowUp") { event.preventDefault(); walk(-1); }
    else if (event.key === "Escape") { hide(); box.focus(); }
  });
  form.addEventListener("focusout", (event) => { if (!form.contains(event.relatedTarget)) hide(); });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    const here = document.activeElement;
    if (here && (here.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(here.tagName))) return;
    event.preventDefault();
    box.focus();
    box.select();
  });
})();
