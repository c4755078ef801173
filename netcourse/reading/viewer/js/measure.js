// What a spherical VOI holds. The same rules as netcourse/reading/viewer/voi.py, to the last digit:
// a voxel counts when its centre lies inside the sphere or on it; at least the nearest voxel counts.

const ON_SURFACE_MM2 = 1e-6;

// Every voxel of the sphere: visit(k, j, i). Returns how many there are.
function visitSphere(volume, centre, diameter, visit) {
  const radius = diameter / 2;
  const limit = radius * radius + ON_SURFACE_MM2;
  const [from, squares] = [[], []];
  for (let axis = 0; axis < 3; axis++) {
    const { [axis]: o } = volume.origin;
    const { [axis]: s } = volume.spacing;
    const low = Math.max(0, Math.floor((centre[axis] - radius - o) / s));
    const high = Math.min(volume.shape[axis] - 1, Math.ceil((centre[axis] + radius - o) / s));
    from.push(low);
    squares.push(
      Array.from({ length: Math.max(0, high - low + 1) }, (_, at) => {
        const away = o + s * (low + at) - centre[axis];
        return away * away;
      }),
    );
  }
  let count = 0;
  squares[0].forEach((zz, k) =>
    squares[1].forEach((yy, j) =>
      squares[2].forEach((xx, i) => {
        if (zz + yy + xx > limit) return;
        count++;
        visit(from[0] + k, from[1] + j, from[2] + i);
      }),
    ),
  );
  if (count) return count;
  visit(...centre.map((mm, axis) => volume.clamped(axis, mm)));
  return 1;
}

function peakOffsets(volume) {
  const radius = CONFIG.peakDiameter / 2;
  const [rz, ry, rx] = volume.spacing.map((s) => Math.floor(radius / s));
  const [dz, dy, dx] = volume.spacing;
  const found = [];
  for (let k = -rz; k <= rz; k++)
    for (let j = -ry; j <= ry; j++)
      for (let i = -rx; i <= rx; i++)
        if ((k * dz) ** 2 + (j * dy) ** 2 + (i * dx) ** 2 <= radius ** 2 + ON_SURFACE_MM2) found.push([k, j, i]);
  return found;
}

function measureSuv(volume, centre, diameter) {
  const [nz, ny, nx] = volume.shape;
  const offsets = (volume.peakOffsets ??= peakOffsets(volume));
  let [sum, most] = [0, -1];
  let [peakMean, peakSum, peakCount] = [-1, 0, 1];
  const count = visitSphere(volume, centre, diameter, (z, y, x) => {
    const value = volume.numbers[volume.offset(z, y, x)];
    sum += value;
    if (value > most) most = value;
    let [total, n] = [0, 0];
    for (const [k, j, i] of offsets) {
      const [zz, yy, xx] = [z + k, y + j, x + i];
      if (zz < 0 || zz >= nz || yy < 0 || yy >= ny || xx < 0 || xx >= nx) continue;
      total += volume.numbers[volume.offset(zz, yy, xx)];
      n++;
    }
    if (total / n > peakMean) [peakMean, peakSum, peakCount] = [total / n, total, n];
  });
  const worth = volume.step;
  return { voxels: count, max: most * worth, mean: (sum * worth) / count, peak: (peakSum * worth) / peakCount };
}

function measureGrey(volume, centre, diameter) {
  const values = [];
  visitSphere(volume, centre, diameter, (z, y, x) => values.push(volume.numbers[volume.offset(z, y, x)]));
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const sd = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length);
  return { voxels: values.length, mean, sd };
}

// Rounded text without a minus before a zero.
function digits(value, places) {
  const text = value.toFixed(places);
  return Number(text) === 0 ? text.replace("-", "") : text;
}

// Rows of [name, value] to show for a VOI in PETs (two: "left | right") and a CT or MR (a Series or null), or an empty list outside all.
function measureVoi(pets, anatomy, centre, diameter) {
  const rows = [];
  let counted = null;
  const found = pets.map((pet) => (pet.here && pet.contains(centre) ? measureSuv(pet, centre, diameter) : null));
  const first = found.findIndex(Boolean);
  if (first >= 0) {
    counted = [found[first].voxels, pets[first]];
    for (const [name, what] of [["SUVmax", "max"], ["SUVmean", "mean"], ["SUVpeak", "peak"]])
      rows.push([name, found.map((suv) => (suv ? digits(suv[what], 1) : "–")).join(" | ")]);
  }
  if (anatomy?.here && anatomy.contains(centre)) {
    const grey = measureGrey(anatomy, centre, diameter);
    counted ??= [grey.voxels, anatomy];
    rows.push([anatomy.unit === "HU" ? "HU" : "Signal", `${digits(grey.mean, 0)} ± ${digits(grey.sd, 0)}`]);
  }
  if (counted) {
    const [voxels, volume] = counted;
    const [dz, dy, dx] = volume.spacing;
    rows.push(["Volume", `${digits((voxels * (dz * dy * dx)) / 1000, 2)} mL`]);
  }
  return rows;
}
