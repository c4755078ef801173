"""The muscles of the chest's wall: intercostals, pectorals, serratus, latissimus, trapezius and rhomboids, as layers over the cage."""

from __future__ import annotations

import numpy as np

from netcourse.scanner.builder.grid import FAR_MM, Field
from netcourse.scanner.builder.muscles.competition import Ground, Muscle, Reach, layer
from netcourse.scanner.builder.muscles.shoulder_arm import inner_border_x

# Layers by height of the reference man (height, mm); thicknesses after reference anatomy 3 (K).
_WOMAN = 0.72  # her thickness of the shoulder girdle's muscles against his
_BESIDE_RIB_MM = 9.5
_PECTORAL_MM = ((128, 2), (154, 7), (194, 11), (254, 14), (300, 13))
_PECTORAL_TO = ((128, 82), (164, 104), (204, 124), (254, 148), (290, 150))
_LATISSIMUS_MM = ((-66, 2), (-17, 5), (17, 7), (48, 8), (104, 9), (164, 10), (214, 11), (254, 13))
_LATISSIMUS_FRONT = (
    (-66, 30), (-17, 22), (17, 8), (48, -10), (104, -30), (164, -22), (214, -18), (260, -24),
)  # fmt: skip
_LATISSIMUS_FROM = (
    (-66, 92),
    (-17, 84),
    (17, 74),
    (48, 60),
    (104, 34),
    (150, 24),
    (190, 50),
    (254, 118),
)
_TRAPEZIUS_MM = (
    (40, 2.0), (104, 4.4), (180, 6.0), (254, 7.5), (310, 9.0), (345, 7.5), (395, 5.0), (450, 2.5),
)  # fmt: skip
_TRAPEZIUS_TO = (
    (44, 2), (74, 11), (104, 26), (164, 64), (214, 96), (254, 112), (300, 132), (320, 106),
    (345, 64), (395, 38), (452, 20),
)  # fmt: skip


def chest_muscles() -> list[Muscle]:
    """Return the muscles over the cage and between the ribs, both sides of each at once."""
    return [
        Muscle("inner_intercostal", _inner_intercostal, "muscle_across", (), 0.35, Reach(-60, 300)),
        Muscle("outer_intercostal", _outer_intercostal, "muscle_across", (), 0.35, Reach(-60, 300)),
        Muscle(
            "pectoralis_major",
            _pectoralis_major,
            "muscle_across",
            (),
            0.9,
            Reach(128, 296, back=-20),
        ),
        Muscle("pectoralis_minor", _pectoralis_minor, "muscle", (), 0.9, Reach(186, 300, back=-30)),
        Muscle("serratus_anterior", _serratus, "muscle_across", (), 0.7, Reach(112, 292)),
        Muscle("latissimus", _latissimus, "muscle_across", (), 0.6, Reach(-66, 262, front=-50)),
        Muscle(
            "trapezius",
            _trapezius,
            "muscle_across",
            ("back_muscle",),
            0.5,
            Reach(44, 448, front=4),
        ),
        Muscle(
            "rhomboids",
            _rhomboids,
            "muscle_across",
            ("back_muscle",),
            0.5,
            Reach(180, 308, front=20),
        ),
    ]


def _inner_intercostal(ground: Ground) -> Field:
    return _intercostal(ground, 2.7, 1.6)


def _outer_intercostal(ground: Ground) -> Field:
    return _intercostal(ground, 5.9, 1.7)


def _intercostal(ground: Ground, depth_mm: float, half_mm: float) -> Field:
    """A layer of the muscles between the ribs: a shell of the cage, the ribs come over it."""
    ribs = ground.space.distance(ground.box, "rib", "costal_cartilage")
    sheet = layer(ground.cavity, depth_mm + 0.5 * ground.wander, half_mm)
    beside_spine = np.minimum(38 - ground.across, ground.box.y + 30)
    beside_sternum = np.minimum(18 - ground.across, -60 - ground.box.y)
    return ground.field(
        sheet + 0.3 * ground.rough,
        beside_spine,
        beside_sternum,
        ribs - _BESIDE_RIB_MM,
        ground.wall + 1.0,
    )


