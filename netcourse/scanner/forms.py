"""The forms of lesions: level sets with smooth random fields, the same for every scan of a lesion."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from netcourse.patients import Draws, Lesion, Patient
from netcourse.scanner.study import Point

Array = NDArray[np.float64]
Kind = Literal["round", "smooth", "lobulated", "infiltrating", "confluent"]

ROUND_BELOW_MM = 12.0
"""Smaller lesions are nearly round, as blur and pixels leave them anyway."""

_VARIED_FROM_MM = 24.0  # smaller metastases neither infiltrate nor grow together
_MASS_FROM_MM = 12.0
_MESENTERY = ("mesentery", "mesentery_ileal")
_KNOTS = 24
_KNOT_ENERGY = (151 / 315) ** 1.5  # of a cubic B-spline along three axes, so that spread is one


def from_centre(
    first: Point, step_mm: Point, shape: tuple[int, ...], centre: Point
) -> tuple[Array, Array, Array]:
    """Return the heights, rows and columns of a box of voxels, mm from a lesion's centre.

    `first` is the centre of the box's first voxel.
    """
    z, y, x = (
        np.asarray(start + step * np.arange(n) - middle, np.float64)
        for start, step, n, middle in zip(first, step_mm, shape, centre, strict=True)
    )
    return z, y, x


def waves(name: str, pitch_mm: float, z: Array, y: Array, x: Array) -> Array:
    """Return smooth noise of about unit spread, [z, y, x], at heights, rows and columns in mm.

    White noise on knots `pitch_mm` apart, spread by cubic B-splines; the same name gives the same
    noise on any grid.

    >>> at = np.linspace(-9, 9, 7)
    >>> bool(np.allclose(waves("a", 4, at, at, at)[::2, ::2, ::2], waves("a", 4, at[::2], at[::2], at[::2])))
    True
    """
    depth, rows, columns = (_splines(along / pitch_mm) for along in (z, y, x))
    spread = np.einsum("xc,kjc->kjx", columns, _knots(name))
    spread = np.einsum("yj,kjx->kyx", rows, spread)
    return np.asarray(np.tensordot(depth, spread, 1) / _KNOT_ENERGY)


@lru_cache(maxsize=64)
def _knots(name: str) -> Array:
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
    return np.random.default_rng(seed).standard_normal((_KNOTS, _KNOTS, _KNOTS))


def _splines(at: Array) -> Array:
    """The weight of every knot at each place; knots repeat beyond the last."""
    away = np.abs((at[:, None] - np.arange(_KNOTS) + _KNOTS / 2) % _KNOTS - _KNOTS / 2)
    near, far = 2 / 3 - away**2 + away**3 / 2, (2 - away) ** 3 / 6
    return np.asarray(np.where(away < 1, near, np.where(away < 2, far, 0.0)))


@dataclass(frozen=True)
class Form:
    """How a lesion departs from a ball, for the diameter `size_mm` of that ball.

    `axes` stretch it along (z, y, x) and multiply to 1; `bumps` are layers of noise as shares of
    the radius, each with its pitch as a share of the diameter; `clefts` between bumps are sharp.
    `nodules` are further balls that have grown together with it, each with its middle (z, y, x) and
    radius as shares of the radius. `blurred` is the width of its edge, a share of the radius.
    """

    name: str
    kind: Kind
    axes: tuple[float, float, float]
    bumps: tuple[tuple[float, float], ...]
    clefts: bool = False
    nodules: tuple[tuple[float, float, float, float], ...] = ()
    blurred: float = 0.0

    @property
    def reach(self) -> float:
        """How far it reaches from its centre, in radii of the ball."""
        grown = max((float(np.linalg.norm(at)) + r for *at, r in self.nodules), default=1.0)
        most = 1.0 if self.clefts else 2.6
        return (
            max(grown, max(self.axes)) * (1 + most * sum(b for b, _ in self.bumps)) + self.blurred
        )

    def depth(self, z: Array, y: Array, x: Array, radius: float) -> Array:
        """Return how deep inside a lesion of that radius (mm) each point of a grid lies, mm,
        negative outside.
        """
        inside = self._ball(z, y, x, (0.0, 0.0, 0.0), radius)
        for *middle, share in self.nodules:
            other = self._ball(z, y, x, middle, radius * share)
            apart, neck = inside - other, 0.16 * radius
            # A smooth maximum: where two nodules meet they fuse, with a neck and no ridge.
            inside = np.maximum(inside, other) + np.clip(neck - np.abs(apart), 0, None) ** 2 / (
                4 * neck
            )
        for layer, (height, pitch) in enumerate(self.bumps):
            noise = waves(f"{self.name}/{layer}", 2 * pitch * radius, z, y, x)
            if self.clefts and layer == 0:
                noise = np.minimum(1.6 * np.hypot(noise, 0.25), 1.7) - 1.05
            inside += height * radius * noise
        return np.asarray(inside)

    def _ball(
        self, z: Array, y: Array, x: Array, middle: tuple[float, ...] | list[float], radius: float
    ) -> Array:
        away = [
            ((along - radius * at) / stretch) ** 2
            for along, at, stretch in zip((z, y, x), middle, self.axes, strict=True)
        ]
        return np.asarray(
            radius
            - np.sqrt(away[0][:, None, None] + away[1][None, :, None] + away[2][None, None, :])
        )


def is_mesenteric_mass(lesion: Lesion) -> bool:
    """Return whether a lesion is a NET's mass of the mesentery, around which the fat scars."""
    return (
        lesion.place in _MESENTERY
        and lesion.pattern == "soft_tissue"
        and lesion.truth.nature == "net"
        and lesion.size_mm >= _MASS_FROM_MM
    )


