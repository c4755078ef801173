"""Mouth and throat: tongue, palate, tonsils, lips and cheeks, pharynx, larynx with its cartilages, trachea to where the chest begins."""

from __future__ import annotations

import numpy as np

from netcourse.scanner.builder.grid import Box, Field, Float, smooth_min
from netcourse.scanner.builder.head.frame import (
    SIDES,
    SOFT,
    HeadFrame,
    bar,
    blob,
    chain,
    field,
)

_WALL_MM = 3.0
# Middle of the air's column from the roof of the pharynx to the trachea: y, z, half width, half depth (mm). Drawn by us (K).
_COLUMN = np.array(
    [
        [-36, 454, 8, 4], [-37, 448, 12, 8], [-36, 440, 12, 8], [-33, 430, 11, 5], [-33, 420, 11, 5.5], [-35, 408, 12, 6.5],
        [-37, 396, 13, 6.5], [-40, 386, 11, 6], [-43, 378, 5.5, 8], [-44, 371, 3.6, 9], [-44, 367, 1.6, 9.5], [-43, 362, 5.0, 8.5],
        [-40.5, 354, 7.6, 8.2], [-37, 343, 8.6, 8.6], [-33.5, 331, 8.7, 8.6], [-30, 322, 8.8, 8.8],
    ]
)  # fmt: skip


def draw_column(frame: HeadFrame, box: Box) -> Float:
    """Return the distance from the air of the throat, from the nose's rear openings to the trachea."""
    rows = _COLUMN[np.argsort(_COLUMN[:, 1])]
    y, wide, deep = (np.interp(box.z, rows[:, 1], rows[:, k]).astype(np.float32) for k in (0, 2, 3))
    u, v = box.x / wide, (box.y - y) / deep
    d = (np.sqrt(u * u + v * v) - 1) * np.minimum(wide, deep)
    beyond = np.maximum(box.z - rows[-1, 1], rows[0, 1] - box.z)
    return np.asarray(np.maximum(d, beyond) + 0.4 * frame.noise("throat", box, 9), np.float32)


def carve_mouth(frame: HeadFrame) -> None:
    """Carve tongue, floor of the mouth, lips, cheeks, soft palate and tonsils."""
    box = frame.between((-62, -126, 366), (62, -16, 462))
    if box.empty:
        return
    bone = frame.distance(box, "face", "mandible", "hyoid")
    skin = frame.kept["head_skin"].on(box)
    rough = 0.7 * frame.noise("mouth", box, 8)
    teeth = frame.is_(box, "tooth", "ligament")
    tongue = smooth_min(
        blob(box, (0, -64, 424), (23, 31, 18)), blob(box, (0, -46, 412), (19, 15, 19)), 6
    )
    floor = smooth_min(bar(box, (0, -88, 396), (0, -58, 388), 9, 8, (0.55, 1, 1)), tongue, 5)
    soft = np.maximum(floor + rough, 1.0 - bone)
    frame.carve((box, (soft < 0) & ~teeth), "muscle_across", SOFT)
    septum = np.exp(-((box.x / 1.2) ** 2)) * (soft < -3) * (frame.noise("tongue", box, 7) > -0.6)
    frame.cover((box, (0.7 * septum).astype(np.float32)), "muscle_fat", ("muscle_across",))
    streaks = np.clip(0.9 * frame.noise("genioglossus", box, (12, 9, 3)) - 0.75, 0, 0.5) * (
        soft < -2
    )
    frame.cover((box, streaks.astype(np.float32)), "muscle_fat", ("muscle_across",))
    frame.keep("tongue", Field(box, soft.astype(np.float32)))
    sling = np.abs(box.z - (388 + 0.30 * (np.abs(box.x) - 10) - 0.08 * (box.y + 70))) - 1.6
    inner = blob(box, (0, -66, 396), (34, 31, 26))
    sling = np.maximum(np.maximum(sling, inner), 0.6 - bone)
    frame.carve(field(box, sling + 0.4 * rough), "muscle_across", SOFT)
    for s in SIDES:
        belly = bar(box, (s * 8, -91, 380), (s * 15, -55, 380), 4.2, 3.2, (1, 1, 1.25))
        frame.carve(field(box, np.maximum(belly, 0.6 - bone) + 0.4 * rough), "muscle", SOFT)
        cheek = np.abs(np.hypot(s * box.x - 10, 0.8 * (box.y + 66)) - 31.5) - 1.3
        cheek = np.maximum(cheek, np.maximum(np.abs(box.z - 424) - 15, 18 - s * box.x))
        frame.carve(field(box, np.maximum(cheek + 0.4 * rough, 0.9 - bone)), "muscle_across", SOFT)
    ring = np.maximum(np.abs(skin + 7.0) - 2.4, blob(box, (0, -106, 427), (29, 20, 15)))
    frame.carve(field(box, np.maximum(ring + 0.5 * rough, 0.5 - bone)), "muscle_across", SOFT)
    lips = np.maximum(np.abs(skin + 3.5) - 2.5, blob(box, (0, -110, 427), (24, 12, 9)))
    frame.carve(field(box, lips + 0.4 * rough), "muscle_across", SOFT)
    slit = np.maximum(
        np.abs(box.z - 427 - 0.004 * box.x**2) - 0.55, np.maximum(np.abs(box.x) - 24, box.y + 99)
    )
    frame.cover(
        (box, np.clip(0.5 - slit, 0, 1) * (skin < 1)), "gas", ("skin", "muscle_across", *SOFT)
    )
    _carve_palate(frame, box, rough)


