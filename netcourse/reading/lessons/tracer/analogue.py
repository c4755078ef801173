"""A somatostatin analogue before the scan: what moves, tumour, liver or both."""

from __future__ import annotations

from typing import Any

from netcourse.decisions.core import Decision
from netcourse.decisions.somatostatin import krenning
from netcourse.decisions.tracer import ssa_before_scan
from netcourse.evidence.tracers import tracer_of
from netcourse.patients import Patient, with_analogue
from netcourse.reading.lab.drawing import INK, LESION, SOFT, line, rect, text
from netcourse.reading.lab.parameters import Choice, LabFigure, Model, Range, Switch
from netcourse.reading.lessons.tracer.mips import Mip
from netcourse.scanner import PetScan, Volume, scan

_ORGANS = {"liver": "liver", "spleen": "spleen", "thyroid": "thyroid"}
_HIGH, _BEFORE, _AFTER = 330.0, "#bcd4ea", "#1f5f99"


class AnalogueOnBoard(Model):
    """The same patient without and with a long-acting analogue, and what the rules say of the date.

    >>> from netcourse.patients import generate
    >>> lab = AnalogueOnBoard(generate("small_metastases"), "L1")
    >>> lab.result
    'No analogue: liver 4.5, spleen 14.0, L1 16.0; L1 to liver 3.6, score 4'
    >>> lab.tried(given=True)
    'Analogue on board: liver 3.5, spleen 10.6, L1 16.0; L1 to liver 4.6, score 4'
    """

    shows_start = True

    title = "The injection of last week"
    look = "Give the analogue. Then look which bars move, and which number would have fooled you."

    given = Switch("A long-acting analogue was given", False)
    days_ago = Range("…this many days before the scan", 7, 1, 60, 1, "days")
    short_hours = Range("Last short-acting dose before the scan", 48, 1, 96, 1, "h")
    tracer = Choice(
        "Whose label?",
        {id: tracer_of(id).name for id in ("ga68_dotatate", "ga68_dotatoc", "cu64_dotatate")},
        "ga68_dotatate",
    )

    def __init__(self, patient: Patient, lesion: str, **values: Any) -> None:
        self._without, self._id = patient, patient.lesion(lesion).id
        self._with = with_analogue(patient)
        self._volumes: dict[bool, Volume] = {}
        super().__init__(**values)

    @property
    def patient(self) -> Patient:
        """The patient as the scan finds them."""
        return self._with if self.given else self._without

    @property
    def ratio_to_liver(self) -> float:
        """SUVmax of the lesion over the liver."""
        return self._numbers(self.patient)[f"{self._id} / liver"]

    @property
    def decision(self) -> Decision:
        """What the rules say of the date."""
        days = round(self.days_ago) if self.given else None
        return ssa_before_scan(days, self.short_hours, str(self.tracer), self.given)

    def _volume(self, given: bool) -> Volume:
        if given not in self._volumes:
            self._volumes[given] = scan(self._with if given else self._without, {"PT": PetScan()})[
                "PT"
            ]
        return self._volumes[given]

    def _numbers(self, patient: Patient) -> dict[str, float]:
        uptake = patient.uptake(self._id)
        organs = {name: patient.ssr.suv[organ] for organ, name in _ORGANS.items()}
        return organs | {
            self._id: uptake.suv_max,
            f"{self._id} / liver": uptake.suv_max / patient.ssr.suv["liver"],
        }

    @property
    def result(self) -> str:
        now = self._numbers(self.patient)
        score = krenning(self.patient.uptake(self._id)).verdict
        head = "Analogue on board" if self.given else "No analogue"
        return (
            f"{head}: liver {now['liver']:.1f}, spleen {now['spleen']:.1f}, {self._id}"
            f" {now[self._id]:.1f}; {self._id} to liver {self.ratio_to_liver:.1f}, score {score}"
        )

    def draw(self) -> LabFigure:
        drawn, left = [], 8.0
        for given in (False, True) if self.given else (False,):
            picture = Mip(self._volume(given), left, _HIGH)
            drawn += [
                picture.drawn,
                text(
                    left + picture.wide / 2,
                    18,
                    "with analogue" if given else "without",
                    size=13,
                    anchor="middle",
                    weight=600,
                ),
            ]
            left += picture.wide + 14
        if not self.given:
            left += Mip(self._volume(False), left, _HIGH).wide + 14
        drawn.append(self._bars(left + 30))
        return LabFigure(
            "".join(drawn),
            (860, round(_HIGH) + 34),
            self.result,
            f"<p><strong>{self.result}.</strong></p>{self.decision._repr_html_()}",
        )

    def _bars(self, left: float) -> str:
        """SUV of organs and tumour before and after, and the ratio."""
        before, after = self._numbers(self._without), self._numbers(self._with)
        low, high, step = 290.0, 220.0, (850 - left) / len(before)
        drawn = [
            text(
                left,
                18,
                "light: without, dark: with analogue; SUV on one scale, the ratio apart",
                size=12,
                fill=SOFT,
            )
        ]
        ratio = f"{self._id} / liver"
        tops = {
            name: max(
                max(
                    both[one]
                    for both in (before, after)
                    for one in before
                    if (one == ratio) == (name == ratio)
                ),
                0.1,
            )
            for name in before
        }
        for place, name in enumerate(before):
            x, top = left + step * place, tops[name]
            for offset, value, colour, shown in (
                (0, before[name], _BEFORE, True),
                (34, after[name], _AFTER, self.given),
            ):
                if shown:
                    tall = high * value / top
                    drawn += [
                        rect(x + offset, low - tall, 32, tall, fill=colour),
                        text(
                            x + offset + 16,
                            low - tall - 5,
                            f"{value:.1f}",
                            size=12,
                            anchor="middle",
                            weight=600,
                        ),
                    ]
            moved = self.given and abs(after[name] / before[name] - 1) > 0.02
            change = (
                f"{100 * (after[name] / before[name] - 1):+.0f} %".replace("-", "−")
                if moved
                else "unchanged"
                if self.given
                else ""
            )
            drawn += [
                text(x + 33, low + 18, name, size=12, anchor="middle"),
                text(
                    x + 33,
                    low + 36,
                    change,
                    size=12,
                    anchor="middle",
                    fill=LESION if moved else SOFT,
                    weight=600 if moved else 400,
                ),
            ]
        drawn.append(line(left - 6, low, 850, low, stroke=INK))
        return "".join(drawn)
