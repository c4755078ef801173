"""Where to biopsy, and when again: the FDG-hottest lesion that can be reached, the discordant one
first.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from importlib import resources

from netcourse.decisions.core.decision import (
    CANNOT_DECIDE,
    Decision,
    Reason,
    Status,
    Weight,
    reason,
)
from netcourse.decisions.core.sensitivity import Change, nearest_flips, numbers
from netcourse.decisions.heterogeneity.dual_tracer import FDG_SCAN, Cuts, DualUptake, reads
from netcourse.decisions.somatostatin.standing import Standing, tumour_lesions, unsettled_lesions
from netcourse.evidence import figure, statement
from netcourse.patients import Part, Patient

_FILE = "biopsy_access.toml"
_OUT_OF_REACH = "surgery"
NO_TARGET = "no target"


@cache
def biopsy_access() -> Mapping[str, str]:
    """Return how tissue is got from a place, for places that are not reached under CT; "surgery" is
    out of a needle's reach.

    >>> biopsy_access()["pancreas_tail"], biopsy_access().get("vertebra_l3", "CT")
    ('endosonography', 'CT')
    """
    rows = tomllib.loads((resources.files(__package__) / _FILE).read_text(encoding="utf-8"))
    return {place: way for way, places in rows.items() for place in places}


def biopsy_target(patient: Patient, cuts: Cuts | None = None) -> Decision:
    """Name the lesion to biopsy by its id; which part of it, where its clones show as parts, is the
    flag `part B` or `part A`.

    A discordant lesion goes first, the FDG-hottest of them; then what is intense at an atypical
    site or has no receptors (SSTR-RADS 3C, 3D); else the FDG-hottest of all that are positive;
    without FDG uptake the lesion with the fewest receptors. Lesions with histology, small ones and
    those out of a needle's reach are passed over. "cannot decide" without FDG where it may matter;
    "no target" where nothing can be reached. Flags also: `discordant`, `unsettled`, `hotter one out
    of reach`. Sources: statements HB1–HB3, HB8, RD6, RD7.

    >>> from netcourse.patients import generate
    >>> biopsy_target(generate("dedifferentiated_metastasis")), biopsy_target(generate("cold_half"))
    (Biopsy target: L2 (discordant, unsettled); HB1, HB2, HB3, RD7, Biopsy target: L1 (discordant, part B); HB1, HB3, HB8)
    """
    cuts = cuts or Cuts()
    unsettled = {lesion.id: standing for lesion, standing in unsettled_lesions(patient)}
    suspicious = [lesion for lesion in patient.lesions if lesion.id in unsettled]
    suspicious += [lesion for lesion in tumour_lesions(patient) if lesion.id not in unsettled]
    found = [
        read
        for lesion in suspicious
        if lesion.histology is None and lesion.size_mm >= figure("biopsy.smallest").value
        for read in reads(patient, lesion)
    ]
    near = [read for read in found if _way(patient, read) != _OUT_OF_REACH]
    if near and len(found) > 1 and any(read.fdg is None for read in found):
        unknown = reason(
            "HB1", "Without FDG on every lesion the hottest is not known.", Status.UNKNOWN
        )
        return Decision("Biopsy target", CANNOT_DECIDE, (unknown,), (FDG_SCAN,))
    if not near:
        none = reason(
            "HB1",
            "No lesion is large enough and within a needle's reach.",
            Status.NOT_MET,
            figure_id="biopsy.smallest",
        )
        return Decision("Biopsy target", NO_TARGET, (none,))
    rank = partial(_rank, cuts=cuts, unsettled=tuple(unsettled))
    ranked = sorted(near, key=rank, reverse=True)
    target = ranked[0]
    flags = ["discordant"] * (target.level(cuts) == 5)
    flags += ["unsettled"] * (target.lesion in unsettled)
    if max(map(rank, found)) > rank(target):
        flags.append("hotter one out of reach")
    flags += [f"part {target.part}"] * bool(target.part)
    reasons = list(_reasons(patient, target, found, cuts, rank))
    if _needs_cover(patient):
        text = statement("BS1").in_words
        reasons.append(reason("BS1", text, Status.MET, Weight.RELATIVE))
    if patient.lesion(target.lesion).pattern == "spleen_like":
        text = f"{target.lesion}: {statement('KP10').in_words}"
        reasons.append(reason("KP10", text, Status.MET, Weight.RELATIVE))
    if doubt := unsettled.get(target.lesion):
        rule = "RD6" if doubt is Standing.ATYPICAL else "RD7"
        reasons.append(reason(rule, f"{target.lesion}: {statement(rule).in_words}"))
    return Decision(
        "Biopsy target",
        target.lesion,
        tuple(reasons),
        (),
        tuple(flags),
        search=lambda: nearest_flips(
            target.lesion,
            _other_fdg(tuple(ranked), cuts),
            lambda reads: max(reads, key=rank).lesion,
        ),
    )


def biopsy_part(patient: Patient, cuts: Cuts | None = None) -> tuple[str, Part | None] | None:
    """Return lesion and part of the biopsy target; None where there is none to name.

    >>> from netcourse.patients import generate
    >>> biopsy_part(generate("cold_half")), biopsy_part(generate("pancreas_g3"))
    (('L1', 'B'), ('L1', None))
    """
    decision = biopsy_target(patient, cuts)
    if not decision.decided or decision.verdict == NO_TARGET:
        return None
    part: Part | None = (
        "B" if "part B" in decision.flags else "A" if "part A" in decision.flags else None
    )
    return decision.verdict, part


def rebiopsy(
    patient: Patient, new_fdg_lesion: bool | None = None, therapy_change: bool | None = None
) -> Decision:
    """Say whether to biopsy again: "yes" on rapid progression, a new FDG-positive lesion or before
    another class of therapy.

    None is not known. "cannot decide" when nothing asks for it and something is not known. Source:
    statement HB2.

    >>> from netcourse.patients import generate
    >>> rebiopsy(generate("dedifferentiated_metastasis")).verdict, rebiopsy(generate("unknown_primary"), False, False).missing
    ('yes', ('course of the disease',))
    """
    rapid = is_rapid(patient)
    asked = {
        "course of the disease": rapid,
        "new FDG-positive lesion": new_fdg_lesion,
        "change of therapy": therapy_change,
    }
    said = {True: Status.MET, False: Status.NOT_MET, None: Status.UNKNOWN}
    limit = figure("choice.fast_growth")
    texts = {
        "course of the disease": f"Progression within {limit.value:g} months: {_word(rapid)}.",
        "new FDG-positive lesion": f"A new FDG-positive lesion: {_word(new_fdg_lesion)}.",
        "change of therapy": f"Another class of therapy is planned: {_word(therapy_change)}.",
    }
    timed = {"course of the disease": limit.id}
    reasons = tuple(
        reason("HB2", texts[name], said[known], figure_id=timed.get(name))
        for name, known in asked.items()
    )
    if any(asked.values()):
        return Decision("Biopsy again", "yes", reasons)
    if missing := tuple(name for name, known in asked.items() if known is None):
        return Decision("Biopsy again", CANNOT_DECIDE, reasons, missing)
    return Decision("Biopsy again", "no", reasons)


def is_rapid(patient: Patient) -> bool | None:
    """Whether the disease progressed within the time that the course calls rapid; None where its
    course is not known.

    >>> from netcourse.patients import generate
    >>> is_rapid(generate("dedifferentiated_metastasis")), is_rapid(generate("unknown_primary"))
    (True, None)
    """
    history = patient.history
    if history.course is None or (
        history.course == "progressive" and history.course_months is None
    ):
        return None
    return (
        history.course == "progressive"
        and (history.course_months or 0) <= figure("choice.fast_growth").value
    )


def _needs_cover(patient: Patient) -> bool:
    """Whether hormones make a needle dangerous: a chromaffin tumour, an adrenal or retroperitoneal
    primary, or a carcinoid syndrome.
    """
    pathology = patient.pathology
    return (
        pathology.tumour in ("phaeochromocytoma", "paraganglioma")
        or pathology.site in ("adrenal", "abdominal_paraganglia")
        or patient.history.syndrome == "carcinoid"
    )


def _way(patient: Patient, read: DualUptake) -> str:
    return biopsy_access().get(patient.lesion(read.lesion).place, "CT")


def _rank(read: DualUptake, cuts: Cuts, unsettled: Sequence[str]) -> tuple[int, float]:
    """How much a lesion asks for a needle: discordant before unsettled before FDG-positive before
    cold, then the hotter; of the cold the coldest.
    """
    fdg = read.fdg.suv_max if read.fdg else 0.0
    if read.level(cuts) == 5:
        return 3, fdg
    if read.lesion in unsettled:
        return 2, fdg
    if read.fdg_positive(cuts):
        return 1, fdg
    return 0, -read.ssr.suv_max


def _reasons(
    patient: Patient,
    target: DualUptake,
    found: list[DualUptake],
    cuts: Cuts,
    rank: Callable[[DualUptake], tuple[int, float]],
) -> Iterator[Reason]:
    lesion = patient.lesion(target.lesion)
    how = (
        "discordant, and of those the FDG-hottest" if target.level(cuts) == 5 else "the FDG-hottest"
    )
    if not target.fdg_positive(cuts):
        how = "no lesion is FDG-positive; this one has the fewest receptors"
        if rank(target)[0] == 2:
            how = "what it is decides before therapy"
        if len(found) == 1:
            how = "the only lesion without histology"
    fdg = "no FDG scan" if target.fdg is None else f"FDG SUVmax {target.fdg.suv_max:.1f}"
    way = f"{target.name}, {lesion.where}, {fdg}, reached by {_way(patient, target)}: {how}."
    yield reason("HB1", way)
    beyond = [
        read.name
        for read in found
        if _way(patient, read) == _OUT_OF_REACH and rank(read) > rank(target)
    ]
    if beyond:
        yield reason(
            "HB1", f"Out of a needle's reach: {', '.join(beyond)}.", Status.NOT_MET, Weight.RELATIVE
        )
    if is_rapid(patient):
        yield reason("HB2", statement("HB2").in_words, Status.MET, Weight.RELATIVE)
    hottest = max(found, key=lambda read: read.ssr.suv_max)
    if hottest.name != target.name:
        text = (
            f"Not {hottest.name}, though it is the SSR-hottest ({hottest.ssr.suv_max:.1f})."
            f" {statement('HB3').in_words}"
        )
        yield reason("HB3", text, Status.MET, Weight.INFORMATION)
    if target.part == "B":
        yield reason("HB8", f"Aim at {target.name}. {statement('HB8').in_words}")


def _other_fdg(
    ranked: tuple[DualUptake, ...], cuts: Cuts
) -> Iterator[Change[tuple[DualUptake, ...]]]:
    """Yield FDG uptakes of the other lesions at which one may become the target."""
    target = ranked[0]
    if target.fdg is None:
        return
    for place, read in enumerate(ranked[1:], 1):
        assert read.fdg is not None
        edges = (cuts.fdg_times_liver * (read.fdg.liver or 0.0), target.fdg.suv_max)
        words = f"With {read.name} FDG SUVmax {{then:.1f}} instead of {{now:.1f}}"
        name = f"{read.name} fdg.suv_max"
        path = f"{place}.fdg.suv_max"
        yield from numbers(ranked, path, edges, 0.1, words, name=name, digits=1)


def _word(known: bool | None) -> str:
    return "not known" if known is None else "yes" if known else "no"
