"""The body with its lesions as shares of tissues: a value per tissue makes it a picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from netcourse.patients import Draws, Patient
from netcourse.scanner.atlas.codes import look_up, shares
from netcourse.scanner.atlas.format import Box
from netcourse.scanner.atlas.tissues import tissues
from netcourse.scanner.attenuation import BANDS, lesion_tissue
from netcourse.scanner.body.body import CT_VOXELS, Body
from netcourse.scanner.body.texture import Texture
from netcourse.scanner.lesions import shapes
from netcourse.scanner.mesentery import desmoplasia
from netcourse.scanner.optics import Optics, paired
from netcourse.scanner.study import Point
from netcourse.scanner.textures import inner, signs
from netcourse.scanner.threads import each

Float = NDArray[np.float32]

_SPLEEN = "spleen"
_SLAB = 4


class _Inclusion(NamedTuple):
    """What a lesion puts in a box: the share of each voxel, its tissue, and how much of it lives."""

    box: Box
    share: Float
    tissue: str
    living: float


class Blend:
    """One patient's body with lesions in it, from which every series is painted."""

    def __init__(self, patient: Patient, body: Body, where: Mapping[str, Point]) -> None:
        self.patient, self.body, self.where = patient, body, where
        self.shapes = shapes(patient, body, where)
        self.inside = {
            shape.lesion.id: inner(
                patient, shape.lesion, body.spacing_mm, shape.centre, shape.first, shape.parts["A"]
            )
            for shape in self.shapes
        }
        self._inclusions = list(self._included())
        self._texture = Texture(body.mixtures, patient.id)
        self._bands = self._spleen_bands()

    def tissues(self, near: slice) -> set[str]:
        """The tissues that occur in some slices of a CT."""
        fine = _fine(near)
        there = np.unique(self.body.codes[fine])
        known = tissues()
        found = {
            known[name].ct
            for code in there.tolist()
            for name in (self.body.mixtures[code].host, self.body.mixtures[code].other)
            if name
        }
        lesions = {one.tissue for one in self._inclusions if _meet(one.box[0], fine)}
        return found | lesions | (set(BANDS) if _SPLEEN in found else set())

    def seen(
        self,
        value: Mapping[str, float],
        near: slice,
        optics: Optics,
        mr: bool = False,
        scar: float | None = None,
        textured: bool = False,
    ) -> Float:
        """Return some slices of a CT, [z, y, x], as some optics show what `slab` gives."""
        out = np.empty((near.stop - near.start, *optics.size), np.float32)

        def paint(first: int) -> None:
            part = slice(first, min(first + _SLAB, near.stop))
            slab = self.slab(value, part, mr, scar, textured)
            out[part.start - near.start : part.stop - near.start] = optics.seen(slab)

        each(paint, range(near.start, near.stop, _SLAB))
        return out

    def slab(
        self,
        value: Mapping[str, float],
        near: slice,
        mr: bool = False,
        scar: float | None = None,
        textured: bool = False,
    ) -> Float:
        """Return some slices of a CT in the body's fine pixels, [z, y, x], with a value per tissue;
        tissues that are not given count 0.

        Names are those of `ct` tissues, or of `mr` rows. With `scar`, the share of a lesion that no
        longer lives has this value instead. `textured` adds the texture of normal tissues, HU.
        """
        fine = _fine(near)
        name_of = {name: one.mr if mr else one.ct for name, one in tissues().items()}
        table = look_up(
            self.body.mixtures, {name: value.get(row, 0.0) for name, row in name_of.items()}
        )
        touched = [one for one in self._inclusions if _meet(one.box[0], fine)]
        banded = self._bands is not None and _meet(self._bands[0][0], fine)
        if not touched and not banded and not textured:
            return paired(table, self.body.codes[fine])
        image: Float = np.take(table, self.body.codes[fine], mode="clip")
        if textured:
            texture = self._texture.on(self.body.codes[fine][::2], near.start, self.body.rows_mm)
            image[::2] += texture
            image[1::2] += texture
            np.maximum(image, np.float32(value.get("air", 0.0)), out=image)
        if self._bands is not None and banded:
            here, there = _common(self._bands[0], fine)
            fast, slow = (np.float32(value.get(name, 0.0)) for name in BANDS)
            quick, whole = (share[there] for share in self._bands[1:])
            even = np.float32(value.get(_SPLEEN, 0.0))
            image[here] += quick * (fast - slow) + whole * (slow - even)
        for box, share, tissue, living in touched:
            here, there = _common(box, fine)
            part = image[here]
            own = value.get(tissue, 0.0)
            own = own if scar is None else living * own + (1 - living) * scar
            part += share[there] * (np.float32(own) - part)
        return np.asarray((image[::2] + image[1::2]) * np.float32(0.5))

    def _spleen_bands(self) -> tuple[Box, Float, Float] | None:
        """The spleen's box, how much of each voxel is fast and how much is spleen at all: uneven arcs
        that branch and break, different in everybody.
        """
        box = self.body.boxes.get(_SPLEEN)
        if box is None:
            return None
        whole = shares(self.body.mixtures, _SPLEEN)[self.body.codes[box]]
        if not whole.any():
            return None
        draws = Draws("spleen", self.patient.id)
        z, y, x = np.ogrid[tuple(slice(0, n) for n in whole.shape)]
        coarse, fine = (self._texture.noise(pitch, box) for pitch in (14.0, 6.0))
        steep, skew = draws.uniform("steep", 14, 21), draws.uniform("skew", 20, 60)
        phase = y / steep + x / skew + 0 * z + 0.62 * coarse + 0.22 * fine
        fast = 0.5 + 0.5 * np.clip(1.25 * np.sin(2 * np.pi * phase), -1, 1)
        return box, (whole * fast).astype(np.float32), whole

    def _included(self) -> Iterator[_Inclusion]:
        """Yield what each lesion that CT shows puts in, and around it; small ones first.

        A clone B that enhances otherwise comes after its clone A, which then leaves it its place.
        """
        for shape in self.shapes:
            for change in desmoplasia(self.patient, self.body, shape):
                yield _Inclusion(change.box, change.share, change.tissue, 1.0)
        for shape in self.shapes:
            lesion, filled = shape.lesion, shape.filled
            tissue, other = lesion_tissue(lesion), lesion_tissue(lesion, "B")
            if tissue is None and other is None:
                continue
            b: Float = np.zeros_like(filled)
            if other != tissue:
                b = shape.parts.get("B", b)
            if tissue is not None:
                share: Float = (filled - b) / np.maximum(np.float32(1) - b, np.float32(1e-6))
                yield _Inclusion(shape.box, share, tissue, lesion.living)
            if other is not None and other != tissue:
                yield _Inclusion(shape.box, b, other, lesion.living)
            for texture, share in signs(lesion, self.inside[lesion.id]):
                yield _Inclusion(shape.box, share, texture, lesion.living)


def _fine(near: slice) -> slice:
    """The body's slices within some slices of a CT."""
    return slice(int(CT_VOXELS[0]) * near.start, int(CT_VOXELS[0]) * near.stop)


def _meet(one: slice, other: slice) -> bool:
    return bool(one.start < other.stop and other.start < one.stop)


def _common(box: Box, near: slice) -> tuple[Box, Box]:
    """The part of a box that lies in some slices: within those slices, and within the box."""
    low, high = max(box[0].start, near.start), min(box[0].stop, near.stop)
    return (
        (slice(low - near.start, high - near.start), box[1], box[2]),
        (slice(low - box[0].start, high - box[0].start), slice(None), slice(None)),
    )
