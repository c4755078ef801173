// Pictures of a series: a slice of CT, MR or PET, and the maximum-intensity projection of the PET.
// Each is drawn in voxels on a small canvas, kept until it changes, and then stretched to the panel.

class Slice {
  // `volume` is a Series, like every volume below.
  constructor(volume, plane) {
    Object.assign(this, { volume, plane, canvas: document.createElement("canvas"), drawn: "" });
    const { u, v } = plane;
    // PET voxels are coarse: interpolate SUV (not colours) to about 1.5 mm first.
    const fine = (axis) => (volume.unit === "SUV" ? Math.max(1, Math.round(volume.spacing[axis] / 1.5)) : 1);
    this.width = volume.shape[u] * fine(u);
    this.height = volume.shape[v] * fine(v);
    this.canvas.width = this.width;
    this.canvas.height = this.height;
    this.context = this.canvas.getContext("2d", { alpha: volume.unit === "SUV" });
    this.pixels = this.context.createImageData(this.width, this.height);
    this.words = new Uint32Array(this.pixels.data.buffer);
    if (volume.unit === "SUV") {
      this.columns = between(volume.shape[u], fine(u), false);
      this.rows = between(volume.shape[v], fine(v), plane.down < 0);
    }
  }

  // Draw the slice that holds position `mm`; false when the volume does not reach there, or is not here yet.
  draw(mm, table, scale, name) {
    const { volume, plane } = this;
    if (!volume.here || !volume.reaches(plane.n, mm)) return false;
    const index = volume.clamped(plane.n, mm);
    const now = `${index}|${name}`;
    if (now === this.drawn) return true;
    this.drawn = now;
    const strides = [volume.shape[1] * volume.shape[2], volume.shape[2], 1];
    const start = index * strides[plane.n];
    if (volume.unit === "SUV") this.drawSuv(start, strides[plane.u], strides[plane.v], table, scale);
    else this.drawGrey(start, strides[plane.u], strides[plane.v], table);
    this.context.putImageData(this.pixels, 0, 0);
    return true;
  }

  drawGrey(start, du, dv, table) {
    const { words, width, height, plane } = this;
    const numbers = this.volume.numbers;
    for (let row = 0, at = 0; row < height; row++) {
      let from = start + (plane.down > 0 ? row : height - 1 - row) * dv;
      for (let column = 0; column < width; column++, from += du) words[at++] = table[numbers[from] + 32768];
    }
  }

  drawSuv(start, du, dv, table, scale) {
    const { words, width, height, rows, columns } = this;
    const numbers = this.volume.numbers;
    const { first: c0, second: c1, share: cs } = columns;
    for (let row = 0, at = 0; row < height; row++) {
      const top = start + rows.first[row] * dv;
      const bottom = start + rows.second[row] * dv;
      const t = rows.share[row];
      for (let column = 0; column < width; column++) {
        const [left, right, s] = [c0[column] * du, c1[column] * du, cs[column]];
        const above = numbers[top + left] + s * (numbers[top + right] - numbers[top + left]);
        const below = numbers[bottom + left] + s * (numbers[bottom + right] - numbers[bottom + left]);
        const shade = (above + t * (below - above)) * scale;
        words[at++] = table[shade > 255 ? 255 : shade | 0];
      }
    }
  }

  // Stretch the picture to its place on the panel.
  paint(context, camera) {
    const [u0, u1] = this.volume.edges(this.plane.u);
    const [v0, v1] = this.volume.edges(this.plane.v);
    const [left, top] = camera.toScreen(u0, this.plane.down > 0 ? v0 : v1);
    const [right, bottom] = camera.toScreen(u1, this.plane.down > 0 ? v1 : v0);
    context.drawImage(this.canvas, left, top, right - left, bottom - top);
  }
}

// For each fine pixel along an axis: the two voxels beside it and the share of the second.
function between(voxels, fine, reversed) {
  const n = voxels * fine;
  const found = { first: new Int32Array(n), second: new Int32Array(n), share: new Float32Array(n) };
  for (let i = 0; i < n; i++) {
    const at = Math.min(voxels - 1, Math.max(0, ((reversed ? n - 1 - i : i) + 0.5) / fine - 0.5));
    found.first[i] = Math.floor(at);
    found.second[i] = Math.min(voxels - 1, found.first[i] + 1);
    found.share[i] = at - found.first[i];
  }
  return found;
}

