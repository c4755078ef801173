// A slice of CT at any time after the injection. Python sends once how much of each tissue every pixel holds, and for each
// injection the curves of the tissues; every picture on the way is made here.

const SLICE_SCALE = 2; // canvas pixels per pixel of the slice
const PLAY_STEP_S = 2;
const PLAY_FRAMES_PER_S = 15;

async function inflate(bytes) {
  if (typeof DecompressionStream === "undefined") throw new Error("Please use Chrome or Edge 80, Firefox 113, Safari 16.4 or newer.");
  const press = new DecompressionStream("deflate");
  const writer = press.writable.getWriter();
  const written = writer.write(bytes).then(() => writer.close());
  const [plain] = await Promise.all([new Response(press.readable).arrayBuffer(), written]);
  return plain;
}

// The mixture of one slice, unpacked: per tissue the pixels that hold it and their shares.
async function unpackSlice(meta, bytes) {
  const plain = await inflate(bytes);
  const total = meta.counts.reduce((sum, count) => sum + count, 0);
  const size = meta.shape[0] * meta.shape[1];
  return {
    ...meta, size,
    pixels: new Uint32Array(plain, 0, total),
    noise: new Int16Array(plain, 4 * total, size),
    texture: new Int16Array(plain, 4 * total + 2 * size, size),
    shares: new Uint16Array(plain, 4 * total + 4 * size, total),
  };
}

// HU of every pixel at second `t`: shares × attenuation, the tissues' texture and the noise of this dose.
function mixAt(slice, curves, t, noise, out) {
  for (let i = 0; i < slice.size; i++) out[i] = (slice.texture[i] + slice.noise[i] * noise) * slice.noiseStep;
  for (let tissue = 0, from = 0; tissue < slice.counts.length; from += slice.counts[tissue++]) {
    const hu = curves[tissue * slice.seconds + t] / 65535;
    for (let i = from; i < from + slice.counts[tissue]; i++) out[slice.pixels[i]] += hu * slice.shares[i];
  }
  return out;
}

