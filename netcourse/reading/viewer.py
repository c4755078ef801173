"""The PET/CT viewer: a study on four linked panels, read as at a workstation.

>>> from netcourse.scanner.study import Study, Volume
>>> import numpy as np
>>> air = Volume("CT", np.full((9, 8, 8), -1000, np.int16), (3.0, 1.5, 1.5), (0.0, 0.0, 0.0), "HU", "CT")
>>> viewer = Viewer(Study("x-0", "Air", {"CT": air}))
>>> viewer
Viewer(Study of x-0 (CT), SYNTHETIC; axial slice 5 of 9, window 40/400, CT, VOI none)
>>> viewer.window = "lung"
>>> viewer.window
(-600.0, 1500.0)

The pictures go to the browser once, when the viewer is displayed; from then on scrolling, windowing, measuring and
turning the MIP ask nothing of Python, which learns where the reader is when the hand rests. The browser takes the pictures
out of the widget's state as soon as it has them, so a notebook saved with widget state carries one small PNG and no voxels;
a view that comes later (a page loaded anew, a viewer in a box) asks for them and gets them in a message.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from importlib import resources
from typing import Any, Literal, cast

import anywidget
import numpy as np
import traitlets as t

from netcourse.evidence import figure
from netcourse.reading import picture as pictures
from netcourse.reading.looks import Window, as_window, for_browser
from netcourse.reading.stored import key, pack
from netcourse.reading.voi import VoiMeasurement, contains, extent_mm, measure
from netcourse.scanner.study import Point, Study, Volume

Mode = Literal["CT", "PET", "fused", "side by side"]
MODES: tuple[Mode, ...] = ("CT", "PET", "fused", "side by side")

# The viewer's JavaScript: plain files without imports, joined in this order behind the numbers they need.
_SCRIPTS = ("volumes", "colours", "planes", "slices", "measure", "annotate", "panel", "controls", "hands", "reader", "viewer")


def script() -> str:
    """Return the viewer's JavaScript as one module; it needs no other file."""
    folder = resources.files(__package__) / "viewer_js"
    parts = [(folder / f"{name}.js").read_text(encoding="utf-8") for name in _SCRIPTS]
    return "\n".join([f"const CONFIG = {json.dumps(for_browser())};", *parts])


def _style() -> str:
    return (resources.files(__package__) / "viewer.css").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Marker:
    """A numbered sign on the pictures: an id, the words of the list beside them, and a point (z, y, x in mm)."""

    id: str
    label: str
    point_mm: Point


def _shared(default: Any, **how: Any) -> Any:
    """A value that browser and Python share; the browser is not told again what it has just said."""
    return t.Any(default).tag(sync=True, echo_update=False, **how)


def _markers_out(markers: list[Marker], _widget: Any) -> list[dict[str, Any]]:
    return [asdict(marker) for marker in markers]


def _markers_in(rows: list[dict[str, Any]], _widget: Any) -> list[Marker]:
    return [Marker(row["id"], row["label"], _as_point(row["point_mm"])) for row in rows]


