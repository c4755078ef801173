"""The portal system outside the liver: mesenteric and splenic veins, their confluence, and the
portal vein.
"""

from __future__ import annotations

import numpy as np

from netcourse.scanner.builder.abdomen.great_vessels import BELLY_FAT, carve_vessel
from netcourse.scanner.builder.abdomen.pancreas import splenic_vein_course
from netcourse.scanner.builder.abdomen.visceral_vessels import drawn
from netcourse.scanner.builder.body import Body, table
from netcourse.scanner.builder.grid import Space
from netcourse.scanner.builder.shapes import Points, path, tube


def carve_portal_system(body: Body, space: Space) -> None:
    """Carve portal, splenic and mesenteric veins; keep "portal" (all of them), "smv" and
    "splenic_vein".
    """
    courses = {name: drawn(body, points, name, 0.6) for name, points in rows().items()}
    splenic = courses["splenic_vein"] = splenic_vein_course(body)
    courses["imv"][-1, :3] = _nearest(splenic, courses["imv"][-2])
    courses["left_gastric"][0, :3] = _nearest(splenic, courses["left_gastric"][1])
    for name, course in courses.items():
        field = tube(space, course)
        if field.box.empty:
            continue
        for artery in ("sma", "coeliac"):
            field = field.yielding(space.kept[artery], 0.8)
        carve_vessel(space, field, "portal_vein", BELLY_FAT)
        space.keep("portal", field)
        if name in ("smv", "splenic_vein"):
            space.keep(name, field)


def _nearest(course: Points, point: Points) -> Points:
    """The point (x, y, z) of a vessel's axis that is nearest to a point."""
    line = path(course)[:, :3]
    return np.asarray(line[np.linalg.norm(line - point[:3], axis=1).argmin()])


def rows() -> dict[str, list[list[float]]]:
    """Return the drawn veins of the portal system by name."""
    return dict(table("visceral_vessels")["portal"])


def portal_end(body: Body) -> Points:
    """Return where the portal vein divides in the liver's hilum, (x, y, z, radius)."""
    return np.asarray(drawn(body, rows()["trunk"], "trunk", 0.6)[-1])
