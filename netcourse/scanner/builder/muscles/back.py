"""The back's own muscles (erector spinae, multifidus), quadratus lumborum and psoas, and the sheets around them."""

from __future__ import annotations

import numpy as np

from netcourse.scanner.builder.body import Body
from netcourse.scanner.builder.grid import Box, Float
from netcourse.scanner.builder.muscles.competition import Ground, Muscle, Reach, drawn


def back_muscles(body: Body) -> list[Muscle]:
    """Return the muscles along the spine, left and right."""
    return drawn(body, "back")


def thoracolumbar_fascia(slab: Ground) -> tuple[Box, Float]:
    """Return the shares of the sheet over the erector spinae, from the sacrum to T8."""
    ground = slab.part(Reach(-190, 150, front=20))
    return ground.sheet(
        np.abs(ground.wall - 0.6) - 0.45,
        ground.across - ground.x_at((-190, 30), (-120, 56), (-60, 84), (150, 60)),
        worn=1.2,
    )


def lumbar_aponeurosis(slab: Ground) -> tuple[Box, Float]:
    """Return the shares of the sheet that joins transversus to quadratus lumborum, between crest and last rib."""
    ground = slab.part(Reach(-94, 30, front=-6))
    return ground.sheet(
        np.abs(ground.cavity - 0.8) - 0.7,
        ground.x_at((-95, 84), (-54, 78), (30, 52)) - ground.across,
        ground.across - ground.x_at((-95, 122), (-54, 122), (30, 118)),
        ground.y_at((-95, -4), (30, 8)) - ground.box.y,
        worn=1.4,
    )
