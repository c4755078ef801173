// The column of the drill. It knows of no lesion before signing: Python tells it afterwards.

const WORDS = { missed: "Missed", false: "False mark", found: "Found", benign: "Benign" };
const SIGN = { missed: "▢", false: "✕", found: "◯", benign: "·" };
const KEYS_READING = "A marks at the crosshair · F2 pictures and back · 0 no lesion · Ctrl+Enter signs";
const KEYS_SIGNED = "N next miss · Enter next case";
const KEYS_ENDED = "N next miss";

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

class Column {
  constructor(model, root) {
    Object.assign(this, { model, root, marks: 0, phase: "" });
    root.classList.add("nc-column");
    root.setAttribute("role", "form");
    root.setAttribute("aria-label", "Reading");
  }

  get state() { return this.model.get("state"); }
  get drill() { return this.root.closest(".nc-drill"); }
  send(message) { this.model.send(message); }

  button(text, press, attributes = {}) {
    const node = make("button", { type: "button", ...attributes }, text);
    node.addEventListener("click", press);
    return node;
  }

  // A list to choose from; `key` lets the focus find it again.
  select(key, name, options, value, choose) {
    const node = make("select", { "data-key": key, "aria-label": name }, make("option", { value: "" }, "–"), ...options.map((option) => make("option", { value: option }, option)));
    node.value = value ?? "";
    node.addEventListener("change", () => node.value && choose(node.value));
    return node;
  }

  draw() {
    const { state } = this;
    if (!state.phase) return;
    if (this.drill) Object.assign(this.drill.dataset, { front: state.front ?? "", phase: state.phase });
    if (state.phase === "closed") return this.root.replaceChildren(...this.closed());
    const held = document.activeElement?.dataset?.key;
    const inside = this.root.contains(document.activeElement);
    const parts = state.phase === "waiting" ? this.waiting() : state.phase === "reading" ? this.reading() : this.signed();
    this.root.replaceChildren(
      make("p", { class: "nc-drill-head" }, make("strong", {}, `Case ${state.number}`), make("span", {}, `${(state.number - 1) % state.of + 1} of ${state.of}`),
        this.button("Full screen", () => this.fill(), { title: "The whole screen, and back", "data-key": "full" })),
      state.referral ? make("p", { class: "nc-referral" }, state.referral) : "",
      ...parts,
      make("p", { class: "nc-drill-say", role: "status", "aria-live": "polite" }, state.say ?? ""),
      make("p", { class: "nc-drill-keys" }, state.phase !== "signed" ? KEYS_READING : state.round ? KEYS_ENDED : KEYS_SIGNED),
      make("p", { class: "nc-drill-foot" }, "SYNTHETIC. For education, not for patient care."),
    );
    this.refocus(held, inside);
  }

  // A new mark is scored at once; else the focus stays where it was.
  refocus(held, inside) {
    const { state } = this;
    const grown = state.phase === "reading" && state.marks.length > this.marks;
    const turned = state.phase !== this.phase;
    [this.marks, this.phase] = [state.marks.length, state.phase];
    if (turned && state.phase === "waiting" && held === "begin") return this.drill?.scrollIntoView({ block: "start" }), this.root.focus({ preventScroll: true });
    if (grown) return this.focus(`krenning ${state.marks.length - 1}`);
    if (turned && state.phase === "signed") return this.focus("miss");
    if (turned && state.phase === "reading" && this.drill?.contains(document.activeElement)) return this.toPictures();
    if (inside && held) this.focus(held);
    else if (inside && state.phase === "waiting") this.root.focus();
  }

  focus(key) { this.root.querySelector(`[data-key="${key}"]`)?.focus({ preventScroll: true }); }