class Viewer(anywidget.AnyWidget):
    """Show a study: axial, coronal and sagittal panels and a turning MIP, PET over CT.

    `window` is a preset name or (centre, width) in HU; `mode` is "CT", "PET", "fused" or "side by side" (a study
    with one volume shows that one); `markers=True` shows where the lesions truly are; `suv_top` is the upper end of the
    SUV scale, 0.1 to 200; `big` writes larger, for a projector; viewers of one `group` follow each other; `height` in css pixels,
    otherwise it suits the page. Raises ValueError for an unknown window or mode, or a study without pictures.

    What the reader does in the browser arrives in these attributes when the hand has rested for 0.15 s, and what is set here
    moves the viewer; `observe` them as any trait. Points are (z, y, x) in mm, within the pictures, else ValueError.

    - `crosshair_mm`: where the panels cross;
    - `window`: (centre, width) in HU; may be set by preset name;
    - `mode`, `suv_top`, and `opacity`, the share of the PET in the fused picture, 0 to 100 %;
    - `voi`: None or (centre, diameter in mm) of the sphere; `measurement` says what it holds;
    - `mark_mm`: None or the point that the learner marked as the answer;
    - `markers`: the numbered `Marker`s of the list beside the pictures.
    """

    _esm = script()
    _css = _style()

    crosshair_mm = _shared((0.0, 0.0, 0.0))
    window = _shared("soft tissue")
    mode = _shared("fused")
    suv_top = _shared(None)
    opacity = _shared(0)
    voi = _shared(None)
    mark_mm = _shared(None)
    group = t.Unicode(None, allow_none=True).tag(sync=True)
    _markers = _shared([], to_json=_markers_out, from_json=_markers_in)
    _hidden = _shared([])
    _markers_shown = _shared(True)
    _volumes: t.List[Any] = t.List().tag(sync=True)
    _packed = _shared({})
    _still = t.Bytes(b"").tag(sync=True)
    _alt = t.Unicode("").tag(sync=True)
    _name = t.Unicode("").tag(sync=True)
    _title = t.Unicode(None, allow_none=True).tag(sync=True)
    _big = t.Bool(False).tag(sync=True)
    _height = t.Int(None, allow_none=True).tag(sync=True)

    def __init__(
        self,
        study: Study,
        *,
        title: str | None = None,
        window: str | tuple[float, float] = "soft tissue",
        mode: Mode = "fused",
        markers: bool = False,
        suv_top: float | None = None,
        big: bool = False,
        group: str | None = None,
        height: int | None = None,
    ) -> None:
        self._own_markers = markers
        self._study = study
        self._displayed = False
        start = self._about(study)
        top = figure("reading.suv_top").value if suv_top is None else suv_top
        super().__init__(
            window=window, mode=mode, suv_top=top, opacity=figure("reading.fusion").value,
            group=group, _title=title, _big=big, _height=height, **start,
        )  # fmt: skip
        self.on_msg(Viewer._answer)

    def _about(self, study: Study) -> dict[str, Any]:
        """What the browser is told of a study, apart from its voxels."""
        if not study.volumes:
            raise ValueError(f"{study!r} has no pictures to show")
        points = study.lesions_mm if self._own_markers else {}
        return {
            "crosshair_mm": study.landmarks_mm.get("liver", _middle(_base(study))),
            "voi": None,
            "mark_mm": None,
            "_markers": [Marker(id, id, point) for id, point in points.items()],
            "_hidden": [],
            "_volumes": [_meta(volume) for volume in study.volumes.values()],
            "_packed": {},
            "_still": b"",
            "_name": f"Viewer, {study.title}, synthetic",
        }

    @property
    def study(self) -> Study:
        """The study on show."""
        return self._study

    def show(self, study: Study) -> None:
        """Show another study in place; VOI, mark and markers go, window and mode stay.

        The crosshair stays too when it is the same patient.
        """
        start = self._about(study)
        if study.patient_id == self._study.patient_id and contains(_base(study), self.crosshair_mm):
            start.pop("crosshair_mm")
        self._study = study
        if self._displayed:
            start |= {"_packed": self._pack(), "_still": self.picture(), "_alt": self.alt}
        with self.hold_sync():
            for name, value in start.items():
                setattr(self, name, value)

    def go_to(self, id: str) -> None:
        """Move the crosshair to a marker, lesion or landmark of the study, by its id; KeyError lists those there are."""
        places: dict[str, Point] = {**self._study.landmarks_mm, **self._study.lesions_mm}
        places |= {marker.id: marker.point_mm for marker in self.markers}
        if id not in places:
            raise KeyError(f"there is no '{id}' in {self._study!r}; there are {', '.join(places) or 'no named places'}")
        self.crosshair_mm = places[id]

    def place_voi(self, centre_mm: Point, diameter_mm: float | None = None) -> VoiMeasurement:
        """Place the spherical VOI (centre z, y, x in mm; 20 mm across unless told) and return what it holds; ValueError as in `measure`."""
        size = figure("reading.voi.diameter").value if diameter_mm is None else diameter_mm
        found = measure(self._study, centre_mm, size)
        self.voi = (centre_mm, size)
        return found

    @property
    def measurement(self) -> VoiMeasurement | None:
        """What the VOI holds, measured in the study's own volumes; None without a VOI."""
        return None if self.voi is None else measure(self._study, *self.voi)

    @property
    def markers(self) -> list[Marker]:
        """The numbered markers, in the order of the list beside the pictures."""
        return list(self._markers)

    @markers.setter
    def markers(self, markers: Iterable[Marker]) -> None:
        self._markers = list(markers)
        self._hidden = []

    @property
    def alt(self) -> str:
        """The picture in words."""
        base = _base(self._study)
        what = {"CT": "CT", "PET": "PET", "fused": "PET over CT", "side by side": "CT beside PET"}[self._mode_shown]
        slice_, of = base.index(self.crosshair_mm)[0] + 1, base.array.shape[0]
        return f"{what} of {self._study.title}: axial slice {slice_} of {of}, coronal, sagittal and MIP. Synthetic, not for patient care."

    def picture(self, width: int = 860) -> bytes:
        """Return what the viewer shows as a PNG of four panels, `width` pixels wide (zoom and MIP angle are the browser's own)."""
        shown = [(str(n), m.point_mm) for n, m in enumerate(self._markers, 1) if self._markers_shown and m.id not in self._hidden]
        scene = pictures.Scene(
            self._study, self.crosshair_mm, self.window, self._mode_shown.replace("side by side", "fused"), self.opacity,
            self.suv_top, tuple(shown), self.voi, self.mark_mm,
        )  # fmt: skip
        return pictures.draw(scene, width)

    @property
    def _mode_shown(self) -> str:
        both = {"CT", "PT"} <= set(self._study.volumes)
        return cast(str, self.mode) if both else "CT" if "CT" in self._study.volumes else "PET"

    def __repr__(self) -> str:
        base = _base(self._study)
        centre, width = self.window
        mode = f"fused {self.opacity:g} %" if self._mode_shown == "fused" else self._mode_shown
        voi = "VOI none" if self.voi is None else repr(self.measurement)
        where = f"axial slice {base.index(self.crosshair_mm)[0] + 1} of {base.array.shape[0]}"
        return f"Viewer({self._study!r}; {where}, window {centre:g}/{width:g}, {mode}, {voi})"

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        still = self.picture()
        self._displayed = True
        with self.hold_sync():
            self._packed, self._still, self._alt = self._pack(), still, self.alt
        data, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        data |= {"text/plain": repr(self), "image/png": base64.b64encode(still).decode()}
        return data, metadata | {"image/png": {"alt": self.alt}}

    def _pack(self) -> dict[str, Any]:
        found = {key(volume): pack(volume) for volume in self._study.volumes.values()}
        return {name: {"low": packed.low, "high": packed.high, "step": packed.step} for name, packed in found.items()}

    def _answer(self, content: Any, _buffers: Any) -> None:
        """Send the pictures to a view that asks for them."""
        if isinstance(content, Mapping) and content.get("ask") == "pictures":
            self._displayed = True
            found = {key(volume): pack(volume) for volume in self._study.volumes.values()}
            steps = [[name, packed.step] for name, packed in found.items()]
            self.send({"pictures": steps}, [plane for packed in found.values() for plane in (packed.low, packed.high)])

    @t.validate("crosshair_mm", "mark_mm")
    def _valid_point(self, proposal: Any) -> Point | None:
        if proposal["value"] is None and proposal["trait"].name == "mark_mm":
            return None
        return self._within(proposal["trait"].name, proposal["value"])

    def _within(self, name: str, value: Any) -> Point:
        point, spans = _as_point(value), _spans(self._study)
        if not all(low <= p <= high for p, (low, high) in zip(point, spans, strict=True)):
            allowed = ", ".join(f"{axis} {low:g} to {high:g}" for axis, (low, high) in zip("zyx", spans, strict=True))
            raise ValueError(f"{name} {point} (z, y, x) lies outside the pictures, which span {allowed} mm")
        return point

    @t.validate("window")
    def _valid_window(self, proposal: Any) -> Window:
        return as_window(proposal["value"])

    @t.validate("mode")
    def _valid_mode(self, proposal: Any) -> Mode:
        if proposal["value"] not in MODES:
            raise ValueError(f"there is no mode {proposal['value']!r}; modes are {', '.join(MODES)}")
        return cast(Mode, proposal["value"])

    @t.validate("suv_top", "opacity")
    def _valid_number(self, proposal: Any) -> float:
        name, value = proposal["trait"].name, proposal["value"]
        low, high = (0.0, 100.0) if name == "opacity" else (0.1, 200.0)
        if not isinstance(value, int | float | np.number) or not low <= value <= high:
            raise ValueError(f"{name} is {value!r}; it must be a number from {low:g} to {high:g}")
        return float(value)

    @t.validate("voi")
    def _valid_voi(self, proposal: Any) -> tuple[Point, float] | None:
        if proposal["value"] is None:
            return None
        try:
            centre, diameter = proposal["value"]
        except (TypeError, ValueError):
            raise ValueError(f"voi is {proposal['value']!r}; give (centre in mm as (z, y, x), diameter in mm) or None") from None
        if not (isinstance(diameter, int | float | np.number) and math.isfinite(diameter) and diameter > 0):
            raise ValueError(f"the VOI's diameter is {diameter!r}; it must be a number above 0 mm")
        return self._within("the VOI's centre", centre), float(diameter)


