"""Spine and ribs: many alike, so computed rather than drawn."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from netcourse.scanner.anatomy.shapes import Loft, Tube, ellipsoid, ring

Array = NDArray[np.float64]

# Level by level: top of the vertebra with the disc above it (mm above the top of L1), half-width
# and half-depth of the body.
VERTEBRAE: dict[str, tuple[float, float, float]] = {
    "C1": (406, 9, 5),
    "C2": (388, 9, 7),
    "C3": (371, 10, 8),
    "C4": (353, 10, 8),
    "C5": (335, 11, 8),
    "C6": (317, 12, 8),
    "C7": (299, 13, 8.5),
    "T1": (281, 15, 9),
    "T2": (261, 14, 10),
    "T3": (240, 14, 11),
    "T4": (219, 14, 12),
    "T5": (197, 14, 13),
    "T6": (175, 14.5, 13.5),
    "T7": (152, 15, 14),
    "T8": (129, 16, 14.5),
    "T9": (105, 17, 15),
    "T10": (81, 18, 15),
    "T11": (56, 19, 15),
    "T12": (29, 21, 15.5),
    "L1": (0, 22, 16),
    "L2": (-37, 23, 16.5),
    "L3": (-74, 24, 17),
    "L4": (-111, 25, 17),
    "L5": (-148, 26, 17),
    "S1": (-184, 26, 17),
}
_CURVE = np.array(
    [
        (-250, 74),
        (-225, 60),
        (-195, 42),
        (-166, 30),
        (-129, 22),
        (-92, 24),
        (-55, 29),
        (-18, 36),
        (13, 41),
        (60, 51),
        (110, 59),
        (160, 61),
        (205, 55),
        (250, 44),
        (290, 27),
        (340, 14),
        (395, 20),
        (410, 22),
    ],
    float,
)
_RIB_DROP = (24, 42, 58, 68, 75, 82, 88, 86, 80, 70, 46, 26)
_RIB_END = (0.80, 0.82, 0.82, 0.82, 0.81, 0.80, 0.78, 0.72, 0.66, 0.60, 0.46, 0.28)


def spine_depth(z: float | Array) -> Array:
    """Return the y (mm, towards the back) of the centre of the vertebral bodies at a height."""
    return np.asarray(np.interp(z, _CURVE[:, 0], _CURVE[:, 1]))


def level(vertebra: str) -> tuple[float, float, float]:
    """Return the centre (x, y, z) of a vertebral body in the reference body; KeyError for no such
    vertebra.
    """
    names = list(VERTEBRAE)
    top, bottom = VERTEBRAE[vertebra][0], VERTEBRAE[names[names.index(vertebra) + 1]][0]
    z = (top + bottom) / 2 - 1.5
    return 0.0, float(spine_depth(z)), z


def spine() -> Iterator[tuple[str, Loft | Tube]]:
    """Yield the spine's shapes with their labels, in painting order."""
    names = list(VERTEBRAE)
    disc_z = np.array([VERTEBRAE[name][0] for name in names[::-1]], float)
    discs = [
        ring({"oval": [0, float(spine_depth(z)), VERTEBRAE[n][1] * 0.97, VERTEBRAE[n][2] * 0.97]})
        for z, n in zip(disc_z, names[::-1], strict=True)
    ]
    yield "cartilage", Loft(disc_z, np.array(discs))
    for name, below in pairwise(names[1:]):
        (top, wide, deep), bottom = VERTEBRAE[name], VERTEBRAE[below][0]
        height, cervical, lumbar = top - bottom, name[0] == "C", name[0] == "L"
        disc = 0.24 * height if lumbar else 0.18 * height
        z = np.array([bottom + disc / 2, (top + bottom) / 2, top - disc / 2])
        mid, y = float(z[1]), float(spine_depth(z[1]))
        back, canal = y + deep, 8.0 if not lumbar else 8.5
        yield (
            "marrow",
            Loft(
                z,
                np.array(
                    [
                        ring(
                            {
                                "oval": [
                                    0,
                                    float(spine_depth(h)),
                                    wide * f,
                                    deep * f,
                                    deep * f * 0.9,
                                    0,
                                    2.2,
                                ]
                            }
                        )
                        for h, f in zip(z, (1, 0.92, 1), strict=True)
                    ]
                ),
            ),
        )
        arch = [
            ring({"oval": [0, back + canal - 1, wide * 0.72 + 1, canal + 2, canal + 6]})
            for _ in range(2)
        ]
        yield (
            "marrow",
            Loft(np.array([mid - 0.22 * height, mid + 0.3 * height]), np.array(arch), (3, 3)),
        )
        for side in (-1, 1):
            reach = wide + (4 if cervical else 15 if lumbar else 17)
            yield (
                "marrow",
                Tube.through(
                    [
                        [side * 9, back + 4, mid + 2],
                        [side * reach, back + (4 if lumbar else 6 if cervical else 14), mid + 4],
                    ],
                    [4.5, 3.0],
                    1.3,
                ),
            )
            yield (
                "marrow",
                ellipsoid(
                    [side * (wide * 0.72 + 1), back + canal + 2, bottom + disc / 2], [6.5, 5.5, 8]
                ),
            )
        tip = 20 if cervical and name != "C7" else 31 if lumbar else 30
        drop = 3 if lumbar else 6 if cervical else 22
        yield (
            "marrow",
            Tube.through(
                [
                    [0, back + 2 * canal, mid - 1],
                    [0, back + 2 * canal - 2 + tip * 0.5, mid - 2 - drop * 0.5],
                    [0, back + canal + tip, mid - 3 - drop],
                ],
                [3.6, 3.2, 4.2],
                2.6 if lumbar else 1.6,
            ),
        )
    heights = np.linspace(-178, 402, 60)

    def behind(z: Array) -> Array:
        depth = np.interp(z, disc_z, [VERTEBRAE[n][2] for n in names[::-1]])
        return spine_depth(z) + depth + 7.5

    yield (
        "csf",
        Tube(np.column_stack([0 * heights, behind(heights), heights]), np.full(60, 7.2), 1.5),
    )
    cord = heights[heights > -25]
    yield (
        "cord",
        Tube(np.column_stack([0 * cord, behind(cord), cord]), np.full(len(cord), 4.6), 2.2),
    )


