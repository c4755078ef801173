// Mouse, pen, wheel and keys, turned into what the reader can do.

const CLICK_PX = 4;

function placeOn(panel, event) {
  const box = panel.canvas.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
}

// Left-button actions of the tools. Each takes the start and returns what a move does.
const GESTURES = {
  crosshair: (reader, panel) => ({ move: (at) => reader.moveTo(panel.pointAt(...at)), at_once: true }),
  voi: (reader, panel) => ({ move: (at) => reader.placeVoi(panel.pointAt(...at)), at_once: true }),
  mark: (reader, panel) => ({ move: (at) => reader.markAt(panel.pointAt(...at)), at_once: true }),
  window: (reader, panel) => {
    const [centre, width, top] = [...reader.window, reader.suvTop];
    const pace = Math.max(0.5, width / 300);
    return {
      move: (_, dx, dy) => {
        if (panel.onWhite) reader.setSuvTop(top * Math.exp(dy / 200));
        else reader.grey.drag(centre + dy * pace, width + dx * pace);
      },
    };
  },
  pan: (reader, panel) => {
    let [lastX, lastY] = [0, 0];
    return {
      move: (_, dx, dy) => {
        panel.camera.moveBy(dx - lastX, dy - lastY);
        [lastX, lastY] = [dx, dy];
        reader.cameraMoved(panel);
      },
    };
  },
  zoom: (reader, panel, [x, y]) => {
    const { zoom } = panel.camera;
    return {
      move: (_, dx, dy) => {
        panel.camera.zoomAbout(x, y, (zoom * Math.exp(-dy / 120)) / panel.camera.zoom);
        reader.cameraMoved(panel);
      },
    };
  },
  ...Object.fromEntries(Object.keys(RULERS).map((kind) => [kind, (reader, panel, at) => ({
    move: ((to) => (place) => to(panel.pointAt(...place)))(reader.rulers.begin(kind, panel, panel.pointAt(...at))), at_once: true, end: () => reader.rulers.drop(),
  })])),
  turn: (reader) => {
    const { angle } = reader;
    return { move: (_, dx) => reader.turnMip(angle - Math.round(dx / 6) * CONFIG.mipStep) };
  },
};

// Whether a press takes hold of the VOI: near its centre or its rim.
function holdsVoi(reader, panel, [x, y]) {
  if (!reader.voi || panel.isMip) return false;
  const [centre, diameter] = reader.voi;
  const depth = panel.depth(centre);
  if (depth >= diameter / 2) return false;
  const [cx, cy] = panel.project(centre);
  const away = Math.hypot(x - cx, y - cy);
  const rim = Math.sqrt(diameter ** 2 / 4 - depth ** 2) * panel.camera.scale;
  return away < 6 || Math.abs(away - rim) < 5;
}

function chooseGesture(reader, panel, event, at) {
  if (event.button === 2) return "window";
  if (event.button === 1 || event.shiftKey) return "pan";
  if (holdsVoi(reader, panel, at)) return "voi";
  const clicks = ["crosshair", "voi", "mark", ...Object.keys(RULERS)].includes(reader.tool);
  return panel.isMip && clicks ? "turn" : reader.tool;
}

