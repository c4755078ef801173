"""PET: uptake of every tissue, blurred by scanner and positron, with the noise of counting.

Organs are blurred twice: once before the counts are drawn (detectors, positron range) and once
after (the reconstruction's filter), so that the noise has the texture of a filtered image. Both
together make the stated resolution. Lesions, which may be no larger than a voxel, are blurred by
all of it on a finer grid and added.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from netcourse.evidence import figure
from netcourse.evidence.tracers import tracer_of
from netcourse.patients import Draws, Lesion, OrganUptake, Part, Patient
from netcourse.scanner.acquisition import PetScan
from netcourse.scanner.anatomy import Anatomy, labels, number
from netcourse.scanner.lesions import Box, box_around, coverage, parts
from netcourse.scanner.study import Point, Volume

Float = NDArray[np.float32]

_SIGMA_PER_FWHM = 1 / 2.354820045
_POOL = 2
_FINE = 3


def scan_pet(
    patient: Patient,
    anatomy: Anatomy,
    where: dict[str, Point],
    scan: PetScan,
    rng: np.random.Generator,
) -> Volume:
    """Return one of the patient's PETs: float32 SUV, [z, y, x] on a grid of 3 mm voxels; ValueError
    when it was not done.
    """
    asked, patient = patient, scan.seen(patient)
    organs = patient.organs(scan.of)
    fwhm = scan.fwhm_mm or organs.fwhm_mm
    post = fwhm * figure("pet.post_filter").value
    spacing = (anatomy.spacing_mm[0], anatomy.spacing_mm[1] * _POOL, anatomy.spacing_mm[2] * _POOL)
    origin = (
        anatomy.origin_mm[0],
        *(o + s / 2 for o, s in zip(anatomy.origin_mm[1:], anatomy.spacing_mm[1:], strict=True)),
    )
    sigma_before = np.sqrt(fwhm**2 - post**2) * _SIGMA_PER_FWHM
    within_voxel = [max(sigma_before**2 - step**2 / 12, 0.01) ** 0.5 / step for step in spacing]

    uptake = _normal_uptake(patient, organs, anatomy, fwhm, spacing)
    words = f"{tracer_of(organs.tracer).camera}, {organs.words}"
    grid = Volume("PT", uptake, spacing, origin, "SUV", words)  # type: ignore[arg-type]
    shown = [lesion for lesion in patient.lesions if lesion.suv(scan.of, "A") is not None]
    hot = [
        _patch(patient, lesion, grid, where[lesion.id], fwhm * _SIGMA_PER_FWHM) for lesion in shown
    ]
    for lesion, (box, share, _) in zip(shown, hot, strict=True):
        part = uptake[box]
        part += share * (np.float32(patient.background(lesion, scan.of)) - part)
    blurred: Float = ndimage.gaussian_filter(uptake, within_voxel, truncate=4, mode="nearest")
    above, shared = np.zeros_like(blurred), np.zeros_like(blurred)
    for lesion, (box, _, seen) in zip(shown, hot, strict=True):
        for clone, share in seen.items():
            suv = lesion.suv(scan.of, clone if len(seen) > 1 else None) or 0.0
            above[box] += np.float32(suv - patient.background(lesion, scan.of)) * share
            shared[box] += share
    above /= np.maximum(shared, 1)  # where lesions run together each has its share of the voxel
    if scan.noise:
        expected = np.clip(blurred + above, 0, None)
        blurred += counted(expected, asked, scan, rng) - expected
    out = (
        ndimage.gaussian_filter(
            blurred, [post * _SIGMA_PER_FWHM / step for step in spacing], truncate=4, mode="nearest"
        )
        + above
    )
    return Volume(
        "PT",
        np.clip(out, 0, None).astype(np.float32),
        spacing,
        grid.origin_mm,
        "SUV",
        grid.description,
    )


def counts_per_suv(patient: Patient, scan: PetScan) -> float:
    """Return the expected counts per voxel and SUV: sensitivity × activity at the scan × share of
    decays seen × time.
    """
    organs = scan.seen(patient).organs(scan.of)
    tracer = tracer_of(organs.tracer)
    camera = "spect" if tracer.camera == "SPECT" else "pet"
    activity_mbq = scan.activity_mbq or tracer.usual_activity_mbq(patient.weight_kg)
    late = tracer.uptake_min if scan.uptake_min is None else scan.uptake_min
    seen = (
        figure(f"nuclide.{tracer.nuclide}.{'gamma_share' if camera == 'spect' else 'branch'}").value
        / 100
    )
    there: float = activity_mbq / patient.weight_kg * 0.5 ** (late / tracer.half_life_min)
    return (
        figure(f"{camera}.sensitivity").value
        * there
        * seen
        * (scan.minutes or figure(f"{camera}.frame").value)
    )


def counted(expected: Float, patient: Patient, scan: PetScan, rng: np.random.Generator) -> Float:
    """Return Poisson counts around what is expected, both in SUV; larger patients absorb more."""
    per_suv = counts_per_suv(patient, scan) * (75 / patient.weight_kg) ** 0.5
    out = np.zeros_like(expected)
    warm = expected > 0.01
    out[warm] = rng.poisson(expected[warm] * per_suv) / per_suv
    return out


def _normal_uptake(
    patient: Patient,
    known: OrganUptake,
    anatomy: Anatomy,
    fwhm: float,
    spacing: tuple[float, float, float],
) -> Float:
    """Uptake of the body without its lesions, averaged over PET voxels.

    Where evidence gives an organ's maximum, the tissue is painted as hot as it must be for blur to
    leave that.
    """
    organs = {
        label.number: organ for label in labels().values() if (organ := label.organ(known.suv))
    }
    table = np.zeros(256, np.float32)
    for tissue, organ in organs.items():
        table[tissue] = known.suv[organ]
    sigma = [fwhm * _SIGMA_PER_FWHM / step for step in spacing]
    around = known.suv["fat"]
    for tissue, box in _boxes(anatomy):
        organ = organs.get(tissue, "")
        if organ and figure(f"uptake.{known.tracer}.{organ}").statistic == "max":
            share = ndimage.gaussian_filter(
                _pooled((anatomy.array[box] == tissue).astype(np.float32)), sigma, truncate=3
            )
            seen = float(np.quantile(share[share > 0.02], 0.995)) if (share > 0.02).any() else 1.0
            table[tissue] = around + max(known.suv[organ] - around, 0) / max(seen, 0.05)
    uptake = _painted(table, anatomy.array)
    _unevenly(uptake, patient, anatomy, table)
    return uptake


def _unevenly(uptake: Float, patient: Patient, anatomy: Anatomy, table: Float) -> None:
    """Let stomach and bowel take up tracer in places more, in places less, never above their
    maximum.
    """
    gut = [number(name) for name in ("stomach_wall", "bowel_wall", "colon_wall")]
    boxes = [box for tissue, box in _boxes(anatomy) if tissue in gut]
    box = tuple(
        slice(min(b[a].start for b in boxes), max(b[a].stop for b in boxes)) for a in range(3)
    )
    only = np.where(np.isin(np.arange(256), gut), table, 0).astype(np.float32)
    wall = _painted(only, anatomy.array[box])
    draws = Draws("gut", patient.id)
    waves = [
        np.sin(
            2
            * np.pi
            * (np.arange(n) * step / draws.uniform(f"wave {a}", 70, 120) + draws.unit(f"phase {a}"))
        )
        for a, (n, step) in enumerate(zip(wall.shape, (3.0, 3.0, 3.0), strict=True))
    ]
    share = (
        0.68 + 0.32 * waves[0][:, None, None] * waves[1][None, :, None] * waves[2][None, None, :]
    )
    target = uptake[
        box[0],
        box[1].start // _POOL : box[1].stop // _POOL,
        box[2].start // _POOL : box[2].stop // _POOL,
    ]
    target -= wall * (1 - share).astype(np.float32)


def _boxes(anatomy: Anatomy) -> list[tuple[int, tuple[slice, ...]]]:
    """The bounding box of every label, on even pixels and with room for blur."""
    found = []
    for tissue, box in enumerate(ndimage.find_objects(anatomy.array), start=1):
        if box is not None:
            wide = [
                slice(
                    max(s.start - 12, 0) // _POOL * _POOL,
                    min(-(-(s.stop + 12) // _POOL) * _POOL, n),
                )
                for s, n in zip(box, anatomy.array.shape, strict=True)
            ]
            found.append((tissue, tuple(wide)))
    return found


def _pooled(fine: Float) -> Float:
    """Average over pairs of pixels in both in-plane directions."""
    return np.asarray(
        ((fine[:, ::2, ::2] + fine[:, ::2, 1::2]) + (fine[:, 1::2, ::2] + fine[:, 1::2, 1::2]))
        / np.float32(4)
    )


def _painted(table: Float, tissues: NDArray[np.uint8]) -> Float:
    """What `_pooled(table[tissues])` gives, without the fine volume."""
    front, back = (table[tissues[:, i::2, ::2]] + table[tissues[:, i::2, 1::2]] for i in (0, 1))
    return np.asarray((front + back) / np.float32(4))


def _patch(
    patient: Patient, lesion: Lesion, grid: Volume, centre: Point, sigma_mm: float
) -> tuple[Box, Float, dict[Part, Float]]:
    """A lesion on the PET grid: its box, the share of each voxel it fills, and that share after
    blur, per part of it.

    Drawn and blurred on voxels three times finer, then averaged, so that small lesions lose neither
    volume nor shape.
    """
    reach = lesion.size_mm / 2 * 1.2 + 4 * sigma_mm
    box, first = box_around(grid.origin_mm, grid.spacing_mm, grid.array.shape, centre, reach)
    dz, dy, dx = (s / _FINE for s in grid.spacing_mm)
    z, y, x = (
        f - (s - d) / 2 for f, s, d in zip(first, grid.spacing_mm, (dz, dy, dx), strict=True)
    )
    nz, ny, nx = ((b.stop - b.start) * _FINE for b in box)
    fine = coverage(patient, lesion, (dz, dy, dx), centre, (nz, ny, nx), (z, y, x))
    before = max(sigma_mm**2 - grid.spacing_mm[0] ** 2 / 12, 0.01) ** 0.5

    def pooled(values: NDArray[np.float64]) -> Float:
        z, y, x = (n // _FINE for n in values.shape)
        return np.asarray(
            values.reshape(z, _FINE, y, _FINE, x, _FINE).mean(axis=(1, 3, 5)), np.float32
        )

    def seen(values: NDArray[np.float64]) -> Float:
        return pooled(
            ndimage.gaussian_filter(values, [before / d for d in (dz, dy, dx)], truncate=4)
        )

    clones = parts(patient, lesion, (dz, dy, dx), centre, (z, y, x), fine)
    return box, pooled(fine), {part: seen(filled) for part, filled in clones.items()}
