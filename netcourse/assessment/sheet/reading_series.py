"""A series of lesions to score as in a study of readers: how far you agree with the truth, and how
far others do.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from html import escape
from typing import Any

import numpy as np

from netcourse.assessment.answers.model import CONFIDENCES
from netcourse.assessment.marking.agreement import (
    PUBLISHED,
    Estimate,
    bootstrap,
    confusion,
    kappa_of,
    krippendorff_alpha,
)
from netcourse.assessment.marking.scoring import probability
from netcourse.decisions.core import DISCLAIMER, Decision
from netcourse.decisions.somatostatin import krenning
from netcourse.evidence import Figure, figure, statement
from netcourse.patients import Patient
from netcourse.reading.lab import Choice, Lab, LabFigure, Model, Parameter, Range
from netcourse.reading.lab.drawing import (
    CLASS_FILL,
    CLASS_INK,
    INK,
    LESION,
    SOFT,
    circle,
    line,
    rect,
    text,
)
from netcourse.reading.lab.prose import with_mark
from netcourse.reading.viewer.viewer import Marker, Viewer
from netcourse.simulation.readers.panel import LEVELS, THERAPY_FROM, panel_scores

_YOU, _OTHERS, _BAND = "#b3261e", "#1f5f99", "#cfe0f1"


class ReadingSeries(Model):
    """Score a patient's lesions one after the other, each with how sure you are; then see your
    agreement.

    >>> from netcourse.patients import generate
    >>> series = ReadingSeries(generate("reading_series"))
    >>> series.read([key.score for key in series.keys])
    >>> series.result
    '24 of 24 scored: 24 right, 0 too high, 0 too low; kappa 1.00 (1.00 to 1.00)'
    """

    title = "A series of readers"
    look = (
        "Score every finding and say how sure you are; the next one comes by itself. Nothing is"
        " told before you have scored enough."
    )

    score = Choice("Score", {str(level): str(level) for level in LEVELS})
    sure = Choice(
        "How sure", {word: f"{word} ({round(100 * probability(word))} %)" for word in CONFIDENCES}
    )

    def __init__(self, patient: Patient, **values: Any) -> None:
        least = int(figure("panel.series").value)
        if len(patient.lesions) < least:
            raise ValueError(
                f"{patient.id} has {len(patient.lesions)} lesions; a series needs at least {least}"
            )
        self.patient = patient
        self.said: dict[int, tuple[int, str | None]] = {}
        self._finding = Range(
            "Finding", 1, 1, len(patient.lesions), 1, f"of {len(patient.lesions)}"
        )
        self._finding.name = "finding"
        super().__init__(**values)

    def parameters(self) -> dict[str, Parameter[Any]]:
        """The finding at hand, its score, and how sure you are."""
        return {"finding": self._finding, **super().parameters()}

    def set(self, **values: Any) -> None:
        """Set parameters as every model does; a score with a confidence is kept, and the next open
        finding comes.
        """
        before = self.values.get("finding")
        if (
            "finding" in values
            and values["finding"] != before
            and not {"score", "sure"} & set(values)
        ):
            score, sure = self.said.get(int(values["finding"]) - 1, (None, None))
            values |= {"score": None if score is None else str(score), "sure": sure}
        super().set(**values)
        if self.values["score"] is not None and self.values["sure"] is not None:
            here = self.at
            new = here not in self.said
            self.said[here] = (int(self.values["score"]), self.values["sure"])
            still_open = [
                n for n in (*range(here + 1, len(self.keys)), *range(here)) if n not in self.said
            ]
            if new and still_open:
                self.set(finding=still_open[0] + 1)
            else:
                self.changed()

    def read(self, scores: Sequence[int], sure: str | None = None) -> None:
        """Score all findings at once; ValueError where there are not as many scores as findings or
        one is none.
        """
        if len(scores) != len(self.keys):
            raise ValueError(
                f"{len(scores)} scores for {len(self.keys)} findings; there must be one for each"
            )
        if wrong := [one for one in scores if one not in LEVELS]:
            raise ValueError(f"a score is {wrong[0]}; it must be from {LEVELS[0]} to {LEVELS[-1]}")
        self.said = {n: (int(score), sure) for n, score in enumerate(scores)}
        self.changed()

    def as_if(self, scores: Sequence[int]) -> str:
        """Return the result and alpha of another reader who scored all findings so, and leave yours
        as they are; errors as in `read`.
        """
        kept = dict(self.said)
        try:
            self.read(scores)
            return f"{self.result}\nalpha with the panel {self.alpha()}"
        finally:
            self.said = kept
            self.changed()

    @property
    def at(self) -> int:
        """Which finding is at hand, counted from 0."""
        return int(self.values["finding"]) - 1

    @cached_property
    def keys(self) -> list[Decision]:
        """What the rule says of every finding."""
        return [krenning(self.patient.uptake(lesion)) for lesion in self.patient.lesions]

    @property
    def truth(self) -> list[int]:
        """The true scores of the findings that were scored."""
        return [self.keys[n].score for n in sorted(self.said)]

    @property
    def scores(self) -> list[int]:
        """Your scores, in the same order."""
        return [self.said[n][0] for n in sorted(self.said)]

    @property
    def enough(self) -> bool:
        """Whether enough was scored to tell an agreement."""
        return len(self.said) >= figure("panel.series").value

    @cached_property
    def panel(self) -> list[list[int]]:
        """The scores of the simulated panel for all findings."""
        return panel_scores(
            [self.patient.uptake(lesion) for lesion in self.patient.lesions], seed=self.patient.seed
        )

    def kappa(self, scores: Sequence[int] | None = None, therapy: bool = False) -> Estimate:
        """Return quadratic kappa against the truth, or kappa on above or not above liver; the
        interval resamples the findings.
        """
        said, true = self.scores if scores is None else scores, self.truth
        levels: tuple[int, ...] = LEVELS
        if therapy:
            levels = (0, 1)
            said, true = ([int(score >= THERAPY_FROM) for score in row] for row in (said, true))
        grids = np.array(
            [confusion([one], [other], levels) for one, other in zip(said, true, strict=True)]
        )
        return bootstrap(grids, kappa_of)

    @property
    def with_others(self) -> list[float]:
        """Your kappa with each simulated reader on above or not above liver."""
        kept = sorted(self.said)
        mine = [int(score >= THERAPY_FROM) for score in self.scores]
        return [
            float(kappa_of(confusion(mine, [int(reader[n] >= THERAPY_FROM) for n in kept], (0, 1))))
            for reader in self.panel
        ]

    def alpha(self) -> Estimate:
        """Return Krippendorff's alpha of the simulated panel and you."""
        kept = sorted(self.said)
        return krippendorff_alpha(
            [self.scores, *([reader[n] for n in kept] for reader in self.panel)], LEVELS
        )

    @property
    def calibration(self) -> list[tuple[str, float, int, int]]:
        """For each word of confidence: what it promises, how often it was said, how often it was
        right.
        """
        found: list[tuple[str, float, int, int]] = []
        for word in CONFIDENCES:
            told = [
                score == self.keys[n].score
                for n, (score, sure) in self.said.items()
                if sure == word
            ]
            found.append((word, probability(word), len(told), sum(told)))
        return found

    @property
    def result(self) -> str:
        """How many were scored and, from enough on, how well."""
        off = [said - true for said, true in zip(self.scores, self.truth, strict=True)]
        counted = (
            f"{off.count(0)} right, {sum(o > 0 for o in off)} too high, {sum(o < 0 for o in off)}"
            " too low"
        )
        if not self.enough:
            return f"{len(off)} of {len(self.keys)} scored"
        return f"{len(off)} of {len(self.keys)} scored: {counted}; kappa {self.kappa()}"

    def draw(self) -> LabFigure:
        """Draw the row of findings, and from enough on the grid, the agreement and the
        calibration.
        """
        if not self.enough:
            return self._progress()
        drawn = self._grid(14, 40) + self._agreement(330, 40) + self._calibration(680, 40)
        return LabFigure(
            drawn,
            (860, 312),
            f"Confusion grid, agreement and calibration. {self.result}",
            self._words(),
        )

    def _progress(self) -> LabFigure:
        drawn, count = [], len(self.keys)
        wide = min(70.0, 832 / (count / 2))
        for n, lesion in enumerate(self.patient.lesions):
            x, y = 14 + (n % ((count + 1) // 2)) * wide, 22 + (n // ((count + 1) // 2)) * 52
            here, done = n == self.at, n in self.said
            drawn.append(
                rect(
                    x,
                    y,
                    wide - 6,
                    40,
                    fill=CLASS_FILL[2] if done else "#ffffff",
                    stroke=LESION if here else "#8596a7",
                )
            )
            words = str(self.said[n][0]) if done else lesion.id
            drawn.append(
                text(
                    x + wide / 2 - 3,
                    y + 25,
                    words,
                    size=15 if done else 12,
                    anchor="middle",
                    fill=INK if done else SOFT,
                )
            )
        lesion = self.patient.lesions[self.at]
        words = (
            f"<p><strong>{lesion.id}: {escape(lesion.where)}, {lesion.size_mm:.0f} mm.</strong>"
            f" {escape(self.result)}; told from {figure('panel.series').value:g} on.</p>"
        )
        return LabFigure("".join(drawn), (860, 132), f"{self.result}; at hand {lesion.id}.", words)

    def _grid(self, left: float, top: float) -> str:
        grid = confusion(self.scores, self.truth, LEVELS).astype(int)
        cell, drawn = (
            44.0,
            [text(left + 150, top - 22, "You said", size=13, anchor="middle", weight=600)],
        )
        for i in LEVELS:
            drawn.append(
                text(left + 62 + i * cell, top - 4, str(i), size=13, anchor="middle", fill=SOFT)
            )
            drawn.append(
                text(left + 32, top + 28 + i * cell, str(i), size=13, anchor="end", fill=SOFT)
            )
            for j in LEVELS:
                x, y, count = left + 40 + j * cell, top + i * cell, int(grid[i][j])
                shade = min(4, count)
                drawn.append(
                    rect(
                        x,
                        y,
                        cell,
                        cell,
                        fill=CLASS_FILL[shade] if count else "#ffffff",
                        stroke=INK if i == j else "#c3ccd6",
                    )
                )
                if count:
                    drawn.append(
                        text(
                            x + cell / 2,
                            y + 28,
                            str(count),
                            size=17,
                            anchor="middle",
                            fill=CLASS_INK[shade],
                            weight=600,
                        )
                    )
        drawn.append(
            text(
                left + 150,
                top + 244,
                "rows: the truth. Right of the diagonal: too high",
                size=12,
                anchor="middle",
                fill=SOFT,
            )
        )
        return "".join(drawn)

    def _agreement(self, left: float, top: float) -> str:
        wide, kept, published = 300.0, sorted(self.said), figure(PUBLISHED[0])
        panel = [[reader[n] for n in kept] for reader in self.panel]

        def x(value: float) -> float:
            return left + wide * min(1.0, max(0.0, value))

        def axis(row: int, name: str, others: Sequence[float]) -> list[str]:
            y = top + 44 + row * 92
            dots = [
                circle(x(value), y, 4.5, fill="#ffffff", stroke=_OTHERS, width=1.5)
                for value in others
                if np.isfinite(value)
            ]
            return [
                text(left, y - 26, name, size=13),
                line(left, y, left + wide, y, stroke=SOFT),
                *dots,
            ]

        drawn = [text(left, top - 22, "Agreement (kappa)", size=13, weight=600)]
        if published.low is not None and published.high is not None:
            drawn.append(
                rect(
                    x(published.low),
                    top + 116,
                    x(published.high) - x(published.low),
                    40,
                    fill=_BAND,
                )
            )
        drawn.append(
            line(
                x(published.value),
                top + 116,
                x(published.value),
                top + 156,
                stroke=_OTHERS,
                width=2,
            )
        )
        words = f"published {published.value:g}: who suits PRRT"
        drawn.append(
            text(x(published.value), top + 172, words, size=12, anchor="middle", fill=_OTHERS)
        )
        drawn += axis(
            0, "Score against the truth, quadratic", [self.kappa(reader).value for reader in panel]
        )
        own, pairs = self.kappa(), self.with_others
        if own.known:
            drawn += (
                [line(x(own.low), top + 44, x(own.high), top + 44, stroke=_YOU, width=4)]
                if np.isfinite(own.low)
                else []
            )
            drawn.append(circle(x(own.value), top + 44, 8, fill=_YOU, stroke="#ffffff", width=2))
        drawn += axis(1, "Above liver or not, you with each reader", pairs)
        if known := [value for value in pairs if np.isfinite(value)]:
            drawn.append(
                circle(
                    x(sum(known) / len(known)), top + 136, 8, fill=_YOU, stroke="#ffffff", width=2
                )
            )
        for tick in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
            drawn.append(text(x(tick), top + 204, f"{tick:g}", size=12, anchor="middle", fill=SOFT))
        drawn.append(
            text(
                left,
                top + 226,
                "red: you (line: 95 %). Circles: simulated readers",
                size=12,
                fill=SOFT,
            )
        )
        return "".join(drawn)

    def _calibration(self, left: float, top: float) -> str:
        drawn, high = [text(left, top - 22, "Calibration", size=13, weight=600)], 150.0
        for n, (word, promised, said, right) in enumerate(self.calibration):
            x, ground = left + 4 + n * 56, top + 174
            share = right / said if said else 0.0
            drawn.append(rect(x, ground - high * share, 40, high * share, fill=CLASS_FILL[3]))
            drawn.append(
                line(
                    x - 4,
                    ground - high * promised,
                    x + 44,
                    ground - high * promised,
                    stroke=INK,
                    width=2,
                )
            )
            drawn.append(text(x + 20, ground + 16, word, size=11, anchor="middle"))
            drawn.append(
                text(x + 20, ground + 32, f"{right}/{said}", size=12, anchor="middle", fill=SOFT)
            )
        drawn.append(line(left, top + 174, left + 170, top + 174, stroke=SOFT))
        drawn.append(text(left, top + 226, "line: what the word promises", size=12, fill=SOFT))
        return "".join(drawn)

    def _words(self) -> str:
        off = [said - true for said, true in zip(self.scores, self.truth, strict=True)]
        high, low = sum(o > 0 for o in off), sum(o < 0 for o in off)
        lean = (
            "You call too high more often."
            if high > low
            else "You call too low more often."
            if low > high
            else "Your errors are even."
        )
        rows = "".join(f"<li>{escape(_published(figure(id)))}</li>" for id in PUBLISHED)
        wrong = ", ".join(
            f"{self.patient.lesions[n].id} ({self.said[n][0]}, true {self.keys[n].verdict}"
            f"{', borderline' if 'borderline' in self.keys[n].flags else ''})"
            for n in sorted(self.said)
            if self.said[n][0] != self.keys[n].score
        )
        return (
            f"<p><strong>{escape(self.result)}.</strong> {high} too high, {low} too low."
            f" {lean}</p><p>Above liver or not, against the truth: kappa"
            f" {escape(str(self.kappa(therapy=True)))}. Alpha of the panel with you:"
            f" {escape(str(self.alpha()))}.</p>"
            + (f"<p>To look at again: {escape(wrong)}.</p>" if wrong else "")
            + "<p>Published readers agreed so"
            f" far:</p><ul>{rows}</ul><p>{with_mark(statement('RD14'))}</p>"
            f"<p>{with_mark(statement('RD15'))}</p><p><small>{DISCLAIMER}.</small></p>"
        )


def _published(found: Figure) -> str:
    around = (
        f" ({found.low:g} to {found.high:g})"
        if found.low is not None and found.high is not None
        else ""
    )
    return f"{found.label}: {found.value:g}{around} {found.unit} [{found.mark}]"


def reading_series(viewer: Viewer, patient: Patient) -> Lab[ReadingSeries]:
    """Return the series beside a viewer, which goes to the finding at hand."""
    series = ReadingSeries(patient)
    viewer.markers = [
        Marker(one.id, f"{one.id} {one.where}", viewer.study.lesions_mm[one.id])
        for one in patient.lesions
    ]
    at: list[int] = []

    def follow() -> None:
        if at[-1:] != [series.at]:
            at.append(series.at)
            viewer.go_to(patient.lesions[series.at].id)

    follow()
    series.watch(follow)
    return Lab(series)
