"""CT noise: as much as dose, slice and patient make, with the texture that a reconstruction kernel
leaves.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from netcourse.evidence import figure
from netcourse.scanner.acquisition import CtScan
from netcourse.scanner.body.body import CT_VOXELS, Body
from netcourse.scanner.threads import THREADS

Float = NDArray[np.float32]

_AVERAGE_AREA_MM2 = 72_000.0
_MODULATED = (0.45, 1.5)  # tube current modulation evens out the rest
_STOCK = 48


def noise_sd(scan: CtScan) -> float:
    """Return the standard deviation of the noise in the liver of an average adult, HU, in one
    native slice.

    It goes with 1/√dose and, for slices thinner than the reference's, 1/√thickness; thicker ones
    are averages of native slices.

    >>> round(noise_sd(CtScan(ctdi_vol_mgy=2.75)) / noise_sd(CtScan(ctdi_vol_mgy=11)), 3)
    2.0
    """
    thin = min(scan.slice_mm, figure("ct.reference.slice").value)
    less = (
        figure("dose.ctdi_vol.abdomen_pelvis").value
        / scan.ctdi_vol_mgy
        * figure("ct.reference.slice").value
        / thin
    )
    return float(
        figure("ct.reference.noise").value
        * figure(f"ct.kernel.{scan.kernel}.noise").value
        * less**0.5
    )


def noise_power(frequency: NDArray[np.float64], scan: CtScan) -> NDArray[np.float64]:
    """Return the relative noise power at spatial frequencies, cycles/mm: a ramp at the low end, the
    kernel's fall at the high.
    """
    peak = figure(f"ct.kernel.{scan.kernel}.peak").value
    return np.asarray(frequency * np.exp(-(frequency**2) / (2 * peak**2)))


class Grain:
    """The noise of one scan, slice by slice: thick parts are noisier, the periphery is quieter, air
    has none.

    A stock of noise slices is drawn once and shifted anew for every slice.
    """

    def __init__(self, body: Body, rng: np.random.Generator, scan: CtScan) -> None:
        self._body, nz = body, body.slices("whole body").stop
        ny, nx = (round(n / by) for n, by in zip(body.codes.shape[1:], CT_VOXELS[1:], strict=True))
        _, dy, dx = body.picture_mm(CT_VOXELS)
        away = np.hypot(np.fft.fftfreq(ny, dy)[:, None], np.fft.rfftfreq(nx, dx)[None, :])
        white = fft.rfft2(rng.standard_normal((_STOCK, ny, nx), dtype=np.float32), workers=THREADS)
        white *= np.sqrt(noise_power(away, scan)).astype(np.float32)
        stock = fft.irfft2(white, s=(ny, nx), overwrite_x=True, workers=THREADS)
        self._stock: Float = stock / stock.std()
        self._shift = rng.integers(0, (ny, nx), (nz, 2))
        y, x = np.linspace(-1, 1, ny)[:, None], np.linspace(-1, 1, nx)[None, :]
        self._inward = (
            noise_sd(scan) * (0.85 + 0.4 * np.exp(-(x**2) / 0.35 - y**2 / 0.45))
        ).astype(np.float32)

    def on(self, k: int) -> Float:
        """Return the noise of slice k, HU."""
        inside = self._body.patient_pixels(k)
        _, dy, dx = self._body.picture_mm(CT_VOXELS)
        area = float(inside.sum()) * dy * dx
        thick = np.clip((area / _AVERAGE_AREA_MM2) ** 0.5, *_MODULATED)
        noise = np.roll(self._stock[k % _STOCK], self._shift[k], axis=(0, 1))
        return np.asarray(noise * self._inward * inside * np.float32(thick))
