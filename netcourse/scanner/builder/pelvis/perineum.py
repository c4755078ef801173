"""Perineum and outer genitals: penis root and penis, scrotum with testes, spermatic cords; the woman's crura, bulbs and labia."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from netcourse.scanner.builder.body import Body, table
from netcourse.scanner.builder.grid import SPACING_MM, Field, Space
from netcourse.scanner.builder.noise import noise
from netcourse.scanner.builder.outline import SKIN_MM
from netcourse.scanner.builder.pelvis.room import FAT
from netcourse.scanner.builder.shapes import Points, ellipsoid, path, tube

_SOFT = (*FAT, "muscle", "muscle_across", "fascia")
_SIDES = (("left", 1), ("right", -1))


def carve_male_perineum(body: Body, space: Space) -> None:
    """Carve penis, scrotum, testes and cords; the skin is closed around what hangs out of the body."""
    rows = table("pelvic_organs")
    shaft = tube(space, body.place(rows["penis"]["skin"]))
    _envelop(space, _scrotum(body, space).joined(shaft, space, 4.0), dartos_mm=2.2)
    _carve_testes(body, space)
    _carve_penis(body, space)
    _carve_cords(body, space)


def carve_female_perineum(body: Body, space: Space) -> None:
    """Carve the labia round the vestibule, the crura of the clitoris and the bulbs of the vestibule."""
    _carve_labia(body, space)
    for name in ("crus", "bulb"):
        for _, side in _SIDES:
            points = np.asarray(table("pelvic_organs")["vulva"][name]) * (side, 1, 1, 1)
            limb = tube(space, points) + 0.4 * noise(
                body.seed("vulva", False), tube(space, points).box, 6
            )
            space.carve(limb.yielding(space.kept["bone"], 1.0), "corpus_cavernosum", _SOFT)


def _carve_labia(body: Body, space: Space) -> None:
    """The major labia as folds of fat beside a cleft, the minor ones as thin folds of skin within it."""
    rows = table("pelvic_organs")["vulva"]
    line = np.asarray(rows["vestibule"], float)
    major, minor = rows["major"], rows["minor"]
    y, z = major["centre"]
    half_axes = (major["half_width"], major["half_depth"], 24)
    folds = ellipsoid(space, (9, y, z), half_axes).joined(
        ellipsoid(space, (-9, y, z), half_axes), space, 4.0
    )
    folds += 1.2 * noise(body.seed("labia", False), folds.box, 16)
    _envelop(space, folds)
    box = space.between(
        (-34, line[:, 0].min() - 30, line[:, 1].min() - 40),
        (34, line[:, 0].max(), line[:, 1].max() + 8),
    )
    top = np.interp(box.y.ravel(), line[:, 0], line[:, 1]).astype(np.float32)[None, :, None]
    wave = 1.3 * noise(body.seed("vulvar cleft", False), box, (14, 14, 60))
    slit = np.maximum(np.abs(box.x + wave) - 0.5, (box.z - top) * 0.7)
    folded = np.maximum(
        np.abs(np.abs(box.x + wave) - 2.4) - minor["thick"],
        np.abs(box.z - top + 0.5 * minor["deep"]) - 0.5 * minor["deep"],
    )
    space.carve((box, (slit < SKIN_MM - 0.6) | (folded < 0)), "skin", FAT)
    furrow = rows["furrow"]
    back = np.interp(box.z, furrow["z"], furrow["back"]).astype(np.float32)
    beside = np.abs(box.x - wave) - furrow["x"] - furrow["outwards"] * (back - box.y)
    space.carve((box, np.maximum(np.abs(beside) - 1.5, box.y - back) < 0), "skin", FAT)
    open_ = (slit < 0) & (noise(body.seed("vulvar air", False), box, 7) > 0.4)
    space.carve((box, open_), "air", ("skin",))


def carve_perineal_muscles(body: Body, space: Space) -> None:
    """Carve what closes the pelvis below the levators: transverse muscles, perineal body, and the raphe to the coccyx."""
    rows = table("pelvic_organs")["perineum"]
    tubes = [(rows["body"], "muscle_across"), (rows["raphe"], "ligament")]
    tubes += [
        (np.asarray(rows["transverse"]) * (side, 1, 1, 1), "muscle_across") for _, side in _SIDES
    ]
    if not body.woman:
        tubes.append((rows["urethra"], "muscle"))
    for points, tissue in tubes:
        cord = tube(space, body.place(points))
        cord += 0.7 * noise(body.seed("perineum", False), cord.box, 6)
        for name in ("bone", "rectum", "vagina", "prostate"):
            if name in space.kept:
                cord = cord.yielding(space.kept[name], 0.8)
        space.carve(cord, tissue, FAT)
    _carve_diaphragm(body, space)


def _carve_diaphragm(body: Body, space: Space) -> None:
    """The urogenital diaphragm: a thin plate of muscle between the pubic rami, thinning out behind."""
    plate = table("pelvic_organs")["perineum"]["diaphragm"]
    front, back = (
        float(body.place([0, plate[end], plate["height"]])[1]) for end in ("front", "back")
    )
    height, half = body.height(plate["height"]), plate["half_width"]
    box = space.between((-half, front, height - 8), (half, back, height + 8))
    sag = 0.6 * noise(body.seed("urogenital diaphragm", False), box, 14)
    middle = height - 4 * (box.y - front) / (back - front) + sag
    narrow = np.abs(box.x) - half * (0.45 + 0.55 * (box.y - front) / (back - front))
    sheet = np.maximum(np.abs(box.z - middle) - plate["thick"], narrow)
    for name in ("rectum", "vagina", "bone"):
        if name in space.kept:
            sheet = np.maximum(sheet, 0.8 - space.kept[name].on(box))
    space.carve((box, sheet < 0), "muscle_across", FAT)


def _scrotum(body: Body, space: Space) -> Field:
    rows = table("pelvic_organs")["scrotum"]
    halves = []
    for name, side in _SIDES:
        centre = body.place(rows["centre"]) * (side, 1, 1) + (0, 0, rows["drop"][name])
        halves.append(ellipsoid(space, tuple(centre), rows["half_axes"]))
    both = halves[0].joined(halves[1], space, 10.0)
    folds = noise(body.seed("scrotum", False), both.box, (4, 9, 9))
    return both + (0.5 * folds + 1.2 * noise(body.seed("scrotum", False), both.box, 18))


def _envelop(space: Space, outside: Field, dartos_mm: float = 0.0) -> None:
    """Add a part that hangs out of the body: fat within, skin and dartos where it meets the air."""
    box = outside.box
    part = outside.values < 0
    space.carve((box, part), "subcutaneous_fat", ("air", "skin"))
    air = space.is_(box, "air")
    away = ndimage.distance_transform_edt(~air, SPACING_MM) if air.any() else box.full(60.0)
    space.carve((box, part & (away <= SKIN_MM + 0.5)), "skin", ("subcutaneous_fat",))
    dartos = part & (outside.values > -SKIN_MM - dartos_mm) & (away < 6 * dartos_mm)
    space.carve((box, dartos), "skin", ("subcutaneous_fat",))


def _carve_testes(body: Body, space: Space) -> None:
    rows = table("pelvic_organs")["scrotum"]
    for name, side in _SIDES:
        move = (0, 0, rows["drop"][name])
        centre = body.place(rows["centre"]) * (side, 1, 1) + move
        testis = ellipsoid(space, tuple(centre), rows["testis"])
        testis += 0.4 * noise(body.seed("testis", False), testis.box, 9)
        space.carve(testis + (-1.4), "fascia", FAT)
        space.carve(testis, "testis", ("fascia", *FAT))
        tail = body.place(rows["epididymis"]) * (side, 1, 1, 1) + (*move, 0)
        space.carve(tube(space, tail).yielding(testis, 0.6), "testis", ("fascia", *FAT))


def _carve_penis(body: Body, space: Space) -> None:
    """Two cavernous bodies with a septum, the spongy body below; crura and bulb with their muscles."""
    rows = table("pelvic_organs")["penis"]
    bulb = tube(space, body.place(rows["bulb"]))
    coat = Field(bulb.box, bulb.values - 2.2)
    seam = np.abs(bulb.box.x) < 0.8
    space.carve((bulb.box, (coat.values < 0) & ~seam), "muscle", FAT)
    spongy = bulb.joined(tube(space, body.place(rows["spongy"])), space, 2.0)
    spongy = spongy.joined(tube(space, body.place(rows["glans"])), space, 2.0)
    for _, side in _SIDES:
        crus = tube(space, body.place(rows["crus"]) * (side, 1, 1, 1))
        space.carve(Field(crus.box, crus.values - 1.8), "muscle", FAT)
        body_points = body.place(rows["body"])
        middle = body_points[:, 0] - 7
        body_points[:, 0] = middle + side * 7
        limb = crus.joined(tube(space, body_points), space, 2.0)
        line = np.interp(limb.box.z.ravel(), body_points[::-1, 2], middle[::-1])
        limb = Field(
            limb.box,
            np.maximum(
                limb.values,
                rows["septum"] - side * (limb.box.x - line[:, None, None].astype(np.float32)),
            ),
        )
        limb = limb.yielding(space.kept["bone"], 0.8).yielding(spongy, 0.9)
        space.carve(limb, "corpus_cavernosum", (*_SOFT, "skin"))
    space.carve(spongy, "corpus_cavernosum", (*_SOFT, "skin"))


def _carve_cords(body: Body, space: Space) -> None:
    """The spermatic cords: a thin coat of cremaster round fat with the vas, the artery and a plexus of veins."""
    rows = table("pelvic_organs")["cord"]
    for name, side in _SIDES:
        rng = body.rng(f"{name} cord", variant=False)
        axis = body.place(rows["axis"]) * (side, 1, 1, 1)
        axis[1:, :3] += rng.normal(0, 1.0, (len(axis) - 1, 3))
        cord = tube(space, axis) + 0.6 * noise(body.seed("cord", False), tube(space, axis).box, 9)
        space.carve(cord, "visceral_fat", ("muscle", "muscle_across", "fascia", "subcutaneous_fat"))
        coat = (
            0.75
            - np.abs(cord.values + 0.6)
            + 0.3 * noise(body.seed("cremaster", False), cord.box, 6)
        )
        space.cover((cord.box, np.clip(coat, 0, 0.75)), "ligament", ("visceral_fat",))
        for strand in _strands(axis, rows["strands"], rng):
            space.cover(tube(space, strand), "lower_vein", ("visceral_fat",))


def _strands(axis: Points, count: int, rng: np.random.Generator) -> list[Points]:
    """Winding vessels within a tube, (n, 4) each."""
    line = path(axis, 3.0)
    strands = []
    for k in range(count):
        turn = 2 * np.pi * k / count + np.cumsum(rng.normal(0, 0.35, len(line)))
        away = (line[:, 3] - 2.6) * (0.35 + 0.6 * rng.random())
        strand = line.copy()
        strand[:, 0] += away * np.cos(turn)
        strand[:, 1] += away * np.sin(turn)
        strand[:, 3] = rng.uniform(0.6, 1.15)
        strands.append(strand)
    return strands
