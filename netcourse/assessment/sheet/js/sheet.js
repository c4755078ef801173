// The answer sheet: one question at a time, answered with the controls of answers.js. It knows no key: Python marks.

const STATUS = {
  open: { sign: "", word: "not answered" },
  right: { sign: "✓", word: "right" },
  partly: { sign: "◐", word: "partly right" },
  wrong: { sign: "✕", word: "not right" },
  kept: { sign: "•", word: "answer kept" },
};
const OVERVIEW = "";

// HTML that Python made and escaped: feedback and summary.
function fromPython(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  return holder.content;
}

const round = (n) => String(Math.round(n * 10) / 10);
const listed = (words) => words.join(", ").replace(/, ([^,]*)$/, " and $1");
const points = (n) => `${n} ${n === 1 ? "point" : "points"}`;

let sheets = 0;

class Sheet {
  constructor(model, root) {
    Object.assign(this, { model, root, name: `nc-sheet-${++sheets}`, drafts: new Map(), wanted: null });
    this.said = make("p", { class: "nc-said", role: "status", "aria-live": "polite" });
    this.head = make("div", { class: "nc-sheet-head" });
    this.body = make("div", { class: "nc-sheet-body" });
    this.steps = make("div", { class: "nc-steps" });
    this.foot = make("p", { class: "nc-sheet-foot" });
    root.classList.add("nc-sheet");
    root.setAttribute("role", "group");
    root.append(this.head, this.body, this.said, this.steps, this.foot);
  }

  get state() { return this.model.get("state"); }
  get current() { return this.state.items.find((item) => item.id === this.model.get("current")) ?? null; }

  say(text, kind = "plain") {
    this.said.textContent = text;
    this.said.dataset.kind = kind;
  }

  send(message) { this.model.send(message); }

  draft(item) {
    if (!this.drafts.has(item.id)) {
      this.drafts.set(item.id, { value: item.given, confidence: item.confidence, taken: "", retry: false });
    }
    return this.drafts.get(item.id);
  }

  go(id, focus = true) {
    this.model.set("current", id);
    this.model.save_changes();
    this.say("");
    this.drawn = id;
    this.draw();
    this.body.scrollTop = 0;
    if (focus) this.body.querySelector("[data-start]")?.focus({ preventScroll: true });
    this.root.scrollIntoView({ block: "nearest" });
  }

  // ------------------------------------------------------------------ drawing

  draw() {
    const { state, current } = this;
    this.root.setAttribute("aria-label", `Exercise: ${state.title}`);
    this.head.replaceChildren(...this.drawHead());
    this.body.replaceChildren(...(current ? this.drawItem(current) : this.drawOverview()));
    this.steps.replaceChildren(...(current ? this.drawSteps(current) : []));
    this.steps.hidden = !current;
    this.foot.textContent = state.foot;
    const dots = this.head.querySelector(".nc-dots"), here = dots.querySelector("[aria-current]");
    if (here) dots.scrollLeft = here.offsetLeft - dots.offsetLeft - dots.clientWidth / 2; // where they stand in one row
  }

  drawHead() {
    const { state } = this;
    const here = this.model.get("current");
    const dots = state.items.map((item, i) => {
      const { sign, word } = STATUS[item.status];
      return make("li", { class: i && item.case !== state.items[i - 1].case ? "nc-next-case" : null },
        make("button", {
          type: "button", class: `nc-dot nc-${item.status}`, "aria-label": `Question ${item.n}, ${item.title}: ${word}`, title: `${item.n}. ${item.title}`,
          "aria-current": item.id === here ? "step" : null, onclick: () => this.go(item.id),
        }, sign || String(item.n)));
    });
    const overview = make("button", {
      type: "button", class: "nc-link", "aria-current": here === OVERVIEW ? "page" : null, onclick: () => this.go(OVERVIEW),
    }, "Overview");
    return [
      make("div", { class: "nc-sheet-title" }, make("strong", {}, state.title),
        make("span", { class: "nc-progress" }, `${state.answered} of ${state.items.length} answered${state.graded ? "" : `, ${round(state.points)} of ${state.max_points} points`}`), overview),
      make("nav", { "aria-label": "Questions" }, make("ol", { class: "nc-dots" }, dots)),
      document.querySelector(".jp-SideBar") ? make("p", { class: "nc-wider" }, "More room: close the side bar (Ctrl + B), and the pictures stand beside the question.") : null,
      state.notice ? make("p", { class: "nc-notice", role: "alert" }, state.notice) : null,
    ].filter(Boolean);
  }

