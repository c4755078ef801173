"""The NETPET grade of a patient: the class of the most discordant lesion, and a letter for how many
lesions share it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from netcourse.decisions.core.decision import (
    CANNOT_DECIDE,
    Decision,
    Flip,
    Reason,
    Status,
    Weight,
    reason,
)
from netcourse.decisions.core.sensitivity import nearest_flips
from netcourse.decisions.heterogeneity.dual_tracer import (
    CLASSES,
    FDG_SCAN,
    Cuts,
    DualUptake,
    borderline,
    lesion_level,
    read_changes,
    reads,
)
from netcourse.decisions.tracer.scan_interval import scan_interval
from netcourse.decisions.tracer.scan_timing import APART, WITH_A_WARNING
from netcourse.evidence import figure, statement
from netcourse.patients import Patient

_CLASS_RULE = ("NP0", "NP1", "NP2", "NP3", "NP4", "NP5")
_WITH_LETTER = (2, 3, 4)
_SURVIVAL = {1: "p1", 2: "p2_4", 3: "p2_4", 4: "p2_4", 5: "p5"}
_MOST_FLIPS = 6
NO_LESION, A_LESION = "No lesion that counts as the tumour.", "a lesion that counts as the tumour"


@dataclass(frozen=True)
class Classed:
    """A patient's lesions by class: `levels` of those that are known, ids that are `open`, and
    `small` ones that are left aside.
    """

    levels: Mapping[str, int]
    open: tuple[str, ...]
    small: tuple[str, ...]

    @property
    def top(self) -> int | None:
        """The highest class; None when an open lesion might be higher, all are left aside or there
        is none.
        """
        if not self.levels:
            return None
        top = max(self.levels.values())
        return None if self.open and top < 5 else top

    def of(self, level: int) -> list[str]:
        """Return the lesions of a class."""
        return [id for id, found in self.levels.items() if found == level]

    @property
    def grade(self) -> str | None:
        """The patient's grade with its letter; None when it is open."""
        if self.top is None:
            return None
        many = len(self.of(self.top)) >= figure("netpet.many").value
        return CLASSES[self.top] + (("b" if many else "a") if self.top in _WITH_LETTER else "")


def by_lesion(of: Sequence[DualUptake]) -> dict[str, list[DualUptake]]:
    """Return reads by lesion, in their order."""
    found: dict[str, list[DualUptake]] = {}
    for read in of:
        found.setdefault(read.lesion, []).append(read)
    return found


def classed(of: Patient | Sequence[DualUptake], cuts: Cuts | None = None) -> Classed:
    """Return the lesions of a patient, or of some reads, by NETPET class.

    >>> from netcourse.patients import generate
    >>> classed(generate("dedifferentiated_metastasis")).levels
    {'P1': 2, 'L1': 2, 'L2': 5}
    """
    lesions, cuts = by_lesion(reads(of) if isinstance(of, Patient) else of), cuts or Cuts()
    levels = {id: lesion_level(parts, cuts) for id, parts in lesions.items()}
    unmeasured = {
        id
        for id, level in levels.items()
        if level is None and any(read.missing() for read in lesions[id])
    }
    return Classed(
        {id: level for id, level in levels.items() if level is not None},
        tuple(id for id, level in levels.items() if level is None and id in unmeasured),
        tuple(id for id, level in levels.items() if level is None and id not in unmeasured),
    )


