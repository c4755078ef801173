"""Where to biopsy, and when again: the FDG-hottest lesion that can be reached, the discordant one
first.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources

from netcourse.decisions.core.decision import (
    CANNOT_DECIDE,
    Decision,
    Flip,
    Reason,
    Status,
    Weight,
    reason,
)
from netcourse.decisions.heterogeneity.dual_tracer import FDG_SCAN, Cuts, DualUptake, reads
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

    A discordant lesion goes first, the FDG-hottest of them; else the FDG-hottest of all that are
    positive; without FDG uptake the lesion with the fewest receptors. Small lesions and those out
    of a needle's reach are passed over. "cannot decide" without FDG; "no target" where nothing can
    be reached. Flags also: `discordant`, `hotter one out of reach`. Sources: statements HB1–HB3,
    HB8.

    >>> from netcourse.patients import generate
    >>> biopsy_target(generate("dedifferentiated_metastasis")), biopsy_target(generate("cold_half"))
    (Biopsy target: L2 (discordant); HB1, HB2, HB3, Biopsy target: L1 (discordant, part B); HB1, HB3, HB8)
    """
    cuts = cuts or Cuts()
    found = [
        read
        for read in reads(patient)
        if patient.lesion(read.lesion).size_mm >= figure("biopsy.smallest").value
    ]
    if any(read.fdg is None for read in found):
        unknown = reason(
            "HB1", "Without FDG on every lesion the hottest is not known.", Status.UNKNOWN
        )
        return Decision("Biopsy target", CANNOT_DECIDE, (unknown,), (FDG_SCAN,))
    near = [read for read in found if _way(patient, read) != _OUT_OF_REACH]
    if not near:
        none = reason(
            "HB1",
            "No lesion is large enough and within a needle's reach.",
            Status.NOT_MET,
            figure_id="biopsy.smallest",
        )
        return Decision("Biopsy target", NO_TARGET, (none,))
    ranked = sorted(near, key=lambda read: _rank(read, cuts), reverse=True)
    target = ranked[0]
    flags = ["discordant"] * (target.level(cuts) == 5)
    if max(_rank(read, cuts) for read in found) > _rank(target, cuts):
        flags.append("hotter one out of reach")
    flags += [f"part {target.part}"] * bool(target.part)
    reasons = tuple(_reasons(patient, target, found, cuts))
    return Decision(
        "Biopsy target", target.lesion, reasons, (), tuple(_flips(ranked, cuts)), tuple(flags)
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


def _way(patient: Patient, read: DualUptake) -> str:
    return biopsy_access().get(patient.lesion(read.lesion).place, "CT")


def _rank(read: DualUptake, cuts: Cuts) -> tuple[int, float]:
    """How much a lesion asks for a needle: discordant before FDG-positive before cold, then the
    hotter; of the cold the coldest.
    """
    assert read.fdg is not None
    if read.level(cuts) == 5:
        return 2, read.fdg.suv_max
    if read.fdg_positive(cuts):
        return 1, read.fdg.suv_max
    return 0, -read.ssr.suv_max


def _reasons(
    patient: Patient, target: DualUptake, found: list[DualUptake], cuts: Cuts
) -> Iterator[Reason]:
    assert target.fdg is not None
    lesion = patient.lesion(target.lesion)
    how = (
        "discordant, and of those the FDG-hottest" if target.level(cuts) == 5 else "the FDG-hottest"
    )
    if not target.fdg_positive(cuts):
        how = "no lesion is FDG-positive; this one has the fewest receptors"
    way = (
        f"{target.name}, {lesion.where}, FDG SUVmax {target.fdg.suv_max:.1f}, reached by"
        f" {_way(patient, target)}: {how}."
    )
    yield reason("HB1", way)
    beyond = [
        read.name
        for read in found
        if _way(patient, read) == _OUT_OF_REACH and _rank(read, cuts) > _rank(target, cuts)
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


def _flips(ranked: list[DualUptake], cuts: Cuts) -> Iterator[Flip]:
    """Yield the nearest FDG uptake of another lesion that makes it the target; found by asking
    again.
    """
    target = ranked[0]
    assert target.fdg is not None
    for read in ranked[1:]:
        assert read.fdg is not None
        cut = cuts.fdg_times_liver * (read.fdg.liver or 0.0)
        for then in sorted(
            {round(edge + step, 1) for edge in (cut, target.fdg.suv_max) for step in (0.1, 0.2)}
        ):
            other = read.model_copy(update={"fdg": read.fdg.model_copy(update={"suv_max": then})})
            if (
                then > read.fdg.suv_max
                and _rank(other, cuts) > _rank(target, cuts)
                and read.lesion != target.lesion
            ):
                text = (
                    f"With {read.name} FDG SUVmax {then:.1f} instead of {read.fdg.suv_max:.1f}:"
                    f" {read.lesion}."
                )
                yield Flip(f"{read.name} fdg.suv_max", read.fdg.suv_max, then, read.lesion, text)
                break


def _word(known: bool | None) -> str:
    return "not known" if known is None else "yes" if known else "no"
