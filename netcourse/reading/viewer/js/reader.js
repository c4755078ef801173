// The reader's desk: what is shown, where, and what each act does. What Python should know lives in the widget's
// model and is saved when the hand rests; what only this view needs (zoom, tool, MIP angle) lives here.

const REST_MS = 150;
const SHARED = ["crosshair_mm", "series", "pet", "window", "_mr_windows", "mode", "suv_top", "opacity", "voi", "mark_mm", "_markers", "_hidden", "_markers_shown"];

class Reader {
  constructor(model, root) {
    Object.assign(this, { model, root, ready: false, tool: "crosshair", angle: 0, enlarged: null, playing: false, showCross: true, helpOpen: false, inverted: false, reference: null });
    Object.assign(this, { panels: [], all: [], listeners: [], frame: 0, frames: 0, timers: {}, diameter: CONFIG.voi.value });
    this.grey = new GreyWindow(this);
    this.wheel = new Wheel(this);
    this.rulers = new Rulers(this);
    this.stop = new AbortController();
    this.changed = (name) => () => this.took(name);
    this.handlers = SHARED.map((name) => [`change:${name}`, this.changed(name)]);
    for (const [name, handler] of this.handlers) model.on(name, handler);
    const group = model.get("group");
    this.others = group ? (PAGE.groups.get(group) ?? PAGE.groups.set(group, new Set()).get(group)) : new Set();
    this.others.add(this);
  }

  // Take the series of a study; the panels and controls are built by the caller afterwards.
  meet(all) {
    this.all = all;
    this.anatomies = all.filter((series) => !series.isPet);
    this.pets = all.filter((series) => series.isPet);
    this.base = all.find((series) => series.base);
    this.extent = union(all);
    this.rulers.clear();
    this.reference = null;
    this.measured = null;
    const [grey, pet] = [this.anatomies.length > 0, this.pets.length > 0];
    const open = { CT: grey, PET: pet, fused: grey && pet, "side by side": grey && pet, "two PETs": this.pets.length > 1 };
    this.modes = Object.keys(open).filter((mode) => open[mode]);
    this.home = { window: this.model.get("window"), _mr_windows: this.model.get("_mr_windows"), suv_top: this.suvTop, opacity: this.opacity };
    this.ready = true;
  }

  // The voxels of one more series have come.
  receive(series, voxels) {
    series.voxels = voxels;
    if (!this.ready) return;
    this.measured = null;
    if (series.isPet) series.projection.project(this.angle);
    this.refresh();
  }

  get crosshair() { return this.model.get("crosshair_mm"); }
  // The CT or MR on show, and the PET; null where the study has none.
  get anatomy() { return this.anatomies.find((series) => series.name === this.model.get("series")) ?? this.anatomies[0] ?? null; }
  get pet() { return this.pets.find((series) => series.name === this.model.get("pet")) ?? this.pets[0] ?? null; }
  // The PET beside it where two are shown: the next in the list.
  get otherPet() { return this.pets.length > 1 ? this.pets[(this.pets.indexOf(this.pet) + 1) % this.pets.length] : null; }
  get petsShown() { return [this.pet, this.mode === "two PETs" ? this.otherPet : null].filter(Boolean); }
  get projection() { return this.pet?.projection ?? null; }
  get window() { return this.grey.now; }
  get suvTop() { return this.model.get("suv_top"); }
  get opacity() { return this.model.get("opacity"); }
  get voi() { return this.model.get("voi"); }
  get voiDiameter() { return this.voi?.[1] ?? this.diameter; }
  get mark() { return this.model.get("mark_mm"); }
  get markers() { return this.model.get("_markers"); }
  get hidden() { return this.model.get("_hidden"); }
  get markersOn() { return this.model.get("_markers_shown"); }
  get watermark() { return this.model.get("_watermark"); }
  get big() { return this.model.get("_big"); }
  get letterSize() { return (this.root.clientWidth > 1250 ? 13 : 11) * (this.big ? 1.35 : 1); }
  get textRoom() { return this.letterSize * 2.9; }
  get mode() {
    const wanted = this.model.get("mode");
    return this.modes.includes(wanted) ? wanted : this.modes[0];
  }

  // --- changes -------------------------------------------------------------------------------------------------

  set(changes) {
    for (const [name, value] of Object.entries(changes)) this.model.set(name, value);
    clearTimeout(this.timers.save);
    this.timers.save = setTimeout(() => this.save(), REST_MS);
  }

