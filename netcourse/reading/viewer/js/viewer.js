// The widget: gets the pictures, sets the table, hands over to the reader.

const PATIENCE_MS = 8000;
const SLIM_PX = 780;
const LOW_PX = 600; // a small laptop, or a page at 150 %
const STORED = "Stored picture. Run the notebook to make it live.";

function bytesUrl(bytes) {
  return URL.createObjectURL(new Blob([bytes], { type: "image/png" }));
}

// Shown until the pictures are there: the stored picture if there is one, and a line that says what goes on.
function buildCover(model, signal) {
  const line = make("p", { class: "nc-cover-line", role: "status" }, "Loading pictures …");
  const cover = make("div", { class: "nc-cover" });
  const still = model.get("_still");
  if (still?.byteLength) {
    const url = bytesUrl(still);
    signal.addEventListener("abort", () => URL.revokeObjectURL(url));
    cover.append(make("img", { src: url, alt: model.get("_alt") }));
  }
  cover.append(line);
  return { cover, line };
}

// Bring the voxels of some series; ask the kernel for those that are not here after a while, and say so when it is silent.
async function bring(reader, delivery, some, patience, silent = () => {}) {
  const missing = () => some.filter((series) => !delivery.has(series));
  const ask = () => missing().length && delivery.ask(missing());
  const timers = [setTimeout(silent, PATIENCE_MS)];
  if (patience) timers.push(setTimeout(ask, patience));
  else ask();
  await Promise.all(some.map(async (series) => reader.receive(series, await delivery.of(series))));
  timers.forEach(clearTimeout);
}

// The page has the pictures now; a notebook saved with its widgets' state need not hold them too.
function letGo(model) {
  const full = ["_packed", "_more"].filter((name) => Object.keys(model.get(name) ?? {}).length);
  if (!full.length) return;
  for (const name of full) model.set(name, {});
  model.save_changes();
}

function layTable(reader, root) {
  const { model } = reader;
  const title = model.get("_title");
  const stage = make("div", { class: "nc-stage" });
  const possible = { axial: true, axial_pet: reader.modes.length > 1, coronal: true, sagittal: true, mip: reader.pets.length, mip_other: reader.pets.length > 1 };
  reader.panels = Object.keys(possible).filter((id) => possible[id])
    .map((id) => new Panel(reader, id));
  for (const panel of reader.panels) {
    panel.meet(reader.extent, reader.projection);
    stage.append(panel.node);
    attachPointer(reader, panel, reader.stop.signal);
  }
  reader.listeners = [];
  reader.help = buildHelp(reader);
  reader.probeLine = make("p", { class: "nc-probe" });
  reader.status = make("p", { class: "nc-status", "aria-live": "polite" });
  reader.onSync(() => reader.showProbe());
  stage.append(buildSide(reader));
  root.replaceChildren(
    title ? make("p", { class: "nc-title" }, title) : "",
    buildTools(reader), buildDisplay(reader), stage, make("div", { class: "nc-foot" }, reader.probeLine, reader.status), reader.help.node,
  );
  reader.activate(reader.panels[0]);
  root.dataset.tool = reader.tool;
  root.toggleAttribute("data-many", reader.anatomies.length > 1 || reader.pets.length > 1);
  reader.enlarged = null;
  reader.arrange();
  shareWidth(reader, root);
}

// Give the tall panels the width their whole-body pictures need at this height, and the axial panel the rest.
function shareWidth(reader, root) {
  const stage = root.querySelector(".nc-stage");
  if (!stage || !reader.ready) return;
  const [z, y, x] = reader.extent.map(([low, high]) => high - low);
  const scale = (stage.clientHeight - 2 * reader.textRoom) / z;
  const share = (mm) => `${Math.round(Math.min((root.clientWidth < SLIM_PX ? 0.165 : 0.2) * root.clientWidth, Math.max(10.4 * reader.letterSize, mm * scale + 4)))}px`;
  const tall = { coronal: x, sagittal: y };
  if (reader.projection) tall.mip = 2 * reader.projection.reach;
  for (const [name, mm] of Object.entries(tall)) root.style.setProperty(`--nc-${name}`, share(mm));
  // The lists stand below the axial picture, or at the far right where that leaves the axial picture larger.
  const rest = stage.clientWidth - Object.values(tall).reduce((sum, mm) => sum + parseInt(share(mm)), 0);
  const below = Math.min(rest / x, (0.65 * stage.clientHeight) / y);
  const beside = Math.min((rest - 20 * parseFloat(getComputedStyle(root).fontSize)) / x, stage.clientHeight / y);
  root.dataset.side = beside > 1.08 * below ? "beside" : "below";
}

