"""Branches of the abdominal aorta and the veins that join the cava: coeliac, mesenteric, renal,
gonadal, phrenic, lumbar.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from netcourse.scanner.builder.abdomen.great_vessels import (
    BELLY_FAT,
    calibres,
    carve_vessel,
    upright_course,
)
from netcourse.scanner.builder.abdomen.kidneys import Kidney
from netcourse.scanner.builder.abdomen.pancreas import splenic_artery_course
from netcourse.scanner.builder.abdomen.pressing import before
from netcourse.scanner.builder.body import Body, table
from netcourse.scanner.builder.grid import Space
from netcourse.scanner.builder.shapes import Points, path, tube

EARLY_RENAL_BRANCH, REPLACED_RIGHT_HEPATIC, POLAR_RENAL_ARTERY = "2", "1", "1"
"""Variants with a vessel that does not run as in the book (37 %, 10–15 % and 19 % of people: V22,
V45).
"""
# Where artery and vein enter the kidney: its own frame and a radius.
_GATES = {"artery": (32.0, -1.5, 5.0, 2.6), "vein": (32.0, -5.0, 1.0, 4.3)}
_SINUS = (-25.0, -12.0, 2.0, 15.0, 27.0)  # heights in the kidney that its vessels branch to


def carve_visceral_vessels(body: Body, space: Space) -> None:
    """Carve the branches of the aorta and the tributaries of the cava; keep "coeliac", "sma",
    "ima" and "renal_vessel".
    """
    rows = table("visceral_vessels")
    for name in ("coeliac", "sma", "ima"):
        for part, points in rows[name].items():
            _large(space, drawn(body, points, part), "artery", name)
    if body.variant == REPLACED_RIGHT_HEPATIC:
        replaced = rows["variant"]["replaced_right_hepatic"]
        _large(space, drawn(body, replaced, "replaced_right_hepatic"), "artery", "sma")
    _large(space, splenic_artery_course(body), "artery", "coeliac")
    for side in ("right", "left"):
        _renal(body, space, side)
    for kind, tissue in (("vein", "lower_vein"), ("artery", "artery")):
        for part, points in rows[kind].items():
            course = path(drawn(body, points, f"{kind} {part}", 1.0), 6.0)
            space.cover(tube(space, before(space, course, "psoas", 2.5)), tissue, BELLY_FAT)
    _lumbar(body, space)


def drawn(body: Body, points: ArrayLike, name: str, wander_mm: float = 0.9) -> Points:
    """Take a drawn vessel (x, y, z, radius) to a body, with a course of the variant's own between
    its ends.
    """
    course = calibres(body, points)
    if len(course) > 2:
        moved = body.rng(f"vessel {name}").normal(0, wander_mm, (len(course) - 2, 3))
        course[1:-1, :3] += moved
    return course


def _large(space: Space, course: Points, tissue: str, name: str) -> None:
    field = tube(space, course)
    if not field.box.empty:
        carve_vessel(space, field, tissue, BELLY_FAT)
        space.keep(name, field)


def _renal(body: Body, space: Space, side: str) -> None:
    """Renal artery and vein, and their branches in the sinus."""
    rows, kidney = table("visceral_vessels"), Kidney.of(body, side)
    rng = body.rng(f"renal {side}")
    for kind, tissue in (("artery", "artery"), ("vein", "renal_vein")):
        points = rows[f"renal_{kind}"][side]
        gate = np.array(_GATES[kind]) * (
            1,
            1,
            1,
            (table("great_vessels")["woman"] if body.woman else 1.0),
        )
        inner = gate * (0.7, 1, 0.5, 0.8)
        ends = kidney.place(np.array([gate, inner]))
        course = np.vstack([drawn(body, points, f"renal {kind} {side}", 0.5), ends])
        middle = len(points) - 1
        course[middle, 2] = (course[middle, 2] + course[middle + 1, 2]) / 2
        _large(space, course, tissue, "renal_vessel")
        if kind == "artery":
            _renal_variants(body, space, side, course)
        for level in _SINUS:
            for sign in (1, -1):
                branch = _sinus_branch(kidney, level, sign, kind, rng)
                space.cover(tube(space, branch), tissue, BELLY_FAT)


def _renal_variants(body: Body, space: Space, side: str, course: Points) -> None:
    """A left artery that branches early, or a second artery to the right lower pole."""
    if side == "left" and body.variant == EARLY_RENAL_BRANCH:
        early = course[1:].copy()
        early[1:, 2] += np.linspace(6, 12, len(early) - 1)
        early[:, 3] *= 0.75
        _large(space, early, "artery", "renal_vessel")
    if side == "right" and body.variant == POLAR_RENAL_ARTERY:
        polar = drawn(body, table("visceral_vessels")["renal_artery"]["polar"], "polar")
        pole = Kidney.of(body, side).place(np.array([[20.0, 0.0, -38.0, 1.1]]))
        _large(space, np.vstack([polar, pole]), "artery", "renal_vessel")


def _sinus_branch(
    kidney: Kidney, level: float, sign: int, kind: str, rng: np.random.Generator
) -> Points:
    """A branch from the hilum towards the columns, on the front or the back of the pelvis."""
    size = 1.0 if kind == "artery" else 1.35
    shift = -1.0 if kind == "artery" else -4.0
    points = [
        (22, shift, 0.15 * level + 2, 1.7 * size),
        (13 + rng.normal(0, 1), shift + 2.5 * sign, 0.6 * level + rng.normal(0, 1.5), 1.3 * size),
        (3 + rng.normal(0, 1.5), 6.5 * sign + rng.normal(0, 1), 0.95 * level, 0.8 * size),
        (-5, 9.5 * sign + rng.normal(0, 1), 1.1 * level, 0.55 * size),
    ]
    return kidney.place(np.array(points, float))


def _lumbar(body: Body, space: Space) -> None:
    """Four pairs of lumbar arteries from the aorta's back round the vertebral bodies."""
    column = sorted((v.z, v.width / 2) for v in body.column.values() if v.width)
    for z in table("visceral_vessels")["lumbar"]:
        height = body.height(z)
        box = space.between((0, 0, height - 1), (0, 0, height + 1))
        if box.empty:
            continue
        x, y, _, depth, _ = (float(c[0, 0, 0]) for c in upright_course(body, box, "aorta"))
        half = float(np.interp(height, *np.array(column).T))
        middle = float(body.column_y(height))
        for sign in (1, -1):
            rng = body.rng(f"lumbar {z} {sign}")
            start = (x + 2 * sign, y + depth, height, 1.1)
            beside = (sign * (half + 2.5), middle - 8, height + rng.normal(0, 2), 0.95)
            between = ((x + sign * (half + 2.5)) / 2, y + depth + 4, height, 1.0)
            behind = (sign * (half + 3), middle + 8, height + rng.normal(0, 2), 0.9)
            space.cover(tube(space, [start, between, beside, behind]), "artery", BELLY_FAT)
            shifted = np.array([between, beside, behind]) + np.array([0, 1.5, 3, 0.2])
            space.cover(tube(space, shifted), "lower_vein", BELLY_FAT)
