// Where things are: planes through the patient, and the camera that puts millimetres on a panel.
// Points are [z, y, x] in mm; x grows to the patient's left, y to the back, z to the head.

// `u` runs to the right of the screen, `v` down it, `n` through it. `down` is +1 where v grows down the screen.
// Radiological convention: the patient's right is on the left of the screen, the head up, the front of a sagittal left.
const PLANES = {
  axial: { name: "Axial", u: 2, v: 1, n: 0, down: 1, letters: { left: "R", right: "L", top: "A", bottom: "P" }, axis: "z" },
  coronal: { name: "Coronal", u: 2, v: 0, n: 1, down: -1, letters: { left: "R", right: "L", top: "H", bottom: "F" }, axis: "y" },
  sagittal: { name: "Sagittal", u: 1, v: 0, n: 2, down: -1, letters: { left: "A", right: "P", top: "H", bottom: "F" }, axis: "x" },
};

// The MIP is looked at from the front at 0 degrees and from the patient's left at 90; screen right is (x, y) = (cos, sin).
function mipLetters(degrees) {
  const turn = (degrees * Math.PI) / 180;
  const name = (x, y) => {
    const parts = [];
    if (Math.abs(x) > 0.38) parts.push([Math.abs(x), x > 0 ? "L" : "R"]);
    if (Math.abs(y) > 0.38) parts.push([Math.abs(y), y > 0 ? "P" : "A"]);
    return parts.sort((a, b) => b[0] - a[0]).map((part) => part[1]).join("");
  };
  const [x, y] = [Math.cos(turn), Math.sin(turn)];
  return { left: name(-x, -y), right: name(x, y), top: "H", bottom: "F" };
}

// The outer edges of all volumes together, per axis.
function union(volumes) {
  return [0, 1, 2].map((axis) => [
    Math.min(...volumes.map((volume) => volume.edges(axis)[0])),
    Math.max(...volumes.map((volume) => volume.edges(axis)[1])),
  ]);
}

// Shows a rectangle of mm, [u0, u1] x [v0, v1], in a panel; zoom 1 fits it in.
class Camera {
  constructor(u, v, down) {
    this.whole = { u, v };
    this.down = down;
    this.tall = v[1] - v[0] > 1.4 * (u[1] - u[0]);
    this.reset();
  }

  reset() {
    this.zoom = 1;
    this.u = (this.whole.u[0] + this.whole.u[1]) / 2;
    this.v = (this.whole.v[0] + this.whole.v[1]) / 2;
  }

  // Fit into a panel of css pixels, leaving room for the text above and below.
  fit(width, height, room) {
    this.width = width;
    this.height = height;
    const wide = width / (this.whole.u[1] - this.whole.u[0]);
    const high = (height - 2 * room) / (this.whole.v[1] - this.whole.v[0]);
    this.scale = Math.max(1e-3, Math.min(wide, high)) * this.zoom;
  }

  toScreen(u, v) {
    return [this.width / 2 + (u - this.u) * this.scale, this.height / 2 + this.down * (v - this.v) * this.scale];
  }

  toMm(px, py) {
    return [this.u + (px - this.width / 2) / this.scale, this.v + (this.down * (py - this.height / 2)) / this.scale];
  }

  zoomAbout(px, py, factor) {
    const [u, v] = this.toMm(px, py);
    const asked = Math.min(16, this.zoom * factor);
    const zoom = asked < 1.01 ? 1 : asked;
    this.scale *= zoom / this.zoom;
    this.zoom = zoom;
    this.u = u - (px - this.width / 2) / this.scale;
    this.v = v - (this.down * (py - this.height / 2)) / this.scale;
    if (zoom === 1) this.reset();
  }

  moveBy(dx, dy) {
    const keep = (value, [low, high]) => Math.min(high, Math.max(low, value));
    this.u = keep(this.u - dx / this.scale, this.whole.u);
    this.v = keep(this.v - (this.down * dy) / this.scale, this.whole.v);
  }

  // Move just enough that a point is on the panel, and not at its very edge.
  show(u, v) {
    const margin = Math.min(24, this.width / 4, this.height / 4);
    const [px, py] = this.toScreen(u, v);
    if (this.zoom === 1) return;
    if (px < margin || px > this.width - margin || py < margin || py > this.height - margin) {
      this.u = u;
      this.v = v;
    }
  }

  get view() {
    return { zoom: this.zoom, u: this.u, v: this.v };
  }

  set view({ zoom, u, v }) {
    if (this.scale) this.scale *= zoom / this.zoom;
    Object.assign(this, { zoom, u, v });
  }
}