// As wide as its place; as high as suits the width and the window.
function keepSize(reader, root, signal) {
  const fit = () => {
    const width = root.clientWidth;
    if (!width) return;
    const low = innerHeight < LOW_PX;
    root.toggleAttribute("data-low", low);
    const wanted = Math.min(width * (reader.big ? 0.7 : 0.62), innerHeight * 0.8);
    root.toggleAttribute("data-slim", width < SLIM_PX);
    root.dataset.width = width < 700 ? "narrow" : width > 1250 ? "large" : "usual";
    const full = document.fullscreenElement === root;
    root.style.setProperty("--nc-height", full ? "100vh" : `${reader.model.get("_height") || Math.round(Math.min(1000, Math.max(low ? 340 : 460, wanted)))}px`);
    shareWidth(reader, root);
    reader.refresh();
  };
  const watch = new ResizeObserver(fit);
  watch.observe(root);
  signal.addEventListener("abort", () => watch.disconnect());
  globalThis.addEventListener("resize", fit, { signal });
  document.addEventListener("fullscreenchange", fit, { signal });
  fit();
}

function render({ model, el }) {
  const root = make("div", { class: `nc-viewer${model.get("_big") ? " nc-big" : ""}`, role: "region", "aria-label": model.get("_name") });
  el.append(root);
  const reader = new Reader(model, root);
  const { signal } = reader.stop;
  attachKeys(reader, signal);
  keepMenuAway(reader, signal);
  document.addEventListener("wheel", (event) => reader.wheel.seen(event), { signal, capture: true, passive: true });
  keepSize(reader, root, signal);

  let delivery = null;
  const open = async () => {
    delivery?.end();
    const mine = (delivery = new Delivery(model));
    const gone = () => mine !== delivery || signal.aborted;
    reader.ready = false;
    delete root.dataset.ready;
    delete root.dataset.complete;
    const { cover, line } = buildCover(model, signal);
    root.replaceChildren(cover);
    root.setAttribute("aria-label", model.get("_name"));
    let tell = (text) => {
      line.textContent = text;
      line.setAttribute("role", "alert");
    };
    try {
      const all = model.get("_volumes").map((meta) => new Series(meta));
      const pets = all.filter((series) => series.isPet).map((series) => series.name);
      const beside = model.get("mode") === "two PETs" ? pets[(pets.indexOf(model.get("pet")) + 1) % pets.length] : null;
      const first = all.filter((series) => [model.get("series"), model.get("pet"), beside].includes(series.name));
      await bring(reader, mine, first, 0, () => { line.textContent = STORED; });
      if (gone()) return;
      reader.meet(all);
      layTable(reader, root);
      tell = (text) => reader.say(text);
      requestAnimationFrame(() => requestAnimationFrame(() => { if (!gone()) root.dataset.ready = "true"; }));
      await bring(reader, mine, all.filter((series) => !first.includes(series)), PATIENCE_MS);
      if (gone()) return;
      root.dataset.complete = "true";
      mine.end();
      letGo(model);
    } catch (error) {
      if (!(error instanceof TooOld)) console.error(error);
      tell(error instanceof TooOld ? error.message : `The pictures could not be opened (${error.message}). Run the cell again.`);
    }
  };
  model.on("change:_volumes", open);
  open();
  return () => {
    model.off("change:_volumes", open);
    delivery.end();
    reader.leave();
    root.remove();
  };
}

export default { render };
