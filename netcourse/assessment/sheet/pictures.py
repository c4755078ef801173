"""The pictures beside the answer sheet: the viewer with a case's series, or one slice over time.
Made at the first need.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import ipywidgets

from netcourse.assessment.exercise.item import Item
from netcourse.assessment.exercise.kinds.number import MEASURES, NumberItem
from netcourse.assessment.exercise.kinds.report import ReportItem
from netcourse.patients import Lesion, Patient, Tracer

if TYPE_CHECKING:
    from netcourse.assessment.keys.truth import Truth
    from netcourse.reading import Viewer
    from netcourse.reading.lessons.ct import OverTime, TimeLab
    from netcourse.reading.viewer.viewer import Mode
    from netcourse.scanner import Study

VIEWER_HEIGHT = 580
_BOARD = ("CT late arterial", "CT", "T1 arterial", "DWI", "PT", "FDG")
SERIES = {
    "pet_ct": ("CT", "PT"),
    "ct_phases": ("CT late arterial", "CT"),
    "two_pets": ("CT", "PT", "FDG"),
    "board": _BOARD,
}
"""The series that a case shows in the viewer, by what its page says under `shows`."""

_PLACE = ipywidgets.Layout(flex="2.2 1 704px")


class Pictures:
    """What hangs beside the sheet; `scan` makes a study from a patient (default: the course's
    scanner).

    `on_show` is the widget of the case at hand, None while there is none.
    """

    def __init__(
        self, busy: Callable[[str], None], scan: Callable[[Patient], Study] | None = None
    ) -> None:
        self.viewer: Viewer | None = None
        self.lab: TimeLab | None = None
        self.on_show: Any = None
        self._busy, self._scan = busy, scan
        self.studies: dict[str, Study] = {}
        self._labs: dict[tuple[str, str], TimeLab] = {}
        self._case: str | None = None

    def show(self, item: Item, shows: str, truth: Truth, hidden: Iterable[str]) -> None:
        """Show an item's pictures with its lesions marked, save the `hidden` ones; stories have
        none.
        """
        assert item.case is not None
        patient = truth.patient
        marked = [patient.lesion(id) for id in item.lesions if id not in hidden]
        if shows == "ct_over_time":
            self.on_show = self.lab = self._over_time(item.case, patient, marked)
        elif truth.tracer is not None:
            tracer = truth.tracer
            self._view(item.case, lambda: _unnamed(patient, tracer))
        elif shows in SERIES:
            self._view(
                item.case,
                lambda: self._scanned(patient, SERIES[shows]),
                "two PETs" if shows == "two_pets" else "fused",
            )
            self._mark(marked)
        else:  # another patient's pictures beside this story would mislead
            self.clear()

    def are_made(self, case: str) -> bool:
        """Whether the pictures of a case are there already."""
        return case in self.studies or any(case == held for held, _ in self._labs)

    def clear(self) -> None:
        """Take the pictures away."""
        self.on_show = None

    def take(self, item: Item) -> tuple[Any, str, dict[str, Any] | None]:
        """Return what the pictures hold for an item, how to say it, and the VOI behind it;
        ValueError in words without one.
        """
        if not isinstance(item, NumberItem | ReportItem):
            mark = None if self.viewer is None else self.viewer.mark_mm
            if mark is None:
                raise ValueError(
                    "There is no mark yet: choose the mark tool in the viewer and click the place."
                )
            return list(mark), f"Mark taken at {item.words(mark)}.", None
        if item.measure == "time_s":
            if self.lab is None:
                raise ValueError(
                    "There is no time to take yet: the pictures of this question are not there."
                )
            second = self.lab.model.phase_s
            return second, f"{second:g} s after the injection starts.", None
        found = None if self.viewer is None else self.viewer.measurement
        value = getattr(found, item.measure, None) if found is not None and item.measure else None
        if found is None or value is None:
            of = "CT" if item.measure == "hu_mean" else "PET"
            raise ValueError(
                f"There is no VOI with {of} in it yet: choose the VOI tool in the viewer and click"
                " the place."
            )
        voi = {
            name: getattr(found, name)
            for name in ("centre_mm", "diameter_mm", *MEASURES)
            if hasattr(found, name)
        }
        words = (
            f"{MEASURES[str(item.measure)]} {value:.2f} {item.unit} in a sphere of"
            f" {found.diameter_mm:.0f} mm."
        )
        return (
            round(float(value), 2),
            words,
            voi | {"centre_mm": [float(step) for step in found.centre_mm]},
        )

    def _view(self, case: str, make: Callable[[], Study], mode: Mode = "fused") -> None:
        if case not in self.studies:
            self.studies[case] = self._made(make)
        if self.viewer is None:
            from netcourse.reading import Viewer

            self.viewer = Viewer(self.studies[case], height=VIEWER_HEIGHT)
            self.viewer.layout = _PLACE
        elif self._case != case:
            self.viewer.show(self.studies[case])
        if self._case != case:
            self.viewer.mode = mode
        self._case, self.on_show = case, self.viewer

    def _scanned(self, patient: Patient, series: tuple[str, ...]) -> Study:
        if self._scan is not None:
            return self._scan(patient)
        from netcourse.scanner import scan

        return scan(patient, series)

    def _over_time(self, case: str, patient: Patient, marked: list[Lesion]) -> TimeLab:
        if not marked:
            raise ValueError("a question over time needs a lesion to read")
        if (case, marked[0].id) not in self._labs:
            self._labs[case, marked[0].id] = self._made(
                lambda: _time_lab(patient, [one.id for one in marked])
            )
        return self._labs[case, marked[0].id]

    def _made(self, make: Callable[[], Any]) -> Any:
        self._busy("Preparing the pictures of this patient; a few seconds …")
        try:
            return make()
        finally:
            self._busy("")

    def _mark(self, marked: list[Lesion]) -> None:
        from netcourse.reading import Marker

        assert self.viewer is not None
        places = self.viewer.study.lesions_mm
        shown = [one for one in marked if one.id in places]
        self.viewer.markers = [Marker(one.id, one.id, places[one.id]) for one in shown]
        if shown:
            self.viewer.go_to(shown[0].id)


def _unnamed(patient: Patient, tracer: Tracer) -> Study:
    """Scan with a tracer, and leave its name and the patient's lesions out of the study."""
    from netcourse.scanner import PetScan, scan

    study = scan(
        patient, {"PT": PetScan(of="fdg") if tracer == "f18_fdg" else PetScan(tracer=tracer)}
    )
    pictures = replace(study["PT"], description="scan, tracer not named")
    return replace(study, volumes={"PT": pictures}, title="A scan without its name", lesions_mm={})


def _time_lab(patient: Patient, lesions: list[str]) -> TimeLab:
    from netcourse.reading.lessons.ct import OverTime, TimeLab

    model: OverTime = OverTime(patient, lesions, "One slice over time", "")
    lab = TimeLab(model, controls=["phase_s"])
    lab.layout = _PLACE
    return lab
