"""CT noise: as much as dose, slice and patient make, with the texture that a reconstruction kernel
leaves.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from netcourse.evidence import figure
from netcourse.scanner.acquisition import CtScan
from netcourse.scanner.anatomy import Anatomy, number

Float = NDArray[np.float32]

_AVERAGE_AREA_MM2 = 72_000.0
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

    def __init__(self, anatomy: Anatomy, rng: np.random.Generator, scan: CtScan) -> None:
        nz, ny, nx = anatomy.array.shape
        step = anatomy.spacing_mm[2]
        away = np.hypot(np.fft.fftfreq(ny, step)[:, None], np.fft.rfftfreq(nx, step)[None, :])
        white = np.fft.rfft2(rng.standard_normal((_STOCK, ny, nx), dtype=np.float32))
        stock = np.fft.irfft2(white * np.sqrt(noise_power(away, scan)), s=(ny, nx))
        self._stock = (stock / stock.std()).astype(np.float32)
        self._shift = rng.integers(0, (ny, nx), (nz, 2))
        self._body = anatomy.array > number("foam")
        area = self._body.sum(axis=(1, 2)) * anatomy.spacing_mm[1] * anatomy.spacing_mm[2]
        self._thick = np.clip(
            (area / _AVERAGE_AREA_MM2) ** 0.5, 0.45, 1.5
        )  # tube current modulation evens out the rest
        y, x = np.linspace(-1, 1, ny)[:, None], np.linspace(-1, 1, nx)[None, :]
        self._inward = (
            noise_sd(scan) * (0.85 + 0.4 * np.exp(-(x**2) / 0.35 - y**2 / 0.45))
        ).astype(np.float32)

    def on(self, k: int) -> Float:
        """Return the noise of slice k, HU."""
        noise = np.roll(self._stock[k % _STOCK], self._shift[k], axis=(0, 1))
        return np.asarray(noise * self._inward * self._body[k] * np.float32(self._thick[k]))