def netpet(of: Patient | Sequence[DualUptake], cuts: Cuts | None = None) -> Decision:
    """Return the NETPET grade of a patient, or of the lesions read: "P0", "P1", "P2a" … "P4b",
    "P5".

    Only lesions that count as the tumour are classed. "cannot decide" without any, without FDG,
    when a lesion that is not measured might be higher, or the scans do not belong together. Flags:
    `borderline`, `small lesion left aside`, `scans far apart`, `discordant part`. Sources:
    statements NP0–NP10, TL5.

    >>> from netcourse.patients import generate
    >>> netpet(generate("pancreas_new")), netpet(generate("pancreas_g3")).verdict
    (NETPET grade: P2a; NP2, NP8, NP10, NP1, 'P4b')
    """
    cuts = cuts or Cuts()
    found = list(reads(of) if isinstance(of, Patient) else of)
    reasons, flags = [], []
    if isinstance(of, Patient) and of.fdg is not None:
        together = scan_interval(of)
        if together.verdict == APART:
            return Decision(
                "NETPET grade",
                CANNOT_DECIDE,
                together.reasons,
                ("scans that belong together",),
                search=lambda: together.flips,
            )
        if together.verdict == WITH_A_WARNING:
            flags.append("scans far apart")
            reasons += [one for one in together.reasons if one.status is not Status.MET]
    now = classed(found, cuts)
    grade = now.grade
    reasons = [*_reasons(now, found, cuts), *reasons]
    flags += ["small lesion left aside"] * bool(now.small)
    flags += ["discordant part"] * any(read.part and read.level(cuts) == 5 for read in found)
    if grade is None:
        return Decision(
            "NETPET grade", CANNOT_DECIDE, tuple(reasons), _missing(now, found), tuple(flags)
        )
    held = tuple(found)

    def ask(other: tuple[DualUptake, ...]) -> str | None:
        return classed(other, cuts).grade

    flags += ["borderline"] * borderline(held, grade, ask, cuts)
    return Decision(
        "NETPET grade",
        grade,
        tuple(reasons),
        (),
        tuple(flags),
        search=lambda: read_flips(held, grade, ask, cuts),
    )


def _reasons(now: Classed, found: Sequence[DualUptake], cuts: Cuts) -> Iterator[Reason]:
    """Yield the class that makes the grade with its lesions, what it foretells, and the other
    classes.
    """
    top = now.top
    if top is not None:
        there = now.of(top)
        text = f"{', '.join(there)}: {statement(_CLASS_RULE[top]).in_words}"
        yield reason(_CLASS_RULE[top], text)
        if top in _WITH_LETTER:
            many = figure("netpet.many")
            letter = "b" if len(there) >= many.value else "a"
            yield reason(
                "NP8",
                f"{len(there)} of that class: {letter}; b from {many.value:g} on.",
                figure_id=many.id,
            )
        if top in _SURVIVAL:
            yield _survival(top)
    for level in sorted(set(now.levels.values()) - {top}, reverse=True):
        text = f"{CLASSES[level]}: {', '.join(now.of(level))}."
        yield reason(_CLASS_RULE[level], text, Status.MET, Weight.INFORMATION)
    if not found:
        yield reason("NP6", NO_LESION, Status.UNKNOWN)
    if now.open:
        yield reason("NP6", f"Not measured on both scans: {', '.join(now.open)}.", Status.UNKNOWN)
    if now.small:
        yield reason(
            "NP9",
            f"{', '.join(now.small)}: {statement('NP9').in_words}",
            Status.UNKNOWN,
            Weight.RELATIVE,
        )


def _survival(level: int) -> Reason:
    group = f"netpet.survival.{_SURVIVAL[level]}"
    overall, progression = figure(f"{group}.overall"), figure(f"{group}.progression")
    text = (
        f"{overall.label.split(':')[0]}, {figure('netpet.survival.patients').value:g} patients:"
        f" median survival {overall.value:g} months, {progression.value:g} months to progression."
    )
    return reason("NP10", text, Status.MET, Weight.INFORMATION, figure_id=overall.id)


def _missing(now: Classed, found: Sequence[DualUptake]) -> tuple[str, ...]:
    if not found:
        return (A_LESION,)
    if all(read.fdg is None for read in found):
        return (FDG_SCAN,)
    open_reads = [read for read in found if read.lesion in now.open]
    lacking = [
        f"{one.replace(FDG_SCAN, 'FDG uptake')} of {read.name}"
        for read in open_reads
        for one in read.missing()
    ]
    return tuple(dict.fromkeys(lacking)) or tuple(
        f"biopsy, MRI or follow-up of {id}" for id in now.small
    )


def read_flips(
    reads: Sequence[DualUptake],
    verdict: str,
    ask: Callable[[tuple[DualUptake, ...]], str | None],
    *cuts: Cuts,
) -> tuple[Flip, ...]:
    """Return the nearest changes of one SUVmax that change a verdict on some reads, the nearest of
    all first.

    `ask` gives the verdict on other reads, None where it is open; `cuts` are those that it uses.
    """
    changes = read_changes(tuple(reads), *cuts)
    return nearest_flips(verdict, changes, ask, sort=True, most=_MOST_FLIPS)
