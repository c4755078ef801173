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
from netcourse.scanner.attenuation import BANDS, attenuation
from netcourse.scanner.blend import Blend
from netcourse.scanner.body.body import CT_VOXELS
from netcourse.scanner.contrast import MOSAIC
from netcourse.scanner.optics import Optics
from netcourse.scanner.study import Volume

_TOP_SIGNAL = 4000.0


def scan_mr(blend: Blend, scan: MrScan, rng: np.random.Generator) -> Volume:
    """Return an MR view of the patient's upper abdomen: int16 signal in arbitrary units, [z, y, x]
    on the grid of a CT.
    """
    body = blend.body
    near = body.slices("upper abdomen")
    kind = "t1" if scan.weighting == "T1 arterial" else "dwi"
    scar = figure("mri.scar").value if kind == "dwi" else None
    fwhm = figure(f"mri.fwhm.{kind}").value
    rows, columns = body.codes.shape[1:]
    _, dy, dx = body.spacing_mm
    optics = Optics((rows, columns), (fwhm / dy, fwhm / dx), (CT_VOXELS[1], CT_VOXELS[2]))
    seen = blend.seen(signal(blend.patient, scan), near, optics, mr=True, scar=scar)
    if scan.noise:
        sd = figure(f"mri.noise.{kind}").value
        inside = np.stack([body.patient_pixels(k) for k in range(near.start, near.stop)])
        real, imaginary = (
            _smooth(sd * rng.standard_normal(seen.shape, dtype=np.float32)) for _ in range(2)
        )
        seen = np.hypot(
            np.where(inside, seen + real, real), imaginary
        )  # magnitudes have no negative noise
    out = np.clip(np.rint(seen), 0, _TOP_SIGNAL).astype(np.int16)
    return Volume(
        "MR",
        out,
        body.picture_mm(CT_VOXELS),
        body.corner_mm(CT_VOXELS, near),
        "signal",
        f"MR, {scan.weighting}",
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
    rows |= {f"{name}_{part}": rows[name] for name in MOSAIC for part in ("rich", "poor")}
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
