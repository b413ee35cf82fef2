// A calendar beside each field for a date. The field itself is text, written as 2025-06-30 in every language; the
// browser's own calendar opens by a button and writes into it.
(() => {
  const words = document.getElementById("hands")?.dataset.calendar;
  if (!words || !("showPicker" in HTMLInputElement.prototype)) return;

  const writable = (text) => (/^\d{4}-\d{2}-\d{2}$/.test(text) ? text : "");
  const furnish = (field) => {
    if (field.readOnly || field.disabled || field.dataset.day === "furnished") return;
    field.dataset.day = "furnished";
    const around = Object.assign(document.createElement("span"), { className: "day" });
    const picker = Object.assign(document.createElement("input"), { type: "date", tabIndex: -1 });
    picker.setAttribute("aria-hidden", "true");
    const button = Object.assign(document.createElement("button"), { type: "button", title: words });
    button.setAttribute("aria-label", words);
    button.addEventListener("click", () => {
      picker.value = writable(field.value.trim());
      picker.showPicker();
    });
    picker.addEventListener("change", () => {
      if (!picker.value) return;
      field.value = picker.value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.dispatchEvent(new Event("change", { bubbles: true }));
      field.focus();
    });
    field.replaceWith(around);
    around.append(field, picker, button);
  };

  const furnishAll = (root) => root.querySelectorAll("input[data-day]").forEach(furnish);
  furnishAll(document);
  new MutationObserver((changes) => {
    for (const change of changes) for (const node of change.addedNodes) if (node.querySelectorAll) furnishAll(node);
  }).observe(document.body, { childList: true, subtree: true });
})();
