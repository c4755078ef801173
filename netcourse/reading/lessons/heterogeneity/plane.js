// A plane with marks that are chosen by a click and moved by a drag. Python draws it; both axes are logarithmic.

const DRAG_FROM_PX = 4;

function makeFigure(model, turn) {
  const node = make("div", { className: "nc-figure" });
  const words = make("div");
  words.setAttribute("aria-live", "polite");
  const draw = () => {
    putHtml(node, model.get("_figure"));
    const told = node.querySelector(".nc-words");
    words.innerHTML = told.innerHTML;
    told.remove();
  };
  const movable = ["ssr", "fdg"].every((name) => model.get("_controls").some((spec) => spec.name === name));
  node.classList.toggle("nc-movable", movable);
  let held = null, frame = 0;

  // The multiples of the liver under the pointer, and so the SUVs of the mark that is held.
  const under = (event) => {
    const plane = node.querySelector(".nc-plane"), box = plane.getBoundingClientRect();
    const [low, high] = [Number(plane.dataset.low), Number(plane.dataset.high)];
    const along = (share) => low * (high / low) ** Math.min(1, Math.max(0, share));
    return [along((event.clientX - box.left) / box.width), along((box.bottom - event.clientY) / box.height)];
  };
  const within = (name, value) => {
    const { low, high } = model.get("_controls").find((spec) => spec.name === name);
    return Math.min(high, Math.max(low, Math.round(value * 10) / 10));
  };

  node.addEventListener("pointerdown", (event) => {
    const mark = event.target.closest?.("[data-pick]");
    if (!mark || event.button) return;
    event.preventDefault();
    const start = [Number(mark.dataset.ssr), Number(mark.dataset.fdg)];
    held = { name: mark.dataset.pick, x: event.clientX, y: event.clientY, moved: false, from: under(event), start };
    node.setPointerCapture(event.pointerId);
    if (model.get("_values").lesion !== held.name) turn("lesion", held.name);
  });
  node.addEventListener("pointermove", (event) => {
    if (!held || !movable) return;
    if (!held.moved && Math.hypot(event.clientX - held.x, event.clientY - held.y) < DRAG_FROM_PX) return;
    held.moved = true;
    const now = under(event);
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      if (!held) return;
      const [ssr, fdg] = held.start.map((suv, i) => (suv * now[i]) / held.from[i]);
      turn({ ssr: within("ssr", ssr), fdg: within("fdg", fdg) });
    });
  });
  const drop = () => { held = null; };
  node.addEventListener("pointerup", drop);
  node.addEventListener("pointercancel", drop);

  model.on("change:_figure", draw);
  draw();
  return { node, words, turned() {}, leave() { model.off("change:_figure", draw); } };
}
