"""Muscles, fasciae and what lies under the skin."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from netcourse.scanner.builder.body import Body
from netcourse.scanner.builder.grid import FAR_MM, Box, Field, Float, Space
from netcourse.scanner.builder.muscles.back import (
    back_muscles,
    lumbar_aponeurosis,
    thoracolumbar_fascia,
)
from netcourse.scanner.builder.muscles.belly_wall import belly_muscles, sheaths
from netcourse.scanner.builder.muscles.chest_wall import chest_muscles
from netcourse.scanner.builder.muscles.competition import Competition, Ground, Muscle, drawn
from netcourse.scanner.builder.muscles.hip import (
    corridors,
    gluteal_fat,
    hip_capsule,
    hip_muscles,
    iliotibial_tract,
    ischioanal_fossa,
    levator,
    pelvic_floor,
)
from netcourse.scanner.builder.muscles.shoulder_arm import shoulder_muscles
from netcourse.scanner.builder.muscles.subcutaneous import carve_under_skin, scarpa
from netcourse.scanner.builder.outline import Outline

_FASCIA_IN = ("subcutaneous_fat", "muscle_fat")


def muscles_of(body: Body) -> list[Muscle]:
    """Return all muscles of the trunk, the shoulders, the thighs and the neck, in the order in which they compete."""
    return [
        *back_muscles(body),
        *belly_muscles(),
        *chest_muscles(),
        *shoulder_muscles(body),
        *hip_muscles(body),
        *drawn(body, "thigh"),
        *drawn(body, "neck", "neck_muscles"),
    ]


def carve_muscles(body: Body, space: Space, outline: Outline) -> None:
    """Carve the muscles with their planes of fat and fasciae, and keep what later structures yield to.

    Kept: "muscle" (all), "psoas", "iliacus", "belly_wall", "back_muscle", "gluteus", "pelvic_floor" (the
    funnel of the levators, negative inside) and "cavity_free": the space for viscera, negative inside.
    """
    muscles = muscles_of(body)
    kept = _Kept(space, {"muscle", "cavity_free", "pelvic_floor"}.union(*(m.keep for m in muscles)))
    free = corridors(body, space)
    for box in space.slabs(space.all):
        ground = Ground.of(body, space, outline, box)
        if not ground.box.empty:
            _carve_slab(ground, muscles, free, kept)
            space.cover(scarpa(ground, outline), "fascia", over=_FASCIA_IN)
    kept.finish()
    carve_under_skin(body, space, outline)


def _carve_slab(ground: Ground, muscles: list[Muscle], free: list[Field], kept: _Kept) -> None:
    """Carve the muscles of one slab."""
    space, box = ground.space, ground.box
    competition = Competition(ground)
    for muscle in muscles:
        competition.enter(muscle)
    floor = pelvic_floor(ground)
    if (floor < FAR_MM).any():
        competition.yield_to(floor, 0.5)
        competition.yield_to(ischioanal_fossa(ground, floor))
    for corridor in free:
        competition.yield_to(corridor.on(box) + 0.9 * ground.rough + 0.9 * ground.wander)
    between = (ground.wall < 0) & (ground.cavity > 0) & (floor > 0)
    space.carve((box, between), "muscle_fat", over=("visceral_fat",))
    across = competition.wins(lambda m: m.tissue == "muscle_across")
    space.carve((box, competition.distance < 0), "muscle")
    space.carve((box, across), "muscle_across", over=("muscle",))
    sling = levator(ground, floor)
    space.carve((box, sling < 0), "muscle_across")
    all_of_it = np.minimum(competition.distance, sling)
    space.carve(hip_capsule(ground), "ligament", over=("muscle_fat",))
    maximus = np.where(competition.wins(lambda m: m.name == "gluteus_maximus"), all_of_it, FAR_MM)
    space.cover(gluteal_fat(ground, maximus), "muscle_fat", over=("muscle_across",))
    for sheet in (
        lumbar_aponeurosis(ground),
        sheaths(ground),
        thoracolumbar_fascia(ground),
        iliotibial_tract(ground),
    ):
        space.cover(sheet, "fascia", over=_FASCIA_IN)
    kept.add(box, "muscle", all_of_it)
    kept.add(box, "cavity_free", np.maximum(ground.cavity, -all_of_it))
    kept.add(box, "pelvic_floor", floor)
    for name in competition.groups:
        kept.add(box, name, competition.group(name))


class _Kept:
    """The fields that are kept, gathered slab by slab; some may not reach the block."""

    def __init__(self, space: Space, names: Iterable[str]) -> None:
        self.space = space
        self.pieces: dict[str, list[Field]] = {name: [] for name in names}

    def add(self, box: Box, name: str, values: Float) -> None:
        """Take over what is known of a field in a slab."""
        places = np.nonzero(values < FAR_MM)
        if not places[0].size:
            return
        ends = [
            (float(axis.ravel()[i.min()]), float(axis.ravel()[i.max()]))
            for axis, i in zip((box.z, box.y, box.x), places, strict=True)
        ][::-1]
        part = self.space.between([low for low, _ in ends], [high for _, high in ends])
        piece = values[part.within(box)].astype(np.float16)
        self.pieces[name].append(Field(part, piece))

    def finish(self) -> None:
        """Keep the fields in the block."""
        for name, pieces in self.pieces.items():
            nothing = self.space.between((0, 0, 0), (-1, -1, -1))
            box = self.space.around(*(piece.box for piece in pieces), nothing)
            whole = np.full(box.shape, FAR_MM, np.float16)
            for piece in pieces:
                whole[piece.box.within(box)] = piece.values
            self.space.keep(name, Field(box, whole))
