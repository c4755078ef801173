"""PET: uptake of every tissue, blurred by scanner and positron, with the noise of a reconstruction.

Organs are blurred by the stated resolution. Lesions, which may be no larger than a voxel, are
blurred on a finer grid and added. The noise comes from counts on lines of response
(`pet_noise`); it leaves the maxima of lesions and the means of references where they are.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from netcourse.evidence import figure
from netcourse.evidence.tracers import tracer_of
from netcourse.patients import Lesion, OrganUptake, Part, Patient, ScanOf, recovery
from netcourse.scanner.acquisition import CtScan, PetScan
from netcourse.scanner.atlas.codes import look_up, shares
from netcourse.scanner.atlas.format import Box
from netcourse.scanner.atlas.tissues import tissues
from netcourse.scanner.attenuation import attenuation
from netcourse.scanner.blend import Blend
from netcourse.scanner.body.body import PET_VOXELS, Body
from netcourse.scanner.forms import Array, waves
from netcourse.scanner.landmarks import landmarks, reference_mm
from netcourse.scanner.lesions import Shape
from netcourse.scanner.optics import SIGMA_PER_FWHM, paired, pooled
from netcourse.scanner.pet_noise import reconstructed
from netcourse.scanner.study import Point, TracerDose, Volume
from netcourse.scanner.textures import Inner, cold_core, uptake_inside
from netcourse.scanner.threads import each

Float = NDArray[np.float32]

_GROUP = tuple(int(n) for n in PET_VOXELS)
_SLAB = 8
_GUT = (
    "stomach_wall",
    "stomach_mucosa",
    "duodenum_wall",
    "jejunum_wall",
    "ileum_wall",
    "colon_wall",
    "rectum_wall",
)


_SOLID = ("liver", "spleen", "kidney_cortex")
_DEAD = 0.8  # of the background's uptake, this much is missing in a dead middle


def scan_pet(blend: Blend, scan: PetScan, rng: np.random.Generator) -> Volume:
    """Return one of the patient's PETs: float32 SUV, [z, y, x] on a grid of 3 mm voxels; ValueError
    when it was not done.
    """
    asked, body = blend.patient, blend.body
    patient = scan.seen(asked)
    organs = patient.organs(scan.of)
    fwhm = scan.fwhm_mm or organs.fwhm_mm
    spacing = body.picture_mm(PET_VOXELS)
    sigma = fwhm * SIGMA_PER_FWHM
    within_voxel = [max(sigma**2 - step**2 / 12, 0.01) ** 0.5 / step for step in spacing]

    uptake = _normal_uptake(patient, organs, body, fwhm)
    lesions = {shape.lesion.id: shape for shape in blend.shapes}
    shown = [lesion for lesion in patient.lesions if lesion.suv(scan.of, "A") is not None]
    hot = [
        _patch(
            body,
            lesions[lesion.id],
            _inside(patient, lesion, blend.inside[lesion.id], scan.of),
            uptake.shape,
            fwhm,
        )
        for lesion in shown
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
    clean: Float = np.clip(blurred + above, 0, None)
    out = clean
    if scan.noise:
        hot_suv = figure(f"pet.hot.{organs.target}").value * organs.suv["liver"]
        counts = counts_per_suv(asked, scan)
        out = reconstructed(clean, _stopping(blend), counts, fwhm, spacing, rng, hot_suv)
        for box, _, seen in hot:
            _keep_maximum(out[box], clean[box], np.add.reduce(list(seen.values())))
        for name, point in landmarks(patient, blend.where).items():
            _keep_mean(out, clean, body, point, reference_mm(name) / 2)
    return Volume(
        "PT",
        out.astype(np.float32),
        spacing,
        body.corner_mm(PET_VOXELS),
        "SUV",
        f"{tracer_of(organs.tracer).camera}, {organs.words}",
        tracer_dose=tracer_dose(asked, scan),
    )


def _inside(patient: Patient, lesion: Lesion, inside: Inner, of: ScanOf) -> Float:
    """How much of its uptake above the background each voxel of a lesion has: unevenly where it is
    hotter than that, and less than none in a dead middle; a cold lesion is evenly cold.
    """
    suv, around = lesion.suv(of) or 0.0, patient.background(lesion, of)
    if suv <= around:
        return np.ones_like(inside.filled)
    core = cold_core(lesion, inside)
    share = uptake_inside(lesion, inside)
    return share if core is None else share - core * np.float32(_DEAD * around / (suv - around))


def tracer_dose(patient: Patient, scan: PetScan) -> TracerDose | None:
    """Return what is injected for a scan, usual where the scan says nothing; None where no usual
    activity or uptake time is known.
    """
    tracer = tracer_of(scan.seen(patient).organs(scan.of).tracer)
    if (scan.activity_mbq is None and not (tracer.activity or tracer.activity_per_kg)) or (
        scan.uptake_min is None and not tracer.uptake_time
    ):
        return None
    camera = tracer.camera.lower()
    share = "gamma_share" if camera == "spect" else "branch"
    return TracerDose(
        tracer.name,
        tracer.nuclide,
        60 * tracer.half_life_min,
        figure(f"nuclide.{tracer.nuclide}.{share}").value / 100,
        1e6 * (scan.activity_mbq or tracer.usual_activity_mbq(patient.weight_kg)),
        60 * (tracer.uptake_min if scan.uptake_min is None else scan.uptake_min),
        60 * (scan.minutes or figure(f"{camera}.frame").value),
        patient.weight_kg,
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


def _stopping(blend: Blend) -> Float:
    """How much 511 keV is stopped per mm, from the patient's CT without contrast, on the PET grid."""
    body = blend.body
    hu = attenuation(blend.patient, CtScan(time_s=None))
    water = figure("pet.attenuation.water").value
    dense = figure("pet.attenuation.bone").value
    per_mm = {}
    for tissue in tissues().values():
        value = hu.get(tissue.ct, 0.0)
        per_mm[tissue.name] = water * max(1 + value * (dense if value > 0 else 1) / 1000, 0)
    return _averaged(body, look_up(body.mixtures, per_mm), _whole(body))


