"""The upper abdomen and the great vessels: diaphragm, liver, spleen, pancreas, stomach, duodenum,
kidneys, adrenals and their vessels.
"""

from __future__ import annotations

import numpy as np

from netcourse.scanner.builder.abdomen.adrenals import carve_adrenals
from netcourse.scanner.builder.abdomen.duodenum import carve_duodenum
from netcourse.scanner.builder.abdomen.gallbladder import carve_gallbladder, keep_gallbladder
from netcourse.scanner.builder.abdomen.kidneys import carve_kidneys, carve_ureters
from netcourse.scanner.builder.abdomen.liver import carve_liver
from netcourse.scanner.builder.abdomen.liver_trees import carve_liver_trees
from netcourse.scanner.builder.abdomen.pancreas import carve_pancreas
from netcourse.scanner.builder.abdomen.portal import carve_portal_system
from netcourse.scanner.builder.abdomen.spleen import carve_spleen
from netcourse.scanner.builder.abdomen.stomach import carve_stomach
from netcourse.scanner.builder.abdomen.visceral_vessels import carve_visceral_vessels
from netcourse.scanner.builder.body import Body
from netcourse.scanner.builder.grid import FAR_MM, Field, Space

_KEPT = (
    "kidney",
    "perirenal",
    "ureter",
    "adrenal",
    "coeliac",
    "sma",
    "ima",
    "renal_vessel",
    "portal",
    "smv",
    "splenic_vein",
    "pancreas",
    "duodenum",
    "gallbladder",
    "bile_duct",
    "liver",
    "liver_hilum",
    "hepatic_vein",
    "portal_tree",
    "segment",
    "spleen",
    "stomach",
    "stomach_lumen",
)


def carve_abdomen(body: Body, space: Space) -> None:
    """Carve the organs of the upper abdomen, after the chest and before pelvis and bowel.

    Every structure is kept under its name, also where the block holds none of it. Nodes and
    threads follow when the bowel lies (`retroperitoneum.carve_retroperitoneum`).
    """
    nowhere = space.between((0, 0, 1e6), (0, 0, 1e6))
    for name in _KEPT:
        space.kept.setdefault(name, Field(nowhere, np.full(nowhere.shape, FAR_MM, np.float16)))
    carve_kidneys(body, space)
    carve_adrenals(body, space)
    carve_ureters(body, space)
    carve_visceral_vessels(body, space)
    carve_portal_system(body, space)
    carve_pancreas(body, space)
    keep_gallbladder(body, space)
    carve_duodenum(body, space)
    carve_liver(body, space)
    carve_gallbladder(body, space)
    carve_spleen(body, space)
    carve_stomach(body, space)
    carve_liver_trees(body, space)