def _carve_palate(frame: HeadFrame, box: Box, rough: Float) -> None:
    veil = chain(
        box,
        [(0, -51, 443, 3.6), (0, -43, 438, 4.4), (0, -38, 430, 3.8), (0, -37, 421, 2.6)],
        (0.32, 1, 1),
    )
    veil = np.maximum(veil, np.abs(box.x) - np.interp(box.z, [418, 426, 430, 436], [3, 4, 13, 17]))
    frame.carve(field(box, veil + 0.4 * rough), "muscle_across", ("gas", *SOFT, "muscle_across"))
    frame.keep("palate", field(box, veil + 0.4 * rough))
    for s in SIDES:
        tonsil = blob(box, (s * 18, -38, 422), (5.5, 8, 11)) + rough
        frame.carve(field(box, tonsil), "tonsil", (*SOFT, "muscle_across"))
        lingual = blob(box, (s * 8, -43, 404), (9, 4.5, 10)) + rough
        frame.carve(field(box, lingual), "tonsil", (*SOFT, "muscle_across"))


def carve_throat(frame: HeadFrame) -> None:
    """Carve pharynx and larynx with walls and cartilages, down to the trachea that the chest drew; keep "throat"."""
    box = frame.between((-40, -72, 318), (40, -6, 460))
    if box.empty:
        return
    air = draw_column(frame, box)
    sinus = np.minimum(
        *(bar(box, (s * 9, -36, 388), (s * 13, -37, 372), 4.0, 2.0, (0.8, 1, 1)) for s in SIDES)
    )
    air = np.asarray(np.minimum(air, sinus), np.float32)
    vertebra = frame.distance(box, "bone", "disc")
    air = np.maximum(air, 4.5 - vertebra)
    if "palate" in frame.kept:
        air = np.maximum(air, 0.3 - frame.kept["palate"].on(box))
    soft = (*SOFT, "muscle", "muscle_across", "tonsil")
    upper = box.z > 384
    wall = np.where(upper, air - _WALL_MM, air - 1.8)
    frame.carve((box, (wall < 0) & (box.z > 330)), "airway_wall", SOFT)
    frame.carve((box, (wall < 0) & (air < 1.5) & (box.z > 330)), "airway_wall", soft)
    adenoid = blob(box, (0, -28, 450), (12, 5, 7)) + 0.8 * frame.noise("adenoid", box, 6)
    frame.carve((box, (adenoid < 0) & (air > 0.5)), "tonsil", ("airway_wall", *SOFT))
    frame.carve((box, (air < 0) & (box.z > 330)), "airway", ("airway_wall", *soft))
    gullet = np.maximum(blob(box, (3, -24, 344), (9.5, 4.2, 26)), 1.0 - vertebra)
    gullet = np.maximum(gullet, 1.2 - air)
    frame.carve((box, (gullet < 0) & (box.z > 329)), "oesophagus_wall", SOFT)
    constrictor = np.maximum(
        blob(box, (0, -29, 374), (17, 6, 20)), np.maximum(1.5 - vertebra, 1.5 - air)
    )
    frame.carve(field(box, constrictor), "muscle_across", SOFT)
    frame.keep("throat", Field(box, np.minimum(wall, gullet).astype(np.float32)))
    _carve_larynx(frame, air)