  save() {
    this.timers.save = null;
    this.model.save_changes();
  }

  // A shared value changed, by this view, another view, or Python.
  took(name) {
    if (!this.ready) return;
    if (name === "crosshair_mm") {
      for (const panel of this.panels) if (!panel.isMip) panel.camera.show(this.crosshair[panel.plane.u], this.crosshair[panel.plane.v]);
      this.tellOthers((other) => other.set({ crosshair_mm: this.crosshair }), (other) => other.crosshair);
      this.say();
    }
    if (name === "voi") {
      this.measured = null;
      if (this.voi) this.diameter = this.voi[1];
    }
    if (name === "series" || name === "pet") {
      this.measured = null;
      const now = name === "pet" ? this.pet : this.anatomy;
      if (now) this.say(`Showing ${now.label}`);
    }
    if (name === "mode") this.arrange();
    this.refresh();
  }

  tellOthers(tell, has) {
    for (const other of this.others) {
      if (other === this || !other.ready || other.model === this.model) continue;
      if (has && String(has(other)) === String(this.crosshair)) continue;
      tell(other);
    }
  }

  onSync(update) { this.listeners.push(update); }
  sync() { for (const update of this.listeners) update(); }

  // Draw once in the next frame, however many changes come before it.
  refresh() {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      if (!this.ready) return;
      for (const panel of this.panels) panel.draw();
      this.sync();
      this.root.dataset.frame = ++this.frames;
    });
  }

  // Tell screen readers where we are, once the hand rests.
  say(text) {
    clearTimeout(this.timers.say);
    this.timers.say = setTimeout(() => {
      const panel = this.active;
      if (!text && (!panel || panel.isMip)) return;
      this.status.textContent = text ?? `${panel.name} slice ${panel.position.slice} of ${panel.position.of}`;
    }, 400);
  }

  // --- places --------------------------------------------------------------------------------------------------

  within(point) { return point.map((p, axis) => Math.min(this.extent[axis][1], Math.max(this.extent[axis][0], p))); }

  moveTo(point) { if (point) this.set({ crosshair_mm: this.within(point) }); }

  act(point) {
    if (this.tool === "voi") this.placeVoi(point);
    else if (this.tool === "mark") this.markAt(point);
    else this.moveTo(point);
  }

  scroll(panel, slices) {
    const { n } = panel.plane;
    const index = Math.min(this.base.shape[n] - 1, Math.max(0, this.base.clamped(n, this.crosshair[n]) + slices));
    const point = [...this.crosshair];
    point[n] = this.base.centre(n, index);
    this.set({ crosshair_mm: point });
  }

  step(panel, slices) {
    if (panel.isMip) this.moveTo([this.crosshair[0] + Math.max(-1e4, Math.min(1e4, slices)) * this.base.spacing[0], this.crosshair[1], this.crosshair[2]]);
    else this.scroll(panel, slices * panel.plane.down);
  }

  nudge(panel, right, below) {
    if (panel.isMip) return right ? this.turnMip(this.angle + right * CONFIG.mipStep) : this.step(panel, -below);
    const { u, v, down } = panel.plane;
    const point = [...this.crosshair];
    point[u] += right * this.base.spacing[u];
    point[v] += below * down * this.base.spacing[v];
    this.moveTo(point);
  }

  goTo(marker) {
    this.moveTo(marker.point_mm);
    this.say(`At ${marker.label}`);
  }

  nextMarker(by) {
    const { markers } = this;
    if (!markers.length) return;
    const here = markers.findIndex((marker) => String(marker.point_mm) === String(this.crosshair));
    this.goTo(markers[here < 0 ? (by > 0 ? 0 : markers.length - 1) : (here + by + markers.length) % markers.length]);
  }

  turnMip(degrees) {
    this.angle = ((degrees % 360) + 360) % 360;
    this.refresh();
  }

  // --- looks ---------------------------------------------------------------------------------------------------

  // Go on to the next (or previous) of the CT and MR series, or of the PETs.
  nextSeries(by) {
    const { anatomies } = this;
    if (anatomies.length > 1) this.set({ series: anatomies[(anatomies.indexOf(this.anatomy) + by + anatomies.length) % anatomies.length].name });
  }

  nextPet() {
    const { pets } = this;
    if (pets.length > 1) this.set({ pet: pets[(pets.indexOf(this.pet) + 1) % pets.length].name });
  }

  setSuvTop(top) {
    const { low, high } = CONFIG.suvTop;
    this.set({ suv_top: Math.min(high, Math.max(low, Math.round(top * 2) / 2)) });
  }

  show(mode) { if (this.modes.includes(mode)) this.set({ mode }); }

  zoom(panel, factor) {
    const [x, y] = panel.isMip ? [panel.camera.width / 2, panel.camera.height / 2] : panel.project(this.crosshair);
    panel.camera.zoomAbout(x, y, factor);
    this.cameraMoved(panel);
  }

  centre(panel) {
    if (panel.isMip) return;
    Object.assign(panel.camera, { u: this.crosshair[panel.plane.u], v: this.crosshair[panel.plane.v] });
    this.cameraMoved(panel);
  }

  // The same plane in other panels and in linked viewers follows.
  cameraMoved(panel) {
    const follow = (reader) => {
      for (const twin of reader.panels) if (twin !== panel && twin.camera && twin.isMip === panel.isMip && twin.plane === panel.plane) twin.camera.view = panel.camera.view;
      reader.refresh();
    };
    follow(this);
    this.tellOthers(follow);
  }

  reset() {
    for (const panel of this.panels) {
      panel.camera.reset();
      this.cameraMoved(panel);
    }
    this.angle = 0;
    this.rulers.clear();
    Object.assign(this, { inverted: false, reference: null });
    this.set(this.home);
    this.refresh();
    this.say("Reset");
  }

  invert() {
    this.inverted = !this.inverted;
    this.refresh();
  }

  fillScreen() {
    if (document.fullscreenElement === this.root) document.exitFullscreen();
    else this.root.requestFullscreen?.().catch(() => this.say("This browser does not allow the whole screen here"));
  }

  toggleCross() {
    this.showCross = !this.showCross;
    this.refresh();
  }

  toggleEnlarged(panel = this.active) {
    this.enlarged = this.enlarged ? null : panel;
    this.arrange();
    this.active.node.focus({ preventScroll: true });
    this.say(this.enlarged ? `${this.enlarged.name} enlarged` : "All panels");
  }

  // Which panels stand where.
  arrange() {
    const { root, enlarged, mode } = this;
    const kept = mode === "two PETs" ? ["axial", "axial_pet", "mip", "mip_other"]
      : mode === "side by side" ? ["axial", "axial_pet", "mip"]
      : ["axial", "coronal", "sagittal", "mip"];
    if (enlarged && !kept.includes(enlarged.id)) this.enlarged = this.panels[0];
    root.dataset.arrangement = this.enlarged ? "one" : mode === "two PETs" ? "two" : mode === "side by side" ? "pair" : this.projection ? "four" : "three";
    for (const panel of this.panels) {
      const inMode = kept.includes(panel.id);
      panel.node.hidden = this.enlarged ? panel !== this.enlarged : !inMode;
      panel.node.style.gridArea = panel === this.enlarged ? "axial" : panel.id;
    }
    if (this.active?.node.hidden) this.activate(this.panels.find((panel) => !panel.node.hidden));
    this.refresh();
  }

  activate(panel) {
    this.active = panel;
    for (const other of this.panels) other.node.classList.toggle("nc-active", other === panel);
  }

  // --- tools ---------------------------------------------------------------------------------------------------

  takeTool(tool) {
    this.tool = tool;
    this.root.dataset.tool = tool;
    this.say(`Tool: ${TOOLS.find(([id]) => id === tool)[1]}`);
    this.refresh();
  }

  placeVoi(point) {
    if (!point) return;
    const centre = this.within(point);
    this.set({ voi: [centre, this.voiDiameter], crosshair_mm: centre });
  }

  resizeVoi(diameter) {
    this.diameter = Math.min(CONFIG.voi.high, Math.max(CONFIG.voi.low, diameter));
    if (this.voi) this.set({ voi: [this.voi[0], this.diameter] });
    this.refresh();
  }

  removeVoi() { this.set({ voi: null }); }

  voiRows() {
    if (!this.voi) return [];
    return (this.measured ??= measureVoi(this.petsShown, this.anatomy, ...this.voi));
  }

  // The sphere as it stands becomes the reference of those after it; once more, and it is forgotten.
  keepReference() {
    this.reference = this.reference ? null : this.voi;
    this.say(this.reference ? "The sphere is kept as reference" : "No reference");
    this.refresh();
  }

  // How the sphere differs from the reference: ratio of SUV, difference of HU.
  referenceRows() {
    const { reference, voi, pet, anatomy } = this;
    if (!reference) return [];
    const rows = [];
    if (pet?.here && pet.contains(reference[0])) {
      const { mean } = measureSuv(pet, ...reference);
      rows.push(["Ref. mean", digits(mean, 1)]);
      if (voi && pet.contains(voi[0]) && mean) rows.push(["Max ÷ ref.", digits(measureSuv(pet, ...voi).max / mean, 1)]);
    }
    if (voi && anatomy?.here && [reference[0], voi[0]].every((point) => anatomy.contains(point)))
      rows.push([`${anatomy.unit === "HU" ? "HU" : "Signal"} − ref.`, digits(measureGrey(anatomy, ...voi).mean - measureGrey(anatomy, ...reference).mean, 0)]);
    return rows;
  }

  markAt(point) {
    if (!point) return;
    const place = this.within(point);
    this.set({ mark_mm: place, crosshair_mm: place });
    this.say("Your mark is set");
  }

  markerShown(marker) { return this.markersOn && !this.hidden.includes(marker.id); }

  toggleMarkers() {
    this.set({ _markers_shown: !this.markersOn });
    this.say(this.markersOn ? "Markers shown" : "Markers hidden");
  }

  toggleMarker(id) {
    this.set({ _hidden: this.hidden.includes(id) ? this.hidden.filter((other) => other !== id) : [...this.hidden, id] });
  }

  // HU or signal, and SUV, under the pointer; at the crosshair when no pointer is there.
  probe(panel, at) {
    this.probed = panel ? { panel, at } : null;
    this.showProbe();
  }

  showProbe() {
    const point = this.probed ? this.probed.panel.pointAt(...this.probed.at) : this.crosshair;
    const read = (series, name, places) => {
      const value = point && series?.at(point);
      return series ? `${name} ${value === null || value === undefined ? "–" : digits(value, places)}` : "";
    };
    const values = [
      read(this.anatomy, this.anatomy?.unit === "signal" ? "Signal" : "HU", 0),
      ...this.petsShown.map((pet, i, { length }) => read(pet, length === 1 ? "SUV" : i ? "right SUV" : "left SUV", 2)),
      point ? `x ${digits(point[2], 1)}  y ${digits(point[1], 1)}  z ${digits(point[0], 1)} mm` : "",
      this.probed?.panel.isMip && point ? "hottest on this line" : "",
    ].filter(Boolean);
    const where = this.probed ? "Pointer" : "Crosshair";
    this.probeLine.textContent = `${where}:  ${values.join("   ")}`;
  }

  toggleCine() {
    this.playing = !this.playing;
    clearInterval(this.timers.cine);
    if (this.playing) this.timers.cine = setInterval(() => this.playOn(), 1000 / CONFIG.framesPerSecond);
    this.sync();
  }

  playOn() {
    const panel = this.active;
    if (panel.isMip) return this.turnMip(this.angle + CONFIG.mipStep);
    const { slice, of } = panel.position;
    if (panel.plane.down > 0) this.scroll(panel, slice === 1 ? of : -1);
    else this.scroll(panel, slice === of ? -of : 1);
  }

  toggleHelp() {
    this.helpOpen = !this.helpOpen;
    this.help.node.hidden = !this.helpOpen;
    if (this.helpOpen) this.help.close.focus();
    else this.active.node.focus({ preventScroll: true });
  }

  escape() {
    if (this.helpOpen) this.toggleHelp();
    else if (this.playing) this.toggleCine();
    else if (this.enlarged) this.toggleEnlarged();
    else this.takeTool("crosshair");
  }

  // Let go of everything: the view is removed.
  leave() {
    this.ready = false;
    this.stop.abort();
    cancelAnimationFrame(this.frame);
    if (this.timers.save) this.save();
    for (const timer of Object.values(this.timers)) clearTimeout(timer);
    for (const [name, handler] of this.handlers) this.model.off(name, handler);
    this.others.delete(this);
    const group = this.model.get("group");
    if (group && !this.others.size) PAGE.groups.delete(group);
    Object.assign(this, { panels: [], all: [], anatomies: [], pets: [], base: null, listeners: [] });
  }
}
