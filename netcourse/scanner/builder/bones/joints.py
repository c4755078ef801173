"""Facet joints: one lens that a bent surface parts into the processes of two vertebrae."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from netcourse.scanner.builder.bones.forms import Clay, Frame, ellipsoid
from netcourse.scanner.builder.grid import Float
from netcourse.scanner.builder.shapes import Points

JOINT_GAP_MM = 1.5


@dataclass(frozen=True)
class Joint:
    """A facet joint: its centre and axes (rows: from the upper bone to the lower, along, up) in the
    body's frame.

    The two bones are the halves of one lens, parted by a bent surface: the lower bone is hollow,
    the upper fills it.
    """

    centre: Points
    axes: Points
    half: tuple[float, float, float]
    bend: float

    def seen(self, frame: Frame) -> Joint:
        """Return the joint in a bone's own frame."""
        return Joint(frame.own(self.centre), self.axes @ frame.axes.T, self.half, self.bend)

    def parted(self, u: Float, v: Float, w: Float) -> tuple[Float, Float]:
        """Return the lens, and the distance from the joint's surface (positive in the lower bone),
        in its frame.
        """
        p = (
            u - np.float32(self.centre[0]),
            v - np.float32(self.centre[1]),
            w - np.float32(self.centre[2]),
        )
        n, t, _ = (row[0] * p[0] + row[1] * p[1] + row[2] * p[2] for row in self.axes)
        lens = ellipsoid(u, v, w, (*self.centre,), self.half, self.axes)
        return lens, np.asarray((n + self.bend * t * t) / np.sqrt(1 + (2 * self.bend * t) ** 2))


def joint(
    frame: Frame,
    centre: Points,
    side: int,
    angle: float,
    lean: float,
    half: tuple[float, float, float],
    bend: float,
) -> Joint:
    """Return a joint from its centre in the lower bone's frame, its plane's angle and lean
    (degrees).
    """
    a, b = np.deg2rad(angle), np.deg2rad(lean)
    normal = np.array([side * np.cos(a) * np.cos(b), -np.sin(a) * np.cos(b), -np.sin(b)])
    along = np.array([side * np.sin(a), np.cos(a), 0.0])
    axes = np.stack([normal, along, np.cross(normal, along)])
    return Joint(frame.world(centre), axes @ frame.axes, half, bend)


def part(clay: Clay, joint_: Joint, lower: bool) -> None:
    """Cut a bone free at a facet joint: the `lower` bone keeps one side of its surface, the upper
    the other.
    """
    seen = joint_.seen(clay.frame)
    slices = clay.near(seen.centre, max(seen.half) + 4)
    if slices is None:
        return
    lens, side = seen.parted(*clay.at(slices))
    other = (side if lower else -side) - JOINT_GAP_MM / 2
    here = clay.values[slices]
    np.maximum(here, -np.maximum(lens - 3.5, other), out=here)


def thicken(clay: Clay, cortex: Float, joints: Iterable[Joint]) -> None:
    """Thicken a cortex (mm) under the facets of some joints."""
    for one in joints:
        seen = one.seen(clay.frame)
        slices = clay.near(seen.centre, max(seen.half) + 3)
        if slices is not None:
            lens, _ = seen.parted(*clay.at(slices))
            close = np.clip(1 - lens / 2, 0, 1)
            cortex[slices] = np.maximum(cortex[slices], 0.9 + 1.1 * close)
