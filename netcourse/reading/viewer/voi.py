"""What a sphere in the patient holds: SUVmax, SUVmean, SUVpeak, volume, and HU or MR signal.

A voxel counts when its centre lies inside the sphere or on its surface; a sphere smaller than a
voxel counts the nearest one. Values are read as stored (see `netcourse.reading.viewer.codec`), so the
viewer shows the same digits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netcourse.evidence import figure
from netcourse.reading.viewer.codec import step, stored
from netcourse.reading.viewer.series import pair, usual
from netcourse.scanner.study import Point, Study, Volume

ON_SURFACE_MM2 = 1e-6
_OF_ANATOMY = ("hu_mean", "hu_sd", "signal_mean", "signal_sd")


def peak_diameter_mm() -> float:
    """Return the diameter of the sphere behind SUVpeak, mm.

    >>> round(peak_diameter_mm(), 1)
    12.4
    """
    return 10.0 * math.cbrt(6.0 * figure("reading.suv_peak.volume").value / math.pi)


@dataclass(frozen=True)
class VoiMeasurement:
    """What one spherical VOI holds. SUVs are None where no PET was measured, HU where no CT was,
    signal where no MR was.

    `volume_ml` is the volume of the voxels counted, in the PET where there is one. `hottest_mm` is
    the centre (z, y, x) of the voxel with the SUVmax. SUVpeak is the highest mean of a sphere of 1
    cm³ centred on a voxel of the VOI; that sphere may reach beyond the VOI.
    """

    centre_mm: Point
    diameter_mm: float
    voxels: int
    volume_ml: float
    suv_max: float | None = None
    suv_mean: float | None = None
    suv_peak: float | None = None
    hottest_mm: Point | None = None
    hu_mean: float | None = None
    hu_sd: float | None = None
    signal_mean: float | None = None
    signal_sd: float | None = None

    def __repr__(self) -> str:
        parts = [f"VOI {digits(self.diameter_mm, 0)} mm, {digits(self.volume_ml, 2)} mL"]
        if self.suv_max is not None and self.suv_mean is not None and self.suv_peak is not None:
            parts.append(
                f"SUVmax {digits(self.suv_max, 1)}, SUVmean {digits(self.suv_mean, 1)}, SUVpeak"
                f" {digits(self.suv_peak, 1)}"
            )
        if self.hu_mean is not None and self.hu_sd is not None:
            parts.append(f"{digits(self.hu_mean, 0)} ± {digits(self.hu_sd, 0)} HU")
        if self.signal_mean is not None and self.signal_sd is not None:
            parts.append(f"signal {digits(self.signal_mean, 0)} ± {digits(self.signal_sd, 0)}")
        return "; ".join(parts)


def digits(value: float, places: int) -> str:
    """Round as the viewer does: exact, halves away from zero, no minus before a zero.

    >>> digits(0.25, 1), digits(-0.5, 0), digits(-0.04, 1)
    ('0.3', '-1', '0.0')
    """
    rounded = Decimal(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return str(abs(rounded) if rounded == 0 else rounded)


def measure(of: Volume | Study, centre_mm: Point, diameter_mm: float) -> VoiMeasurement:
    """Measure a sphere of `diameter_mm` around `centre_mm` (z, y, x in mm) in a volume, or in a
    study's anatomy and PET at once.

    A study with several CT and MR series, or several PETs, is measured in `CT` and `PT`, or else in
    the first of each: one value never mixes two series. `study.only("CT late arterial", "PT")` is
    measured in these. Raises ValueError when the diameter is not above 0 or the centre lies outside
    the pictures.

    >>> pet = Volume("PT", np.full((20, 20, 20), 5.0, np.float32), (3, 3, 3), (0, 0, 0), "SUV", "PET")
    >>> measure(pet, (30, 30, 30), 20)
    VOI 20 mm, 4.62 mL; SUVmax 5.0, SUVmean 5.0, SUVpeak 5.0
    """
    if not (math.isfinite(diameter_mm) and diameter_mm > 0):
        limits = figure("reading.voi.diameter")
        raise ValueError(
            f"a VOI of {diameter_mm:g} mm holds nothing: give a diameter above 0 mm, usually"
            f" {limits.low:g}–{limits.high:g} mm"
        )
    volumes = list(pair(of, *usual(of)).volumes.values()) if isinstance(of, Study) else [of]
    inside = [volume for volume in volumes if contains(volume, centre_mm)]
    if not inside:
        raise ValueError(_outside(volumes, centre_mm))
    found: VoiMeasurement | None = None
    for volume in sorted(inside, key=lambda v: v.modality == "PT"):
        now = (
            _measure_suv(volume, centre_mm, diameter_mm)
            if volume.unit == "SUV"
            else _measure_grey(volume, centre_mm, diameter_mm)
        )
        found = (
            now
            if found is None
            else replace(now, **{name: getattr(found, name) for name in _OF_ANATOMY})
        )
    assert found is not None
    return found


def contains(volume: Volume, point_mm: Point) -> bool:
    """Whether a point (z, y, x in mm) lies in one of the volume's voxels."""
    return all(
        math.isfinite(p) and low <= p <= high
        for p, (low, high) in zip(point_mm, extent_mm(volume), strict=True)
    )


def extent_mm(volume: Volume) -> tuple[tuple[float, float], ...]:
    """Return the outer edges of a volume along z, y and x, mm."""
    return tuple(
        (o - s / 2, o + s * (n - 0.5))
        for o, s, n in zip(volume.origin_mm, volume.spacing_mm, volume.array.shape, strict=True)
    )


