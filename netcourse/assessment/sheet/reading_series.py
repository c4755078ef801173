"""A series of lesions to score as in a study of readers: how far you agree with the truth, and how
far others do.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from netcourse.assessment.answers.model import CONFIDENCES
from netcourse.assessment.marking.agreement import (
    Estimate,
    bootstrap,
    confusion,
    kappa_of,
    krippendorff_alpha,
)
from netcourse.assessment.marking.scoring import probability
from netcourse.assessment.sheet.reading_figure import agreement, calibration, grid, progress, words
from netcourse.decisions.core import Decision
from netcourse.decisions.somatostatin import krenning
from netcourse.evidence import figure
from netcourse.patients import Patient
from netcourse.reading.lab import Choice, Lab, LabFigure, Model, Parameter, Range
from netcourse.reading.viewer.shared import Marker
from netcourse.reading.viewer.viewer import Viewer
from netcourse.simulation.readers.panel import LEVELS, THERAPY_FROM, panel_scores


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
        """Return the result and alpha of an example reader who scored all findings so, said to be
        another's, and leave yours as they are; errors as in `read`.
        """
        kept = dict(self.said)
        try:
            self.read(scores)
            return f"Example reader, not your result: {self.result}\nalpha with the panel {self.alpha()}"
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
            return progress(self)
        drawn = grid(self, 14, 40) + agreement(self, 330, 40) + calibration(self, 680, 40)
        return LabFigure(
            drawn,
            (860, 312),
            f"Confusion grid, agreement and calibration. {self.result}",
            words(self),
        )


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