def _keep_maximum(out: Float, clean: Float, seen: Float) -> None:
    """Scale a lesion so that its hottest voxel stays what it is without noise, in place: what is
    read of it is its key.
    """
    core = seen > 0.5 * seen.max()
    if not core.any() or clean[core].max() <= 0:
        return
    factor = clean[core].max() / max(float(out[core].max()), 1e-3)
    out *= 1 + np.float32(factor - 1) * np.clip(1.6 * seen / seen.max(), 0, 1)


def _keep_mean(out: Float, clean: Float, body: Body, point: Point, radius: float) -> None:
    """Scale the sphere of a reference so that its mean stays what it is without noise, in place."""
    step, corner = body.picture_mm(PET_VOXELS), body.corner_mm(PET_VOXELS)
    reach = 1.5 * radius + step[0]
    z, y, x = (
        slice(max(round((at - reach - first) / mm), 0), round((at + reach - first) / mm) + 1)
        for at, first, mm in zip(point, corner, step, strict=True)
    )
    part, true = out[z, y, x], clean[z, y, x]
    away = np.linalg.norm(
        [
            first + mm * (side.start + axis) - at
            for first, mm, side, axis, at in zip(
                corner, step, (z, y, x), np.indices(part.shape), point, strict=True
            )
        ],
        axis=0,
    )
    inside = away <= radius
    if inside.any() and part[inside].mean() > 0:
        factor = true[inside].mean() / part[inside].mean()
        part *= 1 + np.float32(factor - 1) * np.clip(3 - 2 * away / radius, 0, 1)


def _normal_uptake(patient: Patient, known: OrganUptake, body: Body, fwhm: float) -> Float:
    """Uptake of the body without its lesions, averaged over PET voxels.

    Where evidence gives an organ's maximum, the tissue is painted as hot as it must be for blur and
    noise to leave that.
    """
    suv: dict[str, float] = {}
    around = known.suv["fat"]
    for tissue in tissues().values():
        if (organ := tissue.organ(known.suv)) is None:
            continue
        suv[tissue.name] = known.suv[organ]
        box = body.boxes.get(tissue.name)
        if box and figure(f"uptake.{known.tracer}.{organ}").statistic == "max":
            seen = _recovered(body, tissue.name, box, fwhm)
            painted = around + max(known.suv[organ] - around, 0) / max(seen, 0.05)
            suv[tissue.name] = painted / figure("pet.maximum").value
    uptake = _averaged(body, look_up(body.mixtures, suv), _whole(body))
    _unevenly(uptake, patient, body, suv)
    return uptake


def _recovered(body: Body, tissue: str, box: Box, fwhm: float) -> float:
    """The share of a tissue that blur leaves where there is most of it; 1 where there is none."""
    share = _averaged(body, shares(body.mixtures, tissue), _grouped(body, box))
    sigma = [fwhm * SIGMA_PER_FWHM / step for step in body.picture_mm(PET_VOXELS)]
    share = ndimage.gaussian_filter(share, sigma, truncate=3)
    return float(np.quantile(share[share > 0.02], 0.995)) if (share > 0.02).any() else 1.0


