"""Head and neck: skull and face, brain, orbits, airway, glands, muscles of the jaw, vessels above the hyoid."""

from __future__ import annotations

from netcourse.scanner.builder.body import Body
from netcourse.scanner.builder.grid import Space
from netcourse.scanner.builder.head.airway import carve_mouth, carve_throat
from netcourse.scanner.builder.head.brain import carve_brain
from netcourse.scanner.builder.head.closing import close_surfaces
from netcourse.scanner.builder.head.face import carve_face
from netcourse.scanner.builder.head.frame import HeadFrame
from netcourse.scanner.builder.head.glands import carve_salivary_glands, carve_thyroid
from netcourse.scanner.builder.head.jaw_muscles import carve_jaw_muscles
from netcourse.scanner.builder.head.neck_vessels import carve_neck_nodes, carve_neck_vessels
from netcourse.scanner.builder.head.orbits import carve_orbits
from netcourse.scanner.builder.head.outline import carve_head_skin
from netcourse.scanner.builder.head.skull import carve_cranium, draw_cranium
from netcourse.scanner.builder.outline import Outline


def carve_head(body: Body, space: Space, outline: Outline) -> None:
    """Carve head and neck into the block; keep "skull", "face", "mandible", "brain", "pituitary", "eye",
    "salivary", "thyroid", "throat".

    Needs the kept "bone" of the neck; the neck's muscles, vessels and airway below the hyoid are carved before.
    """
    frame = HeadFrame(body, space)
    if not frame.head.empty:
        carve_head_skin(frame, outline)
        cranium = draw_cranium(frame)
        carve_cranium(frame, cranium)
        carve_brain(frame, cranium)
        carve_face(frame, cranium)
        carve_orbits(frame)
        carve_jaw_muscles(frame, cranium)
        carve_mouth(frame)
    carve_throat(frame)
    carve_neck_vessels(frame)
    carve_thyroid(frame)
    if not frame.head.empty:
        carve_salivary_glands(frame)
    carve_neck_nodes(frame)
    close_surfaces(frame)
