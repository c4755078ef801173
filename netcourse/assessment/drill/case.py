"""One case of the drill: a composed patient, what the rules say is to be found, and how hard it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import dist

from netcourse.decisions.core import Decision
from netcourse.decisions.somatostatin import (
    RadsFinding,
    Standing,
    accepted_steps,
    krenning,
    next_step,
    overall_rads,
    rads_findings,
    sstr_rads,
    standing,
)
from netcourse.evidence import figure
from netcourse.patients import Lesion, Patient, places
from netcourse.patients.composer import compose, mimic_of
from netcourse.scanner import positions
from netcourse.scanner.study import Point

BENIGN = ("1A", "1B", "2")
"""Categories that call a finding benign."""
_AS_LIVER = 1.5
_MANY = 5


@dataclass(frozen=True)
class Task:
    """One thing that a case asks of its reader, right or wrong: to find a lesion, to leave a benign
    one or a normal scan alone, or to decide.

    `kind` is what returns when it was missed, `place` where it lay, `difficulty` in logits.
    """

    id: str
    kind: str
    tags: tuple[str, ...]
    difficulty: float
    place: str = ""


@dataclass(frozen=True)
class DrillCase:
    """A patient with the key of the rules; make one with `drill_case`."""

    patient: Patient

    @cached_property
    def targets(self) -> tuple[Lesion, ...]:
        """The lesions to be found: all that the rules do not call benign."""
        return tuple(
            one for one in self.patient.lesions if standing(self.patient, one) != Standing.BENIGN
        )

    @cached_property
    def benign(self) -> tuple[Lesion, ...]:
        """What may be marked as long as it is called benign."""
        return tuple(one for one in self.patient.lesions if one not in self.targets)

    @cached_property
    def findings(self) -> dict[str, RadsFinding]:
        """What a careful reader knows of each lesion, by its id."""
        return {one.id: one for one in rads_findings(self.patient)}

    @cached_property
    def positions(self) -> dict[str, Point]:
        """The centre of every lesion, (z, y, x) in mm."""
        return positions(self.patient)

    def krenning(self, id: str) -> int:
        """The Krenning score of a lesion."""
        return krenning(self.findings[id].uptake).score

    def category(self, id: str) -> Decision:
        """The SSTR-RADS category of a lesion, with its reasons."""
        return sstr_rads(self.findings[id])

    @cached_property
    def overall(self) -> str:
        """The overall SSTR-RADS score: the number of the highest category, 1 where nothing is
        there.
        """
        found = overall_rads(list(self.findings.values())).verdict
        return found[0] if found[0].isdigit() else "1"

    @cached_property
    def step(self) -> Decision:
        """What the scan asks for next."""
        return next_step(list(self.findings.values()))

    @cached_property
    def steps(self) -> tuple[str, ...]:
        """Every next step that counts as right."""
        return accepted_steps(list(self.findings.values()))

    @cached_property
    def masses(self) -> tuple[frozenset[str], ...]:
        """The targets, those that grow into each other together."""
        groups: list[set[str]] = []
        for one in self.targets:
            joined = [group for group in groups if any(self._touch(one.id, id) for id in group)]
            groups = [group for group in groups if group not in joined]
            groups.append({one.id}.union(*joined))
        return tuple(frozenset(group) for group in groups)

    def _touch(self, one: str, other: str) -> bool:
        apart = dist(self.positions[one], self.positions[other])
        return apart < (self.patient.lesion(one).size_mm + self.patient.lesion(other).size_mm) / 2

    @cached_property
    def tasks(self) -> tuple[Task, ...]:
        """Everything that the case asks."""
        asked = [self._search(one) for one in self.targets]
        for one in self.benign:
            name = kind_of(self.patient, one)
            asked.append(_task(one.id, name, ("mimic",), one.place))
        if not self.patient.lesions:
            asked.append(_task("normal", "normal scan", ("normal",)))
        return (*asked, _task("decision", "decision", ("decision",)))

    def _search(self, lesion: Lesion) -> Task:
        uptake = self.findings[lesion.id].uptake
        score, organ = self.krenning(lesion.id), places()[lesion.place].part_of
        liver = uptake.liver or 1.0
        alike = lesion.in_liver and 1 / _AS_LIVER < uptake.suv_max / liver < _AS_LIVER
        true = {
            "small": _is_small(self.patient, lesion),
            "faint": score <= 2,
            "hidden": alike,
            "ct_only": score == 0,
            "many": len(self.targets) > _MANY,
            organ: organ in ("bone", "peritoneum", "lung"),
        }
        tags = tuple(tag for tag, holds in true.items() if holds)
        kind = kind_of(self.patient, lesion)
        return _task(lesion.id, kind, tags, lesion.place)


@lru_cache(maxsize=512)
def drill_case(seed: int) -> DrillCase:
    """Return the case of a seed, 1 or more.

    >>> case = drill_case(1)
    >>> [one.id for one in case.targets], [one.id for one in case.benign], case.step.verdict
    (['X_meningioma'], ['X_urine'], 'work-up of another organ')
    """
    return DrillCase(compose(seed))


def kind_of(patient: Patient, lesion: Lesion) -> str:
    """Return what kind of finding a lesion is: a mimic by its name, else its organ and whether it is
    small.

    >>> kind_of(drill_case(1).patient, drill_case(1).targets[0])
    'meningioma'
    """
    if mimic := mimic_of(lesion):
        return mimic.id.replace("_", " ")
    organ = places()[lesion.place].part_of
    return f"small {organ}" if _is_small(patient, lesion) else organ


def _is_small(patient: Patient, lesion: Lesion) -> bool:
    return lesion.size_mm < figure("partial_volume.factor").value * patient.ssr.fwhm_mm


def _task(id: str, kind: str, tags: Sequence[str], place: str = "") -> Task:
    hard = figure("drill.hard.base").value + sum(figure(f"drill.hard.{tag}").value for tag in tags)
    return Task(id, kind, tuple(tags), round(hard, 3), place)
