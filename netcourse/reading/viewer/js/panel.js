// One panel: a canvas that shows one plane, or the MIP, of the reader's study.

const NEAR_MM = 6;

class Panel {
  constructor(reader, id) {
    Object.assign(this, { reader, id, isMip: id.startsWith("mip"), isSecond: id === "axial_pet" || id === "mip_other" });
    this.plane = this.isMip ? null : PLANES[id === "axial_pet" ? "axial" : id];
    this.name = this.isMip ? "MIP" : this.plane.name;
    this.node = make("div", {
      class: "nc-panel", tabindex: "0", role: "group", "data-panel": id, style: `grid-area: ${id}`,
      "aria-label": this.isMip ? "PET MIP: left and right arrows turn it" : `${this.name} panel: up and down arrows change the slice`,
    });
    this.canvas = make("canvas", { role: "img", "aria-label": this.name });
    this.node.append(this.canvas);
    this.context = this.canvas.getContext("2d", { alpha: false });
  }

  // Take the sizes of a new study.
  meet(extent, projection) {
    if (this.isMip) this.camera = new Camera([-projection.reach, projection.reach], extent[0], -1);
    else this.camera = new Camera(extent[this.plane.u], extent[this.plane.v], this.plane.down);
  }

  get layers() {
    const { mode } = this.reader;
    if (this.isMip || mode === "two PETs") return ["PET"];
    if (mode === "side by side") return [this.isSecond ? "PET" : "grey"];
    return { CT: ["grey"], PET: ["PET"], fused: ["grey", "fusion"] }[mode];
  }

  // The CT or MR that this panel shows, and the PET; null where it shows none.
  get anatomy() { return this.layers.includes("grey") ? this.reader.anatomy : null; }
  get pet() {
    if (this.layers.at(-1) === "grey") return null;
    return this.isSecond && this.reader.mode === "two PETs" ? this.reader.otherPet : this.reader.pet;
  }

  get onWhite() {
    return (this.layers[0] === "PET") !== this.reader.inverted;
  }

  get shown() {
    return this.node.isConnected && !this.node.hidden && this.canvas.clientWidth > 0;
  }

  // Screen position of a point of the patient, css pixels.
  project(point) {
    const { camera, plane, reader } = this;
    if (this.isMip) return camera.toScreen(this.pet.projection.across(reader.angle, point), point[0]);
    return camera.toScreen(point[plane.u], point[plane.v]);
  }

  // The patient's point under a screen position. On the MIP: the hottest voxel on the ray, or null beside the body.
  pointAt(px, py) {
    const [u, v] = this.camera.toMm(px, py);
    if (this.isMip) return this.pet.projection.hottest(this.reader.angle, u, v)?.point ?? null;
    const point = [...this.reader.crosshair];
    point[this.plane.u] = u;
    point[this.plane.v] = v;
    return point;
  }

  // Distance of a point from the plane shown, mm; 0 on the MIP, which shows all depths.
  depth(point) {
    return this.isMip ? 0 : Math.abs(point[this.plane.n] - this.reader.crosshair[this.plane.n]);
  }

  prepare() {
    const { canvas } = this;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    const ratio = globalThis.devicePixelRatio || 1;
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.camera.fit(width, height, this.camera.tall ? this.reader.textRoom : 0);
    return new Pen(this.context, width, height, this.reader.letterSize, this.onWhite);
  }

  draw() {
    if (!this.shown) return;
    const pen = this.prepare();
    const { context } = this;
    context.fillStyle = this.onWhite ? "#fff" : "#000";
    context.fillRect(0, 0, pen.width, pen.height);
    context.imageSmoothingEnabled = true;
    context.imageSmoothingQuality = "medium";
    this.paintPictures();
    this.annotate(pen);
    const label = this.describe();
    if (label !== this.canvas.getAttribute("aria-label")) this.canvas.setAttribute("aria-label", label);
  }

  paintPictures() {
    const { reader, context, camera, pet, anatomy } = this;
    const suvScale = pet?.here ? (255 * pet.step) / reader.suvTop : 0;
    const [suvTable, shown] = reader.inverted ? [GREY, `${reader.suvTop} inverted`] : [INVERSE, reader.suvTop];
    if (this.isMip) {
      if (pet.projection.draw(reader.angle, suvTable, suvScale, shown)) pet.projection.paint(context, camera);
      return;
    }
    const mm = reader.crosshair[this.plane.n];
    for (const layer of this.layers) {
      const slice = (layer === "grey" ? anatomy : pet).slice(this.plane, layer);
      const drawn =
        layer === "grey"
          ? slice.draw(mm, reader.grey.table, 1, reader.grey.name)
          : slice.draw(mm, layer === "PET" ? suvTable : FUSION, suvScale, shown);
      if (!drawn) continue;
      context.globalAlpha = layer === "fusion" && anatomy.here && anatomy.reaches(this.plane.n, mm) ? reader.opacity / 100 : 1;
      slice.paint(context, camera);
      context.globalAlpha = 1;
    }
  }

