// One series of the study on show: where it lies, what it is called, and its voxels once they are here.

// Round as Python's round(): a half goes to the even neighbour.
function roundEven(value) {
  const up = Math.round(value);
  return up - value === 0.5 && up % 2 !== 0 ? up - 1 : up;
}

class Series {
  constructor(meta) {
    const { key, series, label, base, modality, unit, shape, spacing, origin, window } = meta;
    Object.assign(this, { key, name: series, label, base, modality, unit, shape, spacing, origin, usualWindow: window, voxels: null });
    this.pictures = new Map();
  }

  get here() { return this.voxels !== null; }
  get numbers() { return this.voxels.numbers; }
  get step() { return this.voxels.step; }
  get isPet() { return this.modality === "PT"; }

  // The picture of a plane; `kind` tells pictures of one plane in other colours apart.
  slice(plane, kind) {
    const name = `${kind} ${plane.name}`;
    return this.pictures.get(name) ?? this.pictures.set(name, new Slice(this, plane)).get(name);
  }

  get projection() { return (this.mip ??= new Projection(this)); }

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

  reaches(axis, mm) {
    const [low, high] = this.edges(axis);
    return mm >= low && mm <= high;
  }

  contains(point) {
    return point.every((mm, axis) => this.reaches(axis, mm));
  }

  offset(k, j, i) {
    return (k * this.shape[1] + j) * this.shape[2] + i;
  }

  // HU, signal or SUV of the voxel that holds a point, or null outside.
  at(point) {
    const [k, j, i] = point.map((mm, axis) => this.nearest(axis, mm));
    const [nz, ny, nx] = this.shape;
    if (!this.here || !(k >= 0 && k < nz && j >= 0 && j < ny && i >= 0 && i < nx)) return null;
    return this.numbers[this.offset(k, j, i)] * this.step;
  }
}
