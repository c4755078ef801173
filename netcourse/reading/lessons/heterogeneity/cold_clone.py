"""One lesion under radioligand therapy: what a clone without receptors costs, and what crossfire
gives back. All T.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from netcourse.decisions.core import DISCLAIMER
from netcourse.evidence import figure, statement
from netcourse.reading.lab.axes import Axes
from netcourse.reading.lab.drawing import INK, LESION, SOFT, circle, line, n, rect, text
from netcourse.reading.lab.parameters import Choice, LabFigure, Model, Range
from netcourse.reading.lab.prose import with_mark
from netcourse.simulation.therapy import CONTROL, Course, Prrt, course, demonstration_biology

_HOT, _COLD, _SCAR = "#3f76ad", "#b3261e", "#d5d9de"
_MONTHS = 48.0
_TICKS = (0, 6, 12, 18, 24, 30, 36, 42, 48)


class ColdClone(Model):
    """Treat one metastasis whose cells are partly without receptors.

    >>> lab = ColdClone()
    >>> [lab.tried(cold_percent=share) for share in (0, 1)]
    ['0 % cold: best −55 %, progression at 32.8 months', '1 % cold: best −17 %, progression at 9.3 months']
    """

    shows_start = True

    title = "A clone without receptors"
    look = (
        "Start without cold cells. Then let one cell in a hundred be cold. Then mix the same cells"
        " among the hot ones, or give a second therapy that reaches them."
    )

    cold_percent = Range("Cold cells at the start", 0, 0, 20, 0.1, "%")
    lie = Choice(
        "They lie",
        {
            "apart": "apart from the hot cells",
            "mixed": "among them, within the reach of the β particles",
        },
        "apart",
    )
    cycles = Range("Cycles", figure("therapy.cycles").value, 0, 8, 1)
    beside = Choice(
        "Beside each cycle",
        {"alone": "nothing", "second": "a second therapy that reaches cold cells"},
        "alone",
    )

    @property
    def course(self) -> Course:
        """The lesion over time at the present settings."""
        return _course(self.cold_percent, str(self.lie), round(self.cycles), self._second)

    @property
    def _second(self) -> bool:
        return self.beside == "second"

    @property
    def result(self) -> str:
        found, mixed = (
            self.course,
            ", mixed in" if self.lie == "mixed" and self.cold_percent else "",
        )
        if self._second and self.cycles:
            mixed += ", a second therapy beside"
        best = f"{float(found.best_change_percent):+.0f}".replace("-", "−").replace("+0", "0")
        return f"{self.cold_percent:g} % cold{mixed}: best {best} %, {_when(found)}"

    def draw(self) -> LabFigure:
        now, pure, control = (
            self.course,
            _course(0.0, "apart", round(self.cycles)),
            _course(self.cold_percent, str(self.lie), 0),
        )
        size = Axes(58, 40, 400, 270, (0, _MONTHS), (0, 60))
        drawn = [
            size.frame(
                _TICKS, (0, 10, 20, 30, 40, 50, 60), "months after the first cycle", "diameter, mm"
            )
        ]
        for day in Prrt(cycles=round(self.cycles)).starts:
            x = size.x(float(day) / 30.44)
            drawn.append(line(x, size.bottom - 10, x, size.bottom, stroke=INK, width=3))
        for found, stroke, dash, width in (
            (control, SOFT, "2 4", 1.8),
            (pure, _HOT, "7 4", 1.8),
            (now, INK, "", 2.8),
        ):
            drawn.append(size.curve(_points(found), stroke=stroke, dash=dash, width=width))
        drawn += [size.model_mark(), _progression(size, now), *_legend(size)]
        held = Axes(520, 40, 320, 270, (0, _MONTHS), (0, 100))
        drawn.append(
            held.frame(
                _TICKS[::2],
                (0, 25, 50, 75, 100),
                "months after the first cycle",
                "what the lesion holds, % of its volume",
            )
        )
        drawn.append(_contents(held, now))
        alt = (
            f"Diameter of one lesion over {_MONTHS:g} months, and its share of hot, cold and dead"
            f" cells. {self.result}."
        )
        return LabFigure("".join(drawn), (860, 378), alt, self._words(now, pure, control))

    def _words(self, now: Course, pure: Course, control: Course) -> str:
        untreated = (control, _course(0.0, "apart", 0))
        gained, could = (
            float(one.ttp_months - other.ttp_months)
            for one, other in zip((now, pure), untreated, strict=True)
        )
        words = (
            f"<p><strong>{self.result}.</strong> Untreated the same lesion progresses at"
            f" {float(control.ttp_months):.1f} months."
        )
        if self.cold_percent and np.isfinite([gained, could]).all() and could > 0:
            words += (
                f" The therapy gains {gained:.1f} months; without cold cells it would gain"
                f" {could:.1f}."
            )
        reach = figure("therapy.model.beta.most")
        told = [
            with_mark(statement(id))
            for id in (["TM3"] if self.lie == "mixed" else ["TM2"] if self.cold_percent else [])
            + (["HB7"] if self._second else [])
            + ["TM1"]
        ]
        notes = "".join(f"<p>{one}</p>" for one in told)
        range_ = f"β particles of 177Lu reach {reach.value:g} {reach.unit} at most ({reach.mark})"
        foot = f"<p><small>{range_}. Everything else here is T; {DISCLAIMER}.</small></p>"
        return f"{words}</p>{notes}{foot}"


@lru_cache(maxsize=256)
def _course(cold_percent: float, lie: str, cycles: int, second: bool = False) -> Course:
    usual = demonstration_biology()
    biology = replace(
        usual,
        crossfire=figure("therapy.model.crossfire").value if lie == "mixed" else 0.0,
        gy_per_gbq_b=usual.gy_per_gbq * (figure("therapy.model.second").value if second else 0.0),
    )
    return course(
        figure("therapy.model.size").value,
        cold_percent / 100,
        biology,
        Prrt(cycles=cycles) if cycles else CONTROL,
        ("lesion",),
    )


def _when(found: Course) -> str:
    months = float(found.ttp_months)
    return "no progression" if np.isinf(months) else f"progression at {months:.1f} months"


def _points(found: Course) -> list[tuple[float, float]]:
    """The diameter, weekly."""
    return [
        (float(found.months[i]), float(found.sum_mm[i]))
        for i in range(0, len(found.months), 7)
        if found.months[i] <= _MONTHS + 1
    ]


def _progression(size: Axes, now: Course) -> str:
    months = float(now.ttp_months)
    if months > _MONTHS:
        return ""
    x, y = size.x(months), size.y(float(now.sum_mm[now.place(months)]))
    late = months > _MONTHS / 2
    words = text(
        x + (-7 if late else 7),
        size.bottom - 34,
        f"progression, {months:.1f} months",
        size=13,
        fill=LESION,
        anchor="end" if late else "start",
    )
    return (
        line(x, size.top, x, size.bottom, stroke=LESION, dash="3 3")
        + circle(x, y, 5, fill=LESION)
        + words
    )


def _legend(size: Axes) -> list[str]:
    rows = (
        ("this lesion", INK, ""),
        ("without cold cells", _HOT, "7 4"),
        ("untreated", SOFT, "2 4"),
    )
    drawn, x, y = [], size.left + 4, size.bottom + 58
    for words, colour, dash in rows:
        drawn.append(line(x, y - 4, x + 24, y - 4, stroke=colour, width=2.6, dash=dash))
        drawn.append(text(x + 30, y, words, size=13))
        x += 46 + 7.2 * len(words)
    return [*drawn, text(size.left + 4, size.bottom - 15, "▮ a cycle", size=12, fill=SOFT)]


def _contents(held: Axes, now: Course) -> str:
    """Hot, cold and dead cells as shares of the volume, one on the other."""
    places = [i for i in range(0, len(now.months), 14) if now.months[i] <= _MONTHS]
    parts = np.stack([now.clone_a[0], now.clone_b[0], now.dead_a[0] + now.dead_b[0]])[:, places]
    edges = np.vstack([np.zeros(len(places)), np.cumsum(parts / parts.sum(axis=0), axis=0)]) * 100
    months = [float(now.months[i]) for i in places]
    drawn, x = [], held.left
    for low, high, colour, name in (
        (0, 1, _HOT, "hot cells"),
        (1, 2, _COLD, "cold cells"),
        (2, 3, _SCAR, "dead cells"),
    ):
        up = [(held.x(m), held.y(float(v))) for m, v in zip(months, edges[high], strict=True)]
        down = [(held.x(m), held.y(float(v))) for m, v in zip(months, edges[low], strict=True)][
            ::-1
        ]
        path = " ".join(f"{n(x)},{n(y)}" for x, y in up + down)
        drawn.append(f'<polygon points="{path}" fill="{colour}"/>')
        drawn.append(rect(x, held.bottom + 47, 13, 13, fill=colour))
        drawn.append(text(x + 19, held.bottom + 58, name, size=13))
        x += 36 + 7.2 * len(name)
    return "".join(drawn)
