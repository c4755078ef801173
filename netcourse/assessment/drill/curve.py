"""How a reader learns: every ten cases with intervals, calibration, weakest kinds, and whether the
agreement of published readers is reached.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from statistics import fmean, median

import numpy as np

from netcourse.assessment.answers.model import CONFIDENCES
from netcourse.assessment.drill.ability import Ability, ability, by_kind
from netcourse.assessment.drill.case import BENIGN
from netcourse.assessment.drill.scoring import OVERALL, CaseScore
from netcourse.assessment.marking.agreement import Estimate, bootstrap, confusion, kappa_of
from netcourse.assessment.marking.scoring import probability
from netcourse.decisions.core import DISCLAIMER
from netcourse.decisions.somatostatin.next_step import BOARD
from netcourse.evidence import cite, figure
from netcourse.patients.composer import case_kind
from netcourse.simulation.readers.panel import LEVELS

_LEVEL = 0.95
_WIDE, _HIGH = 560.0, 190.0
COLUMNS = (
    "case",
    "signed",
    "seed",
    "kind",
    "lesions",
    "found",
    "false",
    "krenning_off",
    "overall",
    "overall_key",
    "decision",
    "decision_key",
    "decision_right",
    "errors",
    "share",
    "confidence",
    "seconds",
    "topic",
)


@dataclass(frozen=True)
class Block:
    """Some cases in a row: from which to which, and what the reader did in them.

    `false` counts per case, `errors` are cases with an error of management, `seconds` the median.
    """

    first: int
    last: int
    sensitivity: Estimate
    false: Estimate
    kappa: Estimate
    errors: Estimate
    seconds: float

    def __repr__(self) -> str:
        return (
            f"{self.first}–{self.last}: sensitivity {self.sensitivity}, false marks {self.false},"
            f" kappa {self.kappa}, management errors {self.errors}, {self.seconds:.0f} s"
        )


@dataclass(frozen=True)
class Standard:
    """One published agreement that a reader is compared with, and the reader's own."""

    figure_id: str
    words: str
    yours: Estimate

    @property
    def aim(self) -> float:
        """The published value."""
        return figure(self.figure_id).value

    @property
    def met(self) -> bool:
        """Whether the reader agrees with the key as published readers with each other."""
        return self.yours.known and self.yours.value >= self.aim


