"""The drill in the class report: how a class learns to read, and who has read how much."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from html import escape
from itertools import chain

from netcourse.assessment.drill.curve import Curve, block
from netcourse.assessment.drill.scoring import CaseScore, Reading, score
from netcourse.classroom.collect.submissions import Practised
from netcourse.classroom.report.tables import csv_text, row, table
from netcourse.evidence import figure

COLUMNS = (
    "learner",
    "cases",
    "sensitivity",
    "false_marks_per_case",
    "krenning_kappa",
    "cases_with_management_error",
    "median_seconds",
    "competency_at_case",
    "weakest",
    "files",
)
WORTH_SHARING = 400
"""From so many cases on processes earn what it takes to start them."""


@dataclass(frozen=True)
class Drilled:
    """What one learner has signed in the drill; `learner` is the pseudonym, or the file's path
    where the drill was begun without one.
    """

    learner: str
    sources: tuple[str, ...]
    curve: Curve

    @property
    def cases(self) -> int:
        """How many cases were signed."""
        return len(self.curve.scores)

    def has_done(self, cases: int) -> bool:
        """Whether so many cases were signed, or competency was reached before."""
        return self.cases >= cases or self.curve.reached_at is not None


def drilled(found: Iterable[Practised], workers: int = 1) -> tuple[Drilled, ...]:
    """Return what each learner signed, in the order of the learners; files of one learner are put
    together, and what two of them hold counts once. More than one of `workers` share a class of
    many cases.
    """
    readings: dict[str, dict[tuple[str, int], Reading]] = {}
    sources: dict[str, list[str]] = {}
    for one in found:
        who = one.file.pseudonym or one.source
        sources.setdefault(who, []).append(one.source)
        kept = readings.setdefault(who, {})
        for reading in one.file.readings:
            kept.setdefault((reading.signed, reading.seed), reading)
    learners = sorted(readings)
    signed = [[kept[at] for at in sorted(kept)] for kept in map(readings.__getitem__, learners)]
    if workers > 1 and sum(map(len, signed)) >= WORTH_SHARING:
        with ProcessPoolExecutor(workers) as pool:
            curves = list(pool.map(_curve, signed, chunksize=4))
    else:
        curves = [_curve(one) for one in signed]
    return tuple(
        Drilled(who, tuple(sources[who]), curve)
        for who, curve in zip(learners, curves, strict=True)
    )


def _curve(readings: Sequence[Reading]) -> Curve:
    return Curve([score(one) for one in readings])


def drill_csv(found: Sequence[Drilled]) -> str:
    """Return one row for each learner who has signed a case."""
    return csv_text(COLUMNS, (_line(one) for one in found if one.cases))


def drill_section(found: Sequence[Drilled], asked: int, names: bool) -> str:
    """Return the class's drill as HTML, empty where nobody has signed a case.

    `asked` is how many cases everyone was asked for, 0 for none; `names` lists the learners.
    """
    found = [one for one in found if one.cases]
    if not found:
        return ""
    signed = sum(one.cases for one in found)
    reached = sum(one.curve.reached_at is not None for one in found)
    words = (
        f"{len(found)} learners signed {signed} cases; {reached} of them read as consistently as"
        " published readers agree with each other (each lesson’s rounds included)."
    )
    if asked:
        done = sum(one.has_done(asked) for one in found)
        words += (
            f" {done} have signed the {asked} cases that were asked for, or reached that before."
        )
    head = (
        "Their cases",
        "Learners",
        "Sensitivity",
        "False marks per case",
        "Krenning, weighted kappa",
        "Cases with a management error",
    )
    parts = [
        "<section><h2>The drill</h2>",
        f"<p>{escape(words)}</p>",
        table(head, "".join(_steps(found))),
    ]
    weak = _weakest(found)
    if weak:
        parts.append(f"<p>Most often wrong: {escape(weak)}.</p>")
    if names:
        parts.append(_by_learner(found, asked))
    parts.append(
        "<p class='nc-page-small'>Practice that learners hand in themselves, on patients of which the"
        " course’s code knows the answer: it shows who has practised, and proves nothing.</p></section>"
    )
    return "".join(parts)


def _steps(found: Sequence[Drilled]) -> Iterator[str]:
    """The class's learning curve: everybody's first ten cases, everybody's second ten, and so on."""
    size = int(figure("drill.session").value)
    for first in range(0, max(one.cases for one in found), size):
        parts = [part for one in found if (part := one.curve.scores[first : first + size])]
        all_of = block(list(chain.from_iterable(parts)))
        yield row(
            f"{first + 1}–{first + size}",
            len(parts),
            all_of.sensitivity,
            all_of.false,
            all_of.kappa,
            all_of.errors,
        )


def _weakest(found: Sequence[Drilled], most: int = 3) -> str:
    """The kinds of finding that were wrong most often, of those met often enough to say."""
    met: dict[str, list[bool]] = {}
    for one in _scores(found):
        for outcome in one.outcomes:
            met.setdefault(outcome.task.kind, []).append(outcome.right)
    enough = {kind: was for kind, was in met.items() if len(was) >= figure("drill.session").value}
    worst = sorted(enough, key=lambda kind: (sum(enough[kind]) / len(enough[kind]), kind))[:most]
    return ", ".join(
        f"{kind} ({len(enough[kind]) - sum(enough[kind])} of {len(enough[kind])})"
        for kind in worst
        if not all(enough[kind])
    )


def _scores(found: Sequence[Drilled]) -> Iterator[CaseScore]:
    return chain.from_iterable(one.curve.scores for one in found)


def _by_learner(found: Sequence[Drilled], asked: int) -> str:
    rows = []
    for one in found:
        reached = one.curve.reached_at
        rows.append(
            row(
                escape(one.learner),
                one.cases,
                "" if not asked else "yes" if one.has_done(asked) else f"{asked - one.cases} to go",
                "–" if reached is None else f"at case {reached}",
            )
        )
    return table(("Learner", "Cases", "As asked", "Competency"), "".join(rows))


def _line(one: Drilled) -> tuple[object, ...]:
    whole = block(one.curve.scores)
    return (
        one.learner,
        one.cases,
        _known(whole.sensitivity.value),
        _known(whole.false.value),
        _known(whole.kappa.value),
        _known(whole.errors.value),
        whole.seconds,
        one.curve.reached_at,
        next(iter(one.curve.weakest), ""),
        "; ".join(one.sources),
    )


def _known(value: float) -> float | None:
    """A rounded number, None where there is none."""
    return None if value != value else round(value, 3)
