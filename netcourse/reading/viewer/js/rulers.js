// Distances, angles and regions that a reader draws on a slice. They belong to this view and go with Reset.

const RULERS = { distance: "Distance", angle: "Angle", region: "ROI" };

class Rulers {
  constructor(reader) {
    Object.assign(this, { reader, list: [] });
  }

  // Begin one on a panel; what is returned moves its open end. The second arm of an angle goes to the first.
  begin(kind, panel, from) {
    const { plane } = panel;
    const last = this.list.at(-1);
    const second = kind === "angle" && last?.kind === kind && last.points.length === 2 && this.isOn(last, panel);
    const ruler = second ? last : { kind, plane, mm: this.reader.crosshair[plane.n], points: [] };
    if (!second) this.list.push(ruler);
    ruler.points.push(from, from);
    return (to) => {
      ruler.points[ruler.points.length - 1] = to;
      this.reader.refresh();
    };
  }

  // By keyboard: the first press sets an end at the crosshair, the next one the other.
  press(kind, panel) {
    if (panel.isMip) return;
    const { crosshair } = this.reader;
    if (this.open) this.open(crosshair);
    else {
      this.open = this.begin(kind, panel, crosshair);
      this.reader.say(`${RULERS[kind]}: move the crosshair, then press Enter again`);
      return;
    }
    this.open = null;
    const [name, value] = this.rows.at(-1) ?? [];
    if (name) this.reader.say(`${name} ${value}`);
  }

  // What was drawn by a click that did not move is no measurement.
  drop() {
    const last = this.list.at(-1);
    if (!last || length(last.points.at(-2), last.points.at(-1)) > 0.5) return;
    last.points.splice(-2);
    if (!last.points.length) this.list.pop();
    this.reader.refresh();
  }

  undo() {
    this.list.pop();
    this.open = null;
    this.reader.refresh();
  }

  clear() {
    Object.assign(this, { list: [], open: null });
  }

  isOn(ruler, panel) {
    const { base, crosshair } = this.reader;
    const { n } = panel.plane;
    return ruler.plane === panel.plane && Math.abs(ruler.mm - crosshair[n]) <= base.spacing[n] / 2;
  }

  get rows() {
    const counts = {};
    return this.list.flatMap((ruler) => {
      const number = (counts[ruler.kind] = (counts[ruler.kind] ?? 0) + 1);
      return worth(this.reader, ruler).map(([name, value], i) => [i ? name : `${RULERS[ruler.kind]} ${number}${name ? `, ${name}` : ""}`, value]);
    });
  }

  draw(pen, panel) {
    for (const ruler of this.list) {
      if (panel.isMip || !this.isOn(ruler, panel)) continue;
      const at = ruler.points.map((point) => panel.project(point));
      if (ruler.kind === "region") {
        const [[x1, y1], [x2, y2]] = at;
        pen.trace(pen.ink.voi, 1.5, (c) => c.ellipse((x1 + x2) / 2, (y1 + y2) / 2, Math.abs(x2 - x1) / 2, Math.abs(y2 - y1) / 2, 0, 0, 2 * Math.PI));
      } else
        for (let i = 0; i + 1 < at.length; i += 2)
          pen.trace(pen.ink.voi, 1.5, (c) => {
            c.moveTo(...at[i]);
            c.lineTo(...at[i + 1]);
          });
      const [x, y] = at.reduce((far, place) => (place[0] > far[0] ? place : far));
      worth(this.reader, ruler).forEach(([name, value], i) => pen.write(`${name ? `${name} ` : ""}${value}`, x + 6, y + pen.line * (i + 0.4), { colour: pen.ink.voi, weight: 600 }));
    }
  }
}

function length(a, b) {
  return Math.hypot(...a.map((mm, axis) => mm - b[axis]));
}

// What a ruler says: rows of [name, value]; an angle with one arm says nothing yet.
function worth(reader, { kind, plane, points }) {
  const [a, b, c, d] = points;
  if (kind === "distance") return [["", `${digits(length(a, b), 1)} mm`]];
  if (kind === "region") return regionRows(reader, plane, a, b);
  if (!d) return [];
  const arms = [[a, b], [c, d]].map(([from, to]) => to.map((mm, axis) => mm - from[axis]));
  const dot = arms[0].reduce((sum, mm, axis) => sum + mm * arms[1][axis], 0);
  const whole = length(a, b) * length(c, d);
  return whole ? [["", `${digits((Math.acos(Math.max(-1, Math.min(1, dot / whole))) * 180) / Math.PI, 0)}°`]] : [];
}

// The voxels of a series whose centres lie in the ellipse between two corners, on the slice that they lie on.
function inEllipse(series, { u, v, n }, a, b) {
  const middle = { [u]: (a[u] + b[u]) / 2, [v]: (a[v] + b[v]) / 2 };
  const half = { [u]: Math.abs(a[u] - b[u]) / 2, [v]: Math.abs(a[v] - b[v]) / 2 };
  const span = (axis) => [middle[axis] - half[axis], middle[axis] + half[axis]].map((mm) => series.clamped(axis, mm));
  const values = [];
  if (!series.here || !half[u] || !half[v] || !series.reaches(n, a[n])) return values;
  const place = [];
  place[n] = series.clamped(n, a[n]);
  const [[u0, u1], [v0, v1]] = [span(u), span(v)];
  for (place[v] = v0; place[v] <= v1; place[v]++)
    for (place[u] = u0; place[u] <= u1; place[u]++) {
      const away = [u, v].reduce((sum, axis) => sum + ((series.centre(axis, place[axis]) - middle[axis]) / half[axis]) ** 2, 0);
      if (away <= 1) values.push(series.numbers[series.offset(...place)] * series.step);
    }
  return values;
}

function regionRows(reader, plane, a, b) {
  const area = (Math.PI / 4) * Math.abs(a[plane.u] - b[plane.u]) * Math.abs(a[plane.v] - b[plane.v]);
  const rows = [["", `${digits(area / 100, 2)} cm²`]];
  const { anatomy, pet } = reader;
  const [grey, suv] = [anatomy, pet].map((series) => (series ? inEllipse(series, plane, a, b) : []));
  if (grey.length) {
    const mean = grey.reduce((sum, value) => sum + value, 0) / grey.length;
    const sd = Math.sqrt(grey.reduce((sum, value) => sum + (value - mean) ** 2, 0) / grey.length);
    rows.push([anatomy.unit === "HU" ? "HU" : "Signal", `${digits(mean, 0)} ± ${digits(sd, 0)}`]);
  }
  if (suv.length) {
    rows.push(["SUVmax", digits(suv.reduce((most, value) => Math.max(most, value), 0), 1)]);
    rows.push(["SUVmean", digits(suv.reduce((sum, value) => sum + value, 0) / suv.length, 1)]);
  }
  return rows;
}
