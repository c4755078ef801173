"""What a signed reading is worth: marks against lesions, scores, categories, the decision."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import dist
from statistics import fmean
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from netcourse.assessment.answers.model import Confidence, Instant
from netcourse.assessment.drill.case import BENIGN, DrillCase, Task, drill_case
from netcourse.assessment.drill.topics import TOPICS
from netcourse.decisions.somatostatin import CATEGORIES, NEXT_STEPS
from netcourse.decisions.somatostatin.next_step import BOARD, NOTHING
from netcourse.evidence import figure
from netcourse.patients import Lesion

Mm = Annotated[float, Field(ge=-2000, le=4000)]
OVERALL = ("1", "2", "3", "4", "5")
MOST_MARKS = 60


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Mark(_Entry):
    """A place (z, y, x in mm) that the reader marked, with its scores."""

    point_mm: tuple[Mm, Mm, Mm]
    krenning: Annotated[int, Field(ge=0, le=4)]
    category: str

    @model_validator(mode="after")
    def _known_category(self) -> Self:
        if self.category not in CATEGORIES:
            raise ValueError(
                f"the category is '{self.category}'; it must be one of {', '.join(CATEGORIES)}"
            )
        return self


class Reading(_Entry):
    """One signed case: the seed, the marks (none says "no lesion"), the overall score, one decision,
    how sure the reader is, the seconds it took, when it was signed, and the topic of its round.
    """

    seed: Annotated[int, Field(ge=1, le=10**15)]
    marks: Annotated[tuple[Mark, ...], Field(max_length=MOST_MARKS)] = ()
    overall: str
    step: str
    confidence: Confidence
    seconds: Annotated[float, Field(ge=0, le=10**6)]
    signed: Instant
    topic: str = ""

    @model_validator(mode="after")
    def _known_words(self) -> Self:
        for name, value, allowed in (
            ("overall score", self.overall, OVERALL),
            ("decision", self.step, NEXT_STEPS),
            ("topic", self.topic, ("", *TOPICS)),
        ):
            if value not in allowed:
                raise ValueError(f"the {name} is '{value}'; it must be one of {', '.join(allowed)}")
        return self


@dataclass(frozen=True)
class Outcome:
    """A task and whether the reader did it."""

    task: Task
    right: bool


@dataclass(frozen=True)
class CaseScore:
    """What a reading is worth.

    `found` and `called_benign` name the mark of each lesion, `missed` the targets nobody marked,
    `false` the marks that are no lesion, or a benign one called disease. `points` of `of` are never
    negative; `errors` names what would have changed the patient's management.
    """

    case: DrillCase
    reading: Reading
    found: dict[str, int]
    called_benign: dict[str, int]
    missed: tuple[str, ...]
    false: tuple[int, ...]
    points: float
    of: float
    errors: tuple[str, ...]
    outcomes: tuple[Outcome, ...]

    @property
    def step_right(self) -> bool:
        """Whether the decision is one that the categories leave open."""
        return self.reading.step in self.case.steps

    @property
    def share(self) -> float:
        """Points as a share, 0 to 1."""
        return self.points / self.of

    def __repr__(self) -> str:
        return (
            f"{len(self.found)} of {len(self.case.targets)} found, {len(self.false)} false,"
            f" {100 * self.share:.0f} %{'; ' if self.errors else ''}{'; '.join(self.errors)}"
        )


def score(reading: Reading) -> CaseScore:
    """Score a signed reading; the same reading always gets the same score.

    >>> key = perfect(drill_case(1), "sure", 40, "2026-01-01T00:00:00+00:00")
    >>> score(key)
    1 of 1 found, 0 false, 100 %
    """
    case = drill_case(reading.seed)
    nearest = [hit(case, mark) for mark in reading.marks]
    found: dict[str, int] = {}
    aside: dict[str, int] = {}
    false: list[int] = []
    for n, (mark, lesion) in enumerate(zip(reading.marks, nearest, strict=True)):
        if lesion is None or (lesion in case.benign and mark.category not in BENIGN):
            false.append(n)
        elif lesion in case.benign:
            aside.setdefault(lesion.id, n)
        else:
            found.setdefault(lesion.id, n)
    direct = dict(found)
    for mass in case.masses:  # one mark on lesions that have grown together finds all of them
        if first := [id for id in mass if id in direct]:
            found |= {id: direct[first[0]] for id in mass if id not in found}
    missed = tuple(one.id for one in case.targets if one.id not in found)
    errors = tuple(_errors(case, reading, direct, missed))
    worth = list(_worth(case, reading, direct, len(found), len(false)))
    return CaseScore(
        case,
        reading,
        found,
        aside,
        missed,
        tuple(false),
        round(sum(share * points for share, points in worth), 4),
        round(sum(points for _, points in worth), 4),
        errors,
        tuple(_outcomes(case, reading, nearest, found, direct, false)),
    )


def hit(case: DrillCase, mark: Mark) -> Lesion | None:
    """Return the lesion on which a mark lies: the one whose edge is nearest, within the tolerance."""
    reach = figure("drill.tolerance").value

    def beyond(lesion: Lesion) -> float:
        return dist(mark.point_mm, case.positions[lesion.id]) - lesion.size_mm / 2

    near = [one for one in case.patient.lesions if beyond(one) <= reach]
    return min(near, key=beyond, default=None)


def true_mark(case: DrillCase, lesion: Lesion) -> Mark:
    """Return the mark of a lesion as the key has it."""
    return Mark(
        point_mm=case.positions[lesion.id],
        krenning=case.krenning(lesion.id),
        category=case.category(lesion.id).verdict,
    )


def perfect(case: DrillCase, confidence: Confidence, seconds: float, signed: str) -> Reading:
    """Return the reading of someone who knows the key."""
    return Reading(
        seed=case.patient.seed,
        marks=tuple(true_mark(case, one) for one in case.targets),
        overall=case.overall,
        step=case.step.verdict,
        confidence=confidence,
        seconds=seconds,
        signed=signed,
    )


def _worth(
    case: DrillCase, reading: Reading, direct: dict[str, int], found: int, false: int
) -> Iterator[tuple[float, float]]:
    """The shares (0 to 1) of what each part is worth, and its points."""
    worth = {
        name: figure(f"drill.worth.{name}").value
        for name in ("search", "krenning", "category", "overall", "decision")
    }
    seen = found / len(case.targets) if case.targets else 1.0
    yield seen / (1 + false), worth["search"]
    if direct:
        marks = {id: reading.marks[n] for id, n in direct.items()}
        per_class = figure("assessment.score.one_off").value
        off = [abs(mark.krenning - case.krenning(id)) for id, mark in marks.items()]
        yield fmean(max(0.0, 1 - per_class * away) for away in off), worth["krenning"]
        yield (
            fmean(_alike(mark.category, case.category(id).verdict) for id, mark in marks.items()),
            worth["category"],
        )
    yield float(reading.overall == case.overall), worth["overall"]
    right = reading.step in case.steps
    times = 2.0 if not right and changes_management(reading.step, case.step.verdict) else 1.0
    yield float(right), times * worth["decision"]


def _alike(said: str, true: str) -> float:
    """Full for the category, part of it for the same number with another letter."""
    if said == true:
        return 1.0
    return figure("assessment.score.one_off").value if said[0] == true[0] else 0.0


def changes_management(said: str, true: str) -> bool:
    """Whether one decision instead of another changes what is done: nothing, a further test, or
    therapy.

    >>> changes_management("biopsy", "FDG PET"), changes_management("nothing more", "biopsy")
    (False, True)
    """
    level = {NOTHING: 0, BOARD: 2}
    return level.get(said, 1) != level.get(true, 1)


def _errors(
    case: DrillCase, reading: Reading, direct: dict[str, int], missed: Sequence[str]
) -> Iterator[str]:
    true = case.step.verdict
    if reading.step not in case.steps and changes_management(reading.step, true):
        yield f"{reading.step} instead of {true}"
    for id, n in direct.items():
        if reading.marks[n].category in BENIGN:
            yield f"{case.patient.lesion(id).where} called benign"
    if case.targets and len(missed) == len(case.targets):
        yield "all disease missed" if len(missed) > 1 else "the only finding missed"


def _outcomes(
    case: DrillCase,
    reading: Reading,
    nearest: Sequence[Lesion | None],
    found: dict[str, int],
    direct: dict[str, int],
    false: Sequence[int],
) -> Iterator[Outcome]:
    called = {lesion.id for n, lesion in enumerate(nearest) if lesion and n in false}
    for task in case.tasks:
        if task.id == "decision":
            right = reading.step in case.steps
        elif task.id == "normal":
            right = not false
        elif task.id in {one.id for one in case.targets}:
            right = task.id in found and not (
                task.id in direct and reading.marks[direct[task.id]].category in BENIGN
            )
        else:
            right = task.id not in called
        yield Outcome(task, right)
