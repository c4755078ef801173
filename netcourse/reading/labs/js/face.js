// The usual face of a lab: Python draws it.

function makeFace(model) {
  const node = make("div", { className: "nc-face" });
  const draw = () => { node.innerHTML = model.get("_face"); };
  model.on("change:_face", draw);
  draw();
  return { node, turned() {}, leave() { model.off("change:_face", draw); } };
}
