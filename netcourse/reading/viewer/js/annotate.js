// What is written and drawn over a picture. Every picture says whether it is synthetic or real (`watermark`).

// Inks on dark pictures and on white ones (PET alone is read black on white).
const INK = {
  dark: { text: "#eef2f6", halo: "rgba(0,0,0,0.8)", cross: "#4fd1c5", marker: "#8fd3ff", voi: "#a6ff4d", mark: "#ff8ad8", found: "#5ee08a", missed: "#ffb02e", false: "#ff6b8b" },
  light: { text: "#14181d", halo: "rgba(255,255,255,0.85)", cross: "#007a6e", marker: "#00589c", voi: "#2f6b00", mark: "#a8005f", found: "#0b6b34", missed: "#8a4b00", false: "#b3003c" },
};

// A pen writes on one panel. `size` is the height of the letters in css pixels.
class Pen {
  constructor(context, width, height, size, onWhite) {
    Object.assign(this, { context, width, height, size, ink: onWhite ? INK.light : INK.dark });
    context.lineJoin = "round";
    this.line = Math.round(size * 1.32);
    this.edge = Math.round(size * 0.6);
  }

  // Place right of some text at the left edge, or the middle if that is further.
  beside(text, style) {
    this.context.font = this.font(style);
    return Math.max(this.width / 2, this.edge + this.context.measureText(text).width + 1.2 * this.size);
  }

  font({ weight = 400, size = this.size } = {}) {
    return `${weight} ${size}px system-ui, "Segoe UI", Roboto, Helvetica, Arial, sans-serif`;
  }

  write(text, x, y, { align = "left", colour = this.ink.text, weight = 400, size = this.size } = {}) {
    const { context } = this;
    context.font = this.font({ weight, size });
    context.textAlign = align;
    context.textBaseline = "middle";
    context.lineWidth = 3;
    context.strokeStyle = this.ink.halo;
    context.strokeText(text, x, y);
    context.fillStyle = colour;
    context.fillText(text, x, y);
  }

  // Draw a path twice: a dark (or white) halo, then the colour.
  trace(colour, width, path, dash = []) {
    const { context } = this;
    for (const [style, thick] of [[this.ink.halo, width + 2], [colour, width]]) {
      context.beginPath();
      context.setLineDash(dash);
      context.strokeStyle = style;
      context.lineWidth = thick;
      path(context);
      context.stroke();
    }
    context.setLineDash([]);
  }
}

const TITLE = { weight: 600 };

function writeCorners(pen, { title, lines, watermark }) {
  pen.write(title, pen.edge, pen.edge + pen.line / 2, TITLE);
  // In a low panel the last lines make room for the letter of the side.
  const room = Math.floor((pen.height / 2 - 0.6 * pen.size - pen.edge) / pen.line) - 1;
  const tiny = pen.height < 14 * pen.size && pen.width < 14 * pen.size; // its lines would cover the picture
  lines.slice(0, tiny ? 0 : Math.max(1, room)).forEach((text, i) => pen.write(text, pen.edge, pen.edge + pen.line * (i + 1.5)));
  const low = pen.height - pen.edge - pen.line / 2;
  const small = Math.round(pen.size * 0.92);
  broken(pen, watermark).reverse().forEach((text, i) => pen.write(text, pen.edge, low - pen.line * (i + 1), { weight: 700, size: small }));
  pen.write("not for patient care", pen.edge, low, { size: small });
}

// The letters of the four sides; in a narrow panel those above and below step aside for the text.
function writeLetters(pen, letters, title, watermark) {
  const [w, h, at] = [pen.width, pen.height, pen.edge];
  const style = { weight: 600, size: Math.round(pen.size * 1.2) };
  const narrow = w < 20 * pen.size;
  pen.write(letters.left, at, h / 2, style);
  pen.write(letters.right, w - at, h / 2, { ...style, align: "right" });
  pen.write(letters.top, pen.beside(title, TITLE), at + pen.line / 2, { ...style, align: "center" });
  pen.write(letters.bottom, narrow ? pen.beside(broken(pen, watermark).at(-1), { weight: 700 }) : w / 2, h - at - pen.line / 2 - (narrow ? pen.line : 0), { ...style, align: "center" });
}

// Where a series has no picture: what is missing, and where it is. Lines too long for the panel are broken at a space.
function writeGap(pen, line, where, row) {
  const lines = [line, where].filter(Boolean).flatMap((text) => broken(pen, text));
  const top = pen.height * 0.27 + row * pen.line * (lines.length + 0.5);
  lines.forEach((text, i) => pen.write(text, pen.width / 2, top + i * pen.line, { align: "center", weight: i ? 400 : 600 }));
}