function attachPointer(reader, panel, signal) {
  const { node } = panel;
  let held = null;

  node.addEventListener("pointerdown", (event) => {
    if (!reader.ready) return;
    node.focus({ preventScroll: true });
    reader.activate(panel);
    const at = placeOn(panel, event);
    const kind = chooseGesture(reader, panel, event, at);
    const gesture = GESTURES[kind](reader, panel, at);
    held = { ...gesture, kind, at, moved: false };
    node.setPointerCapture(event.pointerId);
    if (gesture.at_once) gesture.move(at, 0, 0);
    event.preventDefault();
  }, { signal });

  node.addEventListener("pointermove", (event) => {
    if (!reader.ready) return;
    reader.wheel.pointerMoved(event);
    const at = placeOn(panel, event);
    reader.probe(panel, at);
    if (!held) return;
    const [dx, dy] = [at[0] - held.at[0], at[1] - held.at[1]];
    held.moved ||= Math.hypot(dx, dy) > CLICK_PX;
    if (held.moved || held.at_once) held.move(at, dx, dy);
  }, { signal });

  const release = (event) => {
    if (!held) return;
    const { kind, moved, at, end } = held;
    held = null;
    end?.();
    if (event.type === "pointerup" && kind === "turn" && !moved) reader.act(panel.pointAt(...at));
  };
  node.addEventListener("pointerup", release, { signal });
  node.addEventListener("pointercancel", release, { signal });
  node.addEventListener("pointerleave", () => { reader.probe(null); reader.wheel.left(); }, { signal });
  node.addEventListener("dblclick", () => reader.toggleEnlarged(panel), { signal });
  node.addEventListener("focus", () => reader.activate(panel), { signal });
  node.addEventListener("wheel", (event) => reader.ready && reader.wheel.turned(event, panel), { signal, passive: false });
}

// Who owns the wheel? A wheel that starts on the page keeps scrolling the page, also when a picture slides under the
// resting pointer; once the pointer has moved over a picture, the wheel is the picture's until it leaves. So
// reading down a lesson never gets stuck in a viewer, and nobody has to click before scrolling slices.
class Wheel {
  constructor(reader) {
    Object.assign(this, { reader, ours: false, last: [NaN, NaN], pageTurned: -Infinity, rest: 0 });
  }

  // Anywhere on the page, before any panel hears of it.
  seen(event) {
    if (!this.reader.root.contains(event.target)) this.pageTurned = event.timeStamp;
  }

  pointerMoved(event) {
    const moved = event.screenX !== this.last[0] || event.screenY !== this.last[1];
    const first = Number.isNaN(this.last[0]);
    this.last = [event.screenX, event.screenY];
    if (moved && (!first || event.timeStamp - this.pageTurned > 400)) this.ours = true;
  }

  left() {
    this.ours = false;
    this.last = [NaN, NaN];
  }

  turned(event, panel) {
    const { reader } = this;
    if (!this.ours && !panel.node.contains(document.activeElement)) {
      this.pageTurned = event.timeStamp;
      return;
    }
    event.preventDefault();
    const px = event.deltaY * [1, 33, 400][event.deltaMode];
    if (event.ctrlKey || event.metaKey) {
      panel.camera.zoomAbout(...placeOn(panel, event), Math.exp(-px / (Math.abs(px) < 50 ? 60 : 500)));
      reader.cameraMoved(panel);
      return;
    }
    // A notch of a mouse wheel is one slice; a trackpad's small steps add up.
    const notch = Math.abs(px) >= 60;
    this.rest = notch ? 0 : this.rest + px;
    const steps = notch ? Math.sign(px) * Math.max(1, Math.round(Math.abs(px) / 120)) : Math.trunc(this.rest / 18);
    this.rest -= notch ? 0 : steps * 18;
    if (!steps) return;
    reader.activate(panel);
    if (panel.isMip) reader.turnMip(reader.angle + steps * CONFIG.mipStep);
    else reader.scroll(panel, -steps * (panel.plane.down > 0 ? 1 : -1));
    reader.probe(panel, placeOn(panel, event));
  }
}

