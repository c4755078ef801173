"""Prostate with its zones, seminal vesicles and the ampullae of the vasa."""

from __future__ import annotations

from typing import Any

import numpy as np

from netcourse.scanner.builder.body import Body, table
from netcourse.scanner.builder.grid import Field, Space
from netcourse.scanner.builder.noise import noise
from netcourse.scanner.builder.pelvis.room import FAT, lay, led_round, settled
from netcourse.scanner.builder.shapes import Loft, Points, ellipsoid, halves, path, tube


def carve_prostate(body: Body, space: Space) -> None:
    """Carve the prostate and its transition zone; keep "prostate"."""
    rows = table("pelvic_organs")["prostate"]
    grown, centre = rows["scale"][body.variant], np.asarray(rows["centre"], float)
    rng = body.rng("prostate")
    keys = {
        centre[2] + (row["z"] - centre[2]) * grown: _grown(
            halves(row["half"], 0.5, rng), grown, centre
        )
        for row in rows["outline"]
    }
    loft = Loft(keys, min(keys) - 2, max(keys) + 2, dome_mm=5)
    gland = loft.field(space)
    gland += 0.5 * noise(body.seed("prostate"), gland.box, 8)
    gland = settled(space, gland, {"bone": 3.0, "rectum": 1.6, "muscle": 0.8})
    space.carve(gland, "prostate", FAT)
    zone = rows["transition"]
    for side in (1, -1):
        middle = centre + (np.asarray(zone["centre"]) - centre) * grown
        half_axes = np.asarray(zone["half_axes"]) * grown * zone["scale"][body.variant]
        lobe = ellipsoid(space, middle * (side, 1, 1), half_axes)
        lobe += 0.8 * noise(body.seed("transition zone"), lobe.box, 6)
        space.carve(
            lobe.yielding(Field(gland.box, -gland.values), 3.0), "prostate_central", ("prostate",)
        )
    space.keep("prostate", gland)


def carve_seminal_vesicles(body: Body, space: Space) -> None:
    """Carve both vesicles, coiled behind the bladder."""
    rows = table("pelvic_organs")
    for side, name in ((1, "left"), (-1, "right")):
        rng = body.rng(f"{name} vesicle")
        vesicle = tube(space, body.place(_coil(rows["seminal_vesicle"], rng) * (side, 1, 1, 1)))
        vesicle += 0.5 * noise(body.seed("vesicles"), vesicle.box, 5)
        vesicle = settled(space, vesicle, {"rectum": 2.0, "bone": 3.0, "muscle": 1.5})
        space.carve(vesicle, "seminal_vesicle", FAT)
        space.keep("seminal_vesicle", vesicle)


def carve_vasa(body: Body, space: Space) -> None:
    """Carve the vasa from their ampullae round the bladder to the deep inguinal rings."""
    for side, name in ((1, "left"), (-1, "right")):
        vas = body.place(np.asarray(table("pelvic_organs")["vas"]) * (side, 1, 1, 1))
        vas[:, :3] += body.rng(f"{name} vas").normal(0, 0.8, (len(vas), 3))
        vas = led_round(space, path(vas, 2.5), {"bladder": 0.8, "iliac": 0.8, "bone": 1.5})
        lay(space, tube(space, vas), "seminal_vesicle")


def _grown(corners: Points, by: float, centre: Points) -> Points:
    return centre[:2] + (corners - centre[:2]) * by


def _coil(rows: dict[str, Any], rng: np.random.Generator) -> Points:
    """A convoluted tube about the middle line of a vesicle, thicker at every lobule, (n, 4)."""
    line = path(np.column_stack([rows["axis"], rows["radius"]]), 1.0)
    t = np.linspace(0, 1, len(line))
    turn = 2 * np.pi * rows["lobules"] / 2 * t + rng.uniform(0, 6)
    sway = rows["sway"] * np.sin(np.pi * np.clip(t * 1.1 + 0.05, 0, 1)) ** 0.5
    line[:, 1] += 0.7 * sway * np.sin(turn)
    line[:, 2] += sway * np.cos(turn)
    line[:, 3] *= 0.8 + 0.2 * np.cos(2 * turn) + rng.normal(0, 0.04, len(line))
    return line[:: max(1, len(line) // 40)]
