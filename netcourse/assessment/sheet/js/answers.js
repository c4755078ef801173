// What each kind of question draws to be answered: native controls with labels, all by keyboard.

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

const isEmpty = (value) => value === null || value === undefined || value === "" || (Array.isArray(value) && !value.length);

function option(type, name, value, checked, change, label) {
  const input = make("input", { type, name, value, checked });
  input.checked = checked;
  input.addEventListener("change", () => change(input.checked));
  return make("label", { class: "nc-option" }, input, make("span", {}, label));
}

// Check boxes over what is ticked already; `change` gets all that is ticked afterwards.
function ticks(sheet, options, ticked, change) {
  let now = ticked;
  return make("div", { class: "nc-options" }, options.map(({ id, text }) =>
    option("checkbox", `${sheet.name}-answer`, id, now.includes(id), (on) => {
      now = on ? [...now, id] : now.filter((one) => one !== id);
      change(now);
    }, text)));
}

const MISSING = { score: "a score", choice: "an answer", choices: "at least one tick", number: "a number", point: "a mark" };

// What is still missing before an answer can be checked: in words, and where to put it.
function missingIn(item, draft) {
  const missing = [];
  const first = ".nc-answer-1 :is(input, button)";
  if (item.kind === "decision") {
    const [verdict, ...reasons] = draft.value ?? [null];
    if (!verdict) missing.push({ word: "a verdict", at: first });
    if (!reasons.length) missing.push({ word: "at least one reason", at: ".nc-answer-2 input" });
  } else if (item.kind === "report") {
    missing.push(...openInReport(draft.value).map((word) => ({ word, at: ".nc-report select, .nc-report button" })));
  } else if (isEmpty(draft.value)) {
    missing.push({ word: MISSING[item.kind] ?? "an answer", at: first });
  }
  if (!draft.confidence) missing.push({ word: "how sure you are", at: ".nc-sure input" });
  return missing;
}

// By kind: the parts of the answer, each with the legend of its group.
const ANSWERS = {
  score: (sheet, item, draft) => [["Score", make("div", { class: "nc-options nc-levels" }, item.control.levels.map((level) =>
    option("radio", `${sheet.name}-answer`, level, draft.value === level, () => { draft.value = level; }, String(level))))]],

  choice: (sheet, item, draft) => [["One is right", make("div", { class: "nc-options" }, item.control.options.map(({ id, text }) =>
    option("radio", `${sheet.name}-answer`, id, draft.value === id, () => { draft.value = id; }, text)))]],

  choices: (sheet, item, draft) => [["Tick all that hold",
    ticks(sheet, item.control.options, draft.value ?? [], (ticked) => { draft.value = ticked; })]],

  number: (sheet, item, draft) => {
    const { unit, measure, measures, take: label } = item.control;
    const shown = typeof draft.value === "number" ? String(Math.round(draft.value * 100) / 100) : draft.typed ?? "";
    const input = make("input", {
      id: `${sheet.name}-number`, type: "text", inputmode: "decimal", autocomplete: "off", size: 7, value: shown, "aria-label": `${measures || "Value"}${unit ? ` in ${unit}` : ""}`,
      oninput: () => {
        const typed = input.value.trim().replace(",", ".");
        Object.assign(draft, { typed: input.value, taken: "", value: typed !== "" && Number.isFinite(Number(typed)) ? Number(typed) : null });
      },
    });
    const take = measure ? make("button", { type: "button", class: "nc-quiet", onclick: () => sheet.send({ do: "take", item: item.id }) }, label) : null;
    return [["Your value", make("div", {}, make("div", { class: "nc-number" }, input, make("span", {}, unit), take), draft.taken ? make("p", { class: "nc-soft" }, draft.taken) : null)]];
  },

  point: (sheet, item, draft) => [["Your mark", make("div", { class: "nc-number" },
    make("button", { type: "button", class: "nc-quiet", onclick: () => sheet.send({ do: "take", item: item.id }) }, "Use my mark"),
    make("span", { class: "nc-soft" }, draft.taken || item.said || "Go to the place, mark it (Mark, or key A at the crosshair), then press this."))]],

  order: (sheet, item, draft) => {
    draft.value ??= item.control.options.map(({ id }) => id);
    const texts = new Map(item.control.options.map(({ id, text }) => [id, text]));
    const list = make("ol", { class: "nc-order", role: "list" });

    // The neighbour moves, not the row itself: so the row's button keeps the focus.
    function move(id, row, step) {
      const at = draft.value.indexOf(id);
      const to = at + step;
      const edge = step < 0 ? "first" : "last";
      if (to < 0 || to >= draft.value.length) {
        sheet.say(`${texts.get(id)} is ${edge} already.`, "aloud");
        return;
      }
      draft.value = draft.value.map((one, i) => (i === at ? draft.value[to] : i === to ? id : one));
      if (step < 0) row.after(row.previousElementSibling);
      else row.before(row.nextElementSibling);
      number();
      sheet.say(`${texts.get(id)}: now ${to + 1} of ${draft.value.length}.`, "aloud");
    }

    function number() {
      [...list.children].forEach((row, i) => {
        row.querySelector(".nc-order-n").textContent = String(i + 1);
        row.querySelector("[data-step='-1']").setAttribute("aria-disabled", String(i === 0));
        row.querySelector("[data-step='1']").setAttribute("aria-disabled", String(i === list.children.length - 1));
      });
    }

    const button = (id, row, step, sign, word) => make("button", {
      type: "button", class: "nc-quiet", "data-step": step, "aria-label": `Move ${word}: ${texts.get(id)}`, title: `Move ${word}`, onclick: () => move(id, row, step),
    }, sign);
    for (const id of draft.value) {
      const row = make("li", { class: "nc-order-row" }, make("span", { class: "nc-order-n", "aria-hidden": "true" }), make("span", { class: "nc-order-text" }, texts.get(id)));
      row.append(make("span", { class: "nc-order-moves" }, button(id, row, -1, "▲", "up"), button(id, row, 1, "▼", "down")));
      list.append(row);
    }
    number();
    return [["Your order, first on top", list]];
  },

  report: (sheet, item, draft) => [["Your report", reportForm(item.control, draft.value, (lines) => { draft.value = lines; }, (done) => {
    sheet.taken = done;
    sheet.send({ do: "take", item: item.id });
  }, sheet.name)]],

  decision: (sheet, item, draft) => {
    const { verdicts, options } = item.control;
    const [verdict, ...reasons] = draft.value ?? [null];
    const now = { verdict, reasons };
    const keep = (change) => { Object.assign(now, change); draft.value = [now.verdict, ...now.reasons]; };
    return [
      ["Your verdict", make("div", { class: "nc-options" }, verdicts.map(({ id, text }) =>
        option("radio", `${sheet.name}-verdict`, id, verdict === id, () => keep({ verdict: id }), text)))],
      ["Tick every reason that carries it", ticks(sheet, options, reasons, (ticked) => keep({ reasons: ticked }))],
    ];
  },
};
