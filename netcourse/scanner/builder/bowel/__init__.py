"""Colon, small bowel, mesentery and omentum.

The large bowel is a drawn course that gives way to its neighbours; the small bowel is one tube, relaxed in the room
that is left; mesentery and omentum fill what remains between them with vessels and nodes.
"""

from __future__ import annotations

from dataclasses import dataclass

from netcourse.scanner.builder.body import Body
from netcourse.scanner.builder.bowel.appendix import carve_appendix, carve_valve, terminal_ileum
from netcourse.scanner.builder.bowel.arcades import Fan
from netcourse.scanner.builder.bowel.colon import Course, carve_colon, lay_colon
from netcourse.scanner.builder.bowel.mesentery import carve_mesentery
from netcourse.scanner.builder.bowel.nodes import carve_nodes
from netcourse.scanner.builder.bowel.omentum import carve_omentum
from netcourse.scanner.builder.bowel.peritoneum import (
    bowel_room,
    claim_fat,
    fat_room,
    free_space,
    keep_root,
)
from netcourse.scanner.builder.bowel.small_bowel import (
    Gut,
    carve_small_bowel,
    flexure,
    lay_small_bowel,
)
from netcourse.scanner.builder.bowel.walls import Pocket, connect, pockets
from netcourse.scanner.builder.grid import Space
from netcourse.scanner.builder.outline import Outline
from netcourse.scanner.builder.pelvis.nodes import Node


@dataclass(frozen=True)
class Bowel:
    """What later parts may ask of a carved bowel: the courses of colon and small bowel, the webs of vessels by their
    trunk, the nodes, and the pockets of gas.
    """

    colon: Course
    gut: Gut
    vessels: dict[str, Fan]
    nodes: list[Node]
    pockets: list[Pocket]


def carve_bowel(space: Space, body: Body, outline: Outline) -> Bowel:
    """Carve colon, small bowel, mesentery and omentum into the fat that all other structures have left."""
    room = free_space(body, space, outline)
    claim_fat(body, space, room)
    course = lay_colon(body, room)
    colon = carve_colon(space, body, course, room)
    appendix = carve_appendix(space, body, course, room.without(colon, 0.5))
    around = bowel_room(body, room, course, colon, appendix)
    keep_root(body, space, room)
    gut = lay_small_bowel(body, around, terminal_ileum(course))
    carve_small_bowel(space, body, gut, around)
    carve_valve(space, body, course)
    connect(space, tuple(flexure(body)), 6.5, "bowel_fluid", "jejunum_wall", "duodenum_wall")
    connect(space, tuple(course.beads[-1, :3]), 3.0, "stool", "colon_wall", "rectum_wall")
    fat = fat_room(body, space)
    vessels = carve_mesentery(space, body, course, gut, fat)
    nodes = carve_nodes(space, body, vessels, fat)
    carve_omentum(space, body, course, room, fat)
    gas = [pocket for organ in ("colon", "small_bowel") for pocket in pockets(space, organ)]
    return Bowel(course, gut, vessels, nodes, gas)
