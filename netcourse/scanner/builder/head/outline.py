"""The head's skin: scalp over the vault, the face with nose and lips, and the ears."""

from __future__ import annotations

import numpy as np

from netcourse.scanner.builder.body import table
from netcourse.scanner.builder.grid import Box, Field, Float, smooth_min
from netcourse.scanner.builder.head.frame import SIDES, SOFT, HeadFrame, bar, blob, field
from netcourse.scanner.builder.head.skull import egg
from netcourse.scanner.builder.outline import SKIN_MM, Outline
from netcourse.scanner.builder.shapes import Loft

_SEAM_MM = 9.0
_DEEP_MM = 11.0  # deeper, fat lies between muscles and not under the skin


def head_skin(frame: HeadFrame, box: Box) -> Float:
    """Return the distance from the head's skin, the neck not included."""
    data, vault = table("face"), table("skull")["vault"]
    keys = {}
    for row in data["skin"]:
        half = np.array(row["half"], float)
        keys[float(row["z"])] = np.vstack([half, half[-2:0:-1] * (-1, 1)])
    face = Loft(keys, 368.0, 505.0, 9.0, 16.0).field(frame).on(box)
    d = smooth_min(egg(box) - (vault["thick_mm"] + data["scalp_mm"]), face, 8.0)
    bridge = bar(box, (0, -104, 482), (0, -121, 457), 4.8, 7.4, (0.85, 1, 1))
    d = smooth_min(d, bridge, 5.0)
    for s in SIDES:
        d = smooth_min(d, blob(box, (s * 9, -111, 454), (7.5, 8, 6)), 4.0)
        d = smooth_min(d, blob(box, (s * 32, -95, 470), (15, 5.5, 10)), 4.0)
    for z, axes in ((433, (22, 5.5, 5.2)), (421, (19, 5.5, 5.6))):
        d = smooth_min(d, blob(box, (0, -108.5, z), axes), 3.0)
    d = smooth_min(d, blob(box, (0, -100, 382), (17, 9.5, 14)), 6.0)
    return np.asarray(d + 0.35 * frame.noise("skin", box, 14), np.float32)


def carve_head_skin(frame: HeadFrame, outline: Outline) -> None:
    """Carve skin and fat of the head where the body's outline left air; the neck's skin gives way under the jaw."""
    box = frame.head
    if box.empty:
        return
    neck = outline.skin(frame.in_body(box))
    head = head_skin(frame, box)
    shoulders = np.abs(box.x) - 92 + np.maximum(400 - box.z, 0) * 0.3
    skin = np.where(shoulders < 0, smooth_min(head, neck, _SEAM_MM), 60.0)
    over = ("air", "skin")
    frame.carve((box, skin < 0), "skin", over)
    frame.carve((box, skin < -SKIN_MM), "subcutaneous_fat", over)
    frame.carve((box, skin < -_DEEP_MM), "muscle_fat", ("subcutaneous_fat", "visceral_fat"))
    frame.keep("head_skin", Field(box, skin.astype(np.float32)))
    _carve_ears(frame, skin)
    _carve_nostrils(frame)


def _carve_ears(frame: HeadFrame, skin: Float) -> None:
    for s in SIDES:
        box = frame.between(*np.sort([(s * 70, -26, 420), (s * 104, 36, 500)], axis=0))
        if box.empty:
            continue
        x, y = s * box.x, box.y
        lean = 80.5 + 0.32 * (y - 2) - 0.02 * np.abs(box.z - 462)
        form = np.sqrt(((y - 4 - 0.12 * (box.z - 462)) / 16) ** 2 + ((box.z - 461) / 29) ** 2)
        rim = 2.4 * np.exp(-(((form - 0.92) / 0.12) ** 2)) + 1.4 * np.exp(
            -(((form - 0.6) / 0.1) ** 2)
        )
        sheet = np.maximum(np.abs(x - lean) - 1.9 - rim, (form - 1) * 15)
        root = bar(box, (s * 72, 0, 462), (s * 82, 5, 462), 11, 6, (1, 1, 0.5))
        ear = smooth_min(np.asarray(sheet, np.float32), root, 4.0)
        ear = np.asarray(ear + 0.5 * frame.noise("ear", box, 7), np.float32)
        frame.carve(Field(box, ear), "skin", ("air",))
        core = np.clip(0.8 - np.abs(ear + 2.2), 0, 0.75) * (box.z > 446)
        frame.cover((box, core.astype(np.float32)), "cartilage", ("skin",))


def _carve_nostrils(frame: HeadFrame) -> None:
    box = frame.between((-20, -128, 440), (20, -96, 470))
    if box.empty:
        return
    for s in SIDES:
        passage = bar(box, (s * 6, -114, 446), (s * 7, -104, 455), 3.3)
        frame.carve(field(box, passage - 1.6), "airway_wall", SOFT)
        frame.carve(field(box, passage), "gas", ("airway_wall", "skin"))
    septum = np.clip(0.9 - np.abs(box.x), 0, 0.75) * (frame.kept["head_skin"].on(box) < -2.5)
    frame.cover((box, septum.astype(np.float32)), "cartilage", ("subcutaneous_fat", "muscle_fat"))