function broken(pen, text) {
  pen.context.font = pen.font({ weight: 600 });
  const lines = [""];
  for (const word of text.split(" ")) {
    const longer = `${lines.at(-1)} ${word}`.trim();
    if (lines.at(-1) && pen.context.measureText(longer).width > pen.width - 2 * pen.edge) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

// A bar of a round number of centimetres: lying in wide panels, standing in tall ones.
function drawScaleBar(pen, pxPerMm) {
  const standing = pen.height > 1.4 * pen.width;
  const most = standing ? pen.height * 0.22 : pen.width * 0.24;
  const cm = [20, 10, 5, 2, 1].find((length) => length * 10 * pxPerMm <= most) ?? 0.5;
  const long = cm * 10 * pxPerMm;
  const tick = Math.round(pen.size * 0.45);
  const right = pen.width - pen.edge - 1;
  const low = pen.height - pen.edge - (standing ? 2.6 * pen.line : 2);
  const nearest = Math.round;
  if (standing) {
    pen.trace(pen.ink.text, 1.5, (c) => {
      c.moveTo(right - tick, nearest(low));
      c.lineTo(right, nearest(low));
      c.lineTo(right, nearest(low - long));
      c.lineTo(right - tick, nearest(low - long));
    });
    pen.write(`${cm} cm`, right - tick - 3, low - long / 2, { align: "right" });
  } else {
    pen.trace(pen.ink.text, 1.5, (c) => {
      c.moveTo(nearest(right - long), low - tick);
      c.lineTo(nearest(right - long), low);
      c.lineTo(right, low);
      c.lineTo(right, low - tick);
    });
    pen.write(`${cm} cm`, right - long / 2, low - tick - pen.line / 2, { align: "center" });
  }
}

// The scale of SUV at the right edge; in a narrow panel below the lines of its caption, so that neither writes over the other.
function drawColourBar(pen, kind, top, lines) {
  const wide = Math.round(pen.size * 0.8);
  const below = pen.width < 18 * pen.size ? lines * pen.line : 0;
  const from = pen.edge + pen.line * 1.4 + below;
  const high = Math.min(pen.height * 0.5 - pen.line * 1.2, 16 * pen.size + below) - from;
  if (high < 4 * pen.line) return;
  const x = pen.width - pen.edge - wide;
  const { context } = pen;
  for (let row = 0; row < high; row++) {
    context.fillStyle = cssColour(kind, 1 - row / (high - 1));
    context.fillRect(x, from + row, wide, 1.5);
  }
  context.strokeStyle = pen.ink.text;
  context.lineWidth = 1;
  context.strokeRect(x - 0.5, from - 0.5, wide + 1, high + 1);
  pen.write("SUV", pen.width - pen.edge, from - pen.line * 0.75, { align: "right", weight: 600 });
  const step = [0.5, 1, 2, 5, 10, 20].find((size) => (high * size) / top >= pen.line * 1.5) ?? 50;
  const ends = [0, top];
  for (let value = step; value < top - step * 0.6; value += step) ends.push(value);
  for (const value of ends) pen.write(`${+value.toFixed(1)}`, x - 4, from + high * (1 - value / top), { align: "right" });
}

// Thin lines with a gap, so that they do not hide what they point at, and an end before the letters of the sides.
function drawCrosshair(pen, [x, y]) {
  const gap = pen.size * 1.1;
  const rim = pen.edge + pen.size * 1.5;
  const [px, py] = [Math.round(x) + 0.5, Math.round(y) + 0.5];
  const { context } = pen;
  context.globalAlpha = 0.75;
  context.strokeStyle = pen.ink.cross;
  context.lineWidth = 1;
  context.beginPath();
  for (const side of [-1, 1]) {
    context.moveTo(px + side * gap, py);
    context.lineTo(side < 0 ? Math.min(rim, px - gap) : Math.max(pen.width - rim, px + gap), py);
    context.moveTo(px, py + side * gap);
    context.lineTo(px, side < 0 ? Math.min(rim, py - gap) : Math.max(pen.height - rim, py + gap));
  }
  context.stroke();
  context.globalAlpha = 1;
}

// The signs of a marked reading, apart by shape as well as by colour; any other marker is a circle.
const SIGNS = {
  found: (c, x, y, r) => c.arc(x, y, r, 0, 2 * Math.PI),
  missed: (c, x, y, r) => c.rect(x - r, y - r, 2 * r, 2 * r),
  false: (c, x, y, r) => {
    for (const side of [-1, 1]) {
      c.moveTo(x - r, y - side * r);
      c.lineTo(x + r, y + side * r);
    }
  },
};

// Dashed where the lesion's centre lies in a neighbouring slice.
function drawMarker(pen, [x, y], number, near, radius, kind) {
  const colour = pen.ink[kind] ?? pen.ink.marker;
  pen.trace(colour, kind ? 2 : 1.5, (c) => (SIGNS[kind] ?? SIGNS.found)(c, x, y, kind === "false" ? 0.7 * radius : radius), near ? [] : [4, 4]);
  pen.write(String(number), x + radius * 0.75 + 3, y - radius * 0.75 - 3, { colour, weight: 700 });
}

function drawVoi(pen, [x, y], radius, through) {
  pen.trace(pen.ink.voi, 1.75, (c) => c.arc(x, y, radius, 0, 2 * Math.PI));
  if (!through) return;
  const arm = Math.min(5, radius * 0.5);
  pen.trace(pen.ink.voi, 1.25, (c) => {
    c.moveTo(x - arm, y);
    c.lineTo(x + arm, y);
    c.moveTo(x, y - arm);
    c.lineTo(x, y + arm);
  });
}

// The sphere that the next ones are compared with.
function drawReference(pen, [x, y], radius) {
  pen.trace(pen.ink.voi, 1.5, (c) => c.arc(x, y, radius, 0, 2 * Math.PI), [5, 4]);
  pen.write("ref", x + radius + 3, y - radius, { colour: pen.ink.voi, weight: 600 });
}

// The learner's answer: a diamond, unlike any other sign.
function drawMark(pen, [x, y], near) {
  const arm = pen.size * 0.95;
  pen.context.globalAlpha = near ? 1 : 0.5;
  pen.trace(pen.ink.mark, 2, (c) => {
    c.moveTo(x, y - arm);
    c.lineTo(x + arm, y);
    c.lineTo(x, y + arm);
    c.lineTo(x - arm, y);
    c.closePath();
  });
  pen.write("your mark", x, y + arm + 0.7 * pen.line, { colour: pen.ink.mark, weight: 600, align: "center" });
  pen.context.globalAlpha = 1;
}
