"""Kidneys with cortex, pyramids, columns, sinus, pelvis and calyces, in perirenal fat; ureters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netcourse.scanner.builder.abdomen.pressing import before, smooth_max
from netcourse.scanner.builder.body import Body, table
from netcourse.scanner.builder.grid import Box, Field, Float, Space
from netcourse.scanner.builder.noise import noise
from netcourse.scanner.builder.shapes import Points, path, tube

_MUSCLE = ("muscle", "muscle_across", "diaphragm")
_CLEAR_MM = 3.0  # of fat between kidney and muscle


@dataclass(frozen=True)
class Kidney:
    """One kidney's own frame: `turn` takes (x, y, z) less `centre` to (towards the hilum, across
    and backwards, upwards).
    """

    body: Body
    side: str
    centre: NDArray[np.float64]
    turn: NDArray[np.float64]
    axes: NDArray[np.float64]

    @classmethod
    def of(cls, body: Body, side: str) -> Kidney:
        """Place the right or left kidney of a body."""
        rows = table("kidneys")
        sign = 1.0 if side == "left" else -1.0
        both, right = rows["rise"][body.variant]
        rng = body.rng(f"kidney {side}")
        centre = body.place(rows[side])
        forwards = rows["woman_forwards"] if body.woman else 0.0
        centre += (0, -forwards, both + (right if side == "right" else 0))
        out, front = rows["lean"] + rng.normal(0, 0.03, 2)
        along = np.array([-sign * out, front, 1.0])
        along /= np.linalg.norm(along)
        turned = np.deg2rad(rows["hilum_forwards"] + rng.normal(0, 4))
        hilum = np.array([-sign * np.cos(turned), -np.sin(turned), 0.0])
        hilum -= (hilum @ along) * along
        hilum /= np.linalg.norm(hilum)
        across = np.cross(along, hilum)
        across *= np.sign(across[1])
        axes = np.array(rows["axes"]) * (rows["woman"] if body.woman else 1.0)
        axes *= 1 + rng.normal(0, 0.03, 3)
        return cls(body, side, centre, np.array([hilum, across, along]), axes)

    def place(self, points: NDArray[np.float64]) -> Points:
        """Take points of its own frame (further columns stay) to the body's."""
        out = np.array(points, float)
        out[..., :3] = self.centre + out[..., :3] @ self.turn
        return out

    def own(self, box: Box) -> tuple[Float, Float, Float]:
        """Return the voxels of a box in its own frame."""
        p = (box.x - self.centre[0], box.y - self.centre[1], box.z - self.centre[2])
        i, v, w = (row[0] * p[0] + row[1] * p[1] + row[2] * p[2] for row in self.turn)
        return i.astype(np.float32), v.astype(np.float32), w.astype(np.float32)

    def noise(self, name: str, box: Box, pitch_mm: float) -> Float:
        """Return noise of this kidney's own."""
        return noise(self.body.seed(f"kidney {self.side} {name}"), box, pitch_mm)


def carve_kidneys(body: Body, space: Space) -> None:
    """Carve both kidneys in their fat; keep "kidney" and "perirenal" (what lies inside Gerota's
    fascia).
    """
    for side in ("right", "left"):
        kidney = Kidney.of(body, side)
        box = _box(kidney, space, 24)
        if box.empty:
            continue
        capsule = _capsule(kidney, space, box)
        _clear_of_muscle(space, capsule)
        _fasciae(kidney, space, capsule)
        space.keep("kidney", capsule)
        space.carve(capsule, "kidney_cortex", ("visceral_fat",))
        inner = _box(kidney, space, 10)
        sinus = _sinus(kidney, inner)
        medulla = np.maximum(_pyramids(kidney, space, capsule, inner), 0.8 - sinus)
        space.carve(Field(inner, medulla), "kidney_medulla", ("kidney_cortex",))
        space.carve(Field(inner, sinus), "visceral_fat", ("kidney_cortex", "kidney_medulla"))
        for tubes in _collecting_system(kidney):
            space.cover(tube(space, tubes), "renal_pelvis", ("visceral_fat",))


def carve_ureters(body: Body, space: Space) -> None:
    """Carve the ureters down to the bladder, uneven and here and there empty; keep "ureter"."""
    for side, sign in (("right", -1.0), ("left", 1.0)):
        rng = body.rng(f"ureter {side}")
        course = np.array(table("kidneys")["ureter"], float) * (sign, 1, 1)
        course[1:-3, :2] += np.cumsum(rng.normal(0, 1.1, (len(course) - 4, 2)), axis=0) * 0.7
        course = np.vstack([ureteric_junction(body, side), body.place(course)[1:]])
        course = smoothed(
            before(space, path(np.column_stack([course, np.ones(len(course))]), 4.0), "psoas", 4.0)
        )
        line = path(course, 1.5)
        steps = rng.normal(0, 1, len(line) + 24)
        wave = np.convolve(steps, np.hanning(25) / 3.0, "valid")[: len(line)]
        line[:, 3] = np.clip(1.75 + 0.55 * wave, 0.75, 2.7)
        field = tube(space, line)
        space.carve(field + (-0.8), "visceral_fat", _MUSCLE)
        space.cover(field, "ureter", ("visceral_fat",))
        space.keep("ureter", field)


