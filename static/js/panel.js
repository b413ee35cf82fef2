// Shows a cell's reason beside the page: the first card of the cell's own page, fetched; a plain link without script.
(() => {
  const links = document.querySelectorAll("a[data-panel]");
  if (!links.length || !window.HTMLDialogElement) return;
  const panel = document.createElement("dialog");
  panel.className = "panel";
  document.body.append(panel);
  const close = () => panel.close();

  async function show(link) {
    const answer = await fetch(link.href, { headers: { Accept: "text/html" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const found = page.querySelector("[data-panel-content]");
    if (!found) throw new Error("no content");
    panel.replaceChildren(found);
    panel.querySelector("[data-panel-whole]").href = link.href;
    panel.querySelector("[data-panel-close]").addEventListener("click", close);
    panel.showModal();
  }

  for (const link of links) {
    link.addEventListener("click", (event) => {
      if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      show(link).catch(() => { window.location.href = link.href; });
    });
  }
  panel.addEventListener("click", (event) => { if (event.target === panel) close(); });
})();