class Curve:
    """The learning curve of some scored cases, in the order in which they were signed.

    >>> Curve([])
    No case signed yet
    """

    def __init__(self, scores: Sequence[CaseScore]) -> None:
        self.scores = tuple(scores)

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """Every ten cases; the last may hold fewer."""
        size = int(figure("drill.session").value)
        return tuple(
            block(self.scores[n : n + size], n + 1) for n in range(0, len(self.scores), size)
        )

    @property
    def ability(self) -> Ability:
        """The reader's ability, logits."""
        return ability([one for case in self.scores for one in case.outcomes])

    @property
    def weakest(self) -> dict[str, Ability]:
        """The kinds of finding by ability, the weakest first."""
        return by_kind([one for case in self.scores for one in case.outcomes])

    @property
    def calibration(self) -> dict[str, tuple[float, float, int]]:
        """For each word of confidence: what it promises, the share of cases that were right (all
        found, nothing false, the decision right), and how many.
        """
        told: dict[str, tuple[float, float, int]] = {}
        for word in CONFIDENCES:
            right = [flawless(one) for one in self.scores if one.reading.confidence == word]
            told[word] = (probability(word), fmean(right) if right else float("nan"), len(right))
        return told

    def standards(self, at: int | None = None) -> tuple[Standard, ...]:
        """Return the latest cases, up to case `at`, beside the published agreement of readers; empty
        before there are enough.
        """
        at, window = (
            len(self.scores) if at is None else at,
            int(figure("drill.competency.window").value),
        )
        if at < window:
            return ()
        return tuple(
            Standard(id, words, _agreement(self.scores[at - window : at], of))
            for id, words, of in _STANDARDS
        )

    @cached_property
    def reached_at(self) -> int | None:
        """The case at which all standards were first met, None before."""
        window = int(figure("drill.competency.window").value)
        return next(
            (
                n
                for n in range(window, len(self.scores) + 1)
                if all(
                    _kappa(_pairs(self.scores[n - window : n], of)) >= figure(id).value
                    for id, _, of in _STANDARDS
                )
            ),
            None,
        )

    @property
    def line(self) -> str:
        """Whether competency is reached, in one sentence."""
        window = int(figure("drill.competency.window").value)
        if at := self.reached_at:
            return f"Competency reached at case {at}."
        if len(self.scores) < window:
            return f"Competency is judged from case {window} on."
        below = [one.words for one in self.standards() if not one.met]
        if not below:
            return "Competency reached."
        return f"Not there yet: below published readers in {', '.join(below)}."

    def csv(self) -> str:
        """Return one row per case as CSV."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(_row(n, one) for n, one in enumerate(self.scores, 1))
        return out.getvalue()

    def __repr__(self) -> str:
        if not self.scores:
            return "No case signed yet"
        return "\n".join([*map(repr, self.blocks), self.line])

    def _repr_html_(self) -> str:
        if not self.scores:
            return f"{self._repr_svg_()}<p>No case signed yet.</p>"
        rows = "".join(
            f"<tr><td>{one.first}–{one.last}</td><td>{one.sensitivity}</td><td>{one.false}</td>"
            f"<td>{one.kappa}</td><td>{one.errors}</td><td>{one.seconds:.0f}</td></tr>"
            for one in self.blocks
        )
        standards = "".join(
            f"<li>{escape(one.words)}: {one.yours}; published readers {one.aim:g}"
            f" <small>{escape(cite(figure(one.figure_id)))}</small></li>"
            for one in self.standards()
        )
        weak = ", ".join(
            f"{escape(kind)} ({found.value:+.1f})" for kind, found in list(self.weakest.items())[:3]
        )
        return (
            f"{self._repr_svg_()}<table><thead><tr><th>Cases</th><th>Sensitivity</th><th>False marks per"
            " case</th><th>Krenning, weighted kappa</th><th>Management errors</th><th>Seconds"
            f"</th></tr></thead><tbody>{rows}</tbody></table><p><strong>{escape(self.line)}"
            f"</strong></p><ul>{standards}</ul><p>Weakest so far (logits): {weak}.</p>"
            f"<p><small>SYNTHETIC patients; {DISCLAIMER}.</small></p>"
        )

    def _repr_svg_(self) -> str:
        """Return the curve of sensitivity and of management errors with 95 % intervals."""
        # Loaded where it is drawn: a class is graded without widgets.
        from netcourse.reading.lab.drawing import INK, LESION, SOFT, circle, line, text

        blocks = self.blocks
        step = (_WIDE - 90) / max(1, len(blocks))

        def y(share: float) -> float:
            return 20 + (_HIGH - 50) * (1 - share)

        drawn = [
            line(50, y(share), _WIDE - 20, y(share), stroke="#d5dce4") for share in (0, 0.5, 1)
        ]
        drawn += [
            text(42, y(share) + 4, f"{share:g}", size=12, anchor="end", fill=SOFT)
            for share in (0, 0.5, 1)
        ]
        for n, one in enumerate(blocks):
            x = 50 + step * (n + 0.5)
            for shift, found, ink in ((-4, one.sensitivity, INK), (4, one.errors, LESION)):
                if found.known:
                    drawn.append(
                        line(x + shift, y(found.low), x + shift, y(found.high), stroke=ink, width=2)
                    )
                    drawn.append(circle(x + shift, y(found.value), 5, fill=ink))
            words = f"{one.first}–{one.last}"
            drawn.append(text(x, _HIGH - 12, words, size=12, anchor="middle", fill=SOFT))
        drawn.append(text(50, 12, "sensitivity", size=12, fill=INK))
        drawn.append(text(130, 12, "cases with a management error", size=12, fill=LESION))
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE:g} {_HIGH:g}" width="{_WIDE:g}" role="img" aria-label="'
            f'Learning curve: {escape(self.line)}">{"".join(drawn)}</svg>'
        )


def block(scores: Sequence[CaseScore], first: int = 1) -> Block:
    """Summarise some cases in a row, the first of which is number `first`; ValueError without
    any.
    """
    if not scores:
        raise ValueError("a block of the learning curve needs at least one case")
    grids = np.array([_krenning_grid(one) for one in scores])
    return Block(
        first,
        first + len(scores) - 1,
        share_of(
            sum(len(one.found) for one in scores), sum(len(one.case.targets) for one in scores)
        ),
        rate_of(sum(len(one.false) for one in scores), len(scores)),
        bootstrap(grids[grids.sum(axis=(1, 2)) > 0], kappa_of),
        share_of(sum(bool(one.errors) for one in scores), len(scores)),
        float(median(one.reading.seconds for one in scores)),
    )


def share_of(count: int, of: int) -> Estimate:
    """Return a share with its 95 % interval (Wilson).

    >>> print(share_of(8, 10))
    0.80 (0.49 to 0.94)
    """
    from scipy.stats import binomtest

    if not of:
        return Estimate(float("nan"), float("nan"), float("nan"), 0)
    around = binomtest(count, of).proportion_ci(_LEVEL, method="wilson")
    return Estimate(count / of, float(around.low), float(around.high), of)


def rate_of(count: int, cases: int) -> Estimate:
    """Return a count per case with its exact 95 % Poisson interval.

    >>> print(rate_of(3, 10))
    0.30 (0.06 to 0.88)
    """
    from scipy.stats import chi2

    tail = (1 - _LEVEL) / 2
    low = float(chi2.ppf(tail, 2 * count)) / 2 if count else 0.0
    high = float(chi2.ppf(1 - tail, 2 * count + 2)) / 2
    return Estimate(count / cases, low / cases, high / cases, cases)


def flawless(one: CaseScore) -> bool:
    """Whether everything was found, nothing false marked, and the decision right."""
    return not one.missed and not one.false and one.step_right


def _krenning_grid(one: CaseScore) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    marks = one.reading.marks
    said = [marks[n].krenning for n in one.found.values()]
    return confusion(said, [one.case.krenning(id) for id in one.found], LEVELS)


def _positive(one: CaseScore) -> tuple[int, int]:
    said = any(mark.category not in BENIGN for mark in one.reading.marks)
    return int(said), int(bool(one.case.targets))


def _therapy(one: CaseScore) -> tuple[int, int]:
    return int(one.reading.step == BOARD), int(one.case.step.verdict == BOARD)


def _overall(one: CaseScore) -> tuple[int, int]:
    return OVERALL.index(one.reading.overall), OVERALL.index(one.case.overall)


_STANDARDS: tuple[tuple[str, str, Callable[[CaseScore], tuple[int, int]]], ...] = (
    ("benchmark.dotatate.positive", "positive or negative scans", _positive),
    ("krenning.reader.prrt_kappa", "suitability for PRRT", _therapy),
    ("benchmark.rads_dotatoc.overall", "overall SSTR-RADS score", _overall),
)


def _agreement(scores: Sequence[CaseScore], of: Callable[[CaseScore], tuple[int, int]]) -> Estimate:
    """Kappa (quadratic where there are more than two levels) of a reader with the key."""
    pairs = _pairs(scores, of)
    if _all_right(pairs):
        return Estimate(1.0, float("nan"), float("nan"), len(pairs))
    levels = _levels(pairs)
    return bootstrap(
        np.array([confusion([said], [true], levels) for said, true in pairs]), kappa_of
    )


def _kappa(pairs: Sequence[tuple[int, int]]) -> float:
    """The value of that agreement without its interval."""
    if _all_right(pairs):
        return 1.0
    said, true = zip(*pairs, strict=True)
    return float(kappa_of(confusion(said, true, _levels(pairs))))


def _pairs(
    scores: Sequence[CaseScore], of: Callable[[CaseScore], tuple[int, int]]
) -> list[tuple[int, int]]:
    return [of(one) for one in scores]


def _all_right(pairs: Sequence[tuple[int, int]]) -> bool:
    return all(said == true for said, true in pairs)


def _levels(pairs: Sequence[tuple[int, int]]) -> range:
    return range(1 + max(2, max(max(pair) for pair in pairs)))


def _row(n: int, one: CaseScore) -> Iterator[object]:
    reading, off = one.reading, _off(one)
    yield from (n, reading.signed, reading.seed, case_kind(reading.seed))
    yield from (len(one.case.targets), len(one.found), len(one.false), off)
    yield from (reading.overall, one.case.overall, reading.step, one.case.step.verdict)
    yield from (int(one.step_right), "; ".join(one.errors), round(one.share, 3))
    yield from (reading.confidence, round(reading.seconds, 1), reading.topic)


def _off(one: CaseScore) -> str:
    """The mean distance of the Krenning scores of found lesions from the key."""
    if not one.found:
        return ""
    marks = one.reading.marks
    return f"{fmean(abs(marks[n].krenning - one.case.krenning(id)) for id, n in one.found.items()):.2f}"
