// What helps on every page: the sheet of keys, the chosen appearance, the name of a page that is marked, and a sign of
// life while a form takes longer than a second.
(() => {
  const known = document.getElementById("hands");
  if (!known) return;

  const chosen = known.dataset.appearance;
  if (chosen === "auto") localStorage.removeItem("appearance");
  else localStorage.setItem("appearance", chosen);
  if (chosen === "auto") delete document.documentElement.dataset.appearance;
  else document.documentElement.dataset.appearance = chosen;

  for (const field of document.querySelectorAll(".favourites [name=title]")) {
    field.value = document.querySelector("main h1")?.textContent.trim().slice(0, 80) || document.title;
  }

  const sheet = document.getElementById("keys");
  const show = () => {
    for (const line of sheet.querySelectorAll("[data-where]")) line.hidden = !document.querySelector(line.dataset.where);
    if (!sheet.open) sheet.showModal();
  };
  for (const button of document.querySelectorAll("[data-keys]")) {
    button.hidden = false;
    button.addEventListener("click", show);
  }
  document.addEventListener("keydown", (event) => {
    if (event.key !== "?" || event.ctrlKey || event.metaKey || event.altKey) return;
    const here = document.activeElement;
    if (here && (here.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(here.tagName))) return;
    event.preventDefault();
    show();
  });

  const SLOW = 1000; // milliseconds without an answer before it is said that something is done
  let timer = 0;
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    const start = Date.now();
    clearInterval(timer);
    timer = setInterval(() => {
      const seconds = Math.floor((Date.now() - start) / 1000);
      if (seconds * 1000 < SLOW) return;
      let sign = form.querySelector(".busy");
      if (!sign) {
        sign = Object.assign(document.createElement("p"), { className: "busy" });
        sign.setAttribute("role", "status");
        sign.append(document.createElement("progress"), document.createElement("span"));
        form.append(sign);
      }
      sign.lastChild.textContent = ` ${known.dataset.busy.replace("{n}", seconds)}`;
    }, 250);
  });
  window.addEventListener("pageshow", () => {
    clearInterval(timer);
    document.querySelectorAll(".busy").forEach((sign) => sign.remove());
  });
})();