def form_of(patient: Patient, lesion: Lesion) -> Form:
    """Return the form of one of a patient's lesions, drawn from what such lesions look like.

    Small ones are nearly round; metastases of the liver are smooth, lobulated, infiltrating or grown
    together; nodes are smooth and a little long, primaries smooth or lobulated.
    """
    draws = Draws("form", patient.id, lesion.id)
    kind = _kind(lesion, draws)
    long = {"round": 0.05, "smooth": 0.10, "lobulated": 0.08}.get(kind, 0.12)
    stretch = np.exp(np.array([draws.uniform(f"axis/{axis}", -long, long) for axis in "zyx"]))
    stretch /= np.cbrt(stretch.prod())
    z, y, x = stretch.tolist()
    name, axes = f"{patient.id}/{lesion.id}", (z, y, x)
    if kind == "round":
        return Form(name, kind, axes, ((0.035, 0.5),))
    if kind == "lobulated":
        lobes = draws.uniform("lobes", 0.13, 0.22)
        return Form(name, kind, axes, ((lobes, draws.uniform("pitch", 0.32, 0.46)),), clefts=True)
    if kind == "infiltrating":
        return Form(name, kind, axes, ((0.11, 0.32), (0.07, 0.11)), blurred=0.16)
    if kind == "confluent":
        return Form(name, kind, (1.0, 1.0, 1.0), ((0.045, 0.3),), nodules=_nodules(draws))
    return Form(name, kind, axes, ((0.06, 0.33),))


def _kind(lesion: Lesion, draws: Draws) -> Kind:
    if lesion.size_mm < ROUND_BELOW_MM:
        return "round"
    if lesion.pattern in ("cyst", "haemangioma", "fracture", "sclerotic"):
        return "smooth"
    if is_mesenteric_mass(lesion):
        return "infiltrating"
    if not lesion.in_liver:
        return "lobulated" if draws.unit("kind") < 0.4 else "smooth"
    if lesion.pattern == "liver_haemangioma":
        return "lobulated"
    kinds: list[Kind] = ["smooth", "lobulated", "lobulated"]
    if lesion.size_mm >= _VARIED_FROM_MM:
        kinds += ["infiltrating"]
        kinds += ["confluent", "confluent"] if len(lesion.parts) == 1 else []
    return draws.choice("kind", kinds)


def _nodules(draws: Draws) -> tuple[tuple[float, float, float, float], ...]:
    """Two to four smaller nodules around the first, which itself stays the deepest."""
    found = []
    for n in range(2 + int(3 * draws.unit("nodules"))):
        away = np.array(draws.in_ball(f"nodule/{n}"))
        away *= draws.uniform(f"nodule/{n}/away", 0.85, 1.15) / max(
            float(np.linalg.norm(away)), 0.05
        )
        z, y, x = away.tolist()
        found.append((z, y, x, draws.uniform(f"nodule/{n}/radius", 0.42, 0.68)))
    return tuple(found)