def smoothed(course: Points) -> Points:
    """Return a course with its inner points drawn half-way to the middle of their neighbours."""
    out = course.copy()
    out[1:-1, :3] = (course[:-2, :3] + 2 * course[1:-1, :3] + course[2:, :3]) / 4
    return out


def ureteric_junction(body: Body, side: str) -> NDArray[np.float64]:
    """Return where a kidney's pelvis becomes the ureter, (x, y, z)."""
    return Kidney.of(body, side).place(np.array([37.0, -1.0, -18.0]))


def _box(kidney: Kidney, space: Space, pad_mm: float) -> Box:
    """The box round a kidney."""
    half = np.sqrt(((kidney.turn * kidney.axes[:, None]) ** 2).sum(axis=0)) + 4
    return space.box([kidney.centre - half, kidney.centre + half], pad_mm)


def _capsule(kidney: Kidney, space: Space, box: Box) -> Field:
    """The kidney's outside: a bean with lips round the hilum, slightly lobulated."""
    i, v, w = kidney.own(box)
    bent = i - 5.0 * np.clip(w / kidney.axes[2], -1.2, 1.2) ** 2 + 2.0
    q = np.sqrt(
        (bent / kidney.axes[0]) ** 2 + (v / kidney.axes[1]) ** 2 + (w / kidney.axes[2]) ** 2
    )
    d = (q - 1) * 27 + 1.3 * kidney.noise("habit", box, 18) + 0.45 * kidney.noise("skin", box, 8)
    notch = np.sqrt(((i - 27) / 12) ** 2 + (v / 8.5) ** 2 + ((w + 1) / 18) ** 2) - 1
    bean = np.maximum(d, -notch * 8).astype(np.float32)
    around = _CLEAR_MM - space.distance(box, "muscle", "diaphragm", "bone")
    return Field(box, smooth_max(bean, around, 4.0))


def _clear_of_muscle(space: Space, capsule: Field) -> None:
    """Fat between the kidney and psoas, quadratus or diaphragm."""
    space.carve(capsule + (-_CLEAR_MM), "visceral_fat", _MUSCLE)


def _fasciae(kidney: Kidney, space: Space, capsule: Field) -> None:
    """Gerota's fascia and the septa of the perirenal fat, in pieces; keeps "perirenal"."""
    box, d = capsule.box, np.asarray(capsule.values, np.float32)
    shell = table("kidneys")["shell"] * (0.66 if kidney.body.woman else 1.0)
    _, v, w = kidney.own(box)
    low = np.clip(-w / 50, -1, 1)
    thick = shell * (0.85 + 0.25 * np.clip(v / 25, -1, 1) + 0.3 * low)
    gerota = d - thick - 3.0 * kidney.noise("gerota", box, 20)
    space.keep("perirenal", Field(box, gerota.astype(np.float32)))
    cap = np.clip((w - 36) / 12, 0, 3)  # cut along its dome the fascia would read as a nodule
    seen = kidney.noise("seen", box, 16) - 0.7 - 1.3 * low - 1.2 * cap
    sheet = np.maximum(np.abs(gerota) - 0.3 - 0.15 * np.clip(seen, -2, 1), -0.4 * seen - 0.4)
    septa = np.abs(kidney.noise("septa", box, 13)) * 6 - 0.5
    septa = np.maximum(septa, np.maximum(1.5 - d, gerota + 0.5))
    septa = np.maximum(
        septa, (0.9 + 0.8 * np.maximum(low, 0) - kidney.noise("septa seen", box, 9)) * 2
    )
    field = np.minimum(sheet, septa).astype(np.float32)
    space.cover(Field(box, field), "fascia", ("visceral_fat",))


def _sinus(kidney: Kidney, box: Box) -> Float:
    """The sinus, open at the hilum, ragged towards the columns."""
    i, v, w = kidney.own(box)
    size = kidney.axes / (25.0, 29.0, 56.0)
    hollow = (
        np.sqrt(
            ((i - 10) / (15 * size[0])) ** 2
            + (v / (9.5 * size[1])) ** 2
            + (w / (31 * size[2])) ** 2
        )
        - 1
    )
    rough = 2.2 * kidney.noise("sinus", box, 8) + 1.2 * kidney.noise("sinus wide", box, 11)
    return np.asarray(hollow * 10 + rough, np.float32)