def _carve_larynx(frame: HeadFrame, air: Float) -> None:
    """Thyroid, cricoid and arytenoid cartilages, ossified in patches; epiglottis, vocal folds, fat before them."""
    box = frame.between((-40, -72, 318), (40, -6, 460))
    size = 1.0 if not frame.body.woman else 0.92
    keel = np.interp(box.z, [356, 366, 378, 384], [-55, -58, -60, -56]).astype(np.float32)
    across = np.abs(box.x) / size
    shield = np.abs(np.hypot(across * 0.83, 0.0) - 0.62 * (box.y - keel)) / 1.18 - 1.5
    top = 382 + 6 * np.exp(-(((box.y + 33) / 5) ** 2)) - 7 * np.exp(-((across / 6) ** 2))
    shield = np.maximum(shield, np.maximum(np.maximum(355 - box.z, box.z - top), box.y + 30))
    shield = np.maximum(shield, across - 24)
    ring = np.abs(np.hypot(box.x / size, box.y + 39.5) - 11.6) - 1.6
    height = np.interp(box.y, [-54, -46, -30, -26], [3.0, 4.0, 11.0, 11.0]).astype(np.float32)
    ring = np.maximum(ring, np.abs(box.z - 349 - 0.30 * (height - 3)) - height)
    patches = frame.noise("ossified", box, 7) + 0.5 * frame.noise("ossified fine", box, 3)
    hyoid = frame.distance(box, "hyoid") if "hyoid" in frame.kept else box.full(60.0)
    for d in (shield, ring):
        d = np.maximum(d + 0.2 * frame.noise("larynx", box, 5), 1.5 - hyoid)
        frame.carve(
            (box, (d < 0) & (air > 0.8)),
            "cartilage",
            (*SOFT, "airway_wall", "muscle", "muscle_across"),
        )
        rim = np.clip(1.0 - np.abs(d + 0.5), 0, 0.75) * (patches > 0.1) * (air > 0.8)
        frame.cover((box, rim.astype(np.float32)), "cortex", ("cartilage",))
        frame.cover(
            (box, (0.75 * (d < -1.0) * (patches > 0.1)).astype(np.float32)),
            "marrow_fat",
            ("cartilage",),
        )
    for s in SIDES:
        arytenoid = bar(box, (s * 5, -35, 362), (s * 4, -36, 371), 3.0, 1.6)
        frame.carve(
            field(box, np.maximum(arytenoid, 0.8 - air)), "cartilage", (*SOFT, "airway_wall")
        )
        fold = bar(box, (s * 1.8, -56, 367), (s * 4, -38, 366.5), 2.6, 3.2, (1, 1, 0.8))
        frame.carve((box, (fold < 0) & (air > 0)), "muscle_across", (*SOFT, "airway_wall"))
    leaf = np.abs(box.y + 45.5 - 0.5 * (box.z - 386) - 0.035 * box.x**2) - 1.3
    leaf = np.maximum(leaf, blob(box, (0, -45, 388), (12, 14, 15)))
    frame.carve(field(box, leaf), "airway_wall", ("airway", "muscle_fat", "airway_wall"))
    core = np.clip(0.9 - np.abs(leaf + 1.1), 0, 0.75)
    frame.cover((box, core.astype(np.float32)), "cartilage", ("airway_wall",))
