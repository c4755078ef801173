"""A viewer and a lab's choice of a lesion that follow each other: choosing moves the crosshair, and the crosshair chooses."""

from __future__ import annotations

from collections.abc import Mapping
from math import dist
from typing import Any

from netcourse.decisions import DualUptake, reads
from netcourse.patients import Patient
from netcourse.reading.labs.knobs import Model
from netcourse.reading.viewer import Marker, Viewer
from netcourse.scanner import part_positions, positions
from netcourse.scanner.study import Point

MANY = 8
"""Reads above which a choice of them is a list to open."""

Places = Mapping[str, tuple[Point, float]]
"""By the name of a read: its middle (z, y, x in mm) and its radius in mm."""


def places_of(patient: Patient) -> Places:
    """Return where a patient's reads lie; a part that is read for itself has a place of its own.

    >>> from netcourse.patients import generate
    >>> [name for name in places_of(generate("cold_half"))]
    ['L1 part A', 'L1 part B', 'L2', 'L3', 'N1']
    """
    where, parts = positions(patient), part_positions(patient)
    return {read.name: _place(read, patient, where, parts) for read in reads(patient)}


def _place(read: DualUptake, patient: Patient, where: Mapping[str, Point], parts: Mapping[str, Any]) -> tuple[Point, float]:
    lesion = patient.lesion(read.lesion)
    if read.part is None:
        return where[lesion.id], lesion.size_mm / 2
    return parts[lesion.id][read.part], lesion.part_mm(read.part) / 2


def at_point(places: Places, point: Point) -> str | None:
    """Return the name of the place that a point lies in, the nearest by its size; None outside all."""
    inside = {name: dist(point, middle) / radius for name, (middle, radius) in places.items()}
    nearest = min(inside, key=lambda name: inside[name], default=None)
    return nearest if nearest is not None and inside[nearest] <= 1.15 else None


def link(viewer: Viewer, model: Model, patient: Patient, knob: str = "lesion") -> None:
    """Let a viewer's crosshair and a model's choice of a read follow each other; the viewer numbers the reads."""
    places = places_of(patient)
    viewer.markers = [Marker(name, f"{name}, {patient.lesion(name.split()[0]).where}", middle) for name, (middle, _) in places.items()]
    last = [model.values[knob]]

    def to_viewer() -> None:
        name = model.values[knob]
        if name != last[0]:
            last[0] = name
            if at_point(places, viewer.crosshair_mm) != name:
                viewer.crosshair_mm = places[name][0]

    def from_viewer(change: Any) -> None:
        name = at_point(places, tuple(change["new"]))
        if name is not None and name != model.values[knob]:
            model.set(**{knob: name})

    viewer.crosshair_mm = places[last[0]][0]
    model.watch(to_viewer)
    viewer.observe(from_viewer, "crosshair_mm")
