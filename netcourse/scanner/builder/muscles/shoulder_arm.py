"""The muscles on the scapula, around the shoulder and along the upper arm, arms up."""

from __future__ import annotations

import numpy as np

from netcourse.scanner.builder.body import Body, table
from netcourse.scanner.builder.grid import Field, Float
from netcourse.scanner.builder.muscles.competition import Ground, Muscle, Reach, drawn

_WOMAN = 0.72
_REACH = Reach(148, 312, front=-20)


def shoulder_muscles(body: Body) -> list[Muscle]:
    """Return subscapularis, infraspinatus, teres major, deltoid and the muscles of the upper arm."""
    return [
        Muscle("subscapularis", _subscapularis, "muscle_across", (), 0.7, _REACH),
        Muscle("infraspinatus", _infraspinatus, "muscle_across", (), 0.7, _REACH),
        *drawn(body, "shoulder"),
    ]


def inner_border_x(ground: Ground) -> Float:
    """Return x of the scapula's inner border along the slab."""
    return _border(ground, 0)[0]


def _border(ground: Ground, column: int) -> tuple[Float, Float]:
    """Places (x, y) of one of the lines along the scapula's blade (0 the inner border, 3 the outer), along the slab."""
    line = [row[column] for row in table("thorax")["scapula"]["blade"]]
    return ground.x_at(*((z, x) for x, _, z, _ in line)), ground.y_at(
        *((z, y) for _, y, z, _ in line)
    )


def _blade(ground: Ground) -> tuple[Float, Float, Float]:
    """How far behind the blade each place lies, where it lies from the inner (0) to the outer border (1), and the blade's width."""
    inner, outer = _border(ground, 0), _border(ground, 3)
    ex, ey = outer[0] - inner[0], outer[1] - inner[1]
    width = np.hypot(ex, ey)

    def seen(x: Float, y: Float) -> tuple[Float, Float]:
        dx, dy = x - inner[0], y - inner[1]
        return (dy * ex - dx * ey) / width, (dx * ex + dy * ey) / width**2

    behind, along = seen(ground.across, ground.box.y)
    (bow_1, at_1), (bow_2, at_2) = (seen(*_border(ground, column)) for column in (1, 2))
    for low, high, bow_low, bow_high in (
        (0 * at_1, at_1, 0 * bow_1, bow_1),
        (at_1, at_2, bow_1, bow_2),
        (at_2, 0 * at_2 + 1, bow_2, 0 * bow_2),
    ):
        t = np.clip((along - low) / (high - low), 0, 1)
        here = (along > low) & (along <= high)
        behind = behind - here * (bow_low + (bow_high - bow_low) * t)
    return behind, along, width


def _subscapularis(ground: Ground) -> Field:
    behind, along, width = _blade(ground)
    thickness = 17 * np.sin(np.pi * np.clip(0.93 * along + 0.05, 0, 1)) * ground.slender(_WOMAN) + 1
    sheet = np.maximum(behind + 1.5, -behind - thickness) + 0.5 * ground.rough
    return ground.field(sheet.astype(np.float32), -along * width, (along - 1.05) * width)


def _infraspinatus(ground: Ground) -> Field:
    behind, along, width = _blade(ground)
    thickness = 21 * np.sin(np.pi * np.clip(0.9 * along + 0.05, 0, 1)) * ground.slender(_WOMAN) + 1
    sheet = np.maximum(1.5 - behind, behind - thickness) + 0.5 * ground.rough
    return ground.field(sheet.astype(np.float32), -along * width, (along - 1.0) * width)
