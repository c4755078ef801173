"""The pelvic organs of the man and the woman, their vessels, nerves, nodes and the threads of fat between them."""

from __future__ import annotations

from netcourse.scanner.builder.body import Body
from netcourse.scanner.builder.grid import Space
from netcourse.scanner.builder.pelvis.bladder import carve_bladder
from netcourse.scanner.builder.pelvis.ligaments import carve_ligaments
from netcourse.scanner.builder.pelvis.nodes import Node, carve_nodes
from netcourse.scanner.builder.pelvis.perineum import (
    carve_female_perineum,
    carve_male_perineum,
    carve_perineal_muscles,
)
from netcourse.scanner.builder.pelvis.prostate import (
    carve_prostate,
    carve_seminal_vesicles,
    carve_vasa,
)
from netcourse.scanner.builder.pelvis.rectum import carve_rectum
from netcourse.scanner.builder.pelvis.threads import carve_small_vessels, carve_strands
from netcourse.scanner.builder.pelvis.uterus import carve_ovaries, carve_uterus, carve_vagina
from netcourse.scanner.builder.pelvis.vessels import (
    carve_nerves,
    carve_phleboliths,
    carve_vessels,
)


def carve_pelvis(body: Body, space: Space) -> list[Node]:
    """Carve all pelvic organs, the bladder after its neighbours and thin things last; return the normal nodes."""
    carve_rectum(body, space)
    if body.woman:
        carve_vagina(body, space)
        carve_uterus(body, space)
        carve_bladder(body, space)
        carve_ovaries(body, space)
        carve_ligaments(body, space)
        carve_female_perineum(body, space)
    else:
        carve_prostate(body, space)
        carve_seminal_vesicles(body, space)
        carve_bladder(body, space)
        carve_vasa(body, space)
        carve_male_perineum(body, space)
    carve_perineal_muscles(body, space)
    lines = carve_vessels(body, space)
    carve_nerves(body, space)
    carve_phleboliths(body, space, lines)
    nodes = carve_nodes(body, space)
    carve_small_vessels(body, space, lines)
    carve_strands(body, space)
    return nodes