def _as_point(value: Any) -> Point:
    """Three finite numbers, or a ValueError that says so."""
    try:
        z, y, x = (float(number) for number in value)
    except (TypeError, ValueError):
        raise ValueError(f"{value!r} is no point; give (z, y, x) in mm") from None
    if not all(math.isfinite(number) for number in (z, y, x)):
        raise ValueError(f"{value!r} is no point; z, y and x must be finite, in mm")
    return z, y, x


def _base(study: Study) -> Volume:
    """The volume whose slices are counted: the CT where there is one."""
    return study.volumes["CT"] if "CT" in study.volumes else next(iter(study.volumes.values()))


def _middle(volume: Volume) -> Point:
    z, y, x = (float(volume.centres_mm(axis)[volume.array.shape[axis] // 2]) for axis in range(3))
    return z, y, x


def _spans(study: Study) -> list[tuple[float, float]]:
    """The outer edges of all volumes together along z, y and x, mm."""
    edges = [extent_mm(volume) for volume in study.volumes.values()]
    return [(min(e[axis][0] for e in edges), max(e[axis][1] for e in edges)) for axis in range(3)]


def _meta(volume: Volume) -> dict[str, Any]:
    return {
        "key": key(volume),
        "modality": volume.modality,
        "shape": list(volume.array.shape),
        "spacing": list(volume.spacing_mm),
        "origin": list(volume.origin_mm),
        "unit": volume.unit,
    }
