// The grey window. All CT phases share one, in HU, with its presets, so that they compare; each MR keeps its own, in signal.

const WINDOW_RANGE = { CT: { low: -2000, high: 4000, unit: "HU" }, MR: { low: 0, high: 4000, unit: "signal" } };

class GreyWindow {
  constructor(reader) {
    this.reader = reader;
  }

  get series() { return this.reader.anatomy; }
  get modality() { return this.series?.modality ?? "CT"; }
  get range() { return WINDOW_RANGE[this.modality]; }
  get presets() { return this.modality === "MR" ? { usual: this.series.usualWindow } : CONFIG.windows; }

  get now() {
    const { model } = this.reader;
    return this.modality === "MR" ? (model.get("_mr_windows")[this.series.name] ?? this.series.usualWindow) : model.get("window");
  }

  get name() { return `${this.now.join("/")}${this.reader.inverted ? " inverted" : ""}`; }

  get preset() {
    const [centre, width] = this.now;
    return Object.entries(this.presets).find(([, [c, w]]) => c === centre && w === width)?.[0] ?? "";
  }

  get table() {
    if (this.tableOf !== this.name) {
      this.tableOf = this.name;
      this.kept = greyOf(...this.now, this.reader.inverted);
    }
    return this.kept;
  }

  keep(window) {
    const { reader } = this;
    if (this.modality === "MR") reader.set({ _mr_windows: { ...reader.model.get("_mr_windows"), [this.series.name]: window } });
    else reader.set({ window });
  }

  drag(centre, width) {
    const { low, high } = this.range;
    this.keep([Math.round(Math.min(high, Math.max(low, centre))), Math.round(Math.min(8000, Math.max(1, width)))]);
  }

  takePreset(at) {
    const found = Object.entries(this.presets)[at];
    if (!found) return this.reader.say(`${this.series.label}: presets in HU are for CT, press 1 for its usual window`);
    this.keep(found[1]);
    this.reader.say(`Window ${found[0]}`);
  }
}
