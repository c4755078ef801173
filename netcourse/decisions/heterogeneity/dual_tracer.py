"""Two scans of one lesion: what the receptors show and what FDG shows, and the class that both make
together.

A scan is positive above its cut (NP6), and FDG is compared with SSR as multiples of the normal
liver of each scan (NP7). A lesion whose two clones show as parts is read part by part and has the
class of its worse part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from math import ceil, floor
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from netcourse.decisions.core.decision import (
    CANNOT_DECIDE,
    Decision,
    Reason,
    Status,
    Weight,
    reason,
)
from netcourse.decisions.core.sensitivity import Change, changed, nearest_flips, numbers
from netcourse.decisions.somatostatin.krenning import krenning
from netcourse.decisions.somatostatin.standing import tumour_lesions
from netcourse.evidence import figure, statement
from netcourse.patients import Lesion, Part, Patient, Uptake
from netcourse.patients.record import Model, Positive

CLASSES = ("P0", "P1", "P2", "P3", "P4", "P5")
PATTERNS = ("SSR- FDG-", "SSR+ FDG-", "SSR+ FDG+ not above SSR", "SSR+ FDG+ above SSR", "SSR- FDG+")
_CLASS_RULE = ("NP0", "NP1", "NP2", "NP3", "NP4", "NP5")
_PATTERN_OF = (0, 1, 2, 2, 3, 4)
_PATTERN_RULE = ("JR5", "JR1", "JR2", "JR3", "JR4")
_STEP, _HIGHEST = 0.1, 199.9  # SUV
FDG_SCAN = "FDG PET/CT"


def _value(id: str) -> float:
    return figure(id).value


class Cuts(Model):
    """Above what a scan is positive and when both are alike; the defaults are the course's (figures
    netpet.…).

    `fdg_times_liver` is the lesion's SUVmax as a multiple of the liver; `ssr_score` the lowest
    positive Krenning score: 2 is above background, 3 above liver. Between `equal_from` and
    `equal_to`, both included, FDG equals SSR.
    """

    fdg_times_liver: Positive = Field(default_factory=lambda: _value("netpet.fdg_positive"))
    ssr_score: Annotated[int, Field(ge=1, le=4)] = Field(
        default_factory=lambda: int(_value("netpet.ssr_positive"))
    )
    equal_from: Positive = Field(default_factory=lambda: _value("netpet.equal.from"))
    equal_to: Positive = Field(default_factory=lambda: _value("netpet.equal.to"))

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.equal_from > self.equal_to:
            raise ValueError(
                f"equal_from is {self.equal_from:g}; it must not exceed equal_to, {self.equal_to:g}"
            )
        return self


class DualUptake(Model):
    """What two scans show of one lesion, or of one `part` of it; `fdg` None is not measured."""

    lesion: str
    ssr: Uptake
    fdg: Uptake | None = None
    part: Part | None = None

    @property
    def name(self) -> str:
        """The lesion, with its part.

        >>> DualUptake(lesion="P1", ssr=Uptake(suv_max=9), part="B").name
        'P1 part B'
        """
        return f"{self.lesion} part {self.part}" if self.part else self.lesion

    @property
    def is_small(self) -> bool:
        """Whether it is too small for a low SSR uptake to be believed."""
        size, fwhm = self.ssr.diameter_mm, self.ssr.fwhm_mm
        return (
            size is not None and fwhm is not None and size < _value("partial_volume.factor") * fwhm
        )

    @property
    def ratio(self) -> float | None:
        """(FDG / its liver) ÷ (SSR / its liver): how much FDG outweighs the receptors; None where a
        measurement is missing.
        """
        if self.fdg is None or not self.fdg.liver or not self.ssr.liver or not self.ssr.suv_max:
            return None
        return round((self.fdg.suv_max / self.fdg.liver) / (self.ssr.suv_max / self.ssr.liver), 6)

    def fdg_positive(self, cuts: Cuts) -> bool | None:
        """Whether FDG exceeds its cut; at the cut it does not. None where a measurement is
        missing.
        """
        if self.fdg is None or self.fdg.liver is None:
            return None
        return self.fdg.suv_max > round(cuts.fdg_times_liver * self.fdg.liver, 9)

    def ssr_positive(self, cuts: Cuts) -> bool | None:
        """Whether the Krenning score reaches its cut; None where a measurement is missing."""
        scored = _scored(self.ssr)
        return scored.score >= cuts.ssr_score if scored.decided else None

    def level(self, cuts: Cuts) -> int | None:
        """The class 0–5; None where a measurement is missing, or a small lesion alone would be
        discordant (NP9).
        """
        ssr, fdg = self.ssr_positive(cuts), self.fdg_positive(cuts)
        if ssr is None or fdg is None:
            return None
        if not ssr:
            return (None if self.is_small else 5) if fdg else 0
        if not fdg:
            return 1
        if (r := self.ratio) is None:
            return None
        return 2 if r < cuts.equal_from else 3 if r <= cuts.equal_to else 4

    def missing(self) -> tuple[str, ...]:
        """The measurements that a class needs and that there are not."""
        lacking = list(_scored(self.ssr).missing)
        if self.ssr.liver is None and "liver SUVmean" not in lacking:
            lacking.append("liver SUVmean")
        if self.fdg is None:
            lacking.append(FDG_SCAN)
        elif self.fdg.liver is None:
            lacking.append("liver SUVmean on FDG")
        return tuple(lacking)


def reads(patient: Patient, lesion: Lesion | str | None = None) -> tuple[DualUptake, ...]:
    """Return what a careful reader measures on both scans: of all lesions that count as the tumour
    (`tumour_lesions`), or of one lesion whatever it is.

    A lesion whose clones show as parts that can be resolved gives one read for each part.

    >>> from netcourse.patients import generate
    >>> [read.name for read in reads(generate("pancreas_two_grades"))]
    ['P1 part A', 'P1 part B', 'P2', 'L1', 'L2']
    """
    if lesion is None:
        return tuple(read for tumour in tumour_lesions(patient) for read in reads(patient, tumour))
    lesion = patient.lesion(lesion) if isinstance(lesion, str) else lesion
    needed = _value("partial_volume.factor") * patient.ssr.fwhm_mm
    apart = len(lesion.parts) > 1 and all(lesion.part_mm(part) >= needed for part in lesion.parts)
    return tuple(_read(patient, lesion, part) for part in (lesion.parts if apart else (None,)))


def netpet_class(of: DualUptake | Sequence[DualUptake], cuts: Cuts | None = None) -> Decision:
    """Return the NETPET class of one lesion, "P0" to "P5"; parts of a lesion come together, and the
    higher class counts.

    "cannot decide" with what is missing, or for a small lesion that alone would be discordant.
    Flags: `borderline`, `partial volume`, `discordant part`, and those of the Krenning score.
    Raises ValueError for reads of several lesions or none. Sources: statements NP0–NP9.

    >>> warm = Uptake(suv_max=8, blood_pool=1.5, liver=5, spleen=17)
    >>> netpet_class(DualUptake(lesion="L1", ssr=warm, fdg=Uptake(suv_max=5.2, liver=2.1)))
    NETPET class of L1: P4; NP6, NP7, NP4
    """
    return _decision(of, cuts, "NETPET class", CLASSES, _CLASS_RULE, tuple(range(6)))


def joint_read(of: DualUptake | Sequence[DualUptake], cuts: Cuts | None = None) -> Decision:
    """Say how a lesion looks on both scans, one of `PATTERNS`, what that usually means and asks
    for.

    Everything else as `netpet_class`. Sources: statements JR1–JR5.

    >>> cold = Uptake(suv_max=1.3, blood_pool=1.5, liver=5, in_liver=True)
    >>> joint_read(DualUptake(lesion="L2", ssr=cold, fdg=Uptake(suv_max=9.8, liver=2.1))).verdict
    'SSR- FDG+'
    """
    return _decision(of, cuts, "Joint read", PATTERNS, _PATTERN_RULE, _PATTERN_OF)


def lesion_level(of: Sequence[DualUptake], cuts: Cuts) -> int | None:
    """Return the class 0–5 of a lesion from its parts: the highest, and 5 is known whatever else is
    not; None when it is open.
    """
    levels = [read.level(cuts) for read in of]
    known = [level for level in levels if level is not None]
    return None if not known or (None in levels and max(known) < 5) else max(known)


def read_changes(
    reads: tuple[DualUptake, ...], *cuts: Cuts
) -> Iterator[Change[tuple[DualUptake, ...]]]:
    """Yield, per read and scan, values of the SUVmax at which a class may change by some cuts."""
    for place, read in enumerate(reads):
        for scan in ("ssr", "fdg"):
            if getattr(read, scan) is not None:
                edges = [edge for cut in cuts for edge in _edges(read, scan, cut)]
                yield from numbers(
                    reads,
                    f"{place}.{scan}.suv_max",
                    [edge for edge in edges if edge <= _HIGHEST],
                    _STEP,
                    f"With {read.name} {scan.upper()} SUVmax {{then:.1f}} instead of {{now:.1f}}",
                    name=f"{read.name} {scan}.suv_max",
                    digits=1,
                )


def borderline(
    reads: tuple[DualUptake, ...],
    verdict: str,
    ask: Callable[[tuple[DualUptake, ...]], str | None],
    cuts: Cuts,
) -> bool:
    """Whether a careful second reader might give another verdict: an SUVmax that is off by the band
    of reader noise would.
    """
    share = 1 - figure("netpet.borderline").value
    for place, read in enumerate(reads):
        for scan in ("ssr", "fdg"):
            uptake = getattr(read, scan)
            for then in _furthest(uptake.suv_max, share) if uptake else ():
                other = changed(reads, f"{place}.{scan}.suv_max", then)
                if other[place].level(cuts) != read.level(cuts) and ask(other) not in (
                    None,
                    verdict,
                ):
                    return True
    return False


def _furthest(suv: float, share: float) -> tuple[float, float]:
    """The lowest and the highest SUV, as they are written, within the band."""
    return ceil(round(10 * suv * share, 6)) / 10, floor(round(10 * suv / share, 6)) / 10


def why(read: DualUptake, cuts: Cuts) -> Iterator[Reason]:
    """Yield what the two scans say of a read, each against its cut."""
    scored, ssr, fdg = _scored(read.ssr), read.ssr_positive(cuts), read.fdg_positive(cuts)
    if ssr is None:
        yield reason(
            "NP6",
            f"{read.name}: the Krenning score stays open.",
            Status.UNKNOWN,
            figure_id="netpet.ssr_positive",
        )
    else:
        text = (
            f"{read.name}: SSR SUVmax {read.ssr.suv_max:.1f}, Krenning {scored.verdict}; positive"
            f" from {cuts.ssr_score}."
        )
        yield reason(
            "NP6", text, Status.MET if ssr else Status.NOT_MET, figure_id="netpet.ssr_positive"
        )
    if read.fdg is None or read.fdg.liver is None or fdg is None:
        yield reason(
            "NP6",
            f"{read.name}: FDG uptake not known.",
            Status.UNKNOWN,
            figure_id="netpet.fdg_positive",
        )
        return
    cut = cuts.fdg_times_liver * read.fdg.liver
    text = (
        f"{read.name}: FDG SUVmax {read.fdg.suv_max:.1f}; positive above {cuts.fdg_times_liver:g} ×"
        f" liver = {cut:.1f}."
    )
    yield reason(
        "NP6", text, Status.MET if fdg else Status.NOT_MET, figure_id="netpet.fdg_positive"
    )
    if ssr and fdg and (r := read.ratio) is not None:
        text = (
            f"{read.name}: FDG is {r:.2f} times SSR, each against its liver; alike from"
            f" {cuts.equal_from:g} to {cuts.equal_to:g}."
        )
        yield reason("NP7", text, figure_id="netpet.equal.from" if r < 1 else "netpet.equal.to")
    if read.is_small and ssr is False:
        yield reason(
            "NP9",
            f"{read.name}: {statement('NP9').in_words}",
            Status.UNKNOWN if fdg else Status.MET,
            Weight.RELATIVE,
        )


@lru_cache(maxsize=8192)
def _scored(uptake: Uptake) -> Decision:
    return krenning(uptake)


def _read(patient: Patient, lesion: Lesion, part: Part | None) -> DualUptake:
    known = patient.fdg is not None and lesion.suv("fdg", part) is not None
    fdg = patient.uptake(lesion, scan="fdg", part=part) if known else None
    return DualUptake(lesion=lesion.id, ssr=patient.uptake(lesion, part=part), fdg=fdg, part=part)


def _decision(
    of: DualUptake | Sequence[DualUptake],
    cuts: Cuts | None,
    question: str,
    verdicts: Sequence[str],
    rules: Sequence[str],
    place: Sequence[int],
) -> Decision:
    """Class one lesion and say it in the words of a scale: `place` of each class 0–5 among its
    verdicts and rules.
    """
    parts, cuts = ([of] if isinstance(of, DualUptake) else list(of)), cuts or Cuts()
    if len({read.lesion for read in parts}) != 1:
        raise ValueError(
            f"{question} is asked of one lesion; got"
            f" {', '.join(read.name for read in parts) or 'none'}"
        )
    question, level = f"{question} of {parts[0].lesion}", lesion_level(parts, cuts)
    reasons = [one for read in parts for one in why(read, cuts)]
    flags = [flag for read in parts for flag in _scored(read.ssr).flags if flag != "borderline"]
    if level is None:
        missing = tuple(dict.fromkeys(one for read in parts for one in read.missing()))
        missing = missing or (f"biopsy, MRI or follow-up of {parts[0].lesion}",)
        return Decision(
            question, CANNOT_DECIDE, tuple(reasons), missing, tuple(dict.fromkeys(flags))
        )
    held = tuple(parts)
    verdict = verdicts[place[level]]

    def ask(reads: tuple[DualUptake, ...]) -> str | None:
        other = lesion_level(reads, cuts)
        return None if other is None else verdicts[place[other]]

    flags += ["borderline"] * borderline(held, verdict, ask, cuts) + ["discordant part"] * (
        len(parts) > 1 and level == 5
    )
    reasons.append(reason(rules[place[level]], statement(rules[place[level]]).in_words))
    return Decision(
        question,
        verdicts[place[level]],
        tuple(reasons),
        (),
        tuple(dict.fromkeys(flags)),
        search=lambda: nearest_flips(verdict, read_changes(held, cuts), ask),
    )


def _edges(read: DualUptake, scan: Literal["ssr", "fdg"] | str, cuts: Cuts) -> Iterator[float]:
    """Values of one scan's SUVmax at which the class may change."""
    fdg = read.fdg
    if scan == "ssr":
        yield from _ssr_edges(read)
    elif fdg is not None and fdg.liver is not None:
        yield cuts.fdg_times_liver * fdg.liver
    if fdg is None or not fdg.liver or not read.ssr.liver:
        return
    for r in (cuts.equal_from, cuts.equal_to):
        if scan == "ssr":
            yield fdg.suv_max / fdg.liver / r * read.ssr.liver
        else:
            yield r * read.ssr.suv_max / read.ssr.liver * fdg.liver


def _ssr_edges(read: DualUptake) -> Iterator[float]:
    ssr = read.ssr
    yield from (edge for edge in (ssr.blood_pool, ssr.liver, ssr.spleen) if edge is not None)
    if ssr.background is not None:
        yield _value("krenning.visible.contrast") * ssr.background