def _unevenly(uptake: Float, patient: Patient, body: Body, suv: dict[str, float]) -> None:
    """Let organs take up tracer in places more, in places less, in place: bowel and stomach in
    segments, seen as haze since loops move, and never above their maximum; solid organs a little.
    """
    sigma = figure("pet.bowel.haze").value * SIGMA_PER_FWHM / np.array(body.picture_mm(PET_VOXELS))
    for organ, names in (("gut", _GUT), *((name, (name,)) for name in _SOLID)):
        there = [body.boxes[name] for name in names if name in body.boxes]
        if not there:
            continue
        z, y, x = (
            slice(min(box[a].start for box in there), max(box[a].stop for box in there))
            for a in range(3)
        )
        box = _grouped(body, (z, y, x))
        part = uptake[_pet_box(box)]
        own = _averaged(
            body, look_up(body.mixtures, {n: v for n, v in suv.items() if n in names}), box
        )
        near, far = _two_waves(f"{patient.id}/{organ}", body, own.shape, organ)
        if organ == "gut":
            share = np.minimum(np.exp(0.6 * far + 0.3 * near - 0.2), 1).astype(np.float32)
            part += ndimage.gaussian_filter(own * share, sigma, truncate=3) - own
            np.maximum(part, 0, out=part)
        else:
            row = (
                figure(f"pet.uneven.{organ}.fine").value,
                figure(f"pet.uneven.{organ}.coarse").value,
            )
            part += own * (row[0] * near + row[1] * far).astype(np.float32)


def _two_waves(name: str, body: Body, shape: tuple[int, ...], organ: str) -> tuple[Array, Array]:
    """Fine and coarse noise of an organ on the PET grid."""
    z, y, x = (
        step * np.arange(n, dtype=float)
        for n, step in zip(shape, body.picture_mm(PET_VOXELS), strict=True)
    )
    fine, coarse = (24.0, 52.0) if organ == "gut" else (14.0, 42.0)
    return waves(f"{name}/fine", fine, z, y, x), waves(f"{name}/coarse", coarse, z, y, x)


def _averaged(body: Body, table: Float, box: Box) -> Float:
    """What codes are worth, averaged over PET voxels, in a box of whole ones."""
    size = [(side.stop - side.start) // n for side, n in zip(box, _GROUP, strict=True)]
    out = np.empty(size, np.float32)

    def work(first: int) -> None:
        part = slice(first, min(first + _SLAB, size[0]))
        z = slice(box[0].start + _GROUP[0] * part.start, box[0].start + _GROUP[0] * part.stop)
        out[part] = pooled(paired(table, body.codes[z, box[1], box[2]]), (1, *_GROUP[1:]))

    each(work, range(0, size[0], _SLAB))
    return out


def _whole(body: Body) -> Box:
    z, y, x = body.codes.shape
    return slice(0, z), slice(0, y), slice(0, x)


def _grouped(body: Body, box: Box) -> Box:
    """The box with whole PET voxels."""
    z, y, x = (
        slice(side.start // n * n, min(-(-side.stop // n) * n, most))
        for side, n, most in zip(box, _GROUP, body.codes.shape, strict=True)
    )
    return z, y, x


def _pet_box(box: Box) -> Box:
    """A box of whole PET voxels, counted in those."""
    z, y, x = (slice(side.start // n, side.stop // n) for side, n in zip(box, _GROUP, strict=True))
    return z, y, x


def _patch(
    body: Body, shape: Shape, inside: Float, size: tuple[int, ...], fwhm_mm: float
) -> tuple[Box, Float, dict[Part, Float]]:
    """A lesion on the PET grid: its box, the share of each voxel it fills, and the share of its
    uptake that blur leaves, per part of it.

    Blurred on the body's voxels, then averaged, so that small lesions lose neither volume nor
    shape. `inside` says how much each voxel takes up; whatever form and inside are, the hottest
    voxel of a lesion of one part is that of a ball of its size.
    """
    step, sigma_mm = body.picture_mm(PET_VOXELS), fwhm_mm * SIGMA_PER_FWHM
    room = [int(np.ceil(4 * sigma_mm / mm)) for mm in step]
    inner = _pet_box(shape.box)
    z, y, x = (
        slice(max(side.start - n, 0), min(side.stop + n, most))
        for side, n, most in zip(inner, room, size, strict=True)
    )
    box: Box = (z, y, x)
    margins = [
        (n * (side.start - wide.start), n * (wide.stop - side.stop))
        for side, wide, n in zip(inner, box, _GROUP, strict=True)
    ]
    before = [
        max(sigma_mm**2 - pet**2 / 12, 0.01) ** 0.5 / mm
        for pet, mm in zip(step, body.spacing_mm, strict=True)
    ]

    def seen(filled: Float) -> Float:
        fine = ndimage.gaussian_filter(np.pad(filled, margins), before, truncate=4)
        return pooled(fine, _GROUP)

    whole = pooled(np.pad(shape.filled, margins), _GROUP)
    found = {part: seen(filled * inside) for part, filled in shape.parts.items()}
    if len(found) == 1:
        found["A"] *= np.float32(
            recovery(shape.lesion.size_mm, fwhm_mm) / max(float(found["A"].max()), 1e-3)
        )
    return box, whole, found
