"""What a dose does that is given slowly and repaired meanwhile: the linear-quadratic model of a
dose rate that falls by half-lives.
"""

from __future__ import annotations

from typing import TypeVar

T = TypeVar("T")


def protraction(repair_h: float, effective_h: float) -> float:
    """Return the Lea–Catcheside factor G (0–1): how much of the quadratic effect repair leaves, for
    one exponential each.

    Raises ValueError for a half-time not above 0.

    >>> round(protraction(2.8, 50), 3)
    0.053
    """
    for name, value in (("repair_h", repair_h), ("effective_h", effective_h)):
        if not value > 0:
            raise ValueError(f"{name} is {value:g}; it must be above 0 h")
    return repair_h / (repair_h + effective_h)


def bed_gy(dose_gy: T, alpha_beta_gy: float, repair_h: float, effective_h: float) -> T:
    """Return the biologically effective dose of one cycle, Gy; cycles weeks apart add up. Arrays
    give arrays.

    >>> [round(4 * bed_gy(7.4 * per_gbq, 2.6, 2.8, 50), 1) for per_gbq in (0.46, 0.65, 0.90)]
    [14.6, 21.1, 30.3]
    """
    if not alpha_beta_gy > 0:
        raise ValueError(f"alpha_beta_gy is {alpha_beta_gy:g}; it must be above 0 Gy")
    return dose_gy * (1 + protraction(repair_h, effective_h) * dose_gy / alpha_beta_gy)  # type: ignore[operator, return-value]
