// The usual figure of a lab: Python draws it.

function makeFigure(model) {
  const node = make("div", { className: "nc-figure" });
  const draw = () => { putHtml(node, model.get("_figure")); };
  model.on("change:_figure", draw);
  draw();
  return { node, turned() {}, leave() { model.off("change:_figure", draw); } };
}
