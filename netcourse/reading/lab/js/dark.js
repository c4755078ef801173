// A drawing in a dark theme: every colour gets a twin of turned lightness and the same hue, which lab.css shows there.
// Pictures of patients, PET greys and what lies on them stay as they are.

const TWINS = new Map([["#ffffff", "#1b2026"]]); // paper is the page of lab.css
const HEX = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i;
const ON_PICTURE = "#eef2f6"; // light words with a dark edge
const GREY = /^#([0-9a-f]{2})\1\1$/i; // what a PET shows of an uptake

const light = (byte) => (byte <= 0.04045 ? byte / 12.92 : ((byte + 0.055) / 1.055) ** 2.4);
const shown = (part) => (part <= 0.0031308 ? 12.92 * part : 1.055 * part ** (1 / 2.4) - 0.055);

// From lightness and two opponent colours (OKLab) to red, green and blue, and back.
function toRgb(l, a, b) {
  const [x, y, z] = [l + 0.3963 * a + 0.2158 * b, l - 0.1056 * a - 0.0639 * b, l - 0.0895 * a - 1.2915 * b].map((root) => root ** 3);
  return [4.0767 * x - 3.3077 * y + 0.231 * z, -1.2684 * x + 2.6098 * y - 0.3413 * z, -0.0042 * x - 0.7034 * y + 1.7076 * z].map(shown);
}

function fromRgb(r, g, b) {
  const [x, y, z] = [0.4122 * r + 0.5363 * g + 0.0514 * b, 0.2119 * r + 0.6807 * g + 0.1074 * b, 0.0883 * r + 0.2817 * g + 0.63 * b].map(Math.cbrt);
  return [0.2105 * x + 0.7936 * y - 0.0041 * z, 1.978 * x - 2.4286 * y + 0.4506 * z, 0.0259 * x + 0.7828 * y - 0.8087 * z];
}

// `thin` colours, of lines and letters, never get darker than can be seen on the dark page.
function twin(hex, thin) {
  const key = thin ? `${hex} thin` : hex;
  if (TWINS.has(key)) return TWINS.get(key);
  const long = hex.length === 4 ? hex.replace(/[0-9a-f]/gi, "$&$&") : hex;
  const [l, a, b] = fromRgb(...[1, 3, 5].map((at) => light(parseInt(long.slice(at, at + 2), 16) / 255)));
  const turned = Math.max(0.24 + 0.78 * Math.max(0, 1 - l) ** 0.9, thin && l < 0.75 ? 0.68 : 0);
  let rgb, strength = 1;
  do {
    rgb = toRgb(turned, a * strength, b * strength);
    strength *= 0.9;
  } while (strength > 0.01 && rgb.some((part) => part < -0.001 || part > 1.001));
  const found = `#${rgb.map((part) => Math.round(255 * Math.min(1, Math.max(0, part || 0))).toString(16).padStart(2, "0")).join("")}`;
  TWINS.set(key, found);
  return found;
}

const numbers = (element, ...names) => names.map((name) => Number(element.getAttribute(name) ?? 0));

// The points that say where an element lies.
function places(element) {
  if (element.localName === "circle") return [numbers(element, "cx", "cy")];
  if (element.localName === "line") return [numbers(element, "x1", "y1"), numbers(element, "x2", "y2")];
  if (element.localName === "text") return [numbers(element, "x", "y")];
  if (element.localName !== "rect") return [];
  const [x, y, wide, high] = numbers(element, "x", "y", "width", "height");
  return [[x, y], [x + wide, y + high]];
}

function darkTwins(node) {
  const found = node.localName === "g" ? [node] : node.querySelectorAll("svg");
  for (const drawing of found) {
    const isGrey = (element) => ["rect", "circle"].includes(element.localName) && GREY.test(element.getAttribute("fill")) && element.getAttribute("fill") !== "#ffffff";
    const pictures = [...drawing.querySelectorAll("image:not(.nc-chart), rect")].filter((element) => element.localName === "image" || isGrey(element))
      .map((element) => numbers(element, "x", "y", "width", "height"));
    const onPicture = (element) => {
      const at = places(element);
      return at.length && pictures.some(([x, y, wide, high]) => at.every(([px, py]) => px >= x && px <= x + wide && py >= y && py <= y + high));
    };
    const toldByShade = [...drawing.querySelectorAll("text")].some((words) => /^light: .*dark: /.test(words.textContent));
    for (const element of drawing.querySelectorAll("[fill], [stroke]")) {
      if (toldByShade && element.localName === "rect" && element.getAttribute("fill") !== "#ffffff") continue; // the legend must stay true
      if (element.getAttribute("fill") === ON_PICTURE || (pictures.length && onPicture(element))) continue;
      for (const name of ["fill", "stroke"]) {
        const colour = element.getAttribute(name);
        if (!HEX.test(colour) || (name === "fill" && isGrey(element))) continue;
        element.style.setProperty(`--nc-dark-${name}`, twin(colour, name === "stroke" || element.localName === "text"));
      }
    }
  }
}

// Put HTML that Python made into an element, its drawings ready for both themes.
function putHtml(node, html) {
  node.innerHTML = html;
  darkTwins(node);
}
