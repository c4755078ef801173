"""Salivary glands and thyroid."""

from __future__ import annotations

import numpy as np

from netcourse.scanner.builder.grid import Box, Field, Float, smooth_min
from netcourse.scanner.builder.head.frame import SIDES, SOFT, HeadFrame, blob, chain

# Parotid 25–30 mL, 55 × 40 × 30; submandibular 8–10 mL, 35 × 20; sublingual 3 mL K. Thyroid lobes 15.7 × 20.9 × 61.8 right, 15.2 × 18.9 ×
# 58.5 left V29 (koreamed RID 2276280), 17.5 mL, isthmus 3–5 on rings 2–4 (reference anatomy 10). Places drawn by us.
_LOBES = {-1: (7.9, 10.6, 31.5), 1: (7.6, 9.6, 29.5)}


def carve_salivary_glands(frame: HeadFrame) -> None:
    """Carve parotid, submandibular and sublingual glands, lobulated, fat between their lobules; keep "salivary"."""
    box = frame.between((-78, -100, 376), (78, 10, 474))
    if box.empty:
        return
    bone = frame.distance(box, "skull", "face", "mandible", "hyoid", "bone")
    skin = frame.kept["head_skin"].on(box)
    rough = frame.noise("salivary", box, 8)
    found = []
    for s in SIDES:
        parotid = smooth_min(
            blob(box, (s * 65, -24, 430), (13, 25, 33)),
            blob(box, (s * 52, -13, 428), (15, 12, 25)),
            6,
        )
        below = smooth_min(
            blob(box, (s * 31, -50, 391), (11.5, 19, 13)),
            blob(box, (s * 24, -60, 397), (5, 11, 5)),
            4,
        )
        under = blob(box, (s * 16, -76, 403), (6.5, 18, 8.5))
        for d in (parotid, below, under):
            d = np.maximum(d + 1.0 * rough, 1.0 - bone)
            found.append(np.asarray(np.maximum(d, skin + 4.8), np.float32))
    whole = found[0]
    for d in found[1:]:
        whole = np.minimum(whole, d)
    soft = ~frame.is_(box, *SOFT)
    frame.carve(Field(box, whole), "salivary_gland", SOFT)
    fine = frame.noise("lobules", box, 3.6)
    share = (
        np.clip(0.38 - 1.1 * np.abs(fine), 0, 0.5)
        * (whole < 0)
        * (box.z > 402)
        * (np.abs(box.x) > 36)
    )
    frame.cover((box, share.astype(np.float32)), "muscle_fat", ("salivary_gland",))
    frame.keep("salivary", Field(box, np.where(soft, np.maximum(whole, 0.5), whole)))


def carve_thyroid(frame: HeadFrame) -> None:
    """Carve the thyroid's two lobes and its isthmus, off trachea, carotids and oesophagus; keep "thyroid"."""
    box = frame.between((-36, -60, 296), (36, -12, 372))
    if box.empty:
        return
    size = 0.94 if frame.body.woman else 0.98
    rough = 0.8 * frame.noise("thyroid", box, 9)
    out = box.full(60.0)
    for s, axes in _LOBES.items():
        lean = s * (15.0 + 0.13 * (box.z - 333))
        shape = tuple(a * size for a in axes)
        lobe = _leaning(box, lean, (-36.0, 333.0), shape)
        np.minimum(out, lobe, out=out)
    arch = chain(
        box,
        [
            (-12, -41, 325, 2.6),
            (-6, -44.8, 325, 2.4),
            (0, -46.0, 325, 2.2),
            (6, -44.8, 325, 2.4),
            (12, -41, 325, 2.6),
        ],
        (1, 1, 0.36),
    )
    out = smooth_min(out, arch, 4.0) + rough
    if "airway" in frame.kept:
        out = np.maximum(out, 0.9 - frame.distance(box, "airway"))
    busy = frame.is_(
        box, "artery", "upper_vein", "airway", "airway_wall", "cartilage", "oesophagus_wall", "gas"
    )
    gland = Field(box, np.where(busy, 1.0, out).astype(np.float32))
    frame.carve(gland, "thyroid", (*SOFT, "mediastinal_fat", "muscle", "muscle_across"))
    frame.keep("thyroid", gland)


def _leaning(box: Box, x: Float, yz: tuple[float, float], axes: tuple[float, ...]) -> Float:
    """An ellipsoid whose middle moves sideways with height."""
    a, b, c = axes
    q = np.sqrt(((box.x - x) / a) ** 2 + ((box.y - yz[0]) / b) ** 2 + ((box.z - yz[1]) / c) ** 2)
    return np.asarray((q - 1) * min(a, b), np.float32)
