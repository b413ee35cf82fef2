// Rows of a form: one more and one fewer without a way to the site, and the sum as it is typed.
(() => {
  for (const group of document.querySelectorAll("[data-rows]")) {
    const list = group.querySelector(".row-list");
    const total = group.querySelector("[name$=-TOTAL_FORMS]");
    const foot = group.querySelector("output");
    const rows = () => [...list.children];
    const add = group.querySelector("[name=add_row]");

    // The names of a form's rows go on without a gap, whichever row was taken away.
    function number() {
      rows().forEach((row, at) => {
        for (const each of row.querySelectorAll("[name], [id], [for]")) {
          for (const attribute of ["name", "id", "for"]) {
            const text = each.getAttribute(attribute);
            if (text) each.setAttribute(attribute, text.replace(/-(\d+|__prefix__)-/, `-${at}-`));
          }
        }
      });
      total.value = rows().length;
      sum();
    }

    function sum() {
      if (!group.dataset.sum) return;
      const typed = rows().map((row) => row.querySelector(`[name$=-${group.dataset.sum}]`).value.trim()).filter(Boolean);
      const found = typed.reduce((all, text) => all + Number(text.replace(/[%％]/g, "")), 0);
      foot.textContent = typed.length && Number.isFinite(found) ? group.dataset.sumWords.replace("{n}", `${+found.toFixed(6)}%`) : "";
    }

    group.addEventListener("click", (event) => {
      const drop = event.target.closest("[name=drop_row]");
      if (event.target === add) {
        event.preventDefault();
        list.append(group.querySelector("template").content.cloneNode(true));
        number();
        list.lastElementChild.querySelector("select, input").focus();
      } else if (drop) {
        event.preventDefault();
        const row = drop.closest(".typed-row");
        const next = row.nextElementSibling || row.previousElementSibling;
        row.remove();
        number();
        group.dispatchEvent(new Event("input", { bubbles: true }));
        (next?.querySelector("select, input") || add).focus();
      }
    });
    group.addEventListener("input", sum);
    sum();
  }
})();