def _outside(volumes: list[Volume], centre_mm: Point) -> str:
    if not volumes:
        return "the study has no pictures to measure in"
    edges = extent_mm(volumes[0])
    spans = ", ".join(
        f"{axis} {low:g} to {high:g}" for axis, (low, high) in zip("zyx", edges, strict=True)
    )
    at = ", ".join(f"{p:g}" for p in centre_mm)
    return (
        f"the VOI's centre ({at}) mm (z, y, x) lies outside the {volumes[0].description}, which"
        f" spans {spans} mm: place it inside"
    )


def _measure_suv(volume: Volume, centre_mm: Point, diameter_mm: float) -> VoiMeasurement:
    box, mask = sphere(volume, centre_mm, diameter_mm)
    numbers, worth = stored(volume, box), step(volume)
    counted = numbers[mask]
    hottest = np.unravel_index(np.argmax(np.where(mask, numbers, -1)), mask.shape)
    hottest_mm = tuple(
        float(o + s * (part.start + int(i)))
        for o, s, part, i in zip(volume.origin_mm, volume.spacing_mm, box, hottest, strict=True)
    )
    return VoiMeasurement(
        _point(centre_mm),
        float(diameter_mm),
        int(counted.size),
        _volume_ml(volume, int(counted.size)),
        suv_max=int(counted.max()) * worth,
        suv_mean=int(counted.sum()) * worth / int(counted.size),
        suv_peak=_peak(volume, box, mask),
        hottest_mm=_point(hottest_mm),
    )


def _measure_grey(volume: Volume, centre_mm: Point, diameter_mm: float) -> VoiMeasurement:
    box, mask = sphere(volume, centre_mm, diameter_mm)
    counted = stored(volume, box)[mask]
    mean = int(counted.sum()) / counted.size
    sd = math.sqrt(float(np.square(counted - mean).sum()) / counted.size)
    values: dict[str, Any] = (
        {"hu_mean": mean, "hu_sd": sd}
        if volume.unit == "HU"
        else {"signal_mean": mean, "signal_sd": sd}
    )
    return VoiMeasurement(
        _point(centre_mm),
        float(diameter_mm),
        int(counted.size),
        _volume_ml(volume, int(counted.size)),
        **values,
    )


def _point(values: tuple[float, ...]) -> Point:
    z, y, x = (float(value) for value in values)
    return z, y, x


def _volume_ml(volume: Volume, voxels: int) -> float:
    dz, dy, dx = volume.spacing_mm
    return voxels * (dz * dy * dx) / 1000.0


def sphere(
    volume: Volume, centre_mm: Point, diameter_mm: float
) -> tuple[tuple[slice, slice, slice], NDArray[np.bool_]]:
    """Return the box of voxels around a sphere, cut off at the volume's edge, and which of them
    count.
    """
    radius = diameter_mm / 2
    box: list[slice] = []
    squares: list[NDArray[Any]] = []
    for centre, o, s, n in zip(
        centre_mm, volume.origin_mm, volume.spacing_mm, volume.array.shape, strict=True
    ):
        low = max(0, math.floor((centre - radius - o) / s))
        high = min(n - 1, math.ceil((centre + radius - o) / s))
        away = o + s * np.arange(low, high + 1) - centre
        box.append(slice(low, high + 1))
        squares.append(away * away)
    mask = (squares[0][:, None, None] + squares[1][None, :, None]) + squares[2][
        None, None, :
    ] <= radius * radius + ON_SURFACE_MM2
    if not mask.any():
        nearest = [
            min(max(i, 0), n - 1)
            for i, n in zip(volume.index(centre_mm), volume.array.shape, strict=True)
        ]
        box = [slice(i, i + 1) for i in nearest]
        mask = np.ones((1, 1, 1), bool)
    return (box[0], box[1], box[2]), mask


def _peak(volume: Volume, box: tuple[slice, slice, slice], mask: NDArray[np.bool_]) -> float:
    """The highest mean of the peak sphere over the voxels of the VOI, from whole-number sums."""
    shape, spacing = volume.array.shape, volume.spacing_mm
    reach = [math.floor(peak_diameter_mm() / 2 / s) for s in spacing]
    wide = [
        (max(0, part.start - r), min(n, part.stop + r))
        for part, r, n in zip(box, reach, shape, strict=True)
    ]
    values = stored(volume, (slice(*wide[0]), slice(*wide[1]), slice(*wide[2])))
    before = [(part.start - r) - low for part, r, (low, _) in zip(box, reach, wide, strict=True)]
    after = [high - (part.stop + r) for part, r, (_, high) in zip(box, reach, wide, strict=True)]
    margin = [(-b, -a) for b, a in zip(before, after, strict=True)]
    padded, real = np.pad(values, margin), np.pad(np.ones(values.shape, np.int64), margin)
    sums, counts = np.zeros(mask.shape, np.int64), np.zeros(mask.shape, np.int64)
    for shift in _offsets(spacing, reach):
        window = tuple(
            slice(r + k, r + k + n) for r, k, n in zip(reach, shift, mask.shape, strict=True)
        )
        sums += padded[window]
        counts += real[window]
    means = np.where(mask, sums / np.maximum(counts, 1), -1.0)
    best = np.unravel_index(np.argmax(means), mask.shape)
    return int(sums[best]) * step(volume) / int(counts[best])


def _offsets(spacing: Point, reach: list[int]) -> list[tuple[int, int, int]]:
    """Voxel steps from a sphere's central voxel to all that its 1 cm³ counts."""
    limit = (peak_diameter_mm() / 2) ** 2 + ON_SURFACE_MM2
    (dz, dy, dx), (rz, ry, rx) = spacing, reach
    return [
        (k, j, i)
        for k in range(-rz, rz + 1)
        for j in range(-ry, ry + 1)
        for i in range(-rx, rx + 1)
        if (k * dz) ** 2 + (j * dy) ** 2 + (i * dx) ** 2 <= limit
    ]
