"""The brain: cortex in folds over white matter, deep grey matter, ventricles, cerebellum, stem, dura and cisterns; the pituitary."""

from __future__ import annotations

import numpy as np

from netcourse.scanner.builder.grid import Box, Field, Float, smooth_min
from netcourse.scanner.builder.head.frame import SIDES, HeadFrame, bar, blob, chain, field, mirrored
from netcourse.scanner.builder.head.skull import Cranium

# Sizes after reference anatomy 10: cortex 2–4, sulci 2–3, third ventricle 3.9 and frontal horns 34.9 wide, fourth 12.8 × 10.3 V33
# (intjmorphol.com art_id=5889), lateral ventricles 20 mL at 30 years V33b. Places drawn by us (K).
_CORTEX_MM, _SULCUS_MM, _SULCUS_DEEP_MM = 3.1, 0.65, 15.0
_BRAIN = ("brain_white", "brain_grey")


def tentorium(box: Box) -> Float:
    """Return how far a place lies above the tentorium, mm: a tent whose ridge rises to the midline."""
    across = np.abs(box.x)
    edge = 481 - 0.06 * (box.y - 10)
    ridge = 503 - 0.34 * np.maximum(box.y - 12, 0)
    height = edge + (ridge - edge) * np.exp(-((across / 24) ** 2))
    front = np.clip((box.y + 16) / 14, 0, 1)
    return np.asarray((box.z - (457 * (1 - front) + height * front)) * 0.8, np.float32)


def carve_brain(frame: HeadFrame, cranium: Cranium) -> None:
    """Carve what lies in the cranium; keep "brain" and "pituitary"."""
    box = cranium.box
    inside = cranium.inside
    frame.carve((box, (inside < 0) & ~frame.is_(box, "cortex", "marrow")), "csf")
    above = tentorium(box)
    cerebrum = _cerebrum(frame, cranium, above)
    stem = _stem(box)
    cerebellum = _cerebellum(frame, inside, above, stem)
    _carve_cerebrum(frame, box, cerebrum)
    _carve_deep(frame, box)
    _carve_cerebellum(frame, box, cerebellum)
    stem = np.maximum(stem, inside + 1.0)
    frame.carve((box, stem < 0), "brain_white", ("csf", "brain_white", "brain_grey", "cerebellum"))
    _carve_ventricles(frame, box)
    _carve_dura(frame, cranium, above)
    frame.keep("brain", Field(box, np.minimum(np.minimum(cerebrum, cerebellum), stem)))
    _carve_pituitary(frame)


def _cerebrum(frame: HeadFrame, cranium: Cranium, above: Float) -> Float:
    """The hemispheres' outer surface, apart in the midline, off dura, tentorium and cisterns."""
    box = cranium.box
    gap = 0.9 + 0.4 * frame.noise("subdural", box, 14)
    wave = 1.2 * frame.noise("falx", box, 30)
    cleft = (
        1.4 - np.abs(box.x - wave) - 9 * np.clip(1 - blob(box, (0, -16, 503), (20, 34, 17)), 0, 1)
    )
    d = np.maximum(np.maximum(cranium.inside + gap, cleft), 1.5 - above)
    cisterns = np.minimum(
        blob(box, (0, -32, 482), (14, 11, 8)), blob(box, (0, -8, 484), (15, 12, 11))
    )
    cisterns = np.minimum(cisterns, blob(box, (0, 14, 500), (11, 6, 8)))
    return np.asarray(np.maximum(d, -cisterns), np.float32)


def _carve_cerebrum(frame: HeadFrame, box: Box, cerebrum: Float) -> None:
    """Grey ribbon and white matter: sulci are sheets where wide noise crosses zero, down to 15 mm."""
    folds = frame.noise("folds", box, 12.5) + 0.4 * frame.noise("folds fine", box, 7)
    folds += 0.25 * np.sin(box.x / 5.5)
    z, y, x = np.gradient(folds, 1.5, 1.0, 1.0)
    sheet = np.abs(folds) / np.sqrt(z * z + y * y + x * x + 0.0016)
    depth = _SULCUS_DEEP_MM + 3 * frame.noise("depth", box, 25)
    sulcus = np.maximum(sheet - _SULCUS_MM * (1 + cerebrum / 26), -depth - cerebrum)
    for s in SIDES:
        sylvian = bar(box, (s * 66, -34, 487), (s * 34, -26, 490), 2.2, 2.6, (1, 0.16, 1))
        sulcus = np.minimum(sulcus, sylvian)
    d = np.maximum(cerebrum, -sulcus).astype(np.float32)
    ribbon = _CORTEX_MM + 0.4 * frame.noise("ribbon", box, 9)
    frame.carve((box, d < 0), "brain_grey", ("csf",))
    frame.carve((box, d < -ribbon), "brain_white", ("brain_grey",))
    share = np.clip(0.5 - d, 0, 1) * (d > -0.5)
    frame.cover((box, share.astype(np.float32)), "brain_grey", ("csf",))


