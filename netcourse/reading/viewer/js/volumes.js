// Voxels in the browser. A page keeps the inflated voxels of each volume once, however many viewers show it,
// and lets them go with the last of them.

const PAGE = (globalThis[Symbol.for("netcourse.reading")] ??= { groups: new Map(), volumes: new Map() });

class TooOld extends Error {}

async function inflate(bytes) {
  if (typeof DecompressionStream === "undefined") {
    throw new TooOld("This browser cannot unpack the pictures. Please use Chrome or Edge 80, Firefox 113, Safari 16.4 or newer.");
  }
  // Written as one piece: through a Blob's stream of small chunks it takes twice as long.
  const press = new DecompressionStream("deflate");
  const writer = press.writable.getWriter();
  const written = writer.write(bytes).then(() => writer.close());
  const [plain] = await Promise.all([new Response(press.readable).arrayBuffer(), written]);
  return new Uint8Array(plain);
}

// What netcourse/reading/viewer/codec.py sends: each voxel less the median of the one left of it, the one above it,
// and their sum less the one above left, in 16-bit arithmetic.
function addForecast(low, high, [slices, rows, columns]) {
  const found = new Int16Array(low.length);
  for (let at = 0, line = 0; line < slices * rows; line++) {
    const first = line % rows === 0;
    for (let column = 0, left = 0, both = 0; column < columns; column++, at++) {
      const above = first ? 0 : found[at - columns];
      const least = left < above ? left : above;
      const most = left < above ? above : left;
      const plane = ((left + above - both) << 16) >> 16;
      const folded = (high[at] << 8) | low[at];
      found[at] = (plane < least ? least : plane > most ? most : plane) + ((folded >>> 1) ^ -(folded & 1));
      left = found[at];
      both = above;
    }
  }
  return found;
}

// The stored numbers of a volume, indexed [z, y, x]; a stored number times `step` is HU, signal or SUV.
async function unpack(meta, packed) {
  const [low, high] = await Promise.all([inflate(packed.low), inflate(packed.high)]);
  const found = addForecast(low, high, meta.shape);
  return { numbers: meta.unit === "SUV" ? new Uint16Array(found.buffer) : found, step: packed.step };
}

// The voxels of that description: from the page if they are there, else from the bytes, else null.
function voxelsOnPage(meta, packed) {
  for (const [key, kept] of PAGE.volumes) if (kept.gone()) PAGE.volumes.delete(key);
  const kept = PAGE.volumes.get(meta.key);
  const there = kept?.promise ?? kept?.ref.deref();
  if (there) return Promise.resolve(there);
  if (!packed) return null;
  const entry = { promise: null, ref: null, gone: () => !entry.promise && !entry.ref?.deref() };
  entry.promise = unpack(meta, packed).then(
    (voxels) => {
      entry.ref = new WeakRef(voxels);
      entry.promise = null;
      return voxels;
    },
    (error) => {
      PAGE.volumes.delete(meta.key);
      throw error;
    },
  );
  PAGE.volumes.set(meta.key, entry);
  return entry.promise;
}

// Brings the voxels of a widget's series: from this page, from its state, or asked of the kernel.
class Delivery {
  constructor(model) {
    Object.assign(this, { model, packed: {}, waiting: new Set() });
    this.look = () => this.take({ ...model.get("_packed"), ...model.get("_more") });
    this.hear = (content, buffers) => {
      if (content.pictures) this.take(Object.fromEntries(content.pictures.map(([key, step], i) => [key, { low: buffers[2 * i], high: buffers[2 * i + 1], step }])));
    };
    model.on("change:_packed", this.look);
    model.on("change:_more", this.look);
    model.on("msg:custom", this.hear);
    this.look();
  }

  take(packed) {
    Object.assign(this.packed, packed);
    for (const look of [...this.waiting]) look();
  }

  has(meta) {
    return Boolean(this.packed[meta.key] ?? voxelsOnPage(meta));
  }

  // Resolves when the voxels are there, however long that takes.
  of(meta) {
    return new Promise((resolve) => {
      const look = () => {
        const there = voxelsOnPage(meta, this.packed[meta.key]);
        if (!there) return;
        this.waiting.delete(look);
        delete this.packed[meta.key];
        resolve(there);
      };
      this.waiting.add(look);
      look();
    });
  }

  ask(metas) {
    if (!this.ended) this.model.send({ ask: "pictures", keys: metas.map((meta) => meta.key) });
  }

  end() {
    this.ended = true;
    this.waiting.clear();
    this.packed = {};
    this.model.off("change:_packed", this.look);
    this.model.off("change:_more", this.look);
    this.model.off("msg:custom", this.hear);
  }
}
