// What was typed into a form and not saved stays in this browser, for this person and this form, and is offered back.
// It goes when the form was carried out, when it is thrown away, at a logout, and after two weeks. Never kept: passwords,
// codes, secrets, files. The entry sheet keeps its own.
(() => {
  const known = document.getElementById("hands");
  const PREFIX = "draft:";
  const DAYS = 14;
  const SECRET = /password|secret|token|^once$|csrf/i;
  const all = () => Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
  const read = (key) => { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } };
  if (!known) { // nobody is logged in: what was sent was not taken, and waits
    sessionStorage.removeItem("draft-sent");
    return;
  }

  const mine = `${PREFIX}${known.dataset.person}:`;
  for (const key of all()) {
    const draft = read(key);
    if (!draft || Date.now() - draft.at > DAYS * 864e5) localStorage.removeItem(key);
  }

  // A form that was sent is done where the answer is a page that complains of nothing.
  const status = performance.getEntriesByType("navigation")[0]?.responseStatus || 200;
  const isRefused = status >= 400 || document.querySelector(".banner.error, form [role=alert]");
  const sent = sessionStorage.getItem("draft-sent");
  sessionStorage.removeItem("draft-sent");
  if (sent && !isRefused) localStorage.removeItem(sent);

  const isKept = (field) => field.name && !SECRET.test(field.name) && !["password", "file", "submit", "button"].includes(field.type)
    && field.autocomplete !== "one-time-code" && (field.type !== "hidden" || field.name.endsWith("-TOTAL_FORMS"));
  const fieldsOf = (form) => [...form.elements].filter(isKept);
  const isTyped = (field) => /^(text|search|number|date|datetime-local|email|url|tel|textarea)$/.test(field.type);
  const content = (form) => fieldsOf(form).map((field) => {
    if (/^(checkbox|radio)$/.test(field.type)) return [field.name, field.value, field.checked];
    return [field.name, field.multiple ? [...field.selectedOptions].map((option) => option.value) : field.value, null];
  });

  function put(form, rows) {
    for (const [name, value] of rows.filter(([name]) => name.endsWith("-TOTAL_FORMS"))) { // as many rows as there were
      const group = form.elements[name]?.closest("[data-rows]");
      const add = group?.querySelector("[name=add_row]");
      for (let turn = 0; add && turn < 200 && Number(form.elements[name].value) < Number(value); turn += 1) add.click();
    }
    const fields = fieldsOf(form);
    for (const [name, value, checked] of rows) {
      const same = fields.filter((field) => field.name === name);
      if (checked !== null) {
        const box = same.find((field) => field.value === value);
        if (box) box.checked = checked;
      } else if (same[0]?.multiple) {
        for (const option of same[0].options) option.selected = value.includes(option.value);
      } else if (same.length && !name.endsWith("-TOTAL_FORMS")) {
        same.shift().value = value;
      }
    }
    form.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function offer(form, key, draft) {
    const note = Object.assign(document.createElement("p"), { className: "banner draft" });
    note.setAttribute("role", "status");
    const at = new Date(draft.at).toLocaleString(document.documentElement.lang, { dateStyle: "short", timeStyle: "short" });
    const take = Object.assign(document.createElement("button"), { type: "button", textContent: known.dataset.take });
    const drop = Object.assign(document.createElement("button"), { type: "button", textContent: known.dataset.drop });
    take.onclick = () => { note.remove(); put(form, draft.rows); form.querySelector("input:not([type=hidden]), textarea, select")?.focus(); };
    drop.onclick = () => { note.remove(); localStorage.removeItem(key); };
    note.append(known.dataset.found.replace("{at}", at), " ", take, " ", drop);
    form.prepend(note);
  }

  const forms = [...document.querySelectorAll("main form")].filter((form) => form.method === "post" && !form.closest("#sheet")
    && !form.querySelector("[type=password], [autocomplete=one-time-code]") && fieldsOf(form).some(isTyped));
  forms.forEach((form, place) => {
    const action = new URL(form.action, window.location.href).pathname;
    const key = `${mine}${window.location.pathname}:${action}:${place}`;
    const draft = read(key);
    const first = JSON.stringify(content(form));
    if (draft && !isRefused && JSON.stringify(draft.rows) !== first) offer(form, key, draft);
    let timer = 0;
    form.addEventListener("input", (event) => {
      if (!event.isTrusted && event.target === form) return; // what was put back is not typed anew
      clearTimeout(timer);
      timer = setTimeout(() => {
        try { localStorage.setItem(key, JSON.stringify({ at: Date.now(), rows: content(form) })); } catch { /* no room: nothing is kept */ }
      }, 300);
    });
    form.addEventListener("submit", () => { clearTimeout(timer); if (read(key)) sessionStorage.setItem("draft-sent", key); });
  });

  document.querySelector("form[action$='/logout/']")?.addEventListener("submit", () => {
    for (const key of all()) if (key.startsWith(mine)) localStorage.removeItem(key);
  });
})();
