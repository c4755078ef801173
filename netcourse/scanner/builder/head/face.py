"""The facial skeleton: walls around orbits, nose and sinuses, cheekbones, jaws with teeth, and the hyoid."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from netcourse.scanner.builder.body import table
from netcourse.scanner.builder.bones.paint import Bone, carve_bone
from netcourse.scanner.builder.grid import FAR_MM, Box, Field, Float
from netcourse.scanner.builder.head.frame import (
    SIDES,
    SOFT,
    HeadFrame,
    bar,
    blob,
    chain,
    field,
    mirrored,
)
from netcourse.scanner.builder.head.skull import Cranium
from netcourse.scanner.builder.shapes import open_curve

_SIDEWAYS = (1, 1, 0.42)  # the mandible's body is taller than thick
_UPRIGHT = (2.6, 1, 1)  # the ramus is a plate


def face_box(frame: HeadFrame) -> Box:
    """Return the box of the face."""
    return frame.between((-80, -126, 364), (80, -4, 512))


def orbit(frame: HeadFrame, box: Box, side: int) -> Float:
    """Return the distance from the inside of an orbit: a cone that opens forwards."""
    cone = chain(box, mirrored(table("face")["air"]["orbit"], side))
    return np.asarray(cone + 0.4 * frame.noise("orbit", box, 12), np.float32)


def nose(box: Box) -> Float:
    """Return the distance from the inside of the nose, septum and turbinates included."""
    half = np.interp(box.z, [446, 451, 460, 468, 474], [14, 15.5, 11, 5.5, 3.0]).astype(np.float32)
    front = np.interp(box.z, [446, 452, 462, 476], [-99, -107, -107, -96]).astype(np.float32)
    sides = np.maximum(np.abs(box.x) - half, np.maximum(447 - box.z, box.z - 473))
    return np.asarray(np.maximum(sides, np.maximum(front - box.y, box.y + 44)), np.float32)


def maxillary(frame: HeadFrame, box: Box, side: int) -> Float:
    """Return the distance from the air of a maxillary sinus."""
    x, y, z, *axes = table("face")["air"]["maxillary"]
    rough = 1.0 * frame.noise("maxillary", box, 11)
    return np.asarray(blob(box, (side * x, y, z), axes) + rough, np.float32)


def ethmoid(box: Box, side: int) -> Float:
    """Return the distance from the ethmoid labyrinth of a side."""
    middle = 9.5 + 0.06 * (box.y + 70)
    across = np.abs(side * box.x - middle) - 4.6
    return np.asarray(
        np.maximum(across, np.maximum(np.abs(box.y + 71) - 19, np.abs(box.z - 469) - 7.5)),
        np.float32,
    )


def frontal(frame: HeadFrame, box: Box, side: int) -> Float:
    """Return the distance from a frontal sinus; the left is the larger."""
    x, y, z, a, b, c = table("face")["air"]["frontal"]
    size = 1.1 if side > 0 else 0.9
    place = blob(box, (side * x, y, z), (a * size, b, c * size), -18)
    return np.asarray(place + 1.0 * frame.noise("frontal", box, 9), np.float32)


def draw_face(frame: HeadFrame, inside: Float) -> tuple[Float, Float]:
    """Return the distances from the bones of the upper face and from the mandible, in the face's box.

    `inside` is the distance from the cranium's inside there.
    """
    box = face_box(frame)
    data = table("face")["bone"]
    upper, lower = box.full(FAR_MM), box.full(FAR_MM)
    rim = -94 + 0.27 * np.maximum(np.abs(box.x) - 12, 0)
    for s in SIDES:
        wall = 1.4 + 3.4 * np.exp(-(((box.y - rim) / 5) ** 2)) * np.clip(
            (box.y - rim) / 3 + 1, 0, 1
        )
        eye = orbit(frame, box, s)
        socket = np.maximum(eye - wall, rim - box.y)
        sinus = maxillary(frame, box, s) - 1.6
        for piece in (
            np.maximum(socket, -FAR_MM),
            sinus,
            frontal(frame, box, s) - 2.6,
            np.maximum(ethmoid(box, s) - 0.9, rim - box.y),
            chain(box, mirrored(data["zygoma"], s), (1, 1, 0.8)),
            chain(box, mirrored(data["orbit_side"], s), (1, 0.8, 1)),
            chain(box, mirrored(data["upper_arch"], s), (1, 1, 0.72)),
            bar(box, (s * 9, -99, 477), (s * 17, -96, 450), 3.2, 4.5, (1.2, 1, 1)),
            bar(box, (s * 3.2, -104, 482), (s * 4.6, -112, 464), 2.6, 1.3, (1, 1, 1)),
            bar(box, (0, -103, 484), (s * 30, -98, 490), 5.0, 4.6),
            bar(box, (s * 30, -98, 490), (s * 51, -82, 486), 4.6, 4.0),
        ):
            np.minimum(upper, piece, out=upper)
        np.minimum(lower, chain(box, mirrored(data["lower_arch"], s), _SIDEWAYS), out=lower)
        for name in ("ramus", "coronoid"):
            np.minimum(lower, chain(box, mirrored(data[name], s), _UPRIGHT), out=lower)
        np.minimum(lower, chain(box, mirrored(data["condyle"], s)), out=lower)
    np.minimum(lower, bar(box, (-7, -98, 381), (7, -98, 381), 5.5, 5.5, (1, 1, 0.9)), out=lower)
    np.minimum(upper, _palate(box), out=upper)
    for s in SIDES:
        np.maximum(upper, -orbit(frame, box, s), out=upper)
    np.maximum(upper, -nose(box), out=upper)
    np.maximum(upper, -inside, out=upper)
    rough = 0.35 * frame.noise("face", box, 7)
    return upper + rough, lower + rough


def _palate(box: Box) -> Float:
    inner = 26 - 0.0 * box.y
    arch = np.maximum(np.abs(box.x) - inner, np.maximum(-98 - box.y, box.y + 49))
    return np.asarray(np.maximum(arch, np.abs(box.z - 445 + 0.004 * box.x**2) - 1.7), np.float32)


def carve_face(frame: HeadFrame, cranium: Cranium) -> None:
    """Carve the facial bones, their air, the inside of the nose, and the teeth; keep "face" and "mandible"."""
    box = face_box(frame)
    if box.empty:
        return
    upper, lower = draw_face(frame, Field(cranium.box, cranium.inside).on(box))
    gap = 1.8 - np.minimum(frame.distance(box, "skull"), upper)
    bones = {
        "mandible": Field(box, np.maximum(lower, gap).astype(np.float32)),
        "face": Field(box, upper.astype(np.float32)),
    }
    for name, bone in bones.items():
        width = 1.9 if name == "mandible" else 1.1
        carve_bone(frame, Bone(name, bone, width, 0.35), frame.body.seed(name, False))
        frame.keep(name, bone)
    _carve_sinuses(frame, box)
    _carve_nose(frame, box)
    _carve_teeth(frame, box)
    _carve_hyoid(frame)


def _carve_sinuses(frame: HeadFrame, box: Box) -> None:
    bone = ("marrow", "marrow_fat", "cortex", *SOFT)
    upper = frame.distance(box, "face")
    cells = frame.noise("ethmoid cells", box, (5, 5.5, 4.5))
    for s in SIDES:
        eye = 1.4 - orbit(frame, box, s)
        for air in (np.maximum(maxillary(frame, box, s), eye), frontal(frame, box, s)):
            frame.carve((box, (air < 0) & (upper < -0.6)), "gas", bone)
            lining = frame.noise("mucosa", box, 8) > 1.5
            frame.carve(
                (box, (air < 0) & (air > -1.2) & (upper < -0.6) & lining), "airway_wall", ("gas",)
            )
        labyrinth = ethmoid(box, s)
        place = (labyrinth < 0) & (upper < -0.5)
        frame.carve((box, place), "gas", bone)
        frame.cover(
            (box, (0.55 * place * (np.abs(cells) < 0.16)).astype(np.float32)), "cortex", ("gas",)
        )


def _carve_nose(frame: HeadFrame, box: Box) -> None:
    """The nose's air, septum with its cartilage in front, and three pairs of turbinates."""
    inside = nose(box)
    swell = 0.5 * frame.noise("turbinates", box, 7)
    bend = 1.6 * np.sin((box.z - 446) / 9) + 0.7 * frame.noise("septum", box, 20)
    septum = np.abs(box.x - bend) - 1.5
    frame.carve((box, inside < 0), "gas")
    frame.carve((box, (inside < 0) & (inside > -1.3)), "airway_wall", ("gas",))
    frame.carve((box, (inside < 0) & (septum < 0)), "airway_wall", ("gas",))
    plate = np.clip(0.9 - np.abs(box.x - bend), 0, 0.75) * (inside < 0)
    behind = box.y > -78 + (box.z - 460) * 0.5
    frame.cover((box, (plate * behind).astype(np.float32)), "cortex", ("airway_wall",))
    frame.cover((box, (plate * ~behind).astype(np.float32)), "cartilage", ("airway_wall",))
    for s in SIDES:
        for (x, z, drop), radius, (front, back) in (
            ((9, 453, 3), 3.6, (-98, -50)),
            ((6.5, 462, 2), 2.7, (-88, -54)),
            ((5, 469, 1), 1.8, (-76, -56)),
        ):
            scroll = bar(
                box, (s * x, front, z), (s * x, back, z - drop), radius, radius, (1.1, 1, 0.8)
            )
            hung = bar(box, (s * (x + 4), front + 3, z + 3), (s * (x + 4), back, z), 1.0, 1.0)
            soft = np.minimum(scroll, hung) + swell
            frame.carve((box, (soft < 0) & (inside < 0)), "airway_wall", ("gas",))
            core = np.clip(0.45 - np.abs(soft + 0.55 * radius) / 1.2, 0, 0.5) * (inside < -0.5)
            frame.cover((box, core.astype(np.float32)), "cortex", ("airway_wall",))


