"""MR companion views of the upper abdomen: arterial T1 and DWI, signal looked up per tissue. No
physics is claimed.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from netcourse.evidence import figure, figures
from netcourse.patients import Patient
from netcourse.scanner.acquisition import CtScan, MrScan
from netcourse.scanner.anatomy import Anatomy, number
from netcourse.scanner.attenuation import BANDS, attenuation
from netcourse.scanner.mixture import Mixture
from netcourse.scanner.study import Point, Volume

_SIGMA_PER_FWHM = 1 / 2.354820045
_TOP_SIGNAL = 4000.0


def scan_mr(
    patient: Patient,
    anatomy: Anatomy,
    where: dict[str, Point],
    scan: MrScan,
    rng: np.random.Generator,
) -> Volume:
    """Return an MR view of the patient's upper abdomen: int16 signal in arbitrary units, [z, y, x]
    on the anatomy's grid.
    """
    near = anatomy.slices("upper abdomen")
    kind = "t1" if scan.weighting == "T1 arterial" else "dwi"
    scar = figure("mri.scar").value if kind == "dwi" else None
    image = Mixture(patient, anatomy, where).image(signal(patient, scan), near, scar)
    fwhm = figure(f"mri.fwhm.{kind}").value
    blurred = ndimage.gaussian_filter(
        image, [0, *(fwhm * _SIGMA_PER_FWHM / step for step in anatomy.spacing_mm[1:])], truncate=3
    )
    if scan.noise:
        sd, inside = figure(f"mri.noise.{kind}").value, anatomy.array[near] > number("foam")
        real, imaginary = (
            _smooth(sd * rng.standard_normal(blurred.shape, dtype=np.float32)) for _ in range(2)
        )
        blurred = np.hypot(
            np.where(inside, blurred + real, real), imaginary
        )  # magnitudes have no negative noise
    out = np.clip(np.rint(blurred), 0, _TOP_SIGNAL).astype(np.int16)
    return Volume(
        "MR", out, anatomy.spacing_mm, anatomy.corner_mm(near), "signal", f"MR, {scan.weighting}"
    )


def signal(patient: Patient, scan: MrScan) -> Mapping[str, float]:
    """Return the signal of every tissue of a patient."""
    kind = "t1" if scan.weighting == "T1 arterial" else "dwi"
    rows = {
        name.removesuffix(f".{kind}"): found.value
        for name, found in figures("mri.signal").items()
        if name.endswith(kind)
    }
    rows |= dict.fromkeys(BANDS, rows["spleen"])
    if kind == "dwi":
        return rows
    before, then = (
        attenuation(patient, ct) for ct in (CtScan(time_s=None), CtScan.phase("late arterial"))
    )
    gain = figure("mri.gain").value
    return {
        name: value + gain * (then.get(name, 0.0) - before.get(name, 0.0))
        for name, value in rows.items()
    }


def _smooth(noise: NDArray[np.float32]) -> NDArray[np.float32]:
    """Noise of an interpolated image."""
    return np.asarray(ndimage.gaussian_filter(noise, (0, 0.7, 0.7)) * np.float32(2.2))
