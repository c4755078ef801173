"""How an atlas becomes a patient: a smooth way back from every point of the patient to the atlas.

In this order, seen from the patient: stature and girth; a bend of the whole trunk with its kyphosis
and the belly's fat; subcutaneous fat, thicker or thinner along the way out of the muscle wall; then
organs, moved and shaped by the modes of modes.toml, which fade towards wall and bone. Points are
(n, 3) arrays of (z, y, x) in mm, 0 at the centre of the disc between L1 and L2 in both.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib import resources
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from netcourse.evidence import figure
from netcourse.patients import Draws, Patient
from netcourse.scanner.atlas.format import FIELD_MM, FIELDS
from netcourse.scanner.atlas.load import Choice, atlas, choose, points

Array = NDArray[np.float64]

_SKIN_MM = 2.0
_FAT_GROWS_MM = 30.0  # of a thicker layer, a breast or a buttock, only this much grows with weight
_WAVES, _WAVE_MM = 4, 240.0
_CLOSE_MM, _STEPS = 0.02, 40
_FINE = 1024  # guides are rounded, so that they are the same on every platform


class _Bump(NamedTuple):
    """One drawn mode: what lies within `reach` of `centre` moves by `move` and stretches."""

    centre: Array
    reach: Array
    move: Array
    stretch: Array


@dataclass(frozen=True)
class Warp:
    """The way between one patient and the atlas.

    `stature` and `girth` are factors of height and of the lean body's width and depth, `fat` of the
    subcutaneous layer; `belly_mm` is how far visceral fat pushes the navel forwards, `kyphosis_mm`
    how far the mid-thoracic spine lies behind its usual place. `seed` draws the rest.
    """

    choice: Choice
    stature: float
    girth: float
    fat: float
    belly_mm: float
    kyphosis_mm: float
    seed: str

    @classmethod
    def of(cls, patient: Patient) -> Warp:
        """Return the warp of a patient.

        Raises ValueError, with the range, for a size that the atlas cannot be warped to.
        """
        choice = choose(patient)
        reference = {
            name: figure(f"body.{patient.sex}.{name}").value for name in ("height", "weight")
        }
        stature = _within("stature", "height_cm", patient.height_cm, reference["height"], "cm")
        usual = reference["weight"] / (reference["height"] / 100) ** 2
        bmi = patient.weight_kg / (patient.height_cm / 100) ** 2
        heavy = _within("mass_index", "body mass index", bmi, usual, "kg/m²")
        draws = Draws("warp", patient.id)
        return cls(
            choice,
            stature,
            stature**0.5 * heavy**0.25,
            heavy**1.6,
            figure(f"body.{patient.sex}.belly").value * (bmi - usual) * draws.spread("belly", 0.3),
            draws.uniform("kyphosis", -6, 6) + max(0.0, patient.age_y - 50) * 0.15,
            patient.id,
        )

    def prepare(self) -> None:
        """Read what the warp needs of its atlas, which may take a moment."""
        _guides(self.choice.body)

    def back(self, patient_mm: Array) -> Array:
        """Return where points of the patient lie in the atlas."""
        at = patient_mm / self._scale(patient_mm)
        at = at - self._bend(at)
        near = _sampled(self.choice.body, at)
        out, thick = near[:, _WALL], np.maximum(near[:, _THICK] - _SKIN_MM, 1.0)
        fat = 1 + (self.fat - 1) * np.minimum(thick, _FAT_GROWS_MM) / thick
        come = np.where(out < fat * thick, out / fat, out - (fat - 1) * thick)
        at = at - near[:, _OUTWARDS] * np.where(out > 0, out - come, 0.0)[:, None]
        return np.asarray(at - self._organs(at))

    def forth(self, atlas_mm: Array) -> Array:
        """Return where points of the atlas lie in the patient, to 0.02 mm.

        Newton's steps on the way back. Raises ArithmeticError where they do not arrive, as for
        points far outside the body.
        """
        at = atlas_mm * self._scale(atlas_mm * self.stature)
        miss = self.back(at) - atlas_mm
        share = np.ones(len(at))
        for _ in range(_STEPS):
            far = np.linalg.norm(miss, axis=1)
            open_ = np.flatnonzero(far > _CLOSE_MM)
            if not len(open_):
                return np.asarray(at)
            here = at[open_]
            sides = np.concatenate([np.eye(3), -np.eye(3)])[:, None] + here  # in one go: quicker
            ahead, behind = self.back(sides.reshape(-1, 3)).reshape(2, 3, -1, 3)
            slope = ((ahead - behind) / 2).transpose(1, 2, 0)
            step = np.linalg.solve(slope, miss[open_][:, :, None])[:, :, 0]
            there = here - share[open_, None] * step
            new = self.back(there) - atlas_mm[open_]
            better = np.linalg.norm(new, axis=1) < far[open_]
            at[open_[better]], miss[open_[better]] = there[better], new[better]
            share[open_] = np.where(better, 1.0, 0.5 * share[open_])
        raise ArithmeticError(
            f"{atlas_mm[far.argmax()]} mm of the atlas is {far.max():.2f} mm off in the patient"
        )

    def _scale(self, patient_mm: Array) -> Array:
        """Factors of (z, y, x): heads vary little with weight."""
        neck = points(self.choice)["levels"]["C5"][0]
        head = 1 / (1 + np.exp(-(patient_mm[:, 0] / self.stature - neck) / 12))
        girth = self.girth + (1 - self.girth) * 0.85 * head
        return np.stack([np.full(len(girth), self.stature), girth, girth], axis=1)

    def _bend(self, at: Array) -> Array:
        """How the whole trunk bends: waves, kyphosis, and the belly in front of the spine."""
        knots, phase, size = self._waves
        angle = at @ knots.T
        levels = points(self.choice)["levels"]
        calm = 1 / (1 + np.exp((at[:, 0] - levels["C3"][0]) / 20))  # the head bends little
        bend = np.stack(
            [(size[axis] * np.sin(angle + phase[axis])).sum(axis=1) for axis in range(3)], axis=1
        ) * (0.2 + 0.8 * calm[:, None])
        (top, _, _), (low, back, _) = levels["T6"], levels["L3"]
        bend[:, 1] += self.kyphosis_mm * _hill((at[:, 0] - top) / 190)
        before = _rise((back - at[:, 1]) / 95)
        bend[:, 1] -= self.belly_mm * before * _hill((at[:, 0] - low) / 170) * _hill(at[:, 2] / 190)
        return np.asarray(bend)

    def _organs(self, at: Array) -> Array:
        """How far organs lie from where they lie in the atlas."""
        moved = np.zeros_like(at)
        for bump in self._bumps:
            away = at - bump.centre
            share = ((away / bump.reach) ** 2).sum(axis=1)
            near = np.flatnonzero(share < 1)
            weight = (1 - share[near])[:, None] ** 2
            moved[near] += weight * (bump.move + bump.stretch * away[near])
        near = np.flatnonzero(moved.any(axis=1))
        moved[near] *= _sampled(self.choice.body, at[near])[:, _FREE, None]
        return moved

    @cached_property
    def _waves(self) -> tuple[Array, Array, Array]:
        draws = Draws("bend", self.seed)
        per_axis = [[draws.uniform(f"{i}/{axis}", -1, 1) for axis in "zyx"] for i in range(_WAVES)]
        knots = 2 * np.pi / _WAVE_MM * np.array(per_axis)
        phase, size = (
            np.array(
                [
                    [draws.uniform(f"{i}/{name}/{axis}", *ends) for i in range(_WAVES)]
                    for axis in "zyx"
                ]
            )
            for name, ends in (("phase", (0, 2 * np.pi)), ("size", (0.4, 1.3)))
        )
        return knots, phase, size

    @cached_property
    def _bumps(self) -> list[_Bump]:
        draws, places = Draws("organs", self.seed), points(self.choice)
        found = []
        for name, row in _modes().items():
            centre = places["centres"].get(row["of"], places["levels"].get(row["of"]))
            if centre is None:  # an organ that this patient's body does not have
                continue
            move, stretch = (
                np.array(
                    [
                        most * draws.uniform(f"{name}/{kind}/{axis}", -1, 1)
                        for axis, most in zip("zyx", row.get(kind, (0, 0, 0)), strict=True)
                    ]
                )
                for kind in ("move", "stretch")
            )
            stretch += row.get("grow", {}).get(self.choice.body, 0.0)
            middle = np.array(centre) + row.get("from", (0, 0, 0))
            found.append(_Bump(middle, np.array(row["reach"], float), move, stretch))
        return found


_WALL, _THICK, _FREE, _OUTWARDS = 0, 1, 2, slice(3, 6)


@lru_cache(maxsize=4)
def _guides(body: str) -> NDArray[np.float32]:
    """What a warp must know at every coarse point, [z, y, x, 6]: distance from the muscle wall, how
    thick fat and skin are, how freely organs move, and the way out of the wall.
    """
    coarse = {
        name: field.array * np.float32(FIELDS[name]) for name, field in atlas(body).fields.items()
    }
    wall = _smooth(coarse["wall"], 3)
    thick = _smooth(_smooth(coarse["wall"] - coarse["skin"], 3), 3)
    free = _rise((-coarse["wall"] - 10) / 28) * _rise((coarse["bone"] - 4) / 22)
    guides = np.empty((*wall.shape, 6), np.float32)
    guides[..., _WALL], guides[..., _THICK] = wall, thick
    guides[..., _FREE] = _smooth(_smooth(free, 5), 5)
    for axis in range(3):
        guides[..., _OUTWARDS.start + axis] = np.gradient(wall, FIELD_MM, axis=axis)
    guides *= np.float32(_FINE)
    np.rint(guides, out=guides)
    guides /= np.float32(_FINE)
    return guides


def _smooth(guide: NDArray[np.float32], points: int) -> NDArray[np.float32]:
    return np.asarray(ndimage.uniform_filter(guide, points, mode="nearest"))


def _sampled(body: str, at: Array) -> Array:
    """The guides at points of the atlas, linear between coarse points, (n, 6)."""
    guides = _guides(body)
    size = np.array(guides.shape[:3])
    place = (at - np.array(atlas(body).fields["wall"].origin_mm)) / FIELD_MM
    place = np.clip(place, 0, size - 1.001)
    low = place.astype(np.intp)
    share = place - low
    flat = guides.reshape(-1, guides.shape[3])
    first = (low[:, 0] * size[1] + low[:, 1]) * size[2] + low[:, 2]
    found = np.zeros((len(at), guides.shape[3]))
    for corner in np.ndindex(2, 2, 2):
        weight = np.where(corner, share, 1 - share).prod(axis=1)
        step = (corner[0] * size[1] + corner[1]) * size[2] + corner[2]
        found += weight[:, None] * flat[first + step]
    return found


@cache
def _modes() -> dict[str, dict[str, Any]]:
    return tomllib.loads((resources.files(__package__) / "modes.toml").read_text(encoding="utf-8"))


def _within(range_of: str, name: str, value: float, usual: float, unit: str) -> float:
    """Return a value against the atlas's own; ValueError outside the range that can be warped."""
    allowed = figure(f"body.warp.{range_of}")
    low, high = (round((share or 1.0) * usual, 1) for share in (allowed.low, allowed.high))
    if not low <= value <= high:
        raise ValueError(
            f"{name} is {value:g} {unit}; this body can be warped to {low:g}–{high:g} {unit}"
        )
    return value / usual


def _rise(share: NDArray[Any]) -> NDArray[Any]:
    """0 up to 0, 1 from 1 on, smooth between."""
    held = np.clip(share, 0, 1)
    return np.asarray(held * held * (3 - 2 * held))


def _hill(share: Array) -> Array:
    """1 at 0, falling smoothly to 0 at ±1."""
    return np.asarray(np.clip(1 - share**2, 0, None) ** 2)