  // A round at the end of a lesson, before it begins and after it has ended.
  closed() {
    const { state } = this;
    const done = (state.number - 1) % state.of;
    const words = done ? `Go on with scan ${done + 1} of ${state.of}` : `Read ${state.number > 1 ? "another " : ""}${state.of} scan${state.of > 1 ? "s" : ""}`;
    return [
      make("p", {}, make("strong", {}, `${state.of} unmarked scan${state.of > 1 ? "s" : ""}: `), "on what this page taught. Some are normal, and nothing is marked for you."),
      state.round ? make("p", { role: "status" }, `${state.round} It was about ${state.about}.`) : "",
      this.button(words, () => this.send({ do: "begin" }), { class: "nc-sign-button", "data-key": "begin" }),
      make("p", { class: "nc-drill-foot" }, "SYNTHETIC. For education, not for patient care."),
    ];
  }

  waiting() {
    return [make("p", { class: "nc-drill-busy", role: "status" }, "The pictures are being made …"), make("progress", { "aria-label": "The pictures are being made" })];
  }

  reading() {
    const { state } = this;
    const { choices, filled } = state;
    const rows = state.marks.map((mark, n) => make("li", {},
      this.button(String(n + 1), () => this.send({ do: "go", mark: n }), { "data-key": `go ${n}`, title: "Go there", "aria-label": `Go to mark ${n + 1}` }),
      this.select(`krenning ${n}`, `Krenning score of mark ${n + 1}`, choices.krenning, mark.krenning === null ? "" : String(mark.krenning), (value) => this.send({ do: "score", mark: n, name: "krenning", value: Number(value) })),
      this.select(`category ${n}`, `SSTR-RADS of mark ${n + 1}`, choices.category, mark.category, (value) => this.send({ do: "score", mark: n, name: "category", value })),
      this.button("×", () => this.send({ do: "remove", mark: n }), { "data-key": `remove ${n}`, title: "Remove", "aria-label": `Remove mark ${n + 1}` })));
    const none = make("input", { type: "checkbox", "data-key": "none" });
    none.checked = Boolean(filled.none);
    none.disabled = state.marks.length > 0;
    none.addEventListener("change", () => this.send({ do: "fill", name: "none", value: none.checked }));
    const field = (name, words) => make("label", { class: "nc-drill-field" }, make("span", {}, words),
      this.select(name, words, choices[name], filled[name], (value) => this.send({ do: "fill", name, value })));
    return [
      make("div", { class: "nc-mark-head", "aria-hidden": "true" }, make("span", {}, "Mark"), make("span", {}, "Krenning"), make("span", {}, "SSTR-RADS")),
      make("ol", { class: "nc-marks", "aria-label": "Your marks" }, ...rows),
      make("label", { class: "nc-none" }, none, "No lesion"),
      field("overall", "Overall SSTR-RADS"), field("step", "Next step"), field("confidence", "How sure"),
      this.button("Sign", () => this.send({ do: "sign" }), { class: "nc-sign-button", "data-key": "sign" }),
    ];
  }

  signed() {
    const { state } = this;
    const now = state.findings[state.at];
    const list = state.findings.map((one, n) => make("li", {}, this.button("", () => this.send({ do: "finding", n }), {
      class: `nc-finding nc-${one.sign}`, "data-key": `finding ${n}`, "aria-current": n === state.at ? "true" : null, title: WORDS[one.sign], "aria-label": `${n + 1}, ${WORDS[one.sign]}: ${one.what}`,
    })));
    list.forEach((row, n) => row.firstChild.append(make("b", {}, SIGN[state.findings[n].sign]), ` ${n + 1}`));
    return [
      make("p", { class: "nc-worth" }, make("strong", {}, state.worth), ` ${state.counts}`),
      state.errors.length ? make("p", { class: "nc-errors" }, `Changes management: ${state.errors.join("; ")}`) : "",
      make("p", { class: "nc-decision-told" }, state.decision),
      make("ol", { class: "nc-findings", "aria-label": "Findings" }, ...list),
      make("div", { class: "nc-told", "aria-live": "polite" }, ...(now ? [
        make("p", { class: `nc-${now.sign}` }, make("strong", {}, `${SIGN[now.sign]} ${WORDS[now.sign]}. `), now.what),
        now.rule ? make("p", {}, now.rule) : "", now.flip ? make("p", { class: "nc-flip" }, now.flip) : "",
      ] : [make("p", {}, state.findings.length ? "" : "A normal scan: there is nothing to find.")])),
      state.round ? make("p", { class: "nc-round", role: "status" }, `${state.round} It was about ${state.about}.`) : "",
      make("p", { class: "nc-curve" }, state.curve),
      make("div", { class: "nc-drill-go" },
        this.button("Next miss", () => this.send({ do: "miss" }), { "data-key": "miss", disabled: state.findings.length === 0 }),
        this.button(state.round ? `Another ${state.of}` : "Next case", () => this.send({ do: "next" }), { "data-key": "next", class: "nc-sign-button" })),
    ];
  }

