"""A tube of large bowel: three staggered rows of haustra between taeniae, with a fold wherever two haustra meet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from netcourse.scanner.builder.grid import FAR_MM, Box, Field, Float, Mask, Space
from netcourse.scanner.builder.shapes import Points, Strands, path

STEP_MM = 1.5
_ROWS = 3


@dataclass(frozen=True)
class Tube:
    """A tube along samples (x, y, z, radius, …) of 1.5 mm: in its box, for each voxel within reach, the nearest sample
    (`index`, −1 elsewhere), how far along the tube (`along`, mm), how far off its axis (`off`, mm) and at which
    angle round it (`angle`, radians); `second` is the distance from the nearest other strand's surface.
    """

    box: Box
    samples: Points
    index: NDArray[np.int32]
    along: Float
    off: Float
    angle: Float
    second: Float

    @property
    def inside(self) -> Mask:
        """Which voxels of the box are within reach; the other arrays hold these voxels only, in order."""
        return np.asarray(self.index >= 0)

    @property
    def sample(self) -> NDArray[np.int32]:
        """The nearest sample of each voxel within reach."""
        return self.index[self.inside]

    def values(self, of: Float, elsewhere: float = FAR_MM) -> Float:
        """Return values of the voxels within reach as an array of the box."""
        out = self.box.full(elsewhere)
        out[self.inside] = of
        return out

    def mask(self, of: Mask) -> Mask:
        """Return a mask of the voxels within reach as a mask of the box."""
        out = np.zeros(self.box.shape, bool)
        out[self.inside] = of
        return out


def tube_along(space: Space, points: Points, reach_mm: float = 4.5, reach: float = 0.3) -> Tube:
    """Lay a tube through (x, y, z, radius, …) points; voxels are known up to `reach_mm` + `reach` radii outside it."""
    samples = path(points, STEP_MM)
    widest = float(samples[:, 3].max())
    box = space.box(samples, widest * (1 + reach) + reach_mm)
    strands = Strands(box, apart=int(2.4 * widest / STEP_MM))
    for first in range(0, len(samples), 32):
        part = samples[first : first + 32]
        strands.add(part, first, pad_mm=reach_mm + reach * float(part[:, 3].max()))
    index = np.where(
        strands.near < reach_mm + reach * samples[np.maximum(strands.index, 0), 3],
        strands.index,
        -1,
    ).astype(np.int32)
    z, y, x = np.nonzero(index >= 0)
    k = index[z, y, x]
    way, front, side = frames(samples[:, :3])
    v = np.stack([box.x.ravel()[x], box.y.ravel()[y], box.z.ravel()[z]], axis=1) - samples[k, :3]
    along = (v * way[k]).sum(axis=1)
    a, b = (v * front[k]).sum(axis=1), (v * side[k]).sum(axis=1)
    return Tube(
        box,
        samples,
        index,
        (k * STEP_MM + np.clip(along, -STEP_MM, STEP_MM)).astype(np.float32),
        np.sqrt((v**2).sum(axis=1)).astype(np.float32),
        np.arctan2(b, a).astype(np.float32),
        strands.second[z, y, x],
    )


def frames(places: Points) -> tuple[Points, Points, Points]:
    """Return along a curve its direction and two directions across it that do not turn round it, each (n, 3)."""
    way = np.gradient(places, axis=0)
    way /= np.linalg.norm(way, axis=1)[:, None] + 1e-9
    across = np.zeros_like(places)
    last = np.array([0.15, -1.0, 0.1])
    for i, t in enumerate(way):
        last = last - t * (last @ t)
        last = last / (np.linalg.norm(last) + 1e-9)
        across[i] = last
    return way, across, np.cross(way, across)


def haustral(
    tube: Tube, pitch_mm: float, depth: float, rng: np.random.Generator
) -> tuple[Float, Float]:
    """Return, for the voxels within reach, the distance from the haustral surface (mm) and how much of a fold
    stands there (0–1): rows of haustra of uneven length bulge between three taeniae, each row shifted by a third.
    """
    count = int(tube.samples.shape[0] * STEP_MM / pitch_mm * 1.8) + 10
    ends = np.cumsum(rng.uniform(0.6, 1.4, (_ROWS, count)), axis=1) * pitch_mm
    ends -= ends[:, :1] + pitch_mm * np.arange(_ROWS)[:, None] / _ROWS
    twist = ndimage.gaussian_filter1d(rng.normal(0, 1, len(tube.samples)), 60 / STEP_MM)
    twist = (twist / (twist.std() + 1e-9) * 0.35).astype(np.float32)
    turn = (tube.angle + twist[tube.sample] + np.pi) / (2 * np.pi) * _ROWS
    row = np.floor(turn).astype(int) % _ROWS
    taenia = np.abs(turn % 1 - 0.5) * 2  # 1 at a taenia, 0 in the middle of a row
    cell = np.empty_like(tube.along)
    for r in range(_ROWS):
        mine = row == r
        cell[mine] = np.interp(tube.along[mine], ends[r], np.arange(count))
    pinch = np.abs(np.cos(np.pi * cell)) ** 6
    bulge = 1 - 0.35 * depth + depth * (1.1 - 1.5 * pinch) * (1 - taenia**3)
    radius = tube.samples[tube.sample, 3]
    surface = np.asarray(tube.off - radius * bulge, np.float32)
    height = (
        0.30 - 0.18 * taenia
    )  # folds reach this share of the radius into the lumen, least at a taenia
    inner = np.clip((tube.off / radius - (0.86 - height)) / 0.06, 0, 1)
    thin = np.clip((np.abs(np.cos(np.pi * cell)) - 0.975) / 0.015, 0, 1)
    return surface, np.asarray(inner * thin, np.float32)


def pressed(tube: Tube, surface: Float, gap: Float) -> Field:
    """Return the tube's field; where two of its strands meet, each keeps its half and a gap between them."""
    depth = np.minimum(-surface, (tube.second - surface) / 2 - gap)
    return Field(tube.box, tube.values(-depth))
