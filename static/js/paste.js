// What is pasted into the entry sheet: read as the table that it is, laid against the sheet's rows, shown before it is
// saved wherever it is more than one plain column of one's own rows, and taken back as a whole when asked.
(() => {
  const sheet = document.getElementById("sheet");
  const words = JSON.parse(document.getElementById("sheet-words").textContent);
  const say = (key, values = {}) => words[key].replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
  const all = [...sheet.querySelectorAll(".entry")];
  const own = all.filter((row) => row.querySelector("input"));
  const year = Number(sheet.dataset.year);

  const TITLES = {
    code: ["代码", "指标代码", "编号", "code", "indicator"],
    name: ["指标", "指标名称", "名称", "name"],
    unit: ["单位", "计量单位", "unit"],
    value: ["实际值", "数值", "值", "完成值", "完成情况", "value", `${year}`, `${year}年`, `${year}年实际值`, `${year}年度`],
    day: ["达到日期", "达到时间", "reached_on"],
    note: ["说明", "备注", "原因", "explanation", "note"],
  };
  // Of our own table and of others, and nothing to be filled in.
  const OTHERS = ["上年值", "目标", "目标值", "省定标准", "标准", "责任单位", "核查意见", "分子和分母", "分子", "分母", "序号", "地区", "县（市）", "区划代码", "年份"];

  // Full-width forms as plain ones, as the server reads numbers; nothing else is changed.
  const folded = (text) => text
    .replace(/[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]/g, "")
    .replace(/[\uff01-\uff5e]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) - 0xfee0))
    .replace(/\u3000/g, " ").trim();
  const key = (text) => folded(text).replace(/[\s*:()]/g, "").toLowerCase();
  const titles = Object.fromEntries(Object.entries(TITLES).map(([role, names]) => [role, new Set(names.map(key))]));
  const others = new Set(OTHERS.map(key));
  const byCode = Object.fromEntries(all.map((row) => [key(row.dataset.indicator), row]));
  const byName = {};
  for (const row of all) for (const name of [row.dataset.name, row.dataset.nameEn]) if (name) byName[key(name)] = row;

  // Rows in stages take the name of a stage in place of a number.
  const stagesOf = (row) => [...row.querySelectorAll("datalist option")].map((option) => key(option.value));
  const stageNames = new Set(all.flatMap(stagesOf));

  // A day as people write it, in ISO; "" where it is none.
  function dayOf(text) {
    const found = folded(text).match(/^(\d{4})(?:([-/.])(\d{1,2})\2(\d{1,2})|\s?年\s?(\d{1,2})\s?月\s?(\d{1,2})\s?日)$/);
    if (!found) return "";
    const [month, day] = [found[3] ?? found[5], found[4] ?? found[6]].map((part) => part.padStart(2, "0"));
    const moment = new Date(`${found[1]}-${month}-${day}T00:00:00Z`);
    return Number.isNaN(moment.getTime()) || moment.getUTCDate() !== Number(day) ? "" : `${found[1]}-${month}-${day}`;
  }

  // Reading ------------------------------------------------------------------------------------

  // The clipboard's table: cells as they are shown. HTML tells cells apart where a text has several lines.
  function tableOf(clipboard) {
    const html = clipboard.getData("text/html");
    const page = html && new DOMParser().parseFromString(html, "text/html");
    const table = page && page.querySelector("table");
    if (table) markSigns(page, table);
    const rows = table ? ofHtml(table) : ofText(clipboard.getData("text/plain"));
    while (rows.length && rows.at(-1).every((cell) => !cell)) rows.pop();
    return rows;
  }

  // What stands raised is no figure of the number before it, and what is struck through is not said: written so, neither
  // is taken for a number.
  function markSigns(page, table) {
    const css = [...page.querySelectorAll("style")].map((style) => style.textContent).join("\n");
    const has = (words) => [...css.matchAll(/([^{}]*)\{([^{}]*)\}/g)].filter((rule) => words.test(rule[2]))
      .flatMap((rule) => [...rule[1].matchAll(/\.([\w-]+)/g)].map((name) => name[1]));
    const each = (tags, words, change) => {
      const names = has(words);
      for (const part of [table, ...table.querySelectorAll("*")]) {
        const isOne = part.matches(tags) || words.test(part.getAttribute("style") ?? "") || names.some((name) => part.classList.contains(name));
        if (isOne && !part.parentElement.closest("[data-signed]")) {
          part.dataset.signed = "";
          changeTexts(part, change);
        }
      }
    };
    each("sup", /vertical-align:\s*super/, (text) => text.replace(/[0-9]/g, (digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]));
    each("sub", /vertical-align:\s*sub(?!\w)/, (text) => text.replace(/[0-9]/g, (digit) => "₀₁₂₃₄₅₆₇₈₉"[digit]));
    table.querySelectorAll("[data-signed]").forEach((part) => delete part.dataset.signed);
    each("s, strike, del", /text-decoration[\w-]*:[^;]*line-through/, (text) => text.replace(/\S/gu, "$&\u0336"));
  }

  function changeTexts(part, change) {
    const texts = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) texts.currentNode.nodeValue = change(texts.currentNode.nodeValue);
  }

  function ofHtml(table) {
    const rows = [];
    [...table.rows].forEach((line, at) => {
      const row = (rows[at] ??= []);
      let place = 0;
      for (const cell of line.cells) {
        while (row[place] !== undefined) place += 1;
        for (let down = 0; down < (cell.rowSpan || 1); down += 1) {
          for (let right = 0; right < (cell.colSpan || 1); right += 1) {
            (rows[at + down] ??= [])[place + right] = down || right ? "" : shown(cell);
          }
        }
      }
    });
    return rows.slice(0, table.rows.length).map((row) => [...row].map((cell) => cell ?? ""));
  }

  function shown(cell) {
    const copy = cell.cloneNode(true);
    copy.querySelectorAll("br").forEach((line) => line.replaceWith("\n"));
    copy.querySelectorAll("style, script").forEach((each) => each.remove());
    return copy.textContent.replace(/[ \t]*\n[ \t]*/g, "\n").replace(/[ \t]+/g, " ").trim();
  }

  // Tabs and lines; a cell with either stands in quotes.
  function ofText(text) {
    const rows = [[""]];
    let quoted = false;
    text = text.replace(/\r\n?/g, "\n").replace(/\n+$/, "");
    for (let at = 0; at < text.length; at += 1) {
      const letter = text[at];
      const row = rows.at(-1);
      if (quoted && letter === '"' && text[at + 1] === '"') { row[row.length - 1] += '"'; at += 1; }
      else if (quoted && letter === '"') quoted = false;
      else if (!quoted && letter === '"' && row.at(-1) === "" && /"(?:\t|\n|$)/.test(text.slice(at + 1))) quoted = true;
      else if (!quoted && letter === "\t") row.push("");
      else if (!quoted && letter === "\n") rows.push([""]);
      else row[row.length - 1] += letter;
    }
    return rows.map((row) => row.map((cell) => cell.trim()));
  }

  // Columns ------------------------------------------------------------------------------------

  // A raised figure, a figure in a circle and a crossed-out one are no unit.
  const isNumber = (text) => /^[-+−]?(?:\d+|\d{1,3}(?:,\d{3})+)?(?:\.\d+)?\s*(?:%|(?![\p{No}\u0336.,+−-])[^\d\s].{0,11})?$/u.test(folded(text)) && /\d/.test(folded(text));
  const isYear = (text) => /^(?:19|20)\d\d年?度?$/.test(folded(text));

  // {role: column} and how many rows above are a title or a header.
  function recognised(rows) {
    const width = Math.max(...rows.map((row) => row.length));
    const columns = Array.from({ length: width }, (_none, at) => rows.map((row) => row[at] ?? ""));
    const head = headerAt(rows);
    const found = head < 0 ? {} : byTitle(rows[head], columns);
    const body = (column) => column.slice(head + 1).filter(Boolean);
    columns.forEach((column, at) => {
      if (Object.values(found).includes(at)) return;
      const filled = body(column);
      const share = (test) => (filled.length ? filled.filter(test).length / filled.length : 0);
      if (found.code === undefined && share((text) => byCode[key(text)]) >= 0.5) found.code = at;
      else if (found.name === undefined && share((text) => byName[key(text)]) >= 0.5) found.name = at;
    });
    const taken = new Set(Object.values(found));
    const known = (at) => head >= 0 && (rows[head][at] ?? "") !== "";
    const free = columns.map((_column, at) => at).filter((at) => !taken.has(at) && !known(at));
    const numeric = columns.map((_column, at) => at).filter((at) => {
      const filled = body(columns[at]);
      const title = known(at) ? rows[head][at] : "";
      const isOther = title && (others.has(key(title)) || isYear(title)); // this year's column has been taken by its title
      return !taken.has(at) && filled.length && filled.every((text) => isNumber(text) || stageNames.has(key(text))) && !isOther;
    });
    if (found.value === undefined && numeric.length === 1) found.value = numeric[0];
    const texts = free.filter((at) => !numeric.includes(at) && body(columns[at]).length);
    if (found.unit === undefined) {
      const units = new Set(all.map((row) => key(row.dataset.unit)));
      const at = texts.find((each) => body(columns[each]).every((text) => units.has(key(text)) || /^(?:[千百]?万?|亿)元$/.test(text)));
      if (at !== undefined) { found.unit = at; texts.splice(texts.indexOf(at), 1); }
    }
    const dated = texts.find((at) => body(columns[at]).every(dayOf));
    if (found.day === undefined && dated !== undefined) { found.day = dated; texts.splice(texts.indexOf(dated), 1); }
    if (found.note === undefined && texts.length === 1 && found.value !== undefined && texts[0] > found.value) found.note = texts[0];
    return { columns: found, skip: head + 1, numeric, width };
  }

  function headerAt(rows) {
    return rows.slice(0, 10).findIndex((row) => {
      const filled = row.filter(Boolean);
      const known = filled.filter((text) => Object.values(titles).some((names) => names.has(key(text))) || others.has(key(text)) || isYear(text));
      return filled.length && known.length * 2 >= filled.length && (filled.length > 1 || titles.value.has(key(filled[0])) || isYear(filled[0]));
    });
  }

  function byTitle(header, columns) {
    const found = {};
    header.forEach((text, at) => {
      const role = Object.keys(titles).find((each) => titles[each].has(key(text)));
      if (role && found[role] === undefined && columns[at]) found[role] = at;
    });
    return found;
  }

  // The plan -----------------------------------------------------------------------------------

  // One line for each pasted row: where it goes, what it would write, or why it is left out.
  function planOf(rows, { columns, skip }, start) {
    const isNamed = columns.code !== undefined || columns.name !== undefined;
    const from = own.indexOf(start.closest(".entry"));
    return rows.slice(skip).map((cells, at) => {
      const line = { at: skip + at + 1, cells, row: isNamed ? matched(cells, columns) : own[from + at] };
      line.value = (cells[columns.value] ?? "").trim();
      line.day = columns.day === undefined ? "" : (cells[columns.day] ?? "").trim();
      line.note = columns.note === undefined ? "" : (cells[columns.note] ?? "").trim();
      line.why = reason(line, cells, columns, isNamed);
      return line;
    }).filter((line) => line.cells.some(Boolean));
  }

  function matched(cells, columns) {
    const code = columns.code === undefined ? "" : key(cells[columns.code] ?? "");
    const name = columns.name === undefined ? "" : key(cells[columns.name] ?? "");
    const [one, other] = [byCode[code], byName[name]];
    return one && other && one !== other ? null : one || other;
  }

  function reason(line, cells, columns, isNamed) {
    if (line.row === null) return say("paste_differ");
    if (!line.row) return say(isNamed ? "paste_unknown" : "paste_surplus");
    if (!own.includes(line.row)) return say("paste_foreign");
    const unit = columns.unit === undefined ? "" : cells[columns.unit] ?? "";
    if (unit && key(unit) !== key(line.row.dataset.unit)) return say("paste_unit", { theirs: unit, ours: line.row.dataset.unit });
    if (!line.value && !line.day && !line.note) return say("paste_blank");
    const stages = stagesOf(line.row);
    if (line.value && stages.length && !stages.includes(key(line.value))) return say("paste_stage", { value: line.value });
    if (line.day && !stages.length) return say("paste_no_day");
    if (line.day && !(dayOf(line.day) && Number(dayOf(line.day).slice(0, 4)) <= year)) return say("paste_day", { value: line.day });
    if (line.value && !stages.length && !isNumber(line.value)) return say("paste_number", { value: line.value });
    return "";
  }

  function twice(lines) {
    const seen = new Map();
    for (const line of lines) {
      if (line.why) continue;
      if (seen.has(line.row)) line.why = say("paste_twice", { at: seen.get(line.row) });
      else seen.set(line.row, line.at);
    }
    return lines;
  }

  // Plain: one column, every cell a number or blank, no more of them than rows of one's own.
  const isPlain = (rows, seen, lines) => seen.width === 1 && seen.skip === 0 && seen.columns.value === 0
    && lines.every((line) => !line.why || !line.value) && lines.length > 0 && !lines.some((line) => line.why && line.row === undefined);

  // Doing it -----------------------------------------------------------------------------------

  const noteOf = (row) => sheet.querySelector(`.notes[data-for="${row.dataset.indicator}"] textarea`);
  const dayField = (row) => sheet.querySelector(`.notes[data-for="${row.dataset.indicator}"] .reached input`);
  const contentOf = (row) => ({ row, value: row.querySelector("input").value, day: dayField(row)?.value, note: noteOf(row).value });
  const write = (cells) => {
    for (const { row, value, day, note } of cells) {
      row.querySelector("input").value = value;
      if (dayField(row)) dayField(row).value = day ?? "";
      noteOf(row).value = note;
    }
    sheet.dispatchEvent(new CustomEvent("sheet:filled", { detail: cells.map((cell) => cell.row) }));
  };

  function fill(lines) {
    const good = lines.filter((line) => !line.why);
    const before = good.map((line) => contentOf(line.row));
    write(good.map((line, at) => {
      const value = line.value || before[at].value;
      // A day that is not pasted stays with its stage alone.
      const kept = key(value) === key(before[at].value) ? before[at].day : "";
      return { row: line.row, value, day: dayOf(line.day) || kept, note: line.note || before[at].note };
    }));
    offerUndo(before);
  }

  function offerUndo(before) {
    document.getElementById("paste-undo")?.remove();
    const bar = Object.assign(document.createElement("p"), { id: "paste-undo", className: "banner" });
    bar.setAttribute("role", "status");
    bar.append(say("paste_done", { n: before.length }), " ");
    bar.append(button(say("paste_undo"), () => { bar.remove(); write(before); }));
    sheet.before(bar);
  }

  function button(text, act, kind = "") {
    const made = Object.assign(document.createElement("button"), { type: "button", textContent: text, className: kind });
    made.addEventListener("click", act);
    return made;
  }

  // Showing it first ----------------------------------------------------------------------------

  function ask(rows, seen, start) {
    document.getElementById("paste-preview")?.remove();
    const dialog = Object.assign(document.createElement("dialog"), { id: "paste-preview", className: "paste" });
    const body = document.createElement("div");
    const draw = () => body.replaceChildren(...preview(rows, seen, start, draw, () => dialog.close()));
    dialog.setAttribute("aria-label", say("paste_title"));
    dialog.append(Object.assign(document.createElement("h2"), { textContent: say("paste_title") }), body);
    dialog.addEventListener("close", () => { dialog.remove(); start.focus(); });
    document.body.append(dialog);
    draw();
    dialog.showModal();
  }

  function preview(rows, seen, start, draw, close) {
    const lines = twice(planOf(rows, seen, start));
    const good = lines.filter((line) => !line.why);
    const hint = Object.assign(document.createElement("p"), { className: "hint" });
    hint.textContent = say(seen.columns.value === undefined ? "paste_choose" : "paste_hint", { n: good.length, m: lines.length - good.length });
    const go = button(say("paste_fill", { n: good.length }), () => { close(); fill(lines); }, "primary");
    go.disabled = !good.length;
    const actions = Object.assign(document.createElement("p"), { className: "actions" });
    actions.append(go, " ", button(say("paste_cancel"), close));
    return [hint, choice("value", rows, seen, draw), choice("note", rows, seen, draw), listed(lines), actions];
  }

  // Which column is which can be said otherwise.
  function choice(role, rows, seen, draw) {
    const label = Object.assign(document.createElement("label"), { textContent: say(`paste_${role}`) });
    const select = document.createElement("select");
    select.name = `paste-${role}`;
    select.append(new Option(say("paste_none"), ""));
    for (let at = 0; at < seen.width; at += 1) {
      const sample = rows.map((row) => row[at]).filter(Boolean).slice(0, 3).join("、").slice(0, 40);
      select.append(new Option(say("paste_column", { at: at + 1, sample }), at, false, seen.columns[role] === at));
    }
    select.addEventListener("change", () => {
      seen.columns[role] = select.value === "" ? undefined : Number(select.value);
      draw();
    });
    label.append(" ", select);
    return label;
  }

  function listed(lines) {
    const table = Object.assign(document.createElement("table"), { className: "rows" });
    const head = table.createTHead().insertRow();
    const titles = { row: "", to: "word", now: "", new: "", words: "long", remark: "long" }; // numbers stand to the right
    const kinds = Object.values(titles);
    for (const [title, kind] of Object.entries(titles)) {
      head.append(Object.assign(document.createElement("th"), { textContent: say(`paste_${title}`), scope: kind && "col" }));
    }
    const body = table.createTBody();
    for (const line of lines) {
      const row = body.insertRow();
      row.classList.toggle("left-out", Boolean(line.why));
      const to = line.row ? `${line.row.dataset.indicator} ${line.row.dataset.name}（${line.row.dataset.unit}）` : line.cells.join(" ").slice(0, 60);
      const now = line.row?.querySelector("input")?.value ?? "";
      const filled = line.day ? say("reached", { stage: line.value || now, day: dayOf(line.day) || line.day }) : line.value;
      [line.at, to, now, filled, line.note.slice(0, 60), line.why].forEach((text, at) => {
        Object.assign(row.insertCell(), { textContent: text, className: kinds[at] });
      });
    }
    const scroll = Object.assign(document.createElement("div"), { className: "scroll" });
    scroll.append(table);
    return scroll;
  }

  sheet.addEventListener("paste", (event) => {
    const input = event.target.closest?.(".entry .value input");
    if (!input) return;
    const rows = tableOf(event.clipboardData);
    const filled = rows.flat().filter(Boolean);
    if (!rows.length || (rows.length === 1 && filled.length <= 1 && !/\n/.test(filled[0] ?? ""))) return; // one cell: as typed
    event.preventDefault();
    const seen = recognised(rows);
    const lines = twice(planOf(rows, seen, input));
    if (isPlain(rows, seen, lines)) fill(lines);
    else ask(rows, seen, input);
  });
})();
