"""The liver reference VOI: what happens to every score when it is placed badly."""

from __future__ import annotations

from html import escape
from math import dist
from typing import Any

from netcourse.decisions.core import DISCLAIMER, Decision
from netcourse.decisions.somatostatin import krenning
from netcourse.evidence import figure
from netcourse.patients import Patient
from netcourse.reading.lab.drawing import LESION, SOFT, LogAxis, circle, line, text
from netcourse.reading.lab.lab import Lab, Question
from netcourse.reading.lab.parameters import Choice, LabFigure, Model
from netcourse.reading.lab.suv_scale import HIGHEST, LOWEST, TICKS, organ
from netcourse.reading.viewer.viewer import Viewer
from netcourse.reading.viewer.voi import measure
from netcourse.scanner.study import Point, Study


class LiverReference(Model):
    """Score a patient's lesions with the liver SUVmean of a VOI that the learner places.

    `spot` puts the VOI in free liver, half on a metastasis or all on it; `place` puts it anywhere.
    Raises ValueError where the study has no free liver, and KeyError for an unknown metastasis.
    """

    shows_start = True

    title = "Where the liver VOI stands"
    look = (
        "Each score leans on this one sphere. Move it on to the metastasis, or place it by hand in"
        " the viewer above; read the table again."
    )

    spot = Choice(
        "Liver VOI",
        {
            "free": "in free liver",
            "half": "half on a metastasis",
            "on": "on the metastasis",
            "hand": "where I put it in the viewer",
        },
        "free",
    )

    def __init__(self, study: Study, patient: Patient, metastasis: str, **values: Any) -> None:
        if "liver" not in study.landmarks_mm:
            raise ValueError(f"{study!r} has no liver free of metastases to place a reference in")
        lesion = patient.lesion(metastasis)
        free, hot = study.landmarks_mm["liver"], study.lesions_mm[metastasis]
        away = dist(free, hot)
        shift = lesion.size_mm / 2 / away  # centred on the edge of the metastasis
        z, y, x = (h + shift * (f - h) for f, h in zip(free, hot, strict=True))
        self._spots: dict[str, Point] = {"free": free, "half": (z, y, x), "on": hot}
        self.study, self.patient, self.metastasis = study, patient, metastasis
        self.voi: tuple[Point, float] = (free, figure("krenning.liver.voi").value)
        self._free_suv = self._mean(*self.voi)
        super().__init__(**values)

    def set(self, **values: Any) -> None:
        """Set the parameters; a named spot moves the VOI there, at the reference's own diameter."""
        self.values = self.values | {
            name: self.parameters()[name].check(value) for name, value in values.items()
        }
        if values.get("spot") in self._spots:
            self.voi = (self._spots[values["spot"]], figure("krenning.liver.voi").value)
        self.changed()

    def place(self, centre_mm: Point, diameter_mm: float) -> None:
        """Put the VOI anywhere (centre z, y, x in mm); ValueError when it leaves the pictures."""
        self._mean(centre_mm, diameter_mm)
        self.voi = (centre_mm, diameter_mm)
        self.values = self.values | {
            "spot": next(
                (name for name, at in self._spots.items() if dist(at, centre_mm) < 1e-6), "hand"
            )
        }
        self.changed()

    def _mean(self, centre_mm: Point, diameter_mm: float) -> float:
        found = measure(self.study, centre_mm, diameter_mm).suv_mean
        assert found is not None
        return found

    @property
    def liver(self) -> float:
        """SUVmean of the VOI."""
        return self._mean(*self.voi)

    def scores(self, liver: float) -> dict[str, Decision]:
        """Return the decision for every lesion but the metastasis itself, with that liver
        SUVmean.
        """
        return {
            lesion.id: krenning(
                self.patient.uptake(lesion).model_copy(update={"liver": round(liver, 2)})
            )
            for lesion in self.patient.lesions
            if lesion.id != self.metastasis
        }

    @property
    def moved(self) -> list[str]:
        """Ids of the lesions whose score differs from the one with free liver."""
        right, now = self.scores(self._free_suv), self.scores(self.liver)
        return [id for id in now if now[id].verdict != right[id].verdict]

    @property
    def result(self) -> str:
        where = {
            "free": "in free liver",
            "half": f"half on {self.metastasis}",
            "on": f"on {self.metastasis}",
        }.get(str(self.spot), "by hand")
        moved = self.moved
        return (
            f"Liver VOI {where}: SUVmean {self.liver:.1f}, {len(moved)} of"
            f" {len(self.patient.lesions) - 1} scores wrong"
            + (f" ({', '.join(moved)})" if moved else "")
        )

    def draw(self) -> LabFigure:
        axis, liver = LogAxis(LOWEST, HIGHEST, 24, 836), self.liver
        right, now = self.scores(self._free_suv), self.scores(liver)
        suv_top, ground = figure("reading.suv_top").value, 118
        drawn = [
            organ(axis, "your liver VOI", liver, 54, ground, suv_top),
            axis.ticks(ground, TICKS),
        ]
        low, high = figure("krenning.liver.lowest").value, figure("krenning.liver.highest").value
        drawn.append(line(axis(low), ground - 8, axis(high), ground - 8, stroke=SOFT, width=4))
        drawn.append(
            text(
                (axis(low) + axis(high)) / 2,
                ground - 14,
                f"livers seen: {low:g} to {high:g}",
                size=12,
                fill=SOFT,
                anchor="middle",
            )
        )
        for lesion in self.patient.lesions:
            if lesion.id != self.metastasis:
                wrong = right[lesion.id].verdict != now[lesion.id].verdict
                drawn.append(
                    circle(
                        axis(self.patient.uptake(lesion).suv_max),
                        ground + 34,
                        6,
                        fill=LESION if wrong else "#1f5f99",
                    )
                )
        drawn.append(
            text(
                24,
                ground + 62,
                "dots: SUVmax of each finding; red: its score is now wrong",
                size=12,
                fill=SOFT,
            )
        )
        rows = "".join(self._row(id, right[id], found) for id, found in now.items())
        head = (
            "<tr><th>Finding</th><th>SUVmax</th><th>With free liver</th><th>With your"
            " VOI</th><th></th></tr>"
        )
        caution = next(
            (r.text for found in now.values() for r in found.reasons if r.rule == "KP4"), ""
        )
        caution = (
            f"<p>{escape(caution)} That is why the wrong reference did less harm here.</p>"
            if caution
            else ""
        )
        table = f"<table class='nc-table'>{head}{rows}</table>"
        words = f"<p><strong>{escape(self.result)}</strong></p>{caution}{table}<p><small>{DISCLAIMER}</small></p>"
        return LabFigure("".join(drawn), (860, ground + 74), self.result, words)

    def _row(self, id: str, right: Decision, now: Decision) -> str:
        lesion, same = self.patient.lesion(id), right.verdict == now.verdict
        change = "" if same else f"<span class='nc-bad'>{right.verdict} became {now.verdict}</span>"
        suv = self.patient.uptake(lesion).suv_max
        cells = (f"{id}, {escape(lesion.where)}", f"{suv:.1f}", right.verdict, now.verdict, change)
        return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def liver_reference(
    viewer: Viewer, patient: Patient, metastasis: str, ask: Question | None = None
) -> Lab[LiverReference]:
    """Return the lab beside a viewer: its buttons move the viewer's VOI, and the viewer's VOI moves
    the lab.
    """
    model = LiverReference(viewer.study, patient, metastasis)
    lab = Lab(model, ask=ask)

    def to_viewer() -> None:
        if viewer.voi != model.voi:
            viewer.voi = model.voi
            viewer.crosshair_mm = model.voi[0]

    def from_viewer(change: Any) -> None:
        if change["new"] is not None and tuple(change["new"]) != model.voi:
            centre, diameter = change["new"]
            model.place(centre, diameter)

    to_viewer()
    model.watch(to_viewer)
    viewer.observe(from_viewer, "voi")
    return lab
