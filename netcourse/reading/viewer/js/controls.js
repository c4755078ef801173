// The controls around the pictures: native buttons, inputs and labels, so that keyboard and screen reader know them.

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

const ICONS = {
  crosshair: "M8 1v5M8 10v5M1 8h5M10 8h5",
  window: "M8 2a6 6 0 1 0 0 12zM8 2a6 6 0 0 1 0 12",
  pan: "M8 1.5v13M1.5 8h13M8 1.5 6 3.5M8 1.5l2 2M8 14.500l-2-2M8 14.500l2-2M1.500 8l2-2M1.500 8l2 2M14.500 8l-2-2M14.500 8l-2 2",
  zoom: "M7 2.500a4.500 4.500 0 1 0 0 9 4.500 4.500 0 0 0 0-9M10.300 10.300l4 4M5 7h4M7 5v4",
  voi: "M8 2.500a5.500 5.500 0 1 0 0 11 5.500 5.500 0 0 0 0-11M8 6v4M6 8h4",
  mark: "M8 1.500 14.500 8 8 14.500 1.500 8z",
  distance: "M2 14 14 2M2 10v4h4M10 2h4v4",
  angle: "M14 13H2L11 3M7.500 13a5 5 0 0 0-1.600-3.600",
  region: "M8 4c4 0 6.500 1.800 6.500 4S12 12 8 12 1.500 10.200 1.500 8 4 4 8 4",
  invert: "M2 2h12v12H2zM8 2v12M10 5h2M10 8h2M10 11h2",
  full: "M1.500 3.500h13v9h-13zM5 7V6h2M11 9v1H9",
  play: "M4 2.500 13 8l-9 5.500z",
  enlarge: "M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4",
  reset: "M3 8a5 5 0 1 0 1.600-3.700M3 2v3h3",
};