def _pectoralis_major(ground: Ground) -> Field:
    thickness = ground.at(*_PECTORAL_MM) * ground.slender(0.62)
    end = ground.x_at(*_PECTORAL_TO) + 3.0 * ground.wander
    half = thickness / 2 * np.clip((end - ground.across) / 30 + 0.25, 0.3, 1)
    return ground.field(
        layer(-ground.wall, thickness / 2 + 0.4, half) + 0.5 * ground.rough,
        ground.across - end,
        13 - ground.across,
        ground.box.y - ground.y_at((128, -40), (254, -28)),
    )


def _pectoralis_minor(ground: Ground) -> Field:
    spread = np.clip(ground.across - 70, 0, 60)
    return ground.field(
        layer(ground.cavity, 13.5 + 0.12 * spread, 4.2 * ground.slender(_WOMAN))
        + 0.5 * ground.rough,
        ground.x_at((184, 68), (254, 62), (300, 84)) - ground.across,
        ground.across - ground.x_at((184, 100), (254, 114), (300, 120)),
        ground.box.y - ground.y_at((184, -46), (254, -38)),
    )


def _serratus(ground: Ground) -> Field:
    teeth = 10 * np.sin(ground.box.z / 9)
    front = ground.y_at((104, -30), (150, -62), (254, -66), (290, -40)) + teeth
    behind = np.where(
        ground.box.y > ground.y_at((104, 30), (254, 42)),
        inner_border_x(ground) + 2 - ground.across,
        -FAR_MM,
    )
    half = 4.2 * np.clip((ground.box.y - front) / 30, 0.15, 1) * ground.slender(_WOMAN)
    return ground.field(
        layer(ground.cavity, 13.0, half) + 0.4 * ground.rough,
        front - ground.box.y,
        ground.x_at((104, 90), (200, 60), (290, 54)) - ground.across,
        behind.astype(np.float32),
    )


def _latissimus(ground: Ground) -> Field:
    thickness = ground.at(*_LATISSIMUS_MM) * ground.slender(_WOMAN)
    front = ground.y_at(*_LATISSIMUS_FRONT) + 3.0 * ground.wander
    half = thickness / 2 * np.clip((ground.box.y - front) / 14 + 0.2, 0.2, 1)
    return ground.field(
        layer(-ground.wall, thickness / 2 + 0.5, half) + 0.4 * ground.rough,
        front - ground.box.y,
        ground.x_at(*_LATISSIMUS_FROM) - ground.across,
    )


def _trapezius(ground: Ground) -> Field:
    half = ground.at(*_TRAPEZIUS_MM) / 2 * ground.slender(_WOMAN)
    end = ground.x_at(*_TRAPEZIUS_TO) + 3.0 * ground.wander
    half = half * np.clip((end - ground.across) / 16 + 0.2, 0.2, 1)
    return ground.field(
        layer(-ground.wall, half + 0.5, half) + 0.4 * ground.rough,
        ground.across - end,
        1.2 - ground.across,
        ground.y_at((40, 34), (254, 38), (320, 24), (345, 14), (395, 36), (448, 50)) - ground.box.y,
    )


def _rhomboids(ground: Ground) -> Field:
    over = ground.at(*_TRAPEZIUS_MM) * ground.slender(_WOMAN)
    edge = inner_border_x(ground) - 1
    low = ground.body.height(182) + 0.32 * ground.across
    return ground.field(
        layer(-ground.wall, over + 4.2 + 0.03 * ground.across, 3.0 * ground.slender(_WOMAN))
        + 0.4 * ground.rough,
        4 - ground.across,
        ground.across - edge,
        (low - ground.box.z).astype(np.float32),
        ground.y_at((180, 44), (310, 30)) - ground.box.y,
    )


def _serratus_posterior(ground: Ground) -> Field:
    over = ground.at(*_LATISSIMUS_MM) * ground.slender(_WOMAN)
    edge = ground.x_at((-34, 52), (10, 64), (66, 96)) + 2 * ground.wander
    half = 1.5 * np.clip((ground.across - edge) / 12 + 0.2, 0.2, 1) + 0.3
    return ground.field(
        layer(-ground.wall, over + 2.6, half) + 0.3 * ground.rough,
        edge - ground.across,
        ground.across - ground.x_at((-34, 92), (10, 118), (66, 132)),
        ground.y_at((-34, 20), (66, 16)) - ground.box.y,
    )
