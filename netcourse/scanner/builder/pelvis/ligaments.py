"""What holds the uterus and the ovaries: round, ovarian, suspensory and uterosacral ligaments, and the tubes (woman only)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netcourse.scanner.builder.body import Body, table
from netcourse.scanner.builder.grid import Space
from netcourse.scanner.builder.noise import noise
from netcourse.scanner.builder.pelvis.room import lay
from netcourse.scanner.builder.shapes import Points, path, tube

_SIDES = (("left", 1), ("right", -1))


def carve_ligaments(body: Body, space: Space) -> None:
    """Carve the ligaments and tubes of this variant's uterus and ovaries, in fat only."""
    rows = table("pelvic_organs")
    lig, uterus, ovary = (
        rows["ligaments"],
        rows["uterus"][body.variant],
        rows["ovary"][body.variant],
    )
    for name, side in _SIDES:
        rng = body.rng(f"{name} ligaments")
        corner = _side_of(uterus, lig["corner"], side)
        gonad = np.asarray(ovary[name], float)
        mirror = np.array([side, 1, 1])
        lift = np.array([0, 0, lig["tube"]["lift"]])
        ring = np.asarray(lig["round"]["ring"]) * mirror
        courses = [
            _course(
                corner, np.asarray(lig["round"]["through"]) * mirror, ring, lig["round"]["radius"]
            ),
            np.asarray(lig["canal"]) * (side, 1, 1, 1),
            _course(corner, [], gonad, [lig["ovarian"]] * 2),
            _course(
                corner,
                [(corner + gonad) / 2 + lift, gonad + lift + (side * 8, 0, 0)],
                np.add(gonad, (side * 10, 6, -2)),
                lig["tube"]["radius"],
            ),
            _course(
                _side_of(uterus, lig["uterosacral"]["from"] / _length(uterus), side),
                np.asarray(lig["uterosacral"]["through"][:1]) * mirror,
                np.asarray(lig["uterosacral"]["through"][-1]) * mirror,
                lig["uterosacral"]["radius"],
            ),
        ]
        for course in courses:
            course[1:-1, :3] += rng.normal(0, 1.2, (len(course) - 2, 3))
            cord = tube(space, course)
            cord += 0.35 * noise(body.seed("ligament"), cord.box, 6)
            lay(space, cord, "ligament")
        above = np.asarray(lig["suspensory"]) * mirror
        stalk = np.vstack([above, np.add(gonad, (side * 6, 0, 3))])
        for tissue, shift, radius in (
            ("artery", (1.2, 0, 0), 0.7),
            ("lower_vein", (-1.2, 1, 0), 1.2),
        ):
            line = np.column_stack(
                [stalk + np.asarray(shift) * mirror, np.full(len(stalk), radius)]
            )
            lay(space, tube(space, line), tissue)


def _length(uterus: dict[str, Any]) -> float:
    return float(np.linalg.norm(np.diff(np.asarray(uterus["axis"], float), axis=0), axis=1).sum())


def _side_of(uterus: dict[str, Any], share: float, side: int) -> NDArray[np.float64]:
    """A point on the uterus' edge at a share of its length."""
    line = path(np.column_stack([uterus["axis"], uterus["half_width"]]), 1.0)
    x, y, z, width = line[int(share * (len(line) - 1))]
    return np.array([x + side * 0.9 * width, y, z])


def _course(start: Points, through: Sequence[Points], end: Points, radius: list[float]) -> Points:
    points = np.vstack([np.atleast_2d(p) for p in (start, *through, end)])
    radii = np.interp(np.linspace(0, 1, len(points)), np.linspace(0, 1, len(radius)), radius)
    return np.column_stack([points, radii])
