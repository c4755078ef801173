// A lab in the browser: the question, the controls, and the figure that follows them.

const REST_MS = 150;

function render({ model, el }) {
  const group = `nc-${crypto.getRandomValues(new Uint32Array(1))[0]}`; // radio buttons of one name are one group over the whole page
  const root = make("section", { className: "nc-lab" });
  root.setAttribute("aria-label", model.get("_title"));
  root.addEventListener("keydown", (event) => event.stopPropagation());

  // What the browser draws by itself is told to Python when the hand rests; the rest at once.
  const byItself = new Set(model.get("_controls").filter((spec) => spec.rests).map((spec) => spec.name));
  let resting = 0;
  const turn = (name, value) => {
    const turned = typeof name === "string" ? { [name]: value } : name; // several at once come as an object
    model.set("_values", { ...model.get("_values"), ...turned });
    clearTimeout(resting);
    if (Object.keys(turned).some((one) => byItself.has(one))) resting = setTimeout(() => model.save_changes(), REST_MS);
    else model.save_changes();
  };
  const built = model.get("_controls").map((spec) => [spec, ...control(spec, group, turn, (message) => model.send(message))]);
  // Above the figure what moves it at once; where there is such a control, the others stand below. A figure that is worked by hand
  // itself comes first, then all controls, then its words.
  const first = built.some(([spec]) => spec.rests) ? built.filter(([spec]) => spec.rests) : built;
  const row = (rows) => make("div", { className: "nc-controls" }, ...rows.map(([, element]) => element));
  const figure = makeFigure(model, turn);
  const parts = figure.words ? [figure.node, row(built), figure.words] : [row(first), figure.node, row(built.filter((one) => !first.includes(one)))];
  const body = make("div", { className: "nc-body", hidden: true }, ...parts);

  const refresh = () => {
    built.forEach(([spec, , show]) => show(model.get("_values")[spec.name]));
    figure.turned(model.get("_values"));
  };
  model.on("change:_values", refresh);
  refresh();

  const heading = make("header", {}, make("h3", {}, model.get("_title")));
  const look = model.get("_look");
  if (look) body.prepend(make("p", { className: "nc-look" }, look));
  const opened = () => { body.hidden = false; figure.turned(model.get("_values")); };
  const asked = question(model, group, el, opened);
  root.append(heading, asked, body);
  el.append(root);
  return () => { clearTimeout(resting); model.off("change:_values", refresh); figure.leave(); asked.leave?.(); };
}

export default { render };
