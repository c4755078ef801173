"""Small and large bowel: packed anew for every patient."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from netcourse.patients import Draws
from netcourse.scanner.anatomy.shapes import Loft, Tube
from netcourse.scanner.anatomy.skeleton import spine_depth

Array = NDArray[np.float64]

_COLON = np.array(
    [
        (-86, -22, -196, 20),
        (-94, -8, -176, 27),
        (-98, 10, -146, 24),
        (-99, 26, -108, 22),
        (-92, 26, -76, 20),
        (-82, -2, -66, 18),
        (-66, -40, -84, 18),
        (-34, -60, -98, 17),
        (2, -64, -106, 17),
        (38, -62, -96, 17),
        (68, -54, -68, 16),
        (88, -36, -36, 16),
        (100, -8, -20, 16),
        (106, 22, -38, 14),
        (105, 34, -66, 13),
        (106, 30, -110, 12),
        (104, 8, -156, 12),
        (90, -22, -190, 13),
        (60, -44, -216, 14),
        (22, -46, -226, 14),
        (-14, -26, -222, 14),
        (-18, 4, -212, 13),
        (2, 18, -203, 13),
        (16, 18, -202, 13),
    ],
    float,
)
_TERMINAL_ILEUM = [
    (-6, -34, -206),
    (-24, -44, -200),
    (-46, -44, -192),
    (-64, -32, -184),
    (-80, -16, -180),
]
_TERMINAL_ILEUM_MM = 10.5
_PITCH = 25.0


def colon(draws: Draws) -> tuple[Tube, Array]:
    """Return the colon with its haustra, and its centre line (n, 3)."""
    path = Tube.through(_COLON[:, :3].tolist(), _COLON[:, 3].tolist(), step=0.16)
    along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(path.path, axis=0), axis=1))])
    phase = 2 * np.pi * draws.unit("haustra")
    folds = (
        1
        + 0.13 * np.sin(2 * np.pi * along / 31 + phase)
        + 0.06 * np.sin(2 * np.pi * along / 83 + 2 * phase)
    )
    wide = draws.uniform("colon width", 0.85, 1.1)
    return Tube(path.path, path.radius * folds * wide), path.path


def terminal_ileum() -> Tube:
    """Return the last loop of ileum, entering the caecum: at the same place in everybody, so that a
    primary can lie in its wall.
    """
    return Tube.through(_TERMINAL_ILEUM, _TERMINAL_ILEUM_MM, step=0.25)


def small_bowel(draws: Draws, cavity: Loft, fixed: Array) -> Iterator[Tube]:
    """Yield loops of jejunum and ileum that fill the room left by what is `fixed` (points on centre
    lines), mesentery between them.
    """
    seats = _seats(draws, cavity, fixed)
    for number, chain in enumerate(_chains(seats)):
        if len(chain) < 3:
            continue
        radius = [draws.uniform(f"loop/{number}/{i}", 8.0, 12.5) for i in range(len(chain))]
        yield Tube.through(chain.tolist(), radius, step=0.25)


def mesenteric_vessels(draws: Draws, loops: list[Tube]) -> Iterator[Tube]:
    """Yield fine vessels that fan out from the mesenteric root to the loops."""
    ends = (
        np.concatenate([loop.path[:: max(1, len(loop.path) // 3)] for loop in loops])
        if loops
        else np.empty((0, 3))
    )
    for number, end in enumerate(ends):
        root = np.array([2, -28, float(np.clip(end[2] + 25, -135, -40))])
        bow = np.array([draws.uniform(f"bow/{number}/{axis}", -9, 9) for axis in "xyz"])
        yield Tube.through(
            [root.tolist(), (0.55 * root + 0.45 * end + bow).tolist(), end.tolist()],
            [1.5, 1.2, 0.9],
            step=0.9,
        )


def _seats(draws: Draws, cavity: Loft, fixed: Array) -> Array:
    """Points of a jittered close packing within the cavity, clear of the fixed bowel, mesenteric
    root and great vessels.
    """
    found = []
    for layer, z in enumerate(np.arange(-252, -34, 0.85 * _PITCH)):
        outline = cavity.at(np.array([z]))[1][0]
        for row, y in enumerate(np.arange(-80, 50, 0.87 * _PITCH)):
            for x in np.arange(-104, 105, _PITCH):
                name = f"seat/{layer}/{row}/{x:g}"
                x_here = x + (_PITCH / 2) * ((row + layer) % 2)
                at = np.array([x_here, y, z]) + [
                    draws.uniform(f"{name}/{a}", -4.5, 4.5) for a in "xyz"
                ]
                low, high = outline[:, 1].min(), spine_depth(at[2]) - 47
                left = np.interp(at[1], *_side(outline, +1)) if len(outline) else 0
                if not low + 15 < at[1] < (high if abs(at[0]) < 42 else high + 42):
                    continue
                if abs(at[0]) > left - 15 or np.linalg.norm(fixed - at, axis=1).min() < 30:
                    continue
                if at[2] > -56 and (
                    at[0] < 18 or at[1] > 0
                ):  # stomach, pancreas, liver and kidneys above
                    continue
                if abs(at[0]) < 15 and at[1] > -44 and at[2] > -135:  # mesenteric root
                    continue
                if at[2] < -229 and abs(at[0]) < 58:  # bladder, uterus
                    continue
                found.append(at)
    return np.array(found)


def _side(outline: Array, side: int) -> tuple[Array, Array]:
    """The outline's half-width as a function of depth, ready for interpolation."""
    half = outline[np.sign(outline[:, 0]) == side]
    order = np.argsort(half[:, 1])
    return half[order, 1], np.abs(half[order, 0])


def _chains(seats: Array) -> Iterator[Array]:
    """Walk from seat to nearest free seat; where the next is too far, begin another loop."""
    free = list(range(len(seats)))
    chain: list[int] = []
    while free:
        if not chain:
            chain = [free.pop(int(np.argmax(seats[free, 2])))]
        away = (
            np.linalg.norm((seats[free] - seats[chain[-1]]) * [1, 1, 1.25], axis=1)
            if free
            else np.array([np.inf])
        )
        if not free or away.min() > 1.45 * _PITCH or len(chain) >= 14:
            yield seats[chain]
            chain = []
            continue
        chain.append(free.pop(int(np.argmin(away))))
    if chain:
        yield seats[chain]
