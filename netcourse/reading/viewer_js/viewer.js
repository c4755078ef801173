// The widget: gets the pictures, sets the table, hands over to the reader.

const PATIENCE_MS = 8000;
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

// All volumes of the study: from this page, from the widget's state, or asked of the kernel.
async function gather(model, tell, signal) {
  const metas = model.get("_volumes");
  const missing = (found) => found.some((volume) => volume === null);
  let found = metas.map((meta) => volumeOnPage(meta, model.get("_packed")?.[meta.key]));
  if (missing(found)) {
    await new Promise((resolve) => {
      const late = setTimeout(() => tell(STORED), PATIENCE_MS);
      const end = () => {
        clearTimeout(late);
        model.off("msg:custom", take);
        model.off("change:_packed", look);
      };
      const fill = (packed) => {
        found = metas.map((meta) => volumeOnPage(meta, packed[meta.key]));
        if (missing(found)) return;
        end();
        resolve();
      };
      const take = (content, buffers) => {
        if (content.pictures) fill(Object.fromEntries(content.pictures.map(([key, step], i) => [key, { low: buffers[2 * i], high: buffers[2 * i + 1], step }])));
      };
      const look = () => fill(model.get("_packed"));
      signal.addEventListener("abort", end);
      model.on("msg:custom", take);
      model.on("change:_packed", look);
      model.send({ ask: "pictures" });
    });
  }
  const volumes = await Promise.all(found);
  // The page has the pictures now; a notebook saved with its widgets' state need not hold them too.
  if (Object.keys(model.get("_packed") ?? {}).length && !signal.aborted) {
    model.set("_packed", {});
    model.save_changes();
  }
  return Object.fromEntries(volumes.map((volume) => [volume.modality, volume]));
}

function layTable(reader, root) {
  const { model } = reader;
  const title = model.get("_title");
  const stage = make("div", { class: "nc-stage" });
  reader.panels = ["axial", "axial_pet", "coronal", "sagittal", "mip"]
    .filter((id) => (id === "mip" ? reader.volumes.PT : id === "axial_pet" ? reader.modes.length > 1 : true))
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
  const share = (mm) => `${Math.round(Math.min(0.2 * root.clientWidth, Math.max(10.4 * reader.letterSize, mm * scale + 4)))}px`;
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
    const wanted = Math.min(width * (reader.big ? 0.7 : 0.62), innerHeight * 0.8);
    root.dataset.width = width < 700 ? "narrow" : width > 1250 ? "large" : "usual";
    root.style.setProperty("--nc-height", `${reader.model.get("_height") || Math.round(Math.min(1000, Math.max(460, wanted)))}px`);
    shareWidth(reader, root);
    reader.refresh();
  };
  const watch = new ResizeObserver(fit);
  watch.observe(root);
  signal.addEventListener("abort", () => watch.disconnect());
  globalThis.addEventListener("resize", fit, { signal });
  fit();
}

function render({ model, el }) {
  const root = make("div", { class: `nc-viewer${model.get("_big") ? " nc-big" : ""}`, role: "region", "aria-label": model.get("_name") });
  el.append(root);
  const reader = new Reader(model, root);
  const { signal } = reader.stop;
  attachKeys(reader, signal);
  document.addEventListener("wheel", (event) => reader.wheel.seen(event), { signal, capture: true, passive: true });
  keepSize(reader, root, signal);

  let turn = 0;
  const open = async () => {
    const mine = ++turn;
    reader.ready = false;
    delete root.dataset.ready;
    const { cover, line } = buildCover(model, signal);
    root.replaceChildren(cover);
    root.setAttribute("aria-label", model.get("_name"));
    const tell = (text) => { line.textContent = text; };
    try {
      const volumes = await gather(model, tell, signal);
      if (mine !== turn || signal.aborted) return;
      reader.meet(volumes);
      layTable(reader, root);
      requestAnimationFrame(() => requestAnimationFrame(() => { if (mine === turn) root.dataset.ready = "true"; }));
    } catch (error) {
      if (!(error instanceof TooOld)) console.error(error);
      tell(error instanceof TooOld ? error.message : `The pictures could not be opened (${error.message}). Run the cell again.`);
      line.setAttribute("role", "alert");
    }
  };
  model.on("change:_volumes", open);
  open();
  return () => {
    model.off("change:_volumes", open);
    reader.leave();
    root.remove();
  };
}

export default { render };
