// The entry sheet: every cell saves itself and says honestly whether it did. What could not be saved stays in the
// field and in this browser until it is; nothing typed is ever thrown away.
(() => {
  const sheet = document.getElementById("sheet");
  const state = document.getElementById("save-state");
  const words = JSON.parse(document.getElementById("sheet-words").textContent);
  const say = (key, values = {}) => words[key].replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
  const token = sheet.querySelector("[name=csrfmiddlewaretoken]").value;
  const keep = `sheet:${sheet.dataset.url}`;
  const rows = [...sheet.querySelectorAll(".entry")].filter((row) => row.querySelector("input"));
  const inputs = rows.map((row) => row.querySelector("input"));
  const notesOf = (row) => sheet.querySelector(`.notes[data-for="${row.dataset.indicator}"]`);
  const wordsOf = (row) => notesOf(row).querySelector("textarea");
  // Of a row in stages the name of the place that the server knows it by; of any other the number.
  const named = (row, value) => row.querySelector("datalist")?.options[Number(value)]?.value ?? value;
  const cookie = () => document.cookie.match(/csrftoken=([^;]+)/)?.[1] || token;
  const clock = () => new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });

  // What is typed and not yet saved, kept in this browser.
  const unsaved = JSON.parse(localStorage.getItem(keep) || "{}");
  const remember = () => {
    if (Object.keys(unsaved).length) localStorage.setItem(keep, JSON.stringify(unsaved));
    else localStorage.removeItem(keep);
  };

  // Of a ratio what it is divided from: the value follows from both and is not typed then.
  const partsOf = (row) => [...notesOf(row).querySelectorAll(".parts:not(.reached) input")];
  // Of a row in stages the day on which the stage was reached.
  const dayOf = (row) => notesOf(row).querySelector(".reached input");
  const isDay = (text) => /^(\d{4}\D\d{1,2}\D\d{1,2}\D?|\d{8})?$/.test(text); // while it is typed, half a day is none
  const lockValue = (row) => {
    const parts = partsOf(row);
    const input = row.querySelector("input");
    input.readOnly = parts.length > 0 && parts.every((part) => part.value.trim());
    if (input.readOnly) row.dataset.computed ??= input.value.trim();
  };
  const content = (row) => ({
    indicator: row.dataset.indicator,
    value: row.querySelector("input").readOnly ? null : row.querySelector("input").value.trim() || null,
    ...Object.fromEntries(partsOf(row).map((part) => [part.name, part.value.trim() || null])),
    ...(dayOf(row) ? { reached_on: dayOf(row).value.trim() || null } : {}),
    explanation: wordsOf(row).value.trim(),
  });
  const isSame = (one, other) => ["value", "numerator", "denominator", "reached_on", "explanation"].every((name) => one[name] === other[name]);
  const tell = (row, words, kind = "") => {
    const place = row.querySelector(".saved");
    place.textContent = words;
    place.className = `saved ${kind}`;
    row.classList.toggle("unsaved", kind === "failed");
    const open = Object.keys(unsaved).length;
    state.textContent = open ? say("open", { n: open }) : say("all");
    state.className = open ? "failed" : "";
  };

  let queue = new Set(), timer = null, busy = false, wait = 2000;
  function changed(row) {
    unsaved[row.dataset.indicator] = content(row);
    remember();
    tell(row, say("saving"), "saving");
    queue.add(row);
    clearTimeout(timer);
    timer = setTimeout(save, 350);
  }

  async function save() {
    if (busy || !queue.size) return;
    busy = true;
    const sent = [...queue];
    queue = new Set();
    const entries = sent.map((row) => ({ ...content(row), version: Number(row.dataset.version) }));
    try {
      const answer = await fetch(sheet.dataset.url, {
        method: "PUT",
        credentials: "same-origin",
        headers: { "Content-Type": "application/json", "X-CSRFToken": cookie(), "X-Page-Language": document.documentElement.lang },
        body: JSON.stringify({ entries }),
      });
      const body = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : {};
      if (answer.ok) taken(sent, entries, body);
      else await refused(sent, answer.status, body);
    } catch {
      retryLater(sent, say("offline"));
    } finally {
      busy = false;
      if (queue.size && !timer) save();
      else if (queue.size) { clearTimeout(timer); timer = setTimeout(save, 350); }
    }
  }

  function taken(sent, entries, body) {
    wait = 2000;
    const byCode = Object.fromEntries(body.entries.map((entry) => [entry.indicator, entry]));
    sent.forEach((row, at) => {
      const entry = byCode[row.dataset.indicator];
      row.dataset.version = entry.version;
      row.querySelector("input").classList.remove("demo"); // typed by a person now
      const now = content(row);
      if (isSame(now, entries[at])) {
        delete unsaved[row.dataset.indicator];
        tell(row, say("saved", { at: clock() }), "done");
      } else queue.add(row);
      show(row, entry);
    });
    remember();
    sent.forEach((row) => { if (!unsaved[row.dataset.indicator]) tell(row, say("saved", { at: clock() }), "done"); });
  }

  // The kinds of refusal that this page answers to; each is the address of the page that explains it.
  const PROBLEM = {
    conflict: "/problems/version-conflict/",
    notLoggedIn: "/problems/not-logged-in/",
    notVerified: "/problems/session-not-verified/",
  };
  const LOGIN_ENDED = new Set([PROBLEM.notLoggedIn, PROBLEM.notVerified]);

  async function refused(sent, status, body) {
    if (body.type === PROBLEM.conflict) {
      const clashing = new Set(body.conflicts.map((both) => both.indicator));
      for (const both of body.conflicts) conflict(sent.find((row) => row.dataset.indicator === both.indicator), both);
      sent.filter((row) => !clashing.has(row.dataset.indicator)).forEach((row) => queue.add(row));
    } else if (sent.length > 1 && body.errors?.length && body.errors.every((fault) => fault.indicator)) {
      // Rows at fault must not hold up the others.
      const wordsOf = new Map(body.errors.map((fault) => [fault.indicator, fault.words]));
      const isFaulty = (row) => wordsOf.has(row.dataset.indicator);
      for (const row of sent.filter(isFaulty)) {
        tell(row, say("refused", { why: wordsOf.get(row.dataset.indicator) }), "failed");
      }
      sent.filter((row) => !isFaulty(row)).forEach((row) => queue.add(row));
    } else if (LOGIN_ENDED.has(body.type)) {
      retryLater(sent, say("expired"));
      login();
    } else if (status >= 500) {
      retryLater(sent, say("broken"));
    } else {
      sent.forEach((row) => tell(row, say("refused", { why: body.detail || status }), "failed"));
    }
  }

  function retryLater(sent, words) {
    sent.forEach((row) => { queue.add(row); tell(row, words, "failed"); });
    wait = Math.min(wait * 2, 60000);
    clearTimeout(timer);
    timer = setTimeout(() => { timer = null; save(); }, wait);
  }

  function login() {
    if (document.getElementById("login-again")) return;
    const note = document.createElement("p");
    note.id = "login-again";
    note.className = "banner error";
    note.textContent = say("kept");
    const link = Object.assign(document.createElement("a"), { href: sheet.dataset.login, target: "_blank", textContent: say("login") });
    const again = Object.assign(document.createElement("button"), { type: "button", textContent: say("again") });
    again.onclick = () => { note.remove(); clearTimeout(timer); timer = null; save(); };
    note.append(link, " ", again);
    sheet.before(note);
  }

  function conflict(row, both) {
    row.dataset.version = both.version;
    tell(row, say("overtaken"), "failed");
    const place = notesOf(row).querySelector(".findings");
    const note = document.createElement("p");
    note.className = "finding hard";
    const [theirValue, ownValue] = [both.theirs, both.yours].map((value) => (value === null || value === undefined ? say("blank") : named(row, value)));
    note.append(say("both", { who: both.by || say("somebody"), theirs: theirValue, yours: ownValue }));
    const mine = Object.assign(document.createElement("button"), { type: "button", textContent: say("mine", { value: ownValue }) });
    const theirs = Object.assign(document.createElement("button"), { type: "button", textContent: say("theirs", { value: theirValue }) });
    mine.onclick = () => { note.remove(); changed(row); };
    theirs.onclick = () => {
      note.remove();
      row.querySelector("input").value = both.theirs === null || both.theirs === undefined ? "" : named(row, both.theirs);
      partsOf(row).forEach((part, at) => { part.value = both.their_parts?.[at] ?? ""; });
      if (dayOf(row)) dayOf(row).value = both.their_day ?? "";
      lockValue(row);
      changed(row);
    };
    note.append(mine, " ", theirs);
    place.replaceChildren(note);
  }

  const MARKS = { met: "✓", near: "≈", behind: "▼", unreported: "–", not_due: "·", no_target: "·" };
  function show(row, entry) {
    const cell = row.querySelector(".judged");
    const mark = Object.assign(document.createElement("span"), { className: `mark ${entry.judgement.status}`, textContent: MARKS[entry.judgement.status] });
    mark.setAttribute("aria-hidden", "true");
    const words = Object.assign(document.createElement("span"), { className: "words", textContent: ` ${entry.judgement.words}` });
    cell.replaceChildren(...(entry.findings.hard.length && entry.value !== null ? [words] : [mark, words]));
    const place = notesOf(row).querySelector(".findings");
    place.replaceChildren(...["hard", "soft"].flatMap((severity) => entry.findings[severity].map((finding) => {
      const line = Object.assign(document.createElement("p"), { className: `finding ${severity}` });
      line.append(Object.assign(document.createElement("b"), { textContent: say(severity) }), finding.words);
      return line;
    })));
    const input = row.querySelector("input");
    if (input.readOnly) row.dataset.computed = input.value = String(entry.value ?? "");
    row.toggleAttribute("data-unexplained", entry.is_unexplained);
    row.classList.toggle("hard", entry.findings.hard.length > 0);
    row.classList.toggle("soft", !entry.findings.hard.length && entry.findings.soft.length > 0);
    if (entry.findings.hard.length + entry.findings.soft.length) notesOf(row).querySelector("details.note").open = true;
    const count = (id, test) => { document.getElementById(id).textContent = rows.filter(test).length; };
    count("count-filled", (each) => Number(each.dataset.version) > 0);
    count("count-hard", (each) => each.classList.contains("hard"));
    count("count-soft", (each) => "unexplained" in each.dataset);
  }

  rows.forEach((row, at) => {
    const input = inputs[at];
    // Another stage has another day: the one that stands is of the stage before.
    input.addEventListener("input", () => { if (dayOf(row)) dayOf(row).value = ""; changed(row); });
    dayOf(row)?.addEventListener("input", () => { if (isDay(dayOf(row).value.trim())) changed(row); });
    dayOf(row)?.addEventListener("change", () => changed(row)); // what is no day is told once it is left
    wordsOf(row).addEventListener("input", () => changed(row));
    partsOf(row).forEach((part) => part.addEventListener("input", () => { lockValue(row); changed(row); }));
    input.addEventListener("focus", () => input.select());
    input.addEventListener("keydown", (event) => {
      const step = { Enter: event.shiftKey ? -1 : 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step || event.isComposing) return;
      event.preventDefault();
      inputs[at + step]?.focus();
    });
    // Typed earlier in this browser and never saved.
    const left = unsaved[row.dataset.indicator];
    if (left) {
      input.value = left.value ?? "";
      partsOf(row).forEach((part) => { part.value = left[part.name] ?? ""; });
      if (dayOf(row)) dayOf(row).value = left.reached_on ?? "";
      wordsOf(row).value = left.explanation;
      if (left.explanation) wordsOf(row).closest("details").open = true;
      changed(row);
    }
    lockValue(row);
  });
  // A table that was pasted (static/js/paste.js), or taken back.
  // A result that is pasted over one that was computed stands without parts.
  sheet.addEventListener("sheet:filled", (event) => event.detail.forEach((row) => {
    const input = row.querySelector("input");
    if (input.readOnly && input.value.trim() !== row.dataset.computed) partsOf(row).forEach((part) => { part.value = ""; });
    lockValue(row);
    changed(row);
  }));
  window.addEventListener("online", () => { clearTimeout(timer); timer = null; save(); });
  window.addEventListener("beforeunload", (event) => { if (Object.keys(unsaved).length) event.preventDefault(); });
})();
