"""The muscles that close the jaw, and those from the skull's base to the hyoid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from netcourse.scanner.builder.grid import Field
from netcourse.scanner.builder.head.frame import SIDES, SOFT, HeadFrame, bar, blob, chain, mirrored
from netcourse.scanner.builder.head.skull import Cranium

# Each: points (x, y, z, radius) of its middle, and how it is squeezed along (x, y, z). Drawn by us (K).
_BARS: Mapping[str, tuple[Sequence[Sequence[float]], tuple[float, float, float]]] = {
    "masseter": ([(60, -48, 450, 9), (59, -42, 432, 11), (54, -33, 408, 9)], (1.7, 0.85, 1)),
    "medial_pterygoid": ([(19, -43, 447, 5), (30, -39, 432, 9), (42, -31, 410, 8)], (1.5, 0.9, 1)),
    "lateral_pterygoid": ([(20, -44, 454, 7), (33, -36, 453, 8), (45, -26, 452, 4)], (1, 1, 0.9)),
    "posterior_digastric": ([(49, 2, 442, 4.5), (42, -14, 420, 4), (28, -42, 390, 2.5)], (1, 1, 1)),
    "stylohyoid": ([(36, -14, 426, 2.4), (30, -32, 404, 2.4), (22, -42, 390, 2)], (1, 1, 1)),
    "styloglossus": ([(34, -18, 426, 2.4), (26, -38, 418, 2.6), (21, -50, 412, 2.4)], (1, 1, 1)),
    "longus_capitis": ([(8, -20, 448, 6), (10, -24, 430, 6.5), (12, -26, 412, 5)], (0.9, 1.3, 1)),
    "lateral_rectus_capitis": ([(32, 0, 450, 4), (33, -1, 443, 5)], (1, 1, 1)),
    "levator_palati": ([(26, -20, 448, 2.8), (17, -33, 440, 3.2), (10, -42, 436, 3)], (1, 1, 1)),
}


def carve_jaw_muscles(frame: HeadFrame, cranium: Cranium) -> None:
    """Carve temporalis, masseter, pterygoids and the slender muscles of the parapharyngeal space; keep "jaw_muscle"."""
    box = frame.between((-78, -92, 384), (78, 40, 540))
    if box.empty:
        return
    bone = frame.distance(box, "skull", "face", "mandible", "hyoid", "bone")
    rough = 0.8 * frame.noise("jaw muscles", box, 9)
    vault = Field(cranium.box, cranium.vault).on(box)
    skin = frame.kept["head_skin"].on(box)
    fan = blob(box, (0, -26, 472), (90, 52, 48))
    thick = 6.4 + np.interp(box.z, [455, 470, 490, 515], [17, 13, 8, 2.5]).astype(np.float32)
    thick = thick - 0.0022 * (box.y + 34) ** 2
    fan = np.maximum(np.maximum(fan, vault - thick), np.maximum(44 - np.abs(box.x), 450 - box.z))
    taken = np.maximum(np.maximum(fan, 0.35 - bone), skin + 4.5) + 0.5 * rough
    found = [np.asarray(taken, np.float32)]
    for s in SIDES:
        tendon = bar(box, (s * 53, -45, 466), (s * 49, -44, 444), 9, 5, (1.3, 0.8, 1))
        found.append(np.asarray(np.maximum(tendon, 0.35 - bone) + 0.5 * rough, np.float32))
        for points, flat in _BARS.values():
            d = np.maximum(chain(box, mirrored(points, s), flat), 0.35 - bone)
            found.append(np.asarray(np.maximum(d, skin + 4) + 0.6 * rough, np.float32))
    nearest = box.full(60.0)
    for d in found:
        plane = np.maximum(d, 0.9 + 0.3 * rough - nearest)
        frame.carve(Field(box, plane.astype(np.float32)), "muscle", SOFT)
        np.minimum(nearest, d, out=nearest)
    frame.keep("jaw_muscle", Field(box, nearest))
