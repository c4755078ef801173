"""Effective dose of CT: dose-length product times a factor per region of the body."""

from __future__ import annotations

from netcourse.evidence import figure, figures


def effective_dose_msv(
    ctdi_vol_mgy: float, length_cm: float, region: str = "abdomen_pelvis"
) -> float:
    """Return the effective dose of one CT scan, mSv: k × CTDIvol × length.

    `region` is one of dose.k.*. Raises ValueError for a negative dose or length and for an unknown
    region.

    >>> round(effective_dose_msv(11, 45), 1)
    7.4
    """
    factors = figures("dose.k")
    if region not in factors:
        raise ValueError(f"there is no factor for {region!r}; regions are {', '.join(factors)}")
    for name, value in (("ctdi_vol_mgy", ctdi_vol_mgy), ("length_cm", length_cm)):
        if not value >= 0:
            raise ValueError(f"{name} is {value:g}; it must be 0 or more")
    return figure(f"dose.k.{region}").value * ctdi_vol_mgy * length_cm