def _pyramids(kidney: Kidney, space: Space, capsule: Field, box: Box) -> Float:
    """The pyramids: cones from papillae at the sinus to bases below the cortex, in two rows on
    each face.
    """
    rng = kidney.body.rng(f"pyramids {kidney.side}")
    out = box.full(9.0)
    for level, angles in _pyramid_places(rng):
        for angle in angles:
            foot = _on_oval(angle, level * 0.70, 7.0, 6.5)
            base = _on_oval(angle, level, 24.0, 27.0)
            wide, high = rng.uniform(10.0, 12.5), rng.uniform(7.6, 9.2)
            part = space.box(kidney.place(np.array([foot, base])), 11)
            near = out[part.within(box)] if not part.empty else None
            if near is not None:
                np.minimum(near, _pyramid(kidney, part, foot, base, wide, high), out=near)
    edge = 0.7 * kidney.noise("pyramid edge", box, 4) + 0.6 * kidney.noise("pyramid", box, 8)
    depth = capsule.on(box) + np.float32(table("kidneys")["cortex"])
    return np.asarray(np.maximum(out + edge, depth + 0.9 * kidney.noise("cortex", box, 8)))


def _pyramid(
    kidney: Kidney, box: Box, foot: Points, base: Points, wide: float, high: float
) -> Float:
    """One pyramid from its papilla to its base, `wide` round the kidney's axis and `high` along it
    (half, mm).
    """
    i, v, w = kidney.own(box)
    length = np.linalg.norm(base - foot)
    axis = (base - foot) / length
    side = np.cross(axis, (0.0, 0.0, 1.0))
    side /= np.linalg.norm(side)
    up = np.cross(side, axis)
    p = (i - foot[0], v - foot[1], w - foot[2])
    along, u, t = (p[0] * e[0] + p[1] * e[1] + p[2] * e[2] for e in (axis / length, side, up))
    cone = np.hypot(u / wide, t / high) - np.clip(0.22 + 0.95 * along, 0.12, 1.0)
    return np.asarray(np.maximum(cone, -0.15 - along) * 7, np.float32)


def _pyramid_places(rng: np.random.Generator) -> list[tuple[float, list[float]]]:
    """Heights along the kidney, with the angles from the hilum at which a pyramid lies there."""
    places = []
    for level in (-42.0, -28.0, -14.0, 0.0, 14.0, 28.0, 42.0):
        lateral, lip = np.pi + rng.normal(0, 0.12, 2) + (0.58, -0.58), np.array([1.62, -1.62])
        pole = abs(level) > 35
        odd = round(level / 14) % 2 == 0
        angles = [np.pi, *(lip + rng.normal(0, 0.12, 2))] if odd and not pole else list(lateral)
        if odd and not pole:
            angles[0] += rng.normal(0, 0.15)
        places.append((level + rng.normal(0, 1.5), angles))
    return places


def _on_oval(angle: float, level: float, inwards: float, across: float) -> NDArray[np.float64]:
    """A point at an angle from the hilum round the kidney's axis, on an oval, at a level."""
    shrink = np.sqrt(max(0.15, 1 - (level / 58) ** 2))
    return np.array([3 + inwards * np.cos(angle) * shrink, across * np.sin(angle) * shrink, level])


def _collecting_system(kidney: Kidney) -> list[Points]:
    """The pelvis down to the ureter, and calyces that reach for the papillae: tubes (x, y, z,
    radius).
    """
    rng = kidney.body.rng(f"calyces {kidney.side}")
    pelvis = [
        (10, 0, -3, 3.4),
        (19, 0, -5, 4.2),
        (27, 0, -9, 3.8),
        (33, -0.5, -14, 2.6),
        (37, -1, -18, 1.8),
    ]
    tubes = [np.array(pelvis, float)]
    for level in (-27.0, -14.0, 1.0, 14.0, 28.0):
        near = np.array([9 + rng.normal(0, 1), rng.normal(0, 1), 0.45 * level - 2, 1.7])
        for sign in (1, -1):
            tip = np.array(
                [
                    2 + rng.normal(0, 2.5),
                    sign * rng.uniform(3.5, 6.5),
                    level + rng.normal(0, 2),
                    2.3,
                ]
            )
            root = np.array([14.0, 0, 0.2 * level - 4, 2.4])
            tubes.append(np.array([root, near, (near + tip) / 2 - (0, 0, 0, 0.4), tip]))
    return [kidney.place(t) for t in tubes]
