"""Vessel trees of liver and lungs: a few named trunks, then branches that spread on their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from netcourse.patients import Draws
from netcourse.scanner.anatomy.shapes import Tube

Array = NDArray[np.float64]

# Trunks of the liver in the reference body: path and radii in mm.
_HEPATIC = {
    "right": ([(-24, 28, 74), (-48, 24, 58), (-78, 14, 30), (-94, 8, -6)], (5.5, 4.8, 3.4, 2.0)),
    "middle": ([(-22, 24, 76), (-36, -4, 58), (-48, -30, 28), (-54, -46, 2)], (4.8, 4.2, 3.2, 1.8)),
    "left": ([(-20, 22, 76), (2, -8, 64), (22, -30, 48), (32, -44, 34)], (4.2, 3.6, 2.6, 1.6)),
}
_PORTAL = {
    "right anterior": (
        [(-32, 8, 14), (-50, 0, 20), (-68, -22, 32), (-78, -36, 46)],
        (5.5, 4.8, 3.6, 2.0),
    ),
    "right posterior": (
        [(-46, 4, 18), (-64, 22, 14), (-84, 36, 18), (-98, 40, 28)],
        (4.6, 4.0, 3.0, 1.8),
    ),
    "right inferior": (
        [(-50, 4, 16), (-70, 8, -6), (-92, 4, -34), (-102, 2, -56)],
        (4.2, 3.6, 2.6, 1.5),
    ),
    "left": ([(-30, 6, 16), (-18, -8, 22), (-6, -28, 24), (-2, -44, 22)], (5.0, 4.4, 4.2, 3.2)),
    "left lateral": (
        [(-6, -28, 24), (14, -32, 30), (38, -42, 36), (56, -48, 40)],
        (3.4, 3.0, 2.2, 1.4),
    ),
}
_HILUM = (-40.0, 16.0, 158.0)
_LUNG_TIPS = [
    (-52, 20, 246),
    (-74, -16, 226),
    (-62, 56, 222),
    (-90, 22, 206),
    (-88, -42, 176),
    (-62, -66, 162),
    (-104, 26, 168),
    (-78, 74, 176),
    (-100, -44, 128),
    (-64, -76, 108),
    (-112, 4, 130),
    (-110, 46, 118),
    (-74, 84, 128),
    (-46, 84, 140),
    (-108, -24, 82),
    (-78, -72, 70),
    (-116, 34, 70),
    (-96, 74, 58),
    (-58, 88, 64),
    (-116, 50, 30),
    (-84, 86, 20),
    (-48, 88, 40),
]


def liver_trees(draws: Draws) -> Iterator[tuple[str, Tube]]:
    """Yield hepatic veins and portal branches with their labels; they are to be painted within the
    liver.
    """
    for label, trunks, twigs in (("portal_branch", _PORTAL, 6), ("hepatic_vein", _HEPATIC, 6)):
        for name, (path, radii) in trunks.items():
            trunk = Tube.through(path, radii)
            yield label, trunk
            yield from (
                (label, twig)
                for twig in _twigs(draws, f"liver/{label}/{name}", trunk, twigs, 44, 0.62)
            )


def lung_trees(draws: Draws) -> Iterator[tuple[str, Tube]]:
    """Yield the pulmonary vessels with their label; they are to be painted within the lungs."""
    for side in (1, -1):
        mirror = np.array([side, 1, 1])
        for number, tip in enumerate(_LUNG_TIPS):
            name = f"lung/{side}/{number}"
            end = np.array(tip) + [draws.uniform(f"{name}/{axis}", -8, 8) for axis in "xyz"]
            sag = np.array([0, 6, -4]) + [
                draws.uniform(f"{name}/sag/{axis}", -6, 6) for axis in "xyz"
            ]
            hilum = np.array(_HILUM) + np.array([0, 0, 0.22 * np.clip(end[2] - _HILUM[2], -90, 60)])
            trunk = Tube.through(
                (np.array([hilum, 0.5 * (hilum + end) + sag, end]) * mirror).tolist(),
                (3.6, 2.2, 0.9),
            )
            yield "lung_vessel", trunk
            yield from (("lung_vessel", twig) for twig in _twigs(draws, name, trunk, 8, 34, 0.6))


def _twigs(
    draws: Draws, name: str, trunk: Tube, count: int, length_mm: float, thinner: float
) -> Iterator[Tube]:
    """Yield side branches, and shorter ones on those, leaving the trunk forwards at 30–70
    degrees.
    """
    for number in range(count):
        here = f"{name}/{number}"
        start = int(
            (0.2 + 0.75 * (number + draws.unit(f"{here}/at")) / count) * (len(trunk.path) - 2)
        )
        ahead = _unit(trunk.path[start + 1] - trunk.path[start])
        aside = _unit(
            np.cross(
                ahead,
                _unit(np.array([draws.uniform(f"{here}/{axis}", -1, 1) for axis in "xyz"]) + 1e-3),
            )
        )
        bend = np.deg2rad(draws.uniform(f"{here}/bend", 30, 70))
        heading = np.cos(bend) * ahead + np.sin(bend) * aside
        far = length_mm * draws.uniform(f"{here}/far", 0.55, 1.0)
        radius = float(trunk.radius[start]) * thinner
        points = [
            trunk.path[start],
            trunk.path[start] + 0.5 * far * heading,
            trunk.path[start] + far * _unit(heading + 0.35 * ahead),
        ]
        twig = Tube.through([p.tolist() for p in points], _taper(radius), step=0.7)
        yield twig
        if length_mm > 35:
            yield from _twigs(draws, here, twig, 2, 0.5 * length_mm, 0.7)


def _taper(radius: float) -> Sequence[float]:
    return max(radius, 0.8), max(0.75 * radius, 0.7), max(0.45 * radius, 0.6)


def _unit(vector: Array) -> Array:
    return np.asarray(vector / np.linalg.norm(vector))
