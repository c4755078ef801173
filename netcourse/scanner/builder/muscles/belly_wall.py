"""The belly's wall: rectus with its bands and sheath, the two obliques, transversus, linea alba and semilunaris."""

from __future__ import annotations

import numpy as np

from netcourse.scanner.builder.grid import Box, Field, Float
from netcourse.scanner.builder.muscles.competition import Ground, Muscle, Reach, layer

# Widths (mm off the midline) by height of the reference man; thicknesses after reference anatomy 3 (K; order of the layers V43).
_SEMILUNAR = (
    (-283, 16), (-262, 30), (-240, 44), (-200, 60), (-160, 69), (-100, 73), (-50, 74), (0, 76),
    (40, 80), (80, 80), (128, 72),
)  # fmt: skip
_ALBA = ((-280, 1.0), (-112, 1.2), (-96, 5.0), (-80, 6.5), (0, 5.5), (60, 6.5), (128, 12.0))
_RECTUS_MM = (
    (-283, 7), (-255, 11), (-200, 11.5), (-120, 11), (-50, 11), (20, 10), (60, 8.5), (100, 6),
    (128, 3),
)  # fmt: skip
_BANDS = (-78, -20, 42)
_MOST_MM = 19.0  # thickness of all three side layers; more wall than that is fat
_CUTS = (0.21, 0.56)  # transversus | internal | external, from the inside
_WOMAN = 0.8
_EXTERNAL_FROM = (
    (-150, 150), (-138, 132), (-122, 114), (-100, 98), (-60, 85), (0, 78), (60, 76), (120, 84),
    (170, 122),
)  # fmt: skip
_INTERNAL_FROM = ((-195, 92), (-170, 80), (-126, 77), (-60, 76), (0, 79), (40, 92), (60, 112))
_TRANSVERSUS_FROM = ((-190, 100), (-160, 90), (-120, 84), (-60, 78), (-10, 70), (50, 44), (90, 24))
_CREST = (
    (-196, -84), (-180, -79), (-160, -68), (-145, -57), (-130, -44), (-115, -26), (-102, 2),
    (-92, 22),
)  # fmt: skip
"""y of the hip bone's front end: behind it no wall of the belly."""


def belly_muscles() -> list[Muscle]:
    """Return rectus, obliques and transversus, both sides of each at once."""
    keep = ("belly_wall",)
    return [
        Muscle("rectus", _rectus, "muscle", keep, 0.5, Reach(-283, 128, back=-35)),
        Muscle("external_oblique", _external_oblique, "muscle_across", keep, 0.5, Reach(-150, 168)),
        Muscle("internal_oblique", _internal_oblique, "muscle", keep, 0.5, Reach(-196, 100)),
        Muscle("transversus", _transversus, "muscle_across", keep, 0.5, Reach(-192, 115)),
    ]


def sheaths(slab: Ground) -> tuple[Box, Float]:
    """Return the shares of linea alba, rectus sheath, the obliques' aponeuroses and transversalis fascia."""
    ground = slab.part(Reach(-262, 118, back=-35))
    depth, edge = -ground.wall, ground.x_at(*_SEMILUNAR)
    alba = np.maximum(layer(depth, 3.2, 1.3), ground.across - ground.x_at(*_ALBA) - 2.5)
    before = np.maximum(layer(depth, 0.4, 0.45), ground.across - ground.x_at(*_EXTERNAL_FROM) - 4)
    behind = np.maximum(layer(ground.cavity, 0.5, 0.4), ground.across - edge - 20)
    behind = np.maximum(behind, ground.at((-131, 1), (-130, -1), (70, -1), (71, 1)))
    seam = np.maximum(
        layer(ground.across, edge + 2, 1.6), np.maximum(0.5 - ground.cavity, depth - 12)
    )
    sheet = np.minimum(np.minimum(alba, before), np.minimum(behind, seam))
    front = ground.box.y - ground.y_at((-280, -40), (120, -60))
    return ground.sheet(sheet, front, ground.wall, worn=1.1)


def _rectus(ground: Ground) -> Field:
    inner = ground.x_at(*_ALBA)
    outer = ground.x_at(*_SEMILUNAR) + 1.5 * ground.wander
    middle, reach = (inner + outer) / 2, (outer - inner) / 2
    along = np.clip(np.abs((ground.across - middle) / reach), 0, 1)
    thickness = ground.at(*_RECTUS_MM) * ground.slender(_WOMAN)
    thickness = thickness * np.sqrt(1 - along**3.5) * (1 - 0.55 * _bands(ground))
    sheet = layer(-ground.wall, 0.7 + ground.at(*_RECTUS_MM) / 2, thickness / 2)
    return ground.field(
        sheet + 0.3 * ground.rough,
        inner - ground.across,
        ground.across - outer,
        ground.box.y - ground.y_at((-280, -52), (128, -62)),
    )


def _bands(ground: Ground) -> Float:
    """How much of each place belongs to a tendinous band, 0–1: three zigzags across the rectus."""
    zigzag = 2.5 * ground.noise("zigzag", (60, 60, 9))
    bands = [
        np.exp(-(((ground.box.z - ground.body.height(z) + zigzag) / 3.0) ** 2)) for z in _BANDS
    ]
    return np.asarray(np.maximum.reduce(bands), np.float32)


def _external_oblique(ground: Ground) -> Field:
    behind = ground.y_at((-92, 0), (-40, 6), (0, 16), (60, 24), (120, 20), (170, 0))
    return _side_layer(ground, _CUTS[1], 1.0, _EXTERNAL_FROM, behind, 22)


def _internal_oblique(ground: Ground) -> Field:
    behind = ground.y_at((-92, 22), (-15, 26), (30, 30))
    return _side_layer(ground, *_CUTS, _INTERNAL_FROM, behind, 12, ground.box.z - _margin(ground))


def _transversus(ground: Ground) -> Field:
    behind = ground.y_at((-92, 23), (-15, 26), (30, 32))
    top = ground.box.z - _margin(ground) - 22
    return _side_layer(ground, 0.04, _CUTS[0], _TRANSVERSUS_FROM, behind, 9, top)


def _margin(ground: Ground) -> Float:
    """The height of the costal margin by the distance from the midline."""
    rise = np.interp(ground.across, [45, 75, 105, 125, 145], [88, 62, 34, 8, -12])
    return np.asarray(rise * ground.body.height(100) / 100, np.float32)


def _side_layer(
    ground: Ground,
    inner: float,
    outer: float,
    from_x: tuple[tuple[float, float], ...],
    behind: Float,
    taper_mm: float,
    *tops: Float,
) -> Field:
    """One of the three layers of the side: its share of the wall from the inside, where it starts and ends."""
    total = np.minimum(ground.thick, _MOST_MM) * ground.slender(_WOMAN)
    drift = 0.03 * ground.wander * (outer < 1)
    start = ground.x_at(*from_x) + 3.0 * ground.wander
    end = np.minimum(behind, ground.y_at(*_CREST)) - 2.0 * ground.wander
    thin = np.clip((ground.across - start) / 14, 0, 1) * np.clip(
        (end - ground.box.y) / taper_mm, 0, 1
    )
    half = (outer - inner) / 2 * total * (0.25 + 0.75 * np.sqrt(thin)) + 0.4
    sheet = layer(ground.cavity, ((inner + outer) / 2 + drift) * total, half)
    return ground.field(
        sheet + 0.3 * ground.rough,
        start - ground.across,
        ground.box.y - end,
        *tops,
    )
