"""A viewer and a lab's choice of a lesion that follow each other: choosing moves the crosshair, and
the crosshair chooses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import dist
from typing import Any

from netcourse.decisions.heterogeneity import DualUptake, reads
from netcourse.patients import Patient
from netcourse.reading.lab.parameters import Model
from netcourse.reading.viewer.shared import Marker
from netcourse.reading.viewer.viewer import Viewer
from netcourse.scanner import part_positions, positions
from netcourse.scanner.study import Point

MANY = 8
"""Reads above which a choice of them is a list to open."""


@dataclass(frozen=True)
class Spot:
    """Where a read lies: the words of its place, its middle (z, y, x in mm) and its radius in
    mm.
    """

    where: str
    middle: Point
    radius_mm: float


Places = Mapping[str, Spot]
"""Where reads lie, by their names."""


def places_of(patient: Patient) -> Places:
    """Return where a patient's reads lie; a part that is read for itself has a place of its own.

    >>> from netcourse.patients import generate
    >>> [name for name in places_of(generate("cold_half"))]
    ['L1 part A', 'L1 part B', 'L2', 'L3', 'N1']
    """
    where, parts = positions(patient), part_positions(patient)
    return {read.name: _place(read, patient, where, parts) for read in reads(patient)}


def _place(
    read: DualUptake, patient: Patient, where: Mapping[str, Point], parts: Mapping[str, Any]
) -> Spot:
    lesion = patient.lesion(read.lesion)
    if read.part is None:
        return Spot(lesion.where, where[lesion.id], lesion.size_mm / 2)
    return Spot(lesion.where, parts[lesion.id][read.part], lesion.part_mm(read.part) / 2)


def at_point(places: Places, point: Point) -> str | None:
    """Return the name of the place that a point lies in, the nearest by its size; None outside
    all.
    """
    inside = {name: dist(point, spot.middle) / spot.radius_mm for name, spot in places.items()}
    nearest = min(inside, key=lambda name: inside[name], default=None)
    return nearest if nearest is not None and inside[nearest] <= 1.15 else None


def link(viewer: Viewer, model: Model, patient: Patient, parameter: str = "lesion") -> None:
    """Let a viewer's crosshair and a model's choice of a read follow each other; the viewer numbers
    the reads.
    """
    places = places_of(patient)
    viewer.markers = [
        Marker(name, f"{name}, {spot.where}", spot.middle) for name, spot in places.items()
    ]
    last = [model.values[parameter]]

    def to_viewer() -> None:
        name = model.values[parameter]
        if name != last[0]:
            last[0] = name
            if at_point(places, viewer.crosshair_mm) != name:
                viewer.crosshair_mm = places[name].middle

    def from_viewer(change: Any) -> None:
        name = at_point(places, tuple(change["new"]))
        if name is not None and name != model.values[parameter]:
            model.set(**{parameter: name})

    viewer.crosshair_mm = places[last[0]].middle
    model.watch(to_viewer)
    viewer.observe(from_viewer, "crosshair_mm")