def teeth_line(points: Sequence[Sequence[float]]) -> list[tuple[float, float, float]]:
    """Return the places (x, y) and widths of the 8 teeth of a side, from the midline outwards along an arch."""
    curve = open_curve(np.array(points, float)[:, :2], 300)
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(curve, axis=0), axis=1))])
    widths = np.array([8.0, 6.6, 7.6, 7.0, 6.8, 10.0, 9.6, 8.6])
    middles = np.cumsum(widths) - widths / 2
    return [
        (float(np.interp(m, length, curve[:, 0])), float(np.interp(m, length, curve[:, 1])), w)
        for m, w in zip(middles, widths, strict=True)
    ]


def _carve_teeth(frame: HeadFrame, box: Box) -> None:
    """16 upper and 16 lower teeth: roots with a thin gap in their sockets, crowns with enamel."""
    data = table("face")["bone"]
    for arch, gum, up in (("upper_arch", 436.0, 1), ("lower_arch", 412.5, -1)):
        for number, (x, y, width) in enumerate(teeth_line(data[arch])):
            back = number >= 5
            lift = 0.12 * (y + 99) if up < 0 else 0.03 * (y + 99)
            if up < 0:
                y += 2.5
                x -= 1.0 if number > 3 else 0.5
            crown, root = (7.5, 11.0) if back else (10.0, 13.0)
            for s in SIDES:
                edge = gum - up * crown + lift
                place = frame.between((s * x - 9, y - 9, edge - 26), (s * x + 9, y + 9, edge + 26))
                if place.empty:
                    continue
                flat = (1, 1, 1) if back else (1.0, 0.95, 1)
                top = bar(
                    place,
                    (s * x, y, gum + lift),
                    (s * x, y, edge + up * width * 0.3),
                    width * 0.44,
                    width * 0.42,
                    flat,
                )
                stem = bar(
                    place,
                    (s * x, y, gum + lift),
                    (s * x, y, gum + lift + up * root),
                    width * 0.36,
                    1.2,
                )
                tooth = np.minimum(top, stem)
                frame.carve(field(place, stem - 0.7), "ligament", ("marrow", "cortex"))
                frame.carve(field(place, tooth), "tooth")
                pulp = bar(
                    place, (s * x, y, gum + lift), (s * x, y, gum + lift + up * root), 0.9, 0.4
                )
                frame.cover((place, np.clip(0.5 - pulp, 0, 0.5)), "ligament", ("tooth",))


def _carve_hyoid(frame: HeadFrame) -> None:
    """The hyoid: a horseshoe at C4."""
    points = [(0, -56, 384, 3.4), (11, -54, 384, 3.0), (18, -46, 386, 2.2), (22, -34, 390, 2.0)]
    box = frame.between((-30, -66, 374), (30, -24, 398))
    if box.empty:
        return
    both = np.minimum(*(chain(box, mirrored(points, s)) for s in SIDES))
    bone = field(box, both + 0.2 * frame.noise("hyoid", box, 6))
    carve_bone(frame, Bone("hyoid", bone, 1.0, 0.4), frame.body.seed("hyoid", False))
    frame.keep("hyoid", bone)