  drawOverview() {
    const { state } = this;
    const next = state.items.find((item) => item.status === "open");
    const begun = state.answered > 0;
    const label = !begun ? "Start" : next ? `Continue with question ${next.n}` : "Look at the first question again";
    const start = make("button", { type: "button", class: "nc-main", "data-start": true, onclick: () => this.go((next ?? state.items[0]).id) }, label);
    const rows = [];
    let last;
    for (const item of state.items) {
      if (item.case !== last) rows.push(make("li", { class: "nc-case-row" }, item.case ? `Case ${state.cases[item.case].n}` : "Without pictures"));
      last = item.case;
      rows.push(make("li", {}, make("button", { type: "button", class: "nc-row", onclick: () => this.go(item.id) },
        make("span", { class: `nc-dot nc-${item.status}`, "aria-hidden": "true" }, STATUS[item.status].sign || String(item.n)),
        make("span", { class: "nc-row-title" }, item.title),
        make("span", { class: "nc-row-points" }, item.status === "open" || state.graded ? points(item.points) : `${round(item.got)} of ${item.points}`))));
    }
    const list = make("ol", { class: "nc-list", "aria-label": "All questions" }, rows);
    const left = begun
      ? make("div", { class: "nc-sheet-col" }, this.drawSummary(), start)
      : make("div", { class: "nc-sheet-col" },
        make("p", { class: "nc-small-head" }, "Afterwards you can"),
        make("ul", { class: "nc-aims" }, state.objectives.map((aim) => make("li", {}, aim))),
        make("p", { class: "nc-soft" }, state.graded
          ? `${state.items.length} questions. Every answer is kept at once and can be changed until you hand in; the last one counts. Marks come afterwards.`
          : `${state.items.length} questions, about half an hour. Your first checked answer counts; every answer is kept and explained. You can stop and come back.`),
        make("p", { class: "nc-soft" }, `You are ${state.pseudonym}${state.graded ? "." : "; your patients are drawn for you alone."}`), start);
    return [make("div", { class: "nc-sheet-two" }, left, make("div", { class: "nc-sheet-col" }, list))];
  }

  drawSummary() {
    const box = make("div", {}, fromPython(this.state.summary));
    for (const row of box.querySelectorAll("li[data-item]")) {
      const { item } = row.dataset;
      row.replaceChildren(make("button", { type: "button", class: "nc-link", onclick: () => this.go(item) }, ...row.childNodes));
    }
    return box;
  }

  drawItem(item) {
    const draft = this.draft(item);
    const locked = item.status !== "open" && !draft.retry;
    const story = item.case ? this.state.cases[item.case] : null;
    const heading = `${this.name}-${item.id}`;
    const form = make("form", {
      class: "nc-form", id: `${this.name}-form`, novalidate: true,
      onsubmit: (event) => { event.preventDefault(); this.check(item); },
      onchange: () => { if (this.said.dataset.kind === "mind") this.say(""); },
    },
      ANSWERS[item.kind](this, item, draft).map(([legend, drawn], i) =>
        make("fieldset", { class: `nc-answer nc-answer-${i + 1}`, disabled: locked }, make("legend", {}, legend), drawn)),
      make("fieldset", { class: "nc-sure", disabled: locked }, make("legend", {}, "How sure are you? ", make("small", {}, "Right how often")), this.confidences(item, draft)),
      locked ? make("button", { type: "button", class: "nc-quiet", onclick: () => this.retry(item) }, this.state.graded ? "Change this answer" : "Try again, for practice") : null);
    const question = make("div", { class: "nc-question" },
      story?.story ? make("details", { class: "nc-story", open: this.opensCase(item) }, make("summary", {}, `Case ${story.n} of ${story.of}`), story.story) : null,
      make("p", { class: "nc-item-title", id: heading, tabindex: "-1", "data-start": true },
        make("strong", {}, `${item.n}. ${item.title}`), make("span", {}, points(item.points))),
      make("p", { class: "nc-prompt" }, item.prompt),
      item.hint ? make("p", { class: "nc-hint" }, make("b", {}, "Hint "), item.hint) : null,
      item.hint || !item.hint_offer || locked ? null
        : make("div", {}, make("button", { type: "button", class: "nc-link", onclick: () => this.send({ do: "hint", item: item.id }) }, item.hint_offer)));
    const feedback = locked
      ? make("div", { class: "nc-feedback", role: "region", "aria-label": "Feedback", tabindex: "-1" }, fromPython(item.feedback), item.text ? this.paper(item.text) : null)
      : null;
    return [make("div", { class: "nc-sheet-two", role: "group", "aria-labelledby": heading }, question, form), feedback].filter(Boolean);
  }

  // An answer that is a text: to read, to copy, to print with the page.
  paper(text) {
    const page = make("pre", { class: "nc-report-text", tabindex: "0", role: "region", "aria-label": "Your report as text" }, text);
    const copy = make("button", { type: "button", class: "nc-quiet", onclick: () => navigator.clipboard.writeText(text)
      .then(() => this.say("Copied."), () => { getSelection().selectAllChildren(page); this.say("Selected: press Ctrl + C to copy."); }) }, "Copy the text");
    return make("details", {}, make("summary", {}, "Your report as text"), copy, page);
  }