def ribs(chest: Loft) -> Iterator[tuple[str, Tube]]:
    """Yield ribs and costal cartilages, laid along the outline of the chest cavity."""
    for number, (drop, end) in enumerate(zip(_RIB_DROP, _RIB_END, strict=True), start=1):
        top = VERTEBRAE[f"T{number}"][0] - 3
        along = np.linspace(0, 1, 26)
        reach = along * end
        fall = drop * (along**1.25 if number < 11 else along)
        path = _along_chest(chest, top - fall, reach)
        head = np.array([[-VERTEBRAE[f"T{number}"][1], float(spine_depth(top)) + 6, top - 1]])
        for side in (1, -1):
            mirror = np.array([side, 1, 1])
            yield (
                "marrow",
                Tube.through(
                    (np.concatenate([head, path]) * mirror)[::2].tolist(),
                    3.5 if number > 1 else 4.5,
                    1.6,
                ),
            )
            if number <= 10:
                join = 198 - 13.5 * (number - 1) if number <= 7 else 112 - 9 * (number - 7)
                edge = [-19.0, -88.0, join] if number > 2 else [-26.0, -66.0, join + 4]
                last = path[-1]
                if number > 7:
                    edge = (0.55 * last + 0.45 * np.array([-30, -92, join])).tolist()
                middle = (0.5 * (last + np.array(edge)) + [0, -5, -6]).tolist()
                yield (
                    "cartilage",
                    Tube.through(
                        (np.array([last.tolist(), middle, edge]) * mirror).tolist(), 4.6, 1.3
                    ),
                )


def _along_chest(chest: Loft, z: Array, reach: Array) -> Array:
    """Points on the right half of the chest outline, from the back (reach 0) to the breastbone (1),
    5 mm outside.
    """
    points = []
    for height, share in zip(z, reach, strict=True):
        outline = chest.at(np.array([np.clip(height, 12, 250)]))[1][0]
        centre = outline.mean(axis=0)
        right = outline[outline[:, 0] < -14]
        angle = np.arctan2(right[:, 1] - centre[1], -(right[:, 0] - centre[0]))
        order = np.argsort(-angle)
        right = right[order]
        length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(right, axis=0), axis=1))])
        here = np.array([np.interp(share * length[-1], length, right[:, i]) for i in (0, 1)])
        out = (here - centre) / np.linalg.norm(here - centre)
        points.append([*(here + 5.0 * out), height])
    return np.array(points)