  toPictures() {
    const viewer = this.drill?.children[1 + this.state.front];
    (viewer?.querySelector(".nc-panel.nc-active") ?? viewer?.querySelector(".nc-panel"))?.focus({ preventScroll: true });
  }

  toColumn() {
    (this.root.querySelector("select, input:not(:disabled), [data-key=miss], [data-key=next]") ?? this.root).focus({ preventScroll: true });
  }

  fill() {
    if (document.fullscreenElement === this.drill) document.exitFullscreen();
    else this.drill?.requestFullscreen?.().catch(() => {});
  }

  // What the keys do anywhere in the drill; true where the key was ours.
  key(event, inColumn) {
    const { phase, marks } = this.state;
    const { key, ctrlKey, metaKey } = event;
    if (phase === "closed") return false;
    if (key === "F2") return inColumn ? this.toPictures() : this.toColumn(), true;
    if ((ctrlKey || metaKey) && key === "Enter") return phase === "reading" && this.send({ do: "sign" }), true;
    if (ctrlKey || metaKey || event.altKey) return false;
    if (inColumn && key === "Escape") return this.toPictures(), true;
    const pressing = inColumn && event.target.matches?.("button") && !["miss", "next"].includes(event.target.dataset.key);
    if (phase === "signed" && key === "Enter" && !pressing && !this.state.round) return this.send({ do: "next" }), true;
    if (phase === "signed" && key.toLowerCase() === "n") return this.send({ do: "miss" }), true;
    if (phase === "reading" && !inColumn && key === "0" && !marks.length) return this.send({ do: "fill", name: "none", value: !this.state.filled.none }), true;
    return false;
  }
}

// As high as what can be seen of the page, so that nothing scrolls.
function keepHeight(column, signal) {
  const fit = () => {
    const { drill } = column;
    if (!drill) return;
    let around = drill.parentElement;
    while (around && !/auto|scroll/.test(getComputedStyle(around).overflowY)) around = around.parentElement;
    const room = document.fullscreenElement === drill ? innerHeight : Math.min(innerHeight, around?.clientHeight || innerHeight);
    drill.style.setProperty("--nc-drill-height", `${Math.max(420, room - 16)}px`);
  };
  globalThis.addEventListener("resize", fit, { signal });
  document.addEventListener("fullscreenchange", fit, { signal });
  requestAnimationFrame(() => {
    fit();
    column.draw();
    if (column.state.phase !== "closed") column.drill?.scrollIntoView({ block: "start" });
  });
}

function render({ model, el }) {
  const root = make("section", { tabindex: "-1" });
  el.append(root);
  const column = new Column(model, root);
  const stop = new AbortController();
  const draw = () => column.draw();
  model.on("change:state", draw);
  globalThis.addEventListener("keydown", (event) => {
    const path = event.composedPath();
    if (!column.drill || !path.includes(column.drill)) return;
    const inColumn = path.includes(root);
    if (column.key(event, inColumn)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    } else if (inColumn && !((event.ctrlKey || event.metaKey) && ["s", "b"].includes(event.key.toLowerCase()))) event.stopPropagation();
  }, { signal: stop.signal, capture: true });
  draw();
  keepHeight(column, stop.signal);
  return () => {
    model.off("change:state", draw);
    stop.abort();
    root.remove();
  };
}

export default { render };