  // The story is told at the first question of a case and stands ready, folded, at the others.
  opensCase(item) { return this.state.items[item.n - 2]?.case !== item.case; }

  drawSteps(item) {
    const at = item.n - 1;
    const next = this.state.items[at + 1];
    const done = item.status !== "open" && !this.draft(item).retry;
    return [
      at > 0 ? make("button", { type: "button", class: "nc-quiet", onclick: () => this.go(this.state.items[at - 1].id) }, "Back") : make("span"),
      make("span", {}, done ? null : make("button", { type: "submit", class: "nc-main", form: `${this.name}-form` }, this.state.graded ? "Keep" : "Check"),
        make("button", { type: "button", class: done ? "nc-main" : "nc-quiet", onclick: () => this.go(next ? next.id : OVERVIEW) }, next ? "Next" : "To the summary")),
    ];
  }

  confidences(item, draft) {
    return make("div", { class: "nc-options nc-inline" }, this.state.confidences.map(({ word, meaning }) =>
      option("radio", `${this.name}-sure`, word, draft.confidence === word, () => { draft.confidence = word; }, [word, make("small", {}, meaning)])));
  }

  // ------------------------------------------------------------------ doing

  check(item) {
    const draft = this.draft(item);
    const missing = missingIn(item, draft);
    if (missing.length) {
      this.say(`Still missing: ${listed(missing.map(({ word }) => word))}.`, "mind");
      this.body.querySelector(missing[0].at)?.focus();
      return;
    }
    this.wanted = item.id;
    this.say(this.state.graded ? "Keeping …" : "Checking …");
    this.send({ do: "check", item: item.id, value: draft.value, confidence: draft.confidence });
  }

  retry(item) {
    Object.assign(this.draft(item), { retry: true, value: null, confidence: null, taken: "" });
    this.draw();
    this.body.querySelector(".nc-answer input, .nc-answer button, .nc-answer select")?.focus();
  }

  // The kernel has marked, opened a hint, or another view has worked: draw again without losing the place.
  renewed() {
    const checked = this.wanted && this.state.items.find((item) => item.id === this.wanted);
    if (checked) {
      this.wanted = null;
      this.drafts.delete(checked.id);
    }
    const focused = this.root.contains(document.activeElement);
    this.draw();
    if (checked) {
      this.say(this.body.querySelector(".nc-fb-head")?.textContent ?? "", "aloud"); // it stands in the feedback already
      this.body.querySelector(".nc-feedback")?.focus({ preventScroll: true });
      this.body.querySelector(".nc-feedback")?.scrollIntoView({ block: "nearest" });
    } else if (focused && !this.root.contains(document.activeElement)) {
      this.body.querySelector("[data-start]")?.focus({ preventScroll: true });
    }
  }

  heard(message) {
    if (message.do === "took" && this.taken) {
      this.taken(message.value);
      this.taken = null;
      this.say(message.text, "aloud");
    } else if (message.do === "took" && this.current?.id === message.item) {
      Object.assign(this.draft(this.current), { value: message.value, taken: message.text });
      this.draw();
      this.say(message.text, "aloud");
      this.body.querySelector(".nc-sure input")?.focus();
    } else if (message.do === "refused") {
      this.wanted = this.taken = null;
      this.say(message.text, "mind");
    }
  }
}

function render({ model, el }) {
  // JupyterLab must not take keys that are meant for the sheet: in command mode "x" would cut the cell.
  el.addEventListener("keydown", (event) => event.stopPropagation());
  const busy = make("p", { class: "nc-busy", role: "status" });
  const root = make("div");
  el.append(root);
  const sheet = new Sheet(model, root);
  root.insertBefore(busy, sheet.body);
  const tell = () => {
    busy.textContent = model.get("busy");
    busy.hidden = !busy.textContent;
    // The pictures have come and moved the sheet: bring it back into sight.
    if (busy.hidden && model.get("current")) setTimeout(() => root.scrollIntoView({ block: "nearest" }), 300);
  };
  const renew = () => sheet.renewed();
  const move = () => { if (sheet.drawn !== model.get("current")) { sheet.drawn = model.get("current"); sheet.draw(); } };
  const hear = (message) => sheet.heard(message);
  model.on("change:busy", tell);
  model.on("change:state", renew);
  model.on("change:current", move);
  model.on("msg:custom", hear);
  tell();
  sheet.draw();
  model.send({ do: "shown" });
  return () => {
    model.off("change:busy", tell);
    model.off("change:state", renew);
    model.off("change:current", move);
    model.off("msg:custom", hear);
  };
}

export default { render };
