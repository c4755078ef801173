"""What blur does to a small lesion: recovery of a uniform sphere under a Gaussian point spread.

Closed form for the centre of the sphere; see the evidence entry `partial_volume.factor` for the
rule of thumb that follows from it.
"""

from __future__ import annotations

from math import asin, erf, exp, pi, sin, sqrt

FWHM_PER_SIGMA = 2.354820045


def recovery(diameter_mm: float, fwhm_mm: float) -> float:
    """Return the fraction (0–1) of a sphere's contrast that survives at its centre.

    Raises ValueError for a diameter below 0 or a resolution not above 0.

    >>> [round(recovery(d, 6), 2) for d in (5, 6, 8, 10, 12, 15, 20)]
    [0.19, 0.29, 0.52, 0.72, 0.86, 0.97, 1.0]
    """
    if diameter_mm < 0:
        raise ValueError(f"diameter_mm is {diameter_mm:g}; it must be 0 mm or more")
    if fwhm_mm <= 0:
        raise ValueError(f"fwhm_mm is {fwhm_mm:g}; it must be above 0 mm")
    in_sigmas = diameter_mm / 2 / (fwhm_mm / FWHM_PER_SIGMA)
    return erf(in_sigmas / sqrt(2)) - sqrt(2 / pi) * in_sigmas * exp(-(in_sigmas**2) / 2)


def blurred_sphere(radius_mm: float, diameter_mm: float, fwhm_mm: float) -> float:
    """Return the share (0–1) of a uniform sphere's contrast seen at a distance from its centre,
    under Gaussian blur.

    At the centre this is `recovery`.

    >>> round(blurred_sphere(1e-6, 8, 6), 3) == round(recovery(8, 6), 3)
    True
    """
    sigma, edge, r = fwhm_mm / FWHM_PER_SIGMA, diameter_mm / 2, max(radius_mm, 1e-3)
    near, far = (edge - r) / (sqrt(2) * sigma), (edge + r) / (sqrt(2) * sigma)
    return (erf(near) + erf(far)) / 2 - sigma / (sqrt(2 * pi) * r) * (
        exp(-(near**2)) - exp(-(far**2))
    )


def measured_suv(
    true_suv: float, background_suv: float, diameter_mm: float, fwhm_mm: float
) -> float:
    """Return the SUVmax that the scan shows for a lesion of that true SUV.

    >>> round(measured_suv(20, 1, 8, 6), 1)
    10.8
    """
    kept = recovery(diameter_mm, fwhm_mm)
    return kept * true_suv + (1 - kept) * background_suv


def true_suv(
    measured_suv: float, background_suv: float, diameter_mm: float, fwhm_mm: float
) -> float:
    """Return the SUV that the tissue must have for the scan to show that SUVmax.

    Raises ValueError where nothing is recovered (diameter 0).

    >>> round(true_suv(3.6, 1.0, 8, 6), 1)
    6.0
    """
    kept = recovery(diameter_mm, fwhm_mm)
    if kept == 0:
        raise ValueError("diameter_mm is 0: no uptake can be recovered from a lesion without size")
    return max(0.0, background_suv + (measured_suv - background_suv) / kept)


def inscribed_mm(diameter_mm: float, fraction: float) -> float:
    """Return the diameter of the largest sphere inside a part of a sphere that a plane cuts off, as
    high as that part.

    The part holds `fraction` (0–1) of the volume. Raises ValueError for a fraction outside that
    range.

    >>> inscribed_mm(40, 0.5), round(inscribed_mm(40, 0.3), 1), round(inscribed_mm(40, 0.3) + inscribed_mm(40, 0.7), 6)
    (20.0, 14.5, 40.0)
    """
    if not 0 <= fraction <= 1:
        raise ValueError(f"fraction is {fraction:g}; it must be from 0 to 1")
    # A cap of height u (of the diameter) holds u²(3 − 2u) of the volume; this is its inverse.
    return diameter_mm * (0.5 - sin(asin(1 - 2 * fraction) / 3))