function icon(name) {
  const ns = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(ns, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(ns, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

function button(text, { picture, title, press, toggles = false, name } = {}) {
  const node = make("button", { type: "button", title, "aria-label": name, "aria-pressed": toggles ? "false" : null });
  node.append(picture ? icon(picture) : "", make("span", {}, text));
  node.addEventListener("click", press);
  return node;
}

const TOOLS = [
  ["crosshair", "Crosshair", "Click or drag: all panels follow (key C)"],
  ["window", "Window", "Drag: left–right width, up–down centre (key W; the right button always does this)"],
  ["pan", "Pan", "Drag the picture (key H; Shift or the middle button always does this)"],
  ["zoom", "Zoom", "Drag up to enlarge, down to shrink (key Z; Ctrl+wheel always does this)"],
  ["voi", "VOI", "Click to place a sphere and measure in it (key O; V places it at the crosshair)"],
  ["distance", "Distance", "Drag from end to end (key L; Enter sets the ends at the crosshair)"],
  ["angle", "Angle", "Drag along the first arm, then along the second (key J)"],
  ["region", "ROI", "Drag an ellipse over the slice: HU and SUV in it (key Q)"],
  ["mark", "Mark", "Click to mark your answer (key K; A marks at the crosshair)"],
];

function buildTools(reader) {
  const tools = TOOLS.map(([id, text, title]) => {
    const node = button(text, { picture: id, title, toggles: true, press: () => reader.takeTool(id) });
    node.classList.toggle("nc-icon", id in RULERS);
    reader.onSync(() => node.setAttribute("aria-pressed", String(reader.tool === id)));
    return node;
  });
  const play = button("Play", { picture: "play", title: "Play through the slices or turn the MIP (Space)", toggles: true, press: () => reader.toggleCine() });
  reader.onSync(() => play.setAttribute("aria-pressed", String(reader.playing)));
  const enlarge = button("Enlarge", { picture: "enlarge", title: "Show one panel alone (E or double-click)", toggles: true, press: () => reader.toggleEnlarged() });
  reader.onSync(() => enlarge.setAttribute("aria-pressed", String(Boolean(reader.enlarged))));
  const invert = button("Invert", { picture: "invert", title: "White for black, in CT, MR and PET (I)", toggles: true, press: () => reader.invert() });
  const full = button("Full screen", { picture: "full", title: "The whole screen, and back (Shift+F)", press: () => reader.fillScreen() });
  for (const node of [invert, full]) node.classList.add("nc-icon");
  reader.onSync(() => invert.setAttribute("aria-pressed", String(reader.inverted)));
  const reset = button("Reset", { picture: "reset", title: "Zoom, window and scales as at the start; drawn lines go (R)", press: () => reader.reset() });
  const help = button("?", { title: "Keys and mouse (?)", name: "Help: keys and mouse (?)", press: () => reader.toggleHelp() });
  return make("div", { class: "nc-bar nc-viewer-tools", role: "group", "aria-label": "Tools" },
    make("div", { class: "nc-group" }, ...tools), make("div", { class: "nc-group" }, play, enlarge, full, invert, reset), make("span", { class: "nc-gap" }), help);
}

function field(text, input, readout) {
  return make("span", { class: "nc-field" }, make("label", {}, make("span", {}, text), input), readout);
}

function slider(attributes, move) {
  const input = make("input", { type: "range", ...attributes });
  input.addEventListener("input", () => move(Number(input.value)));
  return input;
}

// The words and titles of the modes, for a CT or an MR.
const MODES = {
  CT: (grey) => [grey, `${grey} alone (D)`],
  PET: () => ["PET", "PET alone, inverse grey (P)"],
  fused: (grey) => ["Fused", `PET over ${grey} (F)`],
  "side by side": (grey) => [`${grey} | PET`, `Axial ${grey} beside axial PET (S)`],
  "two PETs": () => ["PET | PET", "The PET on show beside the next one (Y)"],
};

function buildDisplay(reader) {
  const modes = reader.modes.map((mode) => {
    const node = button(mode, { toggles: true, press: () => reader.set({ mode }) });
    reader.onSync(() => {
      const [text, title] = MODES[mode](reader.anatomy?.modality ?? "CT");
      if (node.textContent !== text) node.lastChild.textContent = text;
      node.title = title;
      node.setAttribute("aria-pressed", String(reader.mode === mode));
    });
    return node;
  });
  const bar = make("div", { class: "nc-bar nc-display", role: "group", "aria-label": "Display" });
  if (modes.length > 1) bar.append(make("div", { class: "nc-group" }, ...modes));
  if (reader.anatomies.length) bar.append(make("div", { class: "nc-fields" }, ...seriesField(reader), ...windowFields(reader)));
  if (reader.pets.length) bar.append(make("div", { class: "nc-fields" }, ...petField(reader), ...scaleFields(reader)));
  return bar;
}

function seriesField(reader) {
  const title = "Which CT or MR to look at (T: next, Shift+T: previous)";
  return chooser("Series", title, reader, reader.anatomies, () => reader.anatomy, (series) => reader.set({ series }));
}

function petField(reader) {
  return chooser("PET", "Which PET to look at (U: next)", reader, reader.pets, () => reader.pet, (pet) => reader.set({ pet }));
}

// A list to choose from, where there is a choice.
function chooser(name, title, reader, list, now, choose) {
  if (list.length < 2) return [];
  const select = make("select", { title }, ...list.map((series) => make("option", { value: series.name }, series.label)));
  select.addEventListener("change", () => choose(select.value));
  reader.onSync(() => { select.value = now().name; });
  const chosen = field(name, select);
  chosen.classList.add("nc-chooser");
  return [chosen];
}

function windowFields(reader) {
  const { grey } = reader;
  const preset = make("select", { title: "Window presets (keys 1 to 4)", "aria-label": "Window preset" });
  preset.addEventListener("change", () => grey.presets[preset.value] && grey.keep(grey.presets[preset.value]));
  const number = (letter, name, at) => {
    const low = () => (at ? 1 : grey.range.low);
    const input = make("input", { type: "number", step: 10 });
    input.addEventListener("change", () => {
      const value = Number(input.value);
      if (!Number.isFinite(value) || input.value === "" || value < low()) return reader.sync();
      grey.keep(reader.window.map((old, i) => (i === at ? value : old)));
    });
    reader.onSync(() => {
      const told = `${letter}, window ${name} in ${grey.range.unit}`;
      if (input.title !== told) for (const [attribute, value] of Object.entries({ title: told, "aria-label": told, min: low() })) input.setAttribute(attribute, value);
      if (document.activeElement !== input || Number(input.value) !== reader.window[at]) input.value = reader.window[at];
    });
    return field(letter, input);
  };
  let listed = "";
  reader.onSync(() => {
    const names = Object.keys(grey.presets);
    if (listed !== names.join()) preset.replaceChildren(...[...names, ""].map((value) => make("option", { value }, value || "custom")));
    listed = names.join();
    preset.value = grey.preset;
  });
  return [preset, number("C", "centre", 0), number("W", "width", 1)];
}

function scaleFields(reader) {
  const { low, high } = CONFIG.suvTop;
  const top = slider({ min: low, max: high, step: 0.5, title: "Upper end of the SUV scale", "aria-label": "SUV scale, upper end" }, (value) => reader.set({ suv_top: value }));
  const topText = make("output", {});
  reader.onSync(() => { top.value = reader.suvTop; topText.textContent = `0–${reader.suvTop}`; });
  const fields = [field("SUV", top, topText)];
  if (reader.anatomies.length) {
    const share = slider({ min: 0, max: 100, step: 5, title: "How much of the PET lies over the CT or MR" }, (value) => reader.set({ opacity: value }));
    const shareText = make("output", {});
    reader.onSync(() => {
      share.value = reader.opacity;
      shareText.textContent = `${reader.opacity} %`;
      share.disabled = reader.mode !== "fused";
    });
    fields.push(field("PET share", share, shareText));
  }
  return fields;
}

function buildSide(reader) {
  return make("div", { class: "nc-side", style: "grid-area: side" }, buildLesions(reader), buildMeasure(reader));
}

function buildLesions(reader) {
  const list = make("ol", { class: "nc-lesions" });
  const all = button("Markers", { title: "Show or hide all markers (M)", toggles: true, name: "Show all markers", press: () => reader.toggleMarkers() });
  const box = make("section", { class: "nc-box", "aria-label": "Lesions" }, make("div", { class: "nc-head" }, make("h4", {}, "Lesions"), all), list);
  let listed = "";
  reader.onSync(() => {
    box.hidden = reader.markers.length === 0;
    all.setAttribute("aria-pressed", String(reader.markersOn));
    const now = JSON.stringify(reader.markers);
    if (now !== listed) {
      listed = now;
      list.replaceChildren(...reader.markers.map((marker, i) => lesionRow(reader, marker, i + 1)));
    }
    list.querySelectorAll("input").forEach((input, i) => {
      input.checked = !reader.hidden.includes(reader.markers[i].id);
      input.disabled = !reader.markersOn;
    });
  });
  return box;
}

function lesionRow(reader, marker, number) {
  const go = button(marker.label, { title: "Go there (N: next, B: back)", name: `Go to ${number}, ${marker.label}`, press: () => reader.goTo(marker) });
  go.prepend(make("b", {}, String(number)));
  const shown = make("input", { type: "checkbox", "aria-label": `Show marker ${number}, ${marker.label}`, title: "Show or hide this marker" });
  shown.addEventListener("change", () => reader.toggleMarker(marker.id));
  return make("li", {}, shown, go);
}

function buildMeasure(reader) {
  const { low, high } = CONFIG.voi;
  const size = slider({ min: low, max: high, step: 1, title: "Diameter of the sphere (keys , and .)" }, (value) => reader.resizeVoi(value));
  const sizeText = make("output", {});
  const place = button("Place", { title: "Place the sphere at the crosshair (V)", name: "Place at crosshair", press: () => reader.placeVoi(reader.crosshair) });
  place.lastChild.append(make("span", { class: "nc-long" }, " at crosshair"));
  const keep = button("Ref", { title: "Keep this sphere as the reference for the next ones (Shift+O)", name: "Keep the sphere as reference", toggles: true, press: () => reader.keepReference() });
  const remove = button("×", { title: "Remove the sphere (Shift+V)", name: "Remove the sphere", press: () => reader.removeVoi() });
  const rows = make("dl", { class: "nc-results" });
  const hint = make("p", { class: "nc-hint" });
  reader.onSync(() => {
    const results = [...reader.voiRows(), ...reader.referenceRows(), ...reader.rulers.rows];
    keep.setAttribute("aria-pressed", String(Boolean(reader.reference)));
    keep.hidden = !reader.voi && !reader.reference;
    size.value = reader.voiDiameter;
    sizeText.textContent = `${digits(reader.voiDiameter, 0)} mm`;
    remove.hidden = !reader.voi;
    hint.hidden = results.length > 0;
    rows.hidden = results.length === 0;
    hint.textContent = reader.voi ? "The sphere lies outside the pictures." : "Choose VOI and click on a picture, or press V.";
    const text = JSON.stringify(results);
    if (rows.dataset.now === text) return;
    rows.dataset.now = text;
    rows.replaceChildren(...results.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value))));
  });
  return make("section", { class: "nc-box", "aria-label": "Measurement" },
    make("div", { class: "nc-head" }, make("h4", {}, "VOI"), place, keep, remove), field("Diameter", size, sizeText), rows, hint);
}