// What each key does; letters without Shift unless written large.
const KEYS = {
  ArrowUp: (r, p) => r.step(p, 1), ArrowDown: (r, p) => r.step(p, -1),
  PageUp: (r, p) => r.step(p, 10), PageDown: (r, p) => r.step(p, -10),
  Home: (r, p) => r.step(p, -Infinity), End: (r, p) => r.step(p, Infinity),
  ArrowLeft: (r, p) => r.nudge(p, -1, 0), ArrowRight: (r, p) => r.nudge(p, 1, 0),
  "Shift+ArrowUp": (r, p) => r.nudge(p, 0, -1), "Shift+ArrowDown": (r, p) => r.nudge(p, 0, 1),
  "Shift+ArrowLeft": (r, p) => r.nudge(p, -1, 0), "Shift+ArrowRight": (r, p) => r.nudge(p, 1, 0),
  " ": (r) => r.toggleCine(), n: (r) => r.nextMarker(1), b: (r) => r.nextMarker(-1),
  t: (r) => r.nextSeries(1), T: (r) => r.nextSeries(-1), u: (r) => r.nextPet(),
  1: (r) => r.grey.takePreset(0), 2: (r) => r.grey.takePreset(1), 3: (r) => r.grey.takePreset(2), 4: (r) => r.grey.takePreset(3),
  "[": (r) => r.grey.drag(r.window[0], r.window[1] / 1.1), "]": (r) => r.grey.drag(r.window[0], r.window[1] * 1.1),
  ";": (r) => r.grey.drag(r.window[0] - 10, r.window[1]), "'": (r) => r.grey.drag(r.window[0] + 10, r.window[1]),
  "<": (r) => r.setSuvTop(r.suvTop - 1), ">": (r) => r.setSuvTop(r.suvTop + 1),
  f: (r) => r.show("fused"), d: (r) => r.show("CT"), p: (r) => r.show("PET"), s: (r) => r.show("side by side"), y: (r) => r.show("two PETs"),
  "+": (r, p) => r.zoom(p, 1.25), "=": (r, p) => r.zoom(p, 1.25), "-": (r, p) => r.zoom(p, 0.8), g: (r, p) => r.centre(p),
  e: (r) => r.toggleEnlarged(), x: (r) => r.toggleCross(), r: (r) => r.reset(),
  l: (r) => r.takeTool("distance"), j: (r) => r.takeTool("angle"), q: (r) => r.takeTool("region"), O: (r) => r.keepReference(),
  Enter: (r, p) => r.tool in RULERS && r.rulers.press(r.tool, p), Delete: (r) => r.rulers.undo(), i: (r) => r.invert(), F: (r) => r.fillScreen(),
  v: (r) => r.placeVoi(r.crosshair), V: (r) => r.removeVoi(), ",": (r) => r.resizeVoi(r.voiDiameter - 1), ".": (r) => r.resizeVoi(r.voiDiameter + 1),
  a: (r) => r.markAt(r.crosshair), A: (r) => r.set({ mark_mm: null }), m: (r) => r.toggleMarkers(),
  c: (r) => r.takeTool("crosshair"), w: (r) => r.takeTool("window"), h: (r) => r.takeTool("pan"), z: (r) => r.takeTool("zoom"),
  o: (r) => r.takeTool("voi"), k: (r) => r.takeTool("mark"), "?": (r) => r.toggleHelp(), Escape: (r) => r.escape(),
};

// The right button changes the window; JupyterLab's menu stays away.
function keepMenuAway(reader, signal) {
  globalThis.addEventListener("contextmenu", (event) => {
    if (!event.composedPath().includes(reader.root)) return;
    event.preventDefault();
    event.stopPropagation();
  }, { signal, capture: true });
}

// Keys stay inside the viewer: JupyterLab would move the cell selection on arrows and cut the cell on x. It listens on
// the document, Notebook 7 even before the focused element hears of a key, so the viewer listens on the window, before both.
function attachKeys(reader, signal) {
  globalThis.addEventListener("keydown", (event) => {
    if (!event.composedPath().includes(reader.root)) return;
    if ((event.ctrlKey || event.metaKey) && ["s", "b"].includes(event.key.toLowerCase())) return; // save, side bar
    event.stopPropagation();
    if (!reader.ready || event.ctrlKey || event.metaKey || event.altKey) return;
    const [target] = event.composedPath();
    const typing = target.matches("input, select") && event.key !== "?" && event.key !== "Escape";
    const pressing = target.matches("button") && [" ", "Enter"].includes(event.key);
    if (typing || pressing || (reader.helpOpen && !["?", "Escape"].includes(event.key))) return;
    const held = event.shiftKey && event.key.startsWith("Arrow") ? `Shift+${event.key}` : event.key;
    const act = KEYS[held] ?? (event.shiftKey ? null : KEYS[event.key.toLowerCase()]);
    if (!act) return;
    event.preventDefault();
    act(reader, reader.active);
  }, { signal, capture: true });
}
