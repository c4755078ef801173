// Volumes in the browser. A page keeps each inflated volume once, however many viewers show it,
// and lets it go with the last of them.

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

// Round as Python's round(): a half goes to the even neighbour.
function roundEven(value) {
  const up = Math.round(value);
  return up - value === 0.5 && up % 2 !== 0 ? up - 1 : up;
}

// One image volume: stored numbers indexed [z, y, x]; a stored number times `step` is HU or SUV.
class ImageVolume {
  constructor(meta, numbers, step) {
    Object.assign(this, { shape: meta.shape, spacing: meta.spacing, origin: meta.origin, unit: meta.unit, modality: meta.modality });
    this.numbers = numbers;
    this.step = step;
  }

  static async unpack(meta, packed) {
    const [low, high] = await Promise.all([inflate(packed.low), inflate(packed.high)]);
    const numbers = meta.unit === "SUV" ? new Uint16Array(low.length) : new Int16Array(low.length);
    for (let i = 0; i < low.length; i++) numbers[i] = (high[i] << 8) | low[i];
    return new ImageVolume(meta, numbers, packed.step);
  }

  nearest(axis, mm) {
    return roundEven((mm - this.origin[axis]) / this.spacing[axis]);
  }

  clamped(axis, mm) {
    return Math.min(this.shape[axis] - 1, Math.max(0, this.nearest(axis, mm)));
  }

  centre(axis, index) {
    return this.origin[axis] + this.spacing[axis] * index;
  }

  // Outer edges along an axis, mm.
  edges(axis) {
    return [this.origin[axis] - this.spacing[axis] / 2, this.origin[axis] + this.spacing[axis] * (this.shape[axis] - 0.5)];
  }

  contains(point) {
    return point.every((p, axis) => p >= this.edges(axis)[0] && p <= this.edges(axis)[1]);
  }

  offset(k, j, i) {
    return (k * this.shape[1] + j) * this.shape[2] + i;
  }

  // HU or SUV of the voxel that holds a point, or null outside.
  at(point) {
    const [k, j, i] = point.map((p, axis) => this.nearest(axis, p));
    const [nz, ny, nx] = this.shape;
    if (!(k >= 0 && k < nz && j >= 0 && j < ny && i >= 0 && i < nx)) return null;
    return this.numbers[this.offset(k, j, i)] * this.step;
  }
}

// The volume of that description: from the page if it is there, else from the bytes, else null.
function volumeOnPage(meta, packed) {
  for (const [key, kept] of PAGE.volumes) if (kept.gone()) PAGE.volumes.delete(key);
  const kept = PAGE.volumes.get(meta.key);
  const there = kept?.promise ?? kept?.ref.deref();
  if (there) return Promise.resolve(there);
  if (!packed) return null;
  const entry = { promise: null, ref: null, gone: () => !entry.promise && !entry.ref?.deref() };
  entry.promise = ImageVolume.unpack(meta, packed).then(
    (volume) => {
      entry.ref = new WeakRef(volume);
      entry.promise = null;
      return volume;
    },
    (error) => {
      PAGE.volumes.delete(meta.key);
      throw error;
    },
  );
  PAGE.volumes.set(meta.key, entry);
  return entry.promise;
}
