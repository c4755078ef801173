"""The eyes with their lenses, muscles, nerves and lacrimal glands, and the chiasm."""

from __future__ import annotations

import numpy as np

from netcourse.scanner.builder.grid import Field
from netcourse.scanner.builder.head.frame import (
    SIDES,
    SOFT,
    HeadFrame,
    bar,
    blob,
    chain,
    field,
)

# Eye 24, lens 9 × 4, nerve 4 (reference anatomy 10, K); places drawn by us.
_EYE, _RADIUS_MM, _COAT_MM = (32.0, -85.0, 470.5), 12.0, 0.9
_APEX = (15.5, -49.0, 474.5)
_RECTI = (
    ("medial", -10.5, 0.0),
    ("lateral", 10.5, 0.0),
    ("upper", 0.5, 10.8),
    ("lower", 0.0, -10.8),
)


def carve_orbits(frame: HeadFrame) -> None:
    """Carve what lies in the orbits, and close the lids over the eyes; keep "eye"."""
    box = frame.between((-60, -112, 446), (60, -26, 496))
    if box.empty:
        return
    rough = 0.25 * frame.noise("orbit soft", box, 6)
    bone = frame.distance(box, "skull", "face")
    skin = frame.kept["head_skin"].on(box)
    radius = _RADIUS_MM * (1.05 if frame.body.woman else 1.0)  # eyes of both are alike
    for s in SIDES:
        x, y, z = s * _EYE[0], _EYE[1], _EYE[2]
        globe = blob(box, (x, y, z), (radius,) * 3)
        globe = np.minimum(globe, blob(box, (x, y - 6.2, z), (7.2, 7.0, 7.2)))
        for _, across, up in _RECTI:
            line = [
                (s * _APEX[0], _APEX[1], _APEX[2], 1.4),
                (s * (24 + 0.75 * across), -67, 473 + 0.9 * up, 2.5),
                (s * (_EYE[0] + 1.04 * across), -82, _EYE[2] + 1.04 * up, 1.3),
            ]
            muscle = chain(box, line, (1.5, 1, 0.8) if up == 0 else (0.8, 1, 1.5))
            muscle = np.maximum(np.maximum(muscle, 0.8 - bone), 0.4 - globe) + rough
            frame.carve(Field(box, muscle.astype(np.float32)), "muscle_across", SOFT)
        oblique = bar(box, (s * 16, -55, 480), (s * 18, -88, 483), 1.3, 1.6)
        frame.carve(field(box, np.maximum(oblique, 0.8 - bone) + rough), "muscle_across", SOFT)
        sheath = chain(
            box, [(s * 31, -73, 470.5, 2.9), (s * 27, -64, 471.5, 2.7), (s * 15, -46, 475, 2.6)]
        )
        frame.carve(field(box, sheath), "csf", SOFT)
        nerve = chain(
            box,
            [
                (s * 31, -72, 470.5, 2.1),
                (s * 27, -64, 471.5, 2.0),
                (s * 15, -46, 475, 2.0),
                (s * 4, -34, 481, 2.4),
            ],
        )
        frame.carve(field(box, nerve), "nerve", ("csf", *SOFT, "marrow", "cortex"))
        lids = np.maximum(np.abs(skin + 2.5) - 2.5, blob(box, (x, -96, z), (15, 9, 11)))
        frame.carve(field(box, np.maximum(lids, -globe)), "muscle_across", SOFT)
        frame.carve(field(box, globe), "tendon", (*SOFT, "muscle_across", "skin", "csf", "nerve"))
        frame.carve(field(box, globe + _COAT_MM), "eye", ("tendon",))
        frame.keep("eye", field(box, globe))
        frame.carve(field(box, blob(box, (x, y - 7.4, z), (4.6, 2.1, 4.6))), "lens", ("eye",))
        gland = np.maximum(blob(box, (s * 44.5, -82, 479), (5.0, 8.5, 7.0)), 0.8 - bone)
        gland = np.maximum(gland, 0.6 - globe) + rough
        frame.carve(field(box, gland), "lacrimal_gland", (*SOFT, "muscle_across"))
    chiasm = bar(box, (-4, -33, 482), (4, -33, 482), 2.4, 2.4, (1, 1, 1.3))
    frame.carve(field(box, chiasm), "nerve", ("csf",))