// The rotating maximum-intensity projection. Each angle is projected when it is first asked for and then kept.
class Projection {
  constructor(volume) {
    this.volume = volume;
    this.grain = Math.min(volume.spacing[1], volume.spacing[2]);
    const [y, x] = [volume.edges(1), volume.edges(2)];
    this.axis = [(y[0] + y[1]) / 2, (x[0] + x[1]) / 2];
    this.reach = Math.max(y[1] - y[0], x[1] - x[0]) / 2;
    this.width = Math.round((2 * this.reach) / this.grain);
    this.height = volume.shape[0];
    this.kept = new Map();
    this.canvas = document.createElement("canvas");
    this.canvas.width = this.width;
    this.canvas.height = this.height;
    this.context = this.canvas.getContext("2d", { alpha: false });
    this.pixels = this.context.createImageData(this.width, this.height);
    this.words = new Uint32Array(this.pixels.data.buffer);
    this.drawn = "";
  }

  // (y, x) in mm of a place `u` to the right of the axis and `depth` behind it.
  place(degrees, u, depth) {
    const turn = (degrees * Math.PI) / 180;
    const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
    return [this.axis[0] + u * sin + depth * cos, this.axis[1] + u * cos - depth * sin];
  }

  // How far to the right of the axis a point lies on the screen, mm.
  across(degrees, point) {
    const turn = (degrees * Math.PI) / 180;
    return (point[2] - this.axis[1]) * Math.cos(turn) + (point[1] - this.axis[0]) * Math.sin(turn);
  }

  // Offsets within an axial slice of the voxels on the ray through column `u`.
  ray(degrees, u) {
    const { volume, grain, width } = this;
    const [, ny, nx] = volume.shape;
    const found = [];
    for (let t = 0; t < width; t++) {
      const [y, x] = this.place(degrees, u, (t + 0.5) * grain - this.reach);
      const j = Math.round((y - volume.origin[1]) / volume.spacing[1]);
      const i = Math.round((x - volume.origin[2]) / volume.spacing[2]);
      if (j >= 0 && j < ny && i >= 0 && i < nx) found.push(j * nx + i);
    }
    return found;
  }

  project(degrees) {
    const there = this.kept.get(degrees);
    if (there) return there;
    const { volume, width, height } = this;
    const slice = volume.shape[1] * volume.shape[2];
    const rays = Array.from({ length: width }, (_, column) => Int32Array.from(this.ray(degrees, this.columnMm(column))));
    const result = new Uint16Array(width * height);
    for (let row = 0; row < height; row++) {
      const start = (height - 1 - row) * slice;
      for (let column = 0; column < width; column++) {
        const ray = rays[column];
        let hottest = 0;
        for (let t = 0; t < ray.length; t++) {
          const value = volume.numbers[start + ray[t]];
          if (value > hottest) hottest = value;
        }
        result[row * width + column] = hottest;
      }
    }
    this.kept.set(degrees, result);
    return result;
  }

  columnMm(column) {
    return (column + 0.5) * this.grain - this.reach;
  }

  // The hottest voxel on the ray through (u, z): { point, suv }, or null beside the volume.
  hottest(degrees, u, z) {
    const { volume } = this;
    const k = volume.nearest(0, z);
    if (!volume.here || k < 0 || k >= volume.shape[0] || Math.abs(u) > this.reach) return null;
    const start = k * volume.shape[1] * volume.shape[2];
    let best = -1;
    let where = 0;
    for (const offset of this.ray(degrees, u)) {
      if (volume.numbers[start + offset] > best) [best, where] = [volume.numbers[start + offset], offset];
    }
    if (best < 0) return null;
    const [j, i] = [Math.floor(where / volume.shape[2]), where % volume.shape[2]];
    return { point: [volume.centre(0, k), volume.centre(1, j), volume.centre(2, i)], suv: best * volume.step };
  }

  // Draw the projection; false when the voxels are not here yet.
  draw(degrees, table, scale, name) {
    if (!this.volume.here) return false;
    const now = `${degrees}|${name}`;
    if (now === this.drawn) return true;
    this.drawn = now;
    const values = this.project(degrees);
    for (let at = 0; at < values.length; at++) {
      const shade = values[at] * scale;
      this.words[at] = table[shade > 255 ? 255 : shade | 0];
    }
    this.context.putImageData(this.pixels, 0, 0);
    return true;
  }

  paint(context, camera) {
    const [low, high] = this.volume.edges(0);
    const [left, top] = camera.toScreen(-this.reach, high);
    const [right, bottom] = camera.toScreen(this.reach, low);
    context.drawImage(this.canvas, left, top, right - left, bottom - top);
  }
}