def _carve_deep(frame: HeadFrame, box: Box) -> None:
    """Corpus callosum, thalamus, caudate and putamen (striatum), pallidum, insula, claustrum left out."""
    rough = 0.7 * frame.noise("deep", box, 7)
    core = np.minimum(
        blob(box, (0, -12, 500), (34, 44, 20)),
        chain(
            box,
            [
                (0, -52, 506, 5),
                (0, -40, 521, 4),
                (0, -10, 526, 4),
                (0, 18, 517, 5),
                (0, 22, 508, 5),
            ],
            (0.35, 1, 1),
        ),
    )
    frame.carve((box, core + rough < 0), "brain_white", _BRAIN)
    for s in SIDES:
        thalamus = blob(box, (s * 11.5, -1, 502), (9.5, 15, 9.5))
        pallidum = blob(box, (s * 19, -16, 498), (4.5, 10, 6.5))
        putamen = np.maximum(blob(box, (s * 25.5, -17, 500), (5.2, 18, 10)), 0.8 - pallidum)
        head = bar(box, (s * 12, -36, 505), (s * 13, -22, 514), 6.6, 4.6, (1.15, 1, 1))
        tail = chain(
            box, mirrored([(13, -22, 514, 4.4), (18, -2, 518, 3.0), (26, 16, 510, 2.2)], s)
        )
        caudate = np.minimum(head, tail)
        insula = np.maximum(
            np.abs(s * box.x - 36 + 0.0022 * (box.y + 18) ** 2) - 1.7,
            blob(box, (s * 35, -18, 498), (9, 25, 16)),
        )
        for name, d in (
            ("brain_grey", thalamus),
            ("brain_grey", insula),
            ("striatum", putamen),
            ("striatum", caudate),
        ):
            frame.carve((box, d + rough < 0), name, _BRAIN)
        cover = np.clip(0.5 - (pallidum + rough), 0, 0.5)
        frame.cover((box, cover.astype(np.float32)), "brain_grey", ("brain_white",))


def _stem(box: Box) -> Float:
    """Midbrain with peduncles, pons, medulla down to the cord."""
    mid = np.minimum(*(bar(box, (s * 10, -14, 492), (s * 6, -10, 480), 7, 8) for s in SIDES))
    mid = smooth_min(mid, blob(box, (0, -1, 489), (13, 10, 9)), 4)
    pons = blob(box, (0, -7, 471), (17, 12, 13))
    medulla = bar(box, (0, -1, 462), (0, 9, 434), 8.5, 6.0, (0.85, 1, 1))
    return smooth_min(smooth_min(mid, pons, 4), medulla, 4)


def _cerebellum(frame: HeadFrame, inside: Float, above: Float, stem: Float) -> Float:
    box = frame.head
    lobes = np.minimum(*(blob(box, (s * 25, 27, 462), (31, 33, 25)) for s in SIDES))
    lobes = smooth_min(lobes, blob(box, (0, 27, 474), (15, 27, 22)), 5.0)
    cleft = bar(box, (0, 62, 450), (0, 40, 444), 3.2, 6)
    d = np.maximum(np.maximum(lobes, inside + 2.2), above + 1.6)
    d = np.maximum(np.maximum(d, -cleft), 1.2 - stem - 3.5 * (np.abs(box.x) > 10))
    return np.asarray(d + 0.5 * frame.noise("cerebellum", box, 8), np.float32)


def _carve_cerebellum(frame: HeadFrame, box: Box, d: Float) -> None:
    """Cerebellum with folia: fine fluid lines, nearly parallel; white matter branches from the middle."""
    folia = np.sin(2.1 * (box.z - 462 + 0.35 * (box.y - 25)) + 1.6 * frame.noise("folia", box, 10))
    frame.carve((box, d < 0), "cerebellum", ("csf", *_BRAIN))
    lines = np.clip(0.55 * (folia - 0.55), 0, 0.25) * (d > -9)
    frame.cover((box, lines.astype(np.float32)), "csf", ("cerebellum",))
    core = np.minimum(*(blob(box, (s * 20, 20, 463), (15, 13, 8)) for s in SIDES))
    core = core + 2.2 * frame.noise("arbor", box, 5)
    frame.carve((box, (core < 0) & (d < -3)), "brain_white", ("cerebellum",))


