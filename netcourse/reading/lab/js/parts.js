// What every lab is built of: native labelled controls, and the question that comes first.

const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name in element && name !== "list") element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
};

function control(spec, group, turn, ask) {
  if (spec.kind === "range") {
    const reads = make("output");
    reads.setAttribute("aria-live", "off"); // the slider says its value itself
    const input = make("input", { type: "range", min: spec.low, max: spec.high, step: spec.step });
    const decimals = (String(spec.step).split(".")[1] || "").length;
    const words = () => `${Number(input.value).toFixed(decimals)} ${spec.unit}`.trim();
    const show = (value) => {
      if (document.activeElement !== input || Number(input.value) === value) input.value = value;
      reads.textContent = words();
      input.setAttribute("aria-valuetext", words());
    };
    input.addEventListener("input", () => { show(Number(input.value)); turn(spec.name, Number(input.value)); });
    return [make("label", { className: "nc-range" }, make("span", {}, spec.label), input, reads), show];
  }
  if (spec.kind === "switch") {
    const input = make("input", { type: "checkbox" });
    input.addEventListener("change", () => turn(spec.name, input.checked));
    return [make("label", { className: "nc-switch" }, input, make("span", {}, spec.label)), (value) => { input.checked = value; }];
  }
  if (spec.menu) {
    const items = spec.options.map(([id, label]) => make("option", { value: id }, label));
    const input = make("select", {}, make("option", { value: "", disabled: true, hidden: true }, "choose …"), ...items);
    input.addEventListener("change", () => turn(spec.name, input.value));
    return [make("label", { className: "nc-menu" }, make("span", {}, spec.label), input), (value) => { input.value = value ?? ""; }];
  }
  if (spec.kind === "own") return [document.createComment(spec.name), () => {}]; // the figure draws it
  const inputs = spec.options.map(([id]) => make("input", { type: "radio", name: `${group}-${spec.name}`, value: id }));
  inputs.forEach((input) => input.addEventListener("change", () => turn(spec.name, input.value)));
  const choices = spec.options.map(([, label], i) => make("label", { className: "nc-choice" }, inputs[i], make("span", {}, label)));
  const options = make("div", { className: "nc-options" }, ...choices);
  const field = make("fieldset", { className: "nc-choices" }, make("legend", {}, spec.label), options);
  if (spec.place) {
    const show = make("button", { type: "button", className: "nc-show" }, "Show");
    show.setAttribute("aria-label", `Show ${spec.label} in the viewer`);
    show.addEventListener("click", () => ask({ go_to: spec.place }));
    options.append(show);
  }
  return [field, (value) => inputs.forEach((input) => { input.checked = input.value === value; })];
}

// What stands below a question in the same section of a notebook opens with the answer.
function veil(el) {
  const below = [];
  for (let next = el.closest(".jp-Cell")?.nextElementSibling; next; next = next.nextElementSibling) {
    if (next.matches(".jp-MarkdownCell") && next.querySelector("h1, h2, h3")) break;
    below.push(next);
  }
  below.forEach((cell) => cell.classList.add("nc-veiled"));
  return () => below.forEach((cell) => cell.classList.remove("nc-veiled"));
}

function question(model, group, el, opened) {
  const asked = model.get("_question");
  if (!asked) { opened(); return make("div"); }
  const options = asked.options.map((option) => make("label", { className: "nc-choice" },
    make("input", { type: "radio", name: `${group}-prediction`, value: option }), make("span", {}, option)));
  const done = make("button", { type: "button", className: "nc-button", disabled: true }, "This is my prediction");
  const verdict = make("p", { className: "nc-verdict" });
  const before = make("div", { className: "nc-before nc-drawing" });
  putHtml(before, model.get("_before"));
  let unveil = () => {};
  if (model.get("_said") === null) requestAnimationFrame(() => { if (model.get("_said") === null) unveil = veil(el); });
  verdict.setAttribute("role", "status");
  const field = make("fieldset", { className: "nc-question" },
    make("legend", {}, "Predict first"), make("p", {}, asked.text), make("div", { className: "nc-options" }, ...options), done, verdict);
  const chosen = () => field.querySelector("input:checked");
  field.addEventListener("change", () => { done.disabled = !chosen(); });
  done.addEventListener("click", () => { model.set("_said", chosen().value); model.save_changes(); settle(); });
  const settle = () => {
    if (model.get("_said") === null) return;
    options.forEach((label) => {
      const input = label.firstChild;
      input.checked = input.value === model.get("_said");
      input.disabled = true;
    });
    done.hidden = true;
    before.remove();
    field.classList.add("nc-answered");
    unveil();
    verdict.innerHTML = model.get("_verdict");
    opened();
  };
  model.on("change:_said", settle);
  model.on("change:_verdict", settle);
  settle();
  const node = make("div", { className: "nc-ask" }, ...(before.innerHTML && !done.hidden ? [before] : []), field);
  node.leave = () => unveil();
  return node;
}
