// From numbers to colours: look-up tables of 32-bit pixels (ABGR, as canvas memory holds them).

const HOT = palette(CONFIG.hot);

function palette(stops) {
  const colours = stops.map((hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)));
  return Array.from({ length: 256 }, (_, i) => {
    const place = (i / 255) * (colours.length - 1);
    const left = Math.min(Math.floor(place), colours.length - 2);
    return [0, 1, 2].map((c) => Math.round(colours[left][c] + (place - left) * (colours[left + 1][c] - colours[left][c])));
  });
}

function pixel(r, g, b, alpha = 255) {
  return ((alpha << 24) | (b << 16) | (g << 8) | r) >>> 0;
}

// Grey per HU or signal: black below the window, white above it. Indexed by the value + 32768.
function greyOf(centre, width, inverted = false) {
  const table = new Uint32Array(65536);
  const low = centre - width / 2;
  for (let i = 0; i < 65536; i++) {
    const shade = Math.round(Math.min(1, Math.max(0, (i - 32768 - low) / width)) * 255);
    const grey = inverted ? 255 - shade : shade;
    table[i] = pixel(grey, grey, grey);
  }
  return table;
}

// 256 colours from SUV 0 to the top of the scale. "inverse": white to black, as PET is read alone.
// "fusion": hot colours that fade out towards SUV 0, so that cold tissue leaves the CT or MR as it is.
function coloursOfSuv(kind) {
  const table = new Uint32Array(256);
  for (let i = 0; i < 256; i++) {
    const fade = Math.min(1, i / 255 / CONFIG.fade);
    table[i] = kind === "inverse" ? pixel(255 - i, 255 - i, 255 - i) : kind === "grey" ? pixel(i, i, i) : pixel(...HOT[i], Math.round(255 * fade));
  }
  return table;
}

const INVERSE = coloursOfSuv("inverse");
const GREY = coloursOfSuv("grey");
const FUSION = coloursOfSuv("fusion");

function cssColour(kind, share) {
  const i = Math.round(Math.min(1, Math.max(0, share)) * 255);
  if (kind === "grey") return `rgb(${i},${i},${i})`;
  return kind === "inverse" ? `rgb(${255 - i},${255 - i},${255 - i})` : `rgb(${HOT[i].join(",")})`;
}
