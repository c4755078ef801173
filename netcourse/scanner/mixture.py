"""The body as a mixture of tissues: labels, the spleen in bands, lesions blended in. A value per
tissue makes it a picture.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from netcourse.patients import Patient
from netcourse.scanner.anatomy import Anatomy, labels, number
from netcourse.scanner.attenuation import BANDS, lesion_tissue
from netcourse.scanner.lesions import Box, box_around, coverage, parts
from netcourse.scanner.study import Point
from netcourse.scanner.textures import textured

Float = NDArray[np.float32]

_BAND_MM = 11.0


class Mixture:
    """The body as shares of tissues: labels, the spleen in bands, lesions blended in."""

    def __init__(self, patient: Patient, anatomy: Anatomy, where: dict[str, Point]) -> None:
        self._patient, self._anatomy, self._where = patient, anatomy, where
        self._of_label = [label.ct for label in labels().values()]
        self._bands = self._spleen_bands()
        self._lesions = list(self._blended())

    def tissues(self, near: slice) -> set[str]:
        """The tissues that occur in some slices."""
        found = {self._of_label[number] for number in np.unique(self._anatomy.array[near])}
        lesions = {
            tissue
            for box, _, tissue, _ in self._lesions
            if box[0].start < near.stop and box[0].stop > near.start
        }
        return found | lesions | (set(BANDS) if "spleen" in found else set())

    def image(
        self, value: Mapping[str, float], near: slice | None = None, scar: float | None = None
    ) -> Float:
        """Return the body, or some of its slices, with a value per tissue; tissues that are not
        given count 0.

        With `scar`, the share of a lesion that no longer lives has this value instead.
        """
        near = near or slice(0, len(self._anatomy.array))
        table = np.array([value.get(tissue, 0.0) for tissue in self._of_label], np.float32)
        image: Float = table[self._anatomy.array[near]]
        if self._bands is not None:
            box, inside, share = self._bands
            fast, slow = (np.float32(value.get(band, 0.0)) for band in BANDS)
            here, there = _common(box, near)
            image[here][inside[there]] = (share * fast + (1 - share) * slow)[there][inside[there]]
        for box, share, tissue, living in self._lesions:
            here, there = _common(box, near)
            part = image[here]
            own = value.get(tissue, 0.0)
            own = own if scar is None else living * own + (1 - living) * scar
            part += share[there] * (np.float32(own) - part)
        return image

    def _spleen_bands(self) -> tuple[Box, NDArray[np.bool_], Float] | None:
        """The spleen's box, where in it the spleen is, and how much of each voxel is fast: arcs
        around its front edge.
        """
        spleen = self._anatomy.array == number("spleen")
        found = ndimage.find_objects(spleen.view(np.uint8))
        if not found or found[0] is None:
            return None
        box: Box = found[0]
        z, y, x = (
            s * (np.arange(b.start, b.stop, dtype=np.float32))
            for b, s in zip(box, self._anatomy.spacing_mm, strict=True)
        )
        z, y, x = (z - z[0])[:, None, None], (y - y[0])[None, :, None], (x - x[0])[None, None, :]
        away = np.hypot(y + 20, x + 10) + 3 * np.sin(z / 17) + 2.5 * np.sin(y / 9 + z / 23)
        share = 0.5 + 0.5 * np.clip(1.4 * np.sin(2 * np.pi * away / _BAND_MM), -1, 1)
        return box, spleen[box], np.asarray(share, np.float32)

    def _blended(self) -> Iterator[tuple[Box, Float, str, float]]:
        """Yield each lesion that CT shows: its box, the share of each voxel that it fills, its
        tissue, what lives; small ones first.

        A clone B that enhances otherwise comes after its clone A, which then leaves it its place.
        """
        a = self._anatomy
        for lesion in sorted(self._patient.lesions, key=lambda lesion: lesion.size_mm):
            tissue, other, centre = (
                lesion_tissue(lesion),
                lesion_tissue(lesion, "B"),
                self._where[lesion.id],
            )
            if tissue is None and other is None:
                continue
            box, first = box_around(
                a.origin_mm, a.spacing_mm, a.array.shape, centre, lesion.size_mm / 2 * 1.2 + 2
            )
            shape = tuple(b.stop - b.start for b in box)
            filled = coverage(self._patient, lesion, a.spacing_mm, centre, shape, first)
            b = np.zeros_like(filled)
            if other != tissue:
                b = parts(self._patient, lesion, a.spacing_mm, centre, first, filled).get("B", b)
            if tissue is not None:
                yield (
                    box,
                    ((filled - b) / np.maximum(1 - b, 1e-6)).astype(np.float32),
                    tissue,
                    lesion.living,
                )
            if other is not None and other != tissue:
                yield box, b.astype(np.float32), other, lesion.living
            for texture, share in textured(lesion, a.spacing_mm, centre, first, filled):
                yield box, share, texture, lesion.living


def _common(box: Box, near: slice) -> tuple[Box, slice]:
    """Where a box and some slices meet: counted in the slices, and along z in the box."""
    start, stop = (
        max(box[0].start, near.start),
        max(min(box[0].stop, near.stop), max(box[0].start, near.start)),
    )
    return (slice(start - near.start, stop - near.start), box[1], box[2]), slice(
        start - box[0].start, stop - box[0].start
    )