def _carve_ventricles(frame: HeadFrame, box: Box) -> None:
    over = (*_BRAIN, "striatum", "cerebellum")
    rough = 0.4 * frame.noise("ventricles", box, 8)
    third = np.maximum(np.abs(box.x) - 1.9, blob(box, (0, -10, 497), (9, 17, 12)))
    fourth = np.maximum(blob(box, (0, 8, 466), (6.6, 6.0, 13)), 457 - box.z)
    duct = bar(box, (0, 4, 492), (0, 6, 474), 1.2)
    frame.carve(field(box, np.minimum(np.minimum(third, fourth), duct)), "csf", over)
    for s in SIDES:
        size = 1.05 if s > 0 else 0.95
        body = [
            (9, -48, 508, 4.2),
            (8, -34, 514, 4.2),
            (9, -12, 521, 3.6),
            (15, 8, 519, 4.4),
            (25, 22, 509, 5.8),
            (24, 34, 504, 3.6),
            (20, 48, 501, 1.6),
        ]
        horn = [(25, 22, 509, 5.5), (33, 12, 492, 3.4), (34, -4, 481, 2.2), (30, -18, 477, 2.2)]
        d = np.minimum(chain(box, mirrored(body, s), (1, 1, 0.8)), chain(box, mirrored(horn, s)))
        d = d + (1 - size) * 3 + rough
        front = np.maximum(d, 1.2 - np.abs(box.x))
        frame.carve(field(box, front), "csf", over)
        plexus = blob(box, (s * 25, 23, 508), (2.2, 5, 3))
        frame.cover((box, np.clip(0.5 - plexus, 0, 0.75)), "upper_vein", ("csf",))
    pineal = blob(box, (0, 9, 501), (2.6, 3.6, 2.4))
    frame.carve(field(box, pineal), "brain_grey", ("csf", *_BRAIN))
    frame.cover((box, np.clip(-0.2 - pineal, 0, 0.5)), "calcification", ("brain_grey",))


def _carve_dura(frame: HeadFrame, cranium: Cranium, above: Float) -> None:
    """Falx and tentorium as thin sheets, and the sinuses in their edges."""
    box = cranium.box
    wave = 1.2 * frame.noise("falx", box, 30)
    arch = blob(box, (0, -16, 494), (60, 62, 43))
    falx = np.clip(1.0 - np.abs(box.x - wave) / 1.1, 0, 0.75)
    falx = falx * (arch > 0) * (cranium.inside < 0) * (above > 0)
    tent = np.clip(1.0 - np.abs(above) / 0.9, 0, 0.75) * (cranium.inside < 0) * (box.y > -14)
    tent = tent * (np.hypot(box.x / 17, (box.y + 2) / 26) > 1)
    frame.cover((box, np.maximum(falx, tent).astype(np.float32)), "ligament", ("csf",))
    upper = np.maximum(
        np.hypot(box.x - 1.0, cranium.vault + 2.0) - 3.6, -(box.z - 500) * (box.y < 60)
    )
    across = np.maximum(np.hypot(above, cranium.vault + 2.4) - 3.2, 14 - box.y)
    straight = bar(box, (0, 16, 503), (0, 66, 484), 1.6, 2.6)
    for sinus in (upper, across, straight):
        frame.carve(
            field(box, np.maximum(sinus, cranium.inside)),
            "upper_vein",
            ("csf", "ligament", *_BRAIN, "cerebellum"),
        )


def _carve_pituitary(frame: HeadFrame) -> None:
    """The pituitary in its sella, 13 × 10 × 6, with its stalk, and the cavernous sinuses beside it."""
    box = frame.between((-26, -54, 460), (26, -14, 492))
    if box.empty:
        return
    skull = frame.distance(box, "skull")
    for s in SIDES:
        sinus = blob(box, (s * 11.5, -33, 473), (5, 10, 7))
        frame.carve(field(box, np.maximum(sinus, -skull)), "upper_vein", ("csf",))
    gland = np.maximum(blob(box, (0, -33.5, 474.6), (7.2, 5.8, 4.2)), 0.3 - skull)
    frame.carve(field(box, gland), "pituitary", ("csf", "upper_vein"))
    frame.keep("pituitary", field(box, gland))
    stalk = bar(box, (0, -32, 476), (0, -27, 486), 1.2, 1.4)
    frame.carve(field(box, stalk), "pituitary", ("csf",))