  // Which series of this panel have no picture here, and why: a line for the picture, and another for where they have one.
  get gaps() {
    const { reader, plane } = this;
    return [this.anatomy, this.pet].filter(Boolean).flatMap((series) => {
      if (!series.here) return [{ line: `${series.label} is on its way …`, where: "" }];
      if (this.isMip || series.reaches(plane.n, reader.crosshair[plane.n])) return [];
      const [low, high] = series.edges(plane.n).map((mm) => (mm - reader.base.origin[plane.n]) / reader.base.spacing[plane.n] + 1);
      return [{ line: `${series.label} ends here`, where: `slices ${Math.ceil(low)} to ${Math.floor(high)} only` }];
    });
  }

  annotate(pen) {
    const { reader, camera } = this;
    if (reader.showCross) drawCrosshair(pen, this.project(reader.crosshair));
    reader.markers.forEach((marker, i) => {
      const depth = this.depth(marker.point_mm);
      if (!reader.markerShown(marker) || depth > NEAR_MM) return;
      drawMarker(pen, this.project(marker.point_mm), i + 1, depth <= NEAR_MM / 2, Math.max(0.8 * pen.size, 13 * camera.scale), marker.kind);
    });
    if (reader.voi) {
      const [centre, diameter] = reader.voi;
      const depth = this.depth(centre);
      if (depth < diameter / 2) {
        drawVoi(pen, this.project(centre), Math.sqrt(diameter ** 2 / 4 - depth ** 2) * camera.scale, depth <= NEAR_MM / 2);
      }
    }
    if (reader.reference) {
      const [centre, diameter] = reader.reference;
      const depth = this.depth(centre);
      if (depth < diameter / 2) drawReference(pen, this.project(centre), Math.sqrt(diameter ** 2 / 4 - depth ** 2) * camera.scale);
    }
    reader.rulers.draw(pen, this);
    if (reader.mark && this.depth(reader.mark) <= NEAR_MM) drawMark(pen, this.project(reader.mark), this.depth(reader.mark) <= NEAR_MM / 2);
    this.gaps.forEach(({ line, where }, i) => writeGap(pen, line, where, i));
    const captions = this.captions();
    writeLetters(pen, this.isMip ? mipLetters(reader.angle) : this.plane.letters, captions.title, reader.watermark);
    writeCorners(pen, { ...captions, watermark: reader.watermark });
    drawScaleBar(pen, camera.scale);
    const roomy = pen.width > 18 * pen.size;
    const alone = this.layers[0] === "PET";
    if (alone && (this.isMip || roomy)) drawColourBar(pen, reader.inverted ? "grey" : "inverse", reader.suvTop, captions.lines.length);
    else if (this.layers.includes("fusion") && roomy) drawColourBar(pen, "fusion", reader.suvTop, captions.lines.length);
  }

  get position() {
    const { n } = this.plane;
    const { base, crosshair } = this.reader;
    return { slice: base.clamped(n, crosshair[n]) + 1, of: base.shape[n], mm: crosshair[n] };
  }

  // "CT", "MR", "PET", "PET/CT" or "PET/MR".
  get what() {
    const { anatomy, pet } = this;
    return [pet ? "PET" : "", anatomy?.modality ?? ""].filter(Boolean).join("/");
  }

  // What the series of this panel are called, where the study has others to take them for.
  get called() {
    const { reader, anatomy, pet } = this;
    return [reader.anatomies.length > 1 ? anatomy : null, reader.pets.length > 1 ? pet : null].filter(Boolean).map((series) => series.label);
  }

  captions() {
    const { reader } = this;
    if (this.isMip) return { title: "PET MIP", lines: [...this.called, `${reader.angle}°`] };
    const { slice, of, mm } = this.position;
    const roomy = this.node.clientWidth > 18 * reader.letterSize;
    const lines = [...(roomy ? this.called : []), `${slice} / ${of}`, `${this.plane.axis} ${digits(mm, 1)} mm`];
    if (roomy && this.anatomy) lines.push(`C ${reader.window[0]}  W ${reader.window[1]}`);
    return { title: roomy ? `${this.name} ${this.what}` : this.name, lines };
  }

  // The text alternative of what the canvas shows now.
  describe() {
    const { reader, anatomy, pet } = this;
    const parts = [...this.called, ...this.gaps.flatMap(({ line, where }) => [line, where])];
    if (this.isMip) parts.unshift(`PET maximum-intensity projection turned by ${reader.angle} degrees`);
    else {
      const { slice, of, mm } = this.position;
      const what = anatomy && pet ? `PET over ${anatomy.modality}` : this.what;
      parts.unshift(`${this.name} ${what}`, `slice ${slice} of ${of}`, `${this.plane.axis} ${digits(mm, 1)} mm`);
    }
    if (anatomy) parts.push(`window ${reader.window[0]}/${reader.window[1]} ${reader.grey.range.unit}`);
    if (pet) parts.push(`SUV 0 to ${reader.suvTop}`);
    return `${parts.filter(Boolean).join(", ")}. Synthetic, not for patient care.`;
  }
}
