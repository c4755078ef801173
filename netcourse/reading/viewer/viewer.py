"""The viewer: a study of CT phases, MR and PET on four linked panels, read as at a workstation.

>>> from netcourse.scanner.study import Study, Volume
>>> import numpy as np
>>> air = Volume("CT", np.full((9, 8, 8), -1000, np.int16), (3.0, 1.5, 1.5), (0.0, 0.0, 0.0), "HU", "CT")
>>> viewer = Viewer(Study("x-0", "Air", {"CT": air}))
>>> viewer
Viewer(Study of x-0 (CT), SYNTHETIC; axial slice 5 of 9, window 40/400, CT, VOI none)
>>> viewer.window = "lung"
>>> viewer.window
(-600.0, 1500.0)

The pictures go to the browser once, when the viewer is displayed: those on show first, the study's
other series when the cell has ended. From then on scrolling, windowing, changing the series,
measuring and turning the MIP ask nothing of Python, which learns where the reader is when the hand
rests. The browser takes the pictures out of the widget's state as soon as it has them, so a
notebook saved with widget state carries one small PNG and no voxels; a view that comes later (a
page loaded anew, a viewer in a box) asks for them and gets them in messages.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Any, Literal, cast, get_args

import anywidget
import traitlets as t

from netcourse.evidence import figure
from netcourse.reading.viewer import still as pictures
from netcourse.reading.viewer.codec import key
from netcourse.reading.viewer.geometry import middle
from netcourse.reading.viewer.series import anatomical, base, labels, pair, pets, usual
from netcourse.reading.viewer.shared import (
    Marker,
    markers_in,
    markers_out,
    number_between,
    shared,
    sphere_in,
    within,
)
from netcourse.reading.viewer.transfer import after_the_cell, metas, packed, parcel, script, style
from netcourse.reading.viewer.voi import VoiMeasurement, contains, measure
from netcourse.reading.viewer.windowing import Window, as_signal_window, as_window, signal_window
from netcourse.scanner.study import Point, Study, Volume

Mode = Literal["CT", "PET", "fused", "side by side", "two PETs"]
MODES: tuple[Mode, ...] = get_args(Mode)


class Viewer(anywidget.AnyWidget):
    """Show a study: axial, coronal and sagittal panels and a turning MIP, PET over a CT or an MR.

    `series` and `pet` name the CT or MR and the PET to begin with (`CT` and `PT` unless told, or
    else the first of each); `window` is a preset name or (centre, width) in HU; `mode` is "CT" (the
    series alone, also when it is an MR), "PET", "fused", "side by side" or "two PETs" (the PET and
    the next one; a study without shows what it has); `markers=True` shows where the lesions truly
    are; `suv_top` is the upper end of the SUV scale, 0.1 to 200; `big` writes larger, for a
    projector; viewers of one `group` follow each other; `height` in css pixels, otherwise it suits
    the page. Raises ValueError for an unknown series, window or mode, or a study without pictures.

    What the reader does in the browser arrives in these attributes when the hand has rested for
    0.15 s, and what is set here moves the viewer; `observe` them as any trait. Points are (z, y, x)
    in mm, within the pictures, else ValueError.

    - `crosshair_mm`: where the panels cross;
    - `series` and `pet`: the names of the CT or MR and of the PET on show, None where the study has none;
    - `window`: (centre, width) in HU, the same for all CT phases; may be set by preset name;
    - `mr_window`: (centre, width) in signal of the MR on show; each MR keeps its own (no trait: observe `series`);
    - `mode`, `suv_top`, and `opacity`, the share of the PET in the fused picture, 0 to 100 %;
    - `voi`: None or (centre, diameter in mm) of the sphere; `measurement` says what it holds in the series and the PET on show;
    - `mark_mm`: None or the point that the learner marked as the answer;
    - `markers`: the numbered signs of the list beside the pictures, each a `Marker`.
    """

    _esm = script()
    _css = style()

    crosshair_mm = shared((0.0, 0.0, 0.0))
    series = shared(None)
    pet = shared(None)
    window = shared("soft tissue")
    mode = shared("fused")
    suv_top = shared(None)
    opacity = shared(0)
    voi = shared(None)
    mark_mm = shared(None)
    group = t.Unicode(None, allow_none=True).tag(sync=True)
    _mr_windows = shared({})
    _markers = shared([], to_json=markers_out, from_json=markers_in)
    _hidden = shared([])
    _markers_shown = shared(True)
    _volumes: t.List[Any] = t.List().tag(sync=True)
    _packed = shared({})
    _more = shared({})
    _still = t.Bytes(b"").tag(sync=True)
    _alt = t.Unicode("").tag(sync=True)
    _name = t.Unicode("").tag(sync=True)
    _watermark = t.Unicode("").tag(sync=True)
    _title = t.Unicode(None, allow_none=True).tag(sync=True)
    _big = t.Bool(False).tag(sync=True)
    _height = t.Int(None, allow_none=True).tag(sync=True)

    def __init__(
        self,
        study: Study,
        *,
        series: str | None = None,
        pet: str | None = None,
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
        start |= {
            name: wanted
            for name, wanted in (("series", series), ("pet", pet))
            if wanted is not None
        }
        top = figure("reading.suv_top").value if suv_top is None else suv_top
        super().__init__(
            window=window,
            mode=mode,
            suv_top=top,
            opacity=figure("reading.fusion").value,
            group=group,
            _title=title,
            _big=big,
            _height=height,
            **start,
        )
        self.on_msg(Viewer._answer)

    def _about(self, study: Study) -> dict[str, Any]:
        """What the browser is told of a study, apart from its voxels."""
        if not study.volumes:
            raise ValueError(f"{study!r} has no pictures to show")
        points = study.lesions_mm if self._own_markers else {}
        series, pet = usual(study)
        return {
            "crosshair_mm": study.landmarks_mm.get("liver", middle(study[base(study)])),
            "series": series,
            "pet": pet,
            "voi": None,
            "mark_mm": None,
            "_markers": [Marker(id, id, point) for id, point in points.items()],
            "_hidden": [],
            "_volumes": metas(study),
            "_packed": {},
            "_more": {},
            "_still": b"",
            "_name": f"Viewer, {study.title}, {study.watermark.lower()}",
            "_watermark": study.watermark,
        }

    @property
    def study(self) -> Study:
        """The study on show."""
        return self._study

    def show(self, study: Study) -> None:
        """Show another study in place; VOI, mark and markers go, window and mode stay, and the
        series where the study has it.

        The crosshair stays too when it is the same patient.
        """
        start = self._about(study)
        if study.patient_id == self._study.patient_id and contains(
            study[base(study)], self.crosshair_mm
        ):
            start.pop("crosshair_mm")
        for name in ("series", "pet"):
            if getattr(self, name) in study.volumes and start[name] is not None:
                start.pop(name)
        self._study = study
        with self.hold_sync():
            for name, value in start.items():
                setattr(self, name, value)
            if self._displayed:
                self._packed, self._still, self._alt = (
                    packed(self._on_show),
                    self.picture(),
                    self.alt,
                )
        if self._displayed:
            self._send_more()

    def go_to(self, id: str) -> None:
        """Move the crosshair to a marker, lesion or landmark of the study, by its id; KeyError
        lists those there are.
        """
        places: dict[str, Point] = {**self._study.landmarks_mm, **self._study.lesions_mm}
        places |= {marker.id: marker.point_mm for marker in self.markers}
        if id not in places:
            raise KeyError(
                f"there is no '{id}' in {self._study!r}; there are"
                f" {', '.join(places) or 'no named places'}"
            )
        self.crosshair_mm = places[id]

    def place_voi(self, centre_mm: Point, diameter_mm: float | None = None) -> VoiMeasurement:
        """Place the spherical VOI (centre z, y, x in mm; 20 mm across unless told) and return what
        it holds; ValueError as in `measure`.
        """
        size = figure("reading.voi.diameter").value if diameter_mm is None else diameter_mm
        found = measure(self._pair, centre_mm, size)
        self.voi = (centre_mm, size)
        return found

    @property
    def measurement(self) -> VoiMeasurement | None:
        """What the VOI holds in the pictures on show, measured in the study's own volumes; None
        without a VOI, or where they end.
        """
        if self.voi is None or not any(
            contains(volume, self.voi[0]) for volume in self._pair.volumes.values()
        ):
            return None
        return measure(self._pair, *self.voi)

    @property
    def mr_window(self) -> Window | None:
        """(centre, width) in signal of the MR on show, None when it is none; each MR keeps its own,
        ValueError without an MR.
        """
        volume = self._anatomy
        if volume is None or volume.modality != "MR":
            return None
        return as_signal_window(self._mr_windows.get(self.series) or signal_window(volume))

    @mr_window.setter
    def mr_window(self, window: tuple[float, float]) -> None:
        if self.mr_window is None:
            raise ValueError(
                f"no MR is on show (the series is {self.series!r}): choose one first, or set"
                " `window`, in HU"
            )
        self._mr_windows = self._mr_windows | {self.series: as_signal_window(window)}

    @property
    def _pair(self) -> Study:
        return pair(self._study, self.series, self.pet)

    @property
    def _on_show(self) -> Study:
        """The pictures that the browser needs first: the pair, and the next PET where two stand
        side by side.
        """
        there = pets(self._study)
        beside = (
            [there[(there.index(self.pet) + 1) % len(there)]]
            if self._mode_shown == "two PETs"
            else []
        )
        return self._study.only(
            *[name for name in (self.series, self.pet, *beside) if name is not None]
        )

    @property
    def _anatomy(self) -> Volume | None:
        return None if self.series is None else self._study[self.series]

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
        grey = "CT" if self._anatomy is None else self._anatomy.modality
        modes = {
            "PET": "PET",
            "fused": f"PET over {grey}",
            "side by side": f"{grey} beside PET",
            "two PETs": "Two PETs",
        }
        what = modes.get(self._mode_shown, grey)
        named = (
            f" ({', '.join(words)})"
            if (words := [labels(self._study)[name] for name in self._told])
            else ""
        )
        slice_, of = self._slice
        return (
            f"{what}{named} of {self._study.title}: axial slice {slice_} of {of}, coronal, sagittal"
            f" and MIP. {self._study.watermark.capitalize()}, not for patient care."
        )

    def picture(self, width: int = 860) -> bytes:
        """Return what the viewer shows as a PNG of four panels, `width` pixels wide (zoom and MIP
        angle are the browser's own).
        """
        shown = [
            (str(n), m.point_mm)
            for n, m in enumerate(self._markers, 1)
            if self._markers_shown and m.id not in self._hidden
        ]
        mode = {"side by side": "fused", "two PETs": "PET"}.get(self._mode_shown, self._mode_shown)
        scene = pictures.Scene(
            self._study,
            self.series,
            self.pet,
            self.crosshair_mm,
            self.mr_window or self.window,
            mode,
            self.opacity,
            self.suv_top,
            tuple(shown),
            self.voi,
            self.mark_mm,
        )
        return pictures.draw(scene, width)

    @property
    def _mode_shown(self) -> str:
        if self.mode == "two PETs":
            return "two PETs" if len(pets(self._study)) > 1 else "PET" if self.pet else "CT"
        return cast(str, self.mode) if self.series and self.pet else "CT" if self.series else "PET"

    @property
    def _slice(self) -> tuple[int, int]:
        """The axial slice at the crosshair, and how many there are."""
        counted = self._study[base(self._study)]
        return counted.index(self.crosshair_mm)[0] + 1, counted.array.shape[0]

    @property
    def _told(self) -> list[str]:
        """The series and the PET on show, where the study has others."""
        found = [self.series] if len(anatomical(self._study)) > 1 else []
        return found + ([self.pet] if len(pets(self._study)) > 1 else [])

    def __repr__(self) -> str:
        centre, width = self.mr_window or self.window
        slice_, of = self._slice
        kinds = {self.series: "series", self.pet: "pet"}
        mode = f"fused {self.opacity:g} %" if self._mode_shown == "fused" else self._mode_shown
        found = self.measurement
        voi = (
            repr(found)
            if found
            else "VOI none"
            if self.voi is None
            else "VOI outside the pictures on show"
        )
        told = [
            f"axial slice {slice_} of {of}",
            *(f"{kinds[name]} {name}" for name in self._told),
            f"window {centre:g}/{width:g}",
            mode,
            voi,
        ]
        return f"Viewer({self._study!r}; {', '.join(told)})"

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        self._displayed = True
        self._packed = packed(self._on_show)  # on its way while the still is drawn
        still = self.picture()
        with self.hold_sync():
            self._still, self._alt = still, self.alt
        after_the_cell(self._send_more)
        data, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        data |= {"text/plain": repr(self), "image/png": base64.b64encode(still).decode()}
        return data, metadata | {"image/png": {"alt": self.alt}}

    @property
    def _rest(self) -> Study:
        """What the study holds beyond the pictures on show."""
        return self._study.only(
            *[name for name in self._study.volumes if name not in self._on_show.volumes]
        )

    def _send_more(self) -> None:
        self._more = packed(self._rest)

    def _answer(self, content: Any, _buffers: Any) -> None:
        """Send the pictures to a view that asks for them: those on show first."""
        if isinstance(content, Mapping) and content.get("ask") == "pictures":
            self._displayed = True
            wanted = content.get("keys") or [meta["key"] for meta in self._volumes]
            for part in (self._on_show, self._rest):
                if found := [
                    name for name, volume in part.volumes.items() if key(volume) in wanted
                ]:
                    self.send(*parcel(part.only(*found)))

    @t.validate("series", "pet")
    def _valid_series(self, proposal: Any) -> str | None:
        name, value = proposal["trait"].name, proposal["value"]
        there = anatomical(self._study) if name == "series" else pets(self._study)
        if value not in there and (there or value is not None):
            allowed = f"there are {', '.join(there)}" if there else "there is none"
            raise ValueError(
                f"there is no {'CT or MR series' if name == 'series' else 'PET'} {value!r} in"
                f" {self._study!r}; {allowed}"
            )
        return cast("str | None", value)

    @t.validate("crosshair_mm", "mark_mm")
    def _valid_point(self, proposal: Any) -> Point | None:
        if proposal["value"] is None and proposal["trait"].name == "mark_mm":
            return None
        return within(self._study, proposal["trait"].name, proposal["value"])

    @t.validate("window")
    def _valid_window(self, proposal: Any) -> Window:
        return as_window(proposal["value"])

    @t.validate("mode")
    def _valid_mode(self, proposal: Any) -> Mode:
        if proposal["value"] not in MODES:
            raise ValueError(
                f"there is no mode {proposal['value']!r}; modes are {', '.join(MODES)}"
            )
        return cast(Mode, proposal["value"])

    @t.validate("suv_top", "opacity")
    def _valid_number(self, proposal: Any) -> float:
        name = proposal["trait"].name
        low, high = (0.0, 100.0) if name == "opacity" else (0.1, 200.0)
        return number_between(name, proposal["value"], low, high)

    @t.validate("voi")
    def _valid_voi(self, proposal: Any) -> tuple[Point, float] | None:
        return None if proposal["value"] is None else sphere_in(self._study, proposal["value"])