function makeFigure(model, turn) {
  const canvas = make("canvas", { className: "nc-slice" });
  canvas.setAttribute("role", "img");
  const pen = canvas.getContext("2d", { alpha: false });
  const graph = make("div", { className: "nc-graph" });
  const cursor = document.createElementNS("http://www.w3.org/2000/svg", "g");
  const reads = make("p", { className: "nc-reads" });
  reads.setAttribute("role", "status");
  const windowed = make("select", {}, ...Object.keys(model.get("_plan").windows).map((name) => make("option", { value: name }, name)));
  windowed.value = model.get("_plan").window;
  windowed.setAttribute("aria-label", "Window");
  const play = make("button", { type: "button", className: "nc-show" }, "Play");
  const steps = make("span", { className: "nc-steps-to" });
  const bar = make("div", { className: "nc-time-bar" }, play, make("label", {}, make("span", {}, "Window "), windowed), steps);
  const left = make("div", { className: "nc-time-left" }, canvas, bar);
  const node = make("div", { className: "nc-time" }, left, make("div", { className: "nc-time-right" }, graph, reads));

  let slice = null, curves = null, pixels = null, hu = null, now = null, frame = 0, playing = 0, small = null;

  const greys = () => {
    const [centre, width] = model.get("_plan").windows[windowed.value];
    return (value) => Math.round(Math.min(1, Math.max(0, (value - (centre - width / 2)) / width)) * 255);
  };

  const paint = () => {
    frame = 0;
    if (!slice || !curves || now === null) return;
    const plan = model.get("_plan");
    mixAt(slice, curves, now, plan.noise, hu);
    const grey = greys();
    const table = new Uint32Array(4096);
    for (let i = 0; i < 4096; i++) table[i] = (0xff000000 | (grey(i - 1024) * 0x010101)) >>> 0;
    for (let i = 0; i < slice.size; i++) pixels.words[i] = table[Math.min(4095, Math.max(0, Math.round(hu[i]) + 1024))];
    small.getContext("2d").putImageData(pixels.image, 0, 0);
    pen.imageSmoothingQuality = "high";
    pen.drawImage(small, 0, 0, canvas.width, canvas.height);
    annotate(plan);
    moveCursor(plan);
    node.dataset.frame = Number(node.dataset.frame ?? 0) + 1;
  };

  const at = (tissue) => curves[slice.tissues.indexOf(tissue) * slice.seconds + now];

  const annotate = (plan) => {
    const write = (words, x, y, align = "left", size = 13) => {
      pen.font = `600 ${size}px system-ui, sans-serif`;
      pen.textAlign = align;
      pen.lineWidth = 3;
      pen.strokeStyle = "#000";
      pen.strokeText(words, x, y);
      pen.fillStyle = "#eef2f6";
      pen.fillText(words, x, y);
    };
    const [w, h] = [canvas.width, canvas.height];
    write("R", 8, h / 2);
    write("L", w - 8, h / 2, "right");
    write("A", w / 2, 16, "center");
    write("P", w / 2, h - 8, "center");
    write(`${now} s`, 8, 18, "left", 16);
    write(plan.phase[now] ?? "", 8, 36);
    write("SYNTHETIC", 8, h - 22, "left", 11);
    write("not for patient care", 8, h - 8, "left", 11);
    const [centre, width] = plan.windows[windowed.value];
    write(`C ${centre}  W ${width}`, w - 8, 18, "right", 12);
    const five = (50 / slice.spacing[1]) * (w / slice.shape[1]);
    pen.fillStyle = "#eef2f6";
    pen.fillRect(w - 8 - five, h - 10, five, 2);
    write("5 cm", w - 8 - five / 2, h - 16, "center", 11);
    const words = plan.markers.map(({ id }) => id).join(", ");
    canvas.setAttribute("aria-label", `Axial CT ${now} seconds after the start of the injection, window ${centre}/${width} HU, lesions ${words}. ${sentence(plan)} Synthetic, not for patient care.`);
    if (!plan.showMarkers) return;
    for (const { id, x, y, radius } of plan.markers) {
      const scale = w / slice.shape[1];
      pen.strokeStyle = "#8fd3ff";
      pen.lineWidth = 1.5;
      pen.beginPath();
      pen.arc((x + 0.5) * scale, (y + 0.5) * scale, (radius + 3) * scale, 0, 2 * Math.PI);
      pen.stroke();
      write(id, (x + radius + 3.5) * scale, (y - radius) * scale, "left", 12);
    }
  };

  const sentence = (plan) => {
    const [lesion, organ] = [at(plan.lesion.tissue), at(plan.organ.tissue)];
    const delta = lesion - organ;
    const word = delta >= plan.classHu ? "hyper" : delta <= -plan.classHu ? "hypo" : "iso";
    const sign = delta < 0 ? "−" : "+";
    return `${plan.lesion.id} ${lesion.toFixed(0)} HU, ${plan.organ.name} ${organ.toFixed(0)} HU: difference ${sign}${Math.abs(delta).toFixed(0)} HU (${word}), contrast-to-noise ${(Math.abs(delta) / plan.noiseSd).toFixed(1)}.`;
  };

  const moveCursor = (plan) => {
    const { left: x0, right: x1, top, bottom, y } = plan.graph;
    const x = x0 + ((x1 - x0) * now) / (slice.seconds - 1);
    const dots = plan.shown.map(({ tissue, colour }) => {
      const value = at(tissue);
      const py = Math.max(top, bottom - ((bottom - top) * (value - y[0])) / (y[1] - y[0]));
      return `<circle cx="${x.toFixed(1)}" cy="${py.toFixed(1)}" r="4" fill="${colour}" stroke="#fff"/>`;
    });
    cursor.innerHTML = `<line x1="${x}" y1="${top}" x2="${x}" y2="${bottom}" stroke="#1b2733" stroke-width="1.5"/>${dots.join("")}`;
    darkTwins(cursor);
    reads.textContent = `${now} s: ${sentence(plan)}`;
  };

  const ask = () => { frame ||= requestAnimationFrame(paint); };

  const drawGraph = () => {
    putHtml(graph, model.get("_figure"));
    graph.querySelector("svg")?.append(cursor);
    const marks = model.get("_plan").marks;
    steps.replaceChildren(...marks.map(({ name, second }) => {
      const button = make("button", { type: "button", className: "nc-show" }, name);
      button.addEventListener("click", () => turn("phase_s", second));
      return button;
    }));
    ask();
  };

  let turnOf = 0;
  const takeSlice = async () => {
    const mine = ++turnOf;
    const meta = model.get("_slice_meta");
    const bytes = model.get("_slice");
    if (!bytes?.byteLength) return;
    const found = await unpackSlice(meta, bytes);
    if (mine !== turnOf) return;
    slice = found;
    hu = new Float32Array(slice.size);
    small = make("canvas", { width: slice.shape[1], height: slice.shape[0] });
    const image = new ImageData(slice.shape[1], slice.shape[0]);
    pixels = { image, words: new Uint32Array(image.data.buffer) };
    [canvas.width, canvas.height] = [slice.shape[1] * SLICE_SCALE, slice.shape[0] * SLICE_SCALE];
    takeCurves();
    node.dataset.ready = "true";
  };
  const takeCurves = () => {
    const bytes = model.get("_curves");
    if (bytes?.byteLength) curves = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
    ask();
  };

  const tick = () => {
    const next = now + PLAY_STEP_S;
    turn("phase_s", next >= slice.seconds ? 0 : next);
  };
  const setPlaying = (on) => {
    clearInterval(playing);
    playing = on ? setInterval(tick, 1000 / PLAY_FRAMES_PER_S) : 0;
    play.textContent = on ? "Stop" : "Play";
    play.setAttribute("aria-pressed", String(on));
  };
  play.addEventListener("click", () => setPlaying(!playing));
  windowed.addEventListener("change", ask);

  const handlers = [["change:_slice", takeSlice], ["change:_curves", takeCurves], ["change:_figure", drawGraph], ["change:_plan", ask]];
  for (const [event, handler] of handlers) model.on(event, handler);
  takeSlice();
  drawGraph();
  return {
    node,
    turned(values) { if (values.phase_s !== now) { now = values.phase_s; ask(); } },
    leave() {
      setPlaying(false);
      for (const [event, handler] of handlers) model.off(event, handler);
    },
  };
}