const HELP = [
  ["Mouse", [
    ["Wheel", "slices; on the MIP: turn"], ["Ctrl + wheel", "zoom at the pointer"], ["Left button", "the chosen tool"],
    ["Right button, drag", "window; on PET alone: SUV scale"], ["Shift or middle, drag", "pan"], ["Double-click", "enlarge, and back"],
    ["Click on the MIP", "go to the hottest voxel on that line"], ["Drag on the MIP", "turn it"], ["Drag a sphere", "move it"],
  ]],
  ["Move", [
    ["↑ ↓", "one slice up, down"], ["Page ↑ ↓", "ten slices"], ["Home, End", "first, last slice"], ["← →", "crosshair left, right; turn the MIP"],
    ["Shift + ↑ ↓", "crosshair up, down in the panel"], ["N, B", "next, previous lesion"], ["Tab", "next panel or control"], ["Space", "play, stop"],
  ]],
  ["Show", [
    ["T, Shift + T", "next, previous CT or MR series"], ["U", "next PET, where there are two"],
    ["1 2 3 4", "soft tissue, liver, lung, bone; 1: an MR's usual"], ["[ ]", "window narrower, wider"], ["; '", "window centre down, up"],
    ["F, D, P, S", "fused, CT or MR, PET, side by side"], ["Y", "two PETs beside each other"],
    ["< >", "SUV scale lower, higher"], ["+ −", "zoom"], ["G", "centre on the crosshair"], ["E", "enlarge, and back"], ["Shift + F", "full screen, and back"], ["I", "invert"],
    ["X", "crosshair on, off"], ["R", "reset"],
  ]],
  ["Measure and mark", [
    ["V", "sphere at the crosshair"], ["Shift + V", "remove it"], [", .", "sphere smaller, larger"], ["A", "mark your answer at the crosshair"],
    ["Shift + A", "remove the mark"], ["M", "markers on, off"], ["Shift + O", "keep the sphere as reference"], ["L, J, Q", "distance, angle, ROI: drag"],
    ["Enter", "end of a line, at the crosshair"], ["Delete", "remove the last line"], ["C W H Z O K", "choose a tool"], ["? and Esc", "this page, and close"],
  ]],
];

function buildHelp(reader) {
  const close = button("Close", { press: () => reader.toggleHelp() });
  const columns = HELP.map(([title, rows]) =>
    make("section", {}, make("h4", {}, title), make("dl", {}, ...rows.map(([key, does]) => make("div", {}, make("dt", {}, key), make("dd", {}, does))))),
  );
  const node = make("div", { class: "nc-help", role: "dialog", "aria-modal": "true", "aria-label": "Keys and mouse", hidden: true },
    make("div", { class: "nc-head" }, make("h3", {}, "Keys and mouse"), close), make("div", { class: "nc-columns", tabindex: "0", role: "group", "aria-label": "List of keys" }, ...columns));
  return { node, close };
}
