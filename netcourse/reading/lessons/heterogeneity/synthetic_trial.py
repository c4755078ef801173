"""A synthetic trial of radioligand therapy beside the real one: how long patients are free of
progression, with the chance in it. All T.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from netcourse.decisions.core import DISCLAIMER
from netcourse.evidence import Figure, cite, figure, statement
from netcourse.reading.lab.axes import Axes
from netcourse.reading.lab.drawing import LESION, SOFT, circle, line, text
from netcourse.reading.lab.parameters import Choice, LabFigure, Model, Range
from netcourse.reading.lab.prose import with_mark
from netcourse.simulation.therapy import Prrt
from netcourse.simulation.trial import Arm, Beside, Trial, trial

_MONTHS = 40.0
_HIDDEN = {
    "none": ("none", 0.0),
    "usual": ("one in ten thousand (the model's)", figure("therapy.model.clone_b").value),
    "more": ("one in a hundred", 0.01),
}
_ARMS = (("radioligand", "#1f5f99"), ("control", "#6f7f8f"))
_ROWS = {
    "pfs_updated": "median, radioligand",
    "pfs_control": "median, control",
    "pfs_20_radioligand": "free at 20 months, radioligand",
    "pfs_20_control": "free at 20 months, control",
    "orr_radioligand": "objective response, radioligand",
    "orr_control": "objective response, control",
}


class SyntheticTrial(Model):
    """Run the trial in synthetic patients, the same ones in each arm.

    >>> lab = SyntheticTrial()
    >>> lab.result.split(";")[0]
    'median 24.7 months (23.2–26.2), control 8.9 (8.0–9.2)'
    """

    title = "Four hundred synthetic patients"
    look = (
        "Bars and diamonds: the real trial. Then take the hidden cold clone away, or make it"
        " larger, and watch the curve."
    )

    hidden = Choice(
        "Cold cells hidden at the start (median)",
        {id: words for id, (words, _) in _HIDDEN.items()},
        "usual",
    )
    cycles = Range("Cycles", figure("therapy.cycles").value, 1, 6, 1)

    @property
    def trial(self) -> Trial:
        """Both arms at the present settings."""
        return _run(str(self.hidden), round(self.cycles))

    @property
    def result(self) -> str:
        found = self.trial.table
        treated, control = (_with_interval(found[name]) for name in ("pfs_updated", "pfs_control"))
        free, response = found["pfs_20_radioligand"], found["orr_radioligand"]
        medians = f"median {treated[0]} months {treated[1]}, control {control[0]} {control[1]}"
        return f"{medians}; {free.value:.0f} % free at 20 months, {response.value:.0f} % respond"

    def draw(self) -> LabFigure:
        found = self.trial
        axes = Axes(58, 34, 470, 300, (0, _MONTHS), (0, 100))
        drawn = [
            axes.frame(
                (0, 8, 16, 24, 32, 40),
                (0, 25, 50, 75, 100),
                "months after the first cycle",
                "free of progression, %",
            )
        ]
        for name, colour in _ARMS:
            arm: Arm = getattr(found, name)
            drawn.append(axes.curve(_curve(arm), stroke=colour, width=2.8))
            real = figure(f"trial.netter1.pfs_20_{name}")
            x = axes.x(20 + (0.4 if name == "control" else 0))
            if real.low is not None and real.high is not None:
                drawn.append(
                    line(x, axes.y(real.low), x, axes.y(real.high), stroke=LESION, width=2)
                )
            drawn.append(
                text(x, axes.y(real.value) + 5, "◆", size=16, fill=LESION, anchor="middle")
            )
            low = axes.y(min(float((arm.ttp_months > 11).mean()) * 100 + 8, 96))
            drawn.append(text(axes.x(11.5), low, name, size=14, fill=colour, weight=600))
        median = (
            figure("trial.netter1.pfs_updated").value,
            figure("trial.netter1.pfs_control").value,
        )
        drawn += [
            circle(axes.x(months), axes.y(50), 5, fill="#ffffff", stroke=LESION, width=2)
            for months in median
        ]
        drawn += [axes.model_mark(), *self._beside()]
        alt = (
            f"Share of synthetic patients free of progression over {_MONTHS:g} months in both arms,"
            f" beside the trial. {self.result}."
        )
        return LabFigure("".join(drawn), (860, 384), alt, self._words())

    def _beside(self) -> list[str]:
        """The results of both, line by line."""
        drawn = [
            text(552, 40, "here (95 % interval)", size=13, fill=SOFT),
            text(742, 40, "NETTER-1", size=13, fill=LESION),
        ]
        for row, (name, words) in enumerate(_ROWS.items()):
            y, one = 68 + 46 * row, self.trial.table[name]
            value, interval = _with_interval(one)
            drawn += [
                text(552, y, f"{words}, {one.trial.unit}", size=13, fill=SOFT),
                text(552, y + 19, value, size=15, weight=600),
                text(600, y + 19, interval, size=14),
                text(742, y + 19, f"{one.trial.value:g}{_spread(one.trial)}", size=15, fill=LESION),
            ]
        return drawn

    def _words(self) -> str:
        one = figure("trial.netter1.pfs_20_radioligand")
        notes = f"<p>{with_mark(statement('TM1'))}</p><p>{with_mark(statement('D17'))}</p>"
        legend = (
            "◆ with bar: free of progression in the trial with its interval; ○: its median"
            " (radioligand: updated)."
        )
        foot = (
            f"<p><small>{legend} Trial: {cite(one)}. In the model nobody dies and everyone is"
            f" followed. {DISCLAIMER}.</small></p>"
        )
        return f"<p><strong>{self.result}.</strong></p>{notes}{foot}"


@lru_cache(maxsize=32)
def _run(hidden: str, cycles: int) -> Trial:
    return trial(prrt=Prrt(cycles=cycles), clone_b=_HIDDEN[hidden][1])


def _curve(arm: Arm) -> list[tuple[float, float]]:
    """How many are free of progression, as steps."""
    months, n = np.sort(arm.ttp_months), len(arm.ttp_months)
    steps = [(0.0, 100.0)]
    for place, at in enumerate(months, 1):
        if np.isinf(at) or at > _MONTHS:
            break
        steps += [(float(at), steps[-1][1]), (float(at), 100 * (1 - place / n))]
    return [*steps, (_MONTHS, steps[-1][1])]


def _with_interval(one: Beside) -> tuple[str, str]:
    digits = 1 if one.trial.unit == "months" else 0
    return _number(one.value, digits), f"({_number(one.low, digits)}–{_number(one.high, digits)})"


def _number(value: float, digits: int) -> str:
    return "none" if np.isinf(value) else f"{value:.{digits}f}"


def _spread(found: Figure) -> str:
    return (
        f" ({found.low:g}–{found.high:g})"
        if found.low is not None and found.high is not None
        else ""
    )
