"""SSTR-RADS 1.0 for one finding: what the uptake, the site and the correlate on CT or MRI make of
it, and what comes next.

The table of the categories could not be opened for this course: it is K, anchored on its twin
PSMA-RADS. What the scheme leaves open (D21) is filled by the course and marked T. The score of a
whole scan is in `sstr_rads_patient`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Literal, get_args

from netcourse.decisions.core.decision import (
    CANNOT_DECIDE,
    Decision,
    Reason,
    Status,
    Weight,
    reason,
)
from netcourse.decisions.core.sensitivity import Change, nearest_flips, numbers, options
from netcourse.decisions.ct.appearance import node_by_size
from netcourse.decisions.somatostatin.krenning import krenning
from netcourse.evidence import figure, figures, statement
from netcourse.patients import Correlate, Lesion, Patient, Pattern, Uptake, places
from netcourse.patients.record import Model

Category = Literal["1A", "1B", "2", "3A", "3B", "3C", "3D", "4", "5"]
CATEGORIES: tuple[Category, ...] = get_args(Category)
CORRELATES: tuple[Correlate, ...] = get_args(Correlate)
NO_FINDING = "no finding"
LOW_SSR = "low-SSR metastasis"
COLD_PART = "cold part"
CT_FINDING = "work up the CT finding"

_BENIGN_SIGNS: tuple[Pattern, ...] = (
    "haemangioma",
    "fracture",
    "spleen_like",
    "liver_haemangioma",
    "fnh",
    "cyst",
    "abscess",
)
"""Patterns that CT or MRI shows to be benign: spleen-like in all phases is a spleen's tissue (KP10)."""
_LEVEL_WORDS = {1: "not above blood pool", 2: "above blood pool, not above liver", 3: "above liver"}
_CORRELATE_WORDS = {
    "none": "nothing on CT or MRI",
    "benign": "CT, MRI or anatomy show that it is benign or normal",
    "equivocal": "an unclear finding on CT or MRI",
    "definite": "a definite correlate on CT or MRI",
}


@dataclass(frozen=True)
class CategoryRow:
    """What a category means, what it asks for, and what it says to radioligand therapy."""

    id: str
    meaning: str
    work_up: str
    prrt: str
    statement: str


class RadsFinding(Model):
    """What a reader knows of one focus; None is not known.

    `organ` counts for the choice of targets, `bone` parts 3A from 3B, `typical` says whether NET
    metastases are at home at the site. `cold_part` marks a lesion of which a part takes up no more
    than blood pool.
    """

    id: str
    uptake: Uptake
    organ: str = ""
    bone: bool = False
    typical: bool | None = None
    correlate: Correlate | None = None
    cold_part: bool = False


@cache
def rads_categories() -> dict[str, CategoryRow]:
    """Return every category of SSTR-RADS 1.0, from benign to almost certain.

    >>> rads_categories()["3D"].work_up
    'biopsy, FDG PET or both'
    """
    rows = tomllib.loads(
        (resources.files(__package__) / "sstr_rads.toml").read_text(encoding="utf-8")
    )
    months = f"{figure('sstr_rads.follow_up').value:g}"
    return {
        id: CategoryRow(
            id, **{name: text.replace("{months}", months) for name, text in row.items()}
        )
        for id, row in rows.items()
    }


def rads_finding(
    patient: Patient, lesion: Lesion | str, uptake: Uptake | None = None
) -> RadsFinding:
    """Return what a careful reader knows of one of a patient's lesions; `uptake` is what the receptor
    scan shows where it is not the patient's own.
    """
    lesion = patient.lesion(lesion) if isinstance(lesion, str) else lesion
    place = places()[lesion.place]
    cold = len(lesion.parts) > 1 and any(
        _level(patient.uptake(lesion, part=part)) == 1 for part in lesion.parts
    )
    return RadsFinding(
        id=lesion.id,
        uptake=uptake or patient.uptake(lesion),
        organ=place.part_of,
        bone=place.part_of == "bone",
        typical=place.typical,
        correlate=correlate_of(lesion),
        cold_part=cold,
    )


def correlate_of(lesion: Lesion) -> Correlate:
    """Return what CT and MRI make of a lesion: as its author says, else by its pattern, its place
    and, of a node, its size (D23).

    A node that only its size makes suspicious is definite where nodes of NETs are at home, and
    equivocal elsewhere.

    >>> node = Lesion(id="N1", place="mesentery", size_mm=7, ssr_suv=12, pattern="soft_tissue")
    >>> correlate_of(node), correlate_of(node.model_copy(update={"size_mm": 18}))
    ('none', 'definite')
    """
    if lesion.correlate is not None:
        return lesion.correlate
    place = places()[lesion.place]
    if lesion.pattern in _BENIGN_SIGNS:
        return "benign"
    if lesion.pattern == "occult":
        return "benign" if place.physiologic else "none"
    if place.part_of == "nodes":
        if node_by_size(lesion.size_mm).verdict == "not enlarged":
            return "none"
        return "definite" if place.typical else "equivocal"
    return "definite"


def uptake_level(uptake: Uptake) -> Decision:
    """Return the SSTR-RADS uptake level, "1", "2" or "3", with the warnings of the Krenning score
    it rests on.

    "cannot decide" with the measurement that is missing. Sources: statement RD10.

    >>> uptake_level(Uptake(suv_max=4.6, blood_pool=1.5, liver=5.0, spleen=17.0))
    Uptake level: 2 (borderline); RD10
    """
    level = _level(uptake)
    score = krenning(uptake)
    if level is None:
        text = f"Without {' and '.join(score.missing)} the level stays open."
        return Decision(
            "Uptake level",
            CANNOT_DECIDE,
            (reason("RD10", text, Status.UNKNOWN),),
            score.missing,
            score.flags,
        )
    unseen = " (not visible)" if score.verdict == "0" else ""
    text = (
        f"Level {level}, {_LEVEL_WORDS[level]}{unseen}: SUVmax"
        f" {uptake.suv_max:.1f}{_beside(uptake)}; Krenning {score.verdict}."
    )
    return Decision("Uptake level", str(level), (reason("RD10", text),), (), score.flags)


@lru_cache(maxsize=2048)
def sstr_rads(finding: RadsFinding) -> Decision:
    """Give a finding its category, "1A" to "5"; `NO_FINDING` where neither PET nor CT shows
    anything.

    "cannot decide" with what is missing: a measurement, "typical site", "CT or MRI". Flags:
    `low-SSR metastasis` (D21), `work up the CT finding`, `cold part` (KP15) and those of the Krenning score. Sources:
    statements RD1–RD11, D21, D2, KP2, KP15.

    >>> hot = Uptake(suv_max=12, blood_pool=1.5, liver=5.0, spleen=17.0)
    >>> sstr_rads(RadsFinding(id="N1", uptake=hot, typical=True, correlate="none"))
    SSTR-RADS of N1: 4; RD8, RD10
    >>> sstr_rads(RadsFinding(id="N1", uptake=hot, correlate="none"))
    SSTR-RADS of N1: cannot decide, need typical site; RD11, RD10
    """
    question = f"SSTR-RADS of {finding.id}"
    level = uptake_level(finding.uptake)
    verdict, missing, path = _category(finding)
    if verdict is None:
        open_reasons = (
            reason(
                "RD11", f"Without {' and '.join(missing)} the category stays open.", Status.UNKNOWN
            ),
            *level.reasons,
        )
        return Decision(question, CANNOT_DECIDE, open_reasons, missing, level.flags)
    if verdict == NO_FINDING:
        return Decision(
            question,
            NO_FINDING,
            (reason("RD11", "Neither PET nor CT shows anything here."), *level.reasons),
        )
    row = rads_categories()[verdict]
    reasons = [reason(row.statement, f"{path} {verdict}, {row.meaning}."), *level.reasons]
    flags = list(level.flags)
    if _in_the_gap(finding):
        flags.insert(0, LOW_SSR)
        reasons.append(
            reason(
                "D21",
                "Definite on CT or MRI with low uptake: SSTR-RADS has no category for it.",
                Status.MET,
                Weight.RELATIVE,
            )
        )
        reasons += _ratio(finding.uptake)
    if verdict == "2" and finding.correlate == "definite":
        flags.insert(0, CT_FINDING)
        text = "Definite on CT or MRI at an atypical site: another tumour may be there."
        reasons.append(reason("RD6", f"{text} Work up the finding.", weight=Weight.RELATIVE))
    if finding.cold_part:
        flags.insert(0, COLD_PART)
        reasons.append(reason("KP15", statement("KP15").in_words, Status.MET, Weight.RELATIVE))
    if "partial volume" in flags and level.verdict != "3":
        reasons.append(reason("KP2", statement("KP2").in_words, Status.MET, Weight.RELATIVE))
    reasons.append(
        reason(row.statement, f"Work-up: {row.work_up}.", Status.MET, Weight.INFORMATION)
    )
    reasons.append(
        reason(row.statement, f"Radioligand therapy: {row.prrt}.", Status.MET, Weight.INFORMATION)
    )
    return Decision(
        question,
        verdict,
        tuple(reasons),
        (),
        tuple(flags),
        search=lambda: nearest_flips(verdict, _changes(finding), lambda other: _category(other)[0]),
    )


@lru_cache(maxsize=4096)
def _level(uptake: Uptake) -> int | None:
    score = krenning(uptake)
    if not score.decided:
        return None
    known = figures("krenning.rads_level")
    return (
        int(known[score.verdict].value) if score.verdict in known else 1
    )  # Krenning 0: nothing to see


def _beside(uptake: Uptake) -> str:
    parts = [
        f"{name} {suv:.1f}"
        for name, suv in (("blood pool", uptake.blood_pool), ("liver", uptake.liver))
        if suv is not None
    ]
    return f", {', '.join(parts)}" if parts else ""


def _category(finding: RadsFinding) -> tuple[str | None, tuple[str, ...], str]:
    """The category, what is missing where there is none, and the way to it in words (RD11)."""
    level, found = _level(finding.uptake), finding.correlate
    measured = krenning(finding.uptake).missing
    words = f"{_CORRELATE_WORDS[found][0].upper()}{_CORRELATE_WORDS[found][1:]}." if found else ""
    if found == "benign":
        if level is None:
            return None, measured, ""
        return ("1A" if level == 1 else "1B"), (), words
    if level is None:
        return None, measured, ""
    if found is None and not (level == 3 and finding.typical is False):
        return None, ("CT or MRI",), ""
    if level == 1 and found == "definite":
        return "3D", (), f"{words} No more uptake than blood pool."
    if level == 1 and found == "none" and krenning(finding.uptake).verdict == "0":
        return NO_FINDING, (), ""
    if finding.typical is None:
        return None, ("typical site",), ""
    site = "A site typical for NET." if finding.typical else "A site atypical for NET."
    if level == 3:
        if not finding.typical:
            return "3C", (), f"Intense. {site}"
        return ("5" if found == "definite" else "4"), (), f"Intense. {site} {words}"
    if finding.typical:
        return ("3B" if finding.bone else "3A"), (), f"Not above liver. {site} {words}"
    return "2", (), f"Not above liver. {site} {words}"


def _in_the_gap(finding: RadsFinding) -> bool:
    """Whether it is a definite tumour with low uptake at a typical site, for which the scheme has no
    category (D21).
    """
    return (
        finding.correlate == "definite" and finding.typical is True and _level(finding.uptake) == 2
    )


def _ratio(uptake: Uptake) -> Iterator[Reason]:
    if uptake.liver and "liver unreliable" not in krenning(uptake).flags:
        times, limit = uptake.suv_max / uptake.liver, figure("prrt.uptake.lesion_to_liver").value
        text = f"Lesion / liver is {times:.2f}; therapy asks for {limit:g}."
        yield reason(
            "D2", text, Status.MET if times >= limit else Status.NOT_MET, Weight.INFORMATION
        )


def _changes(finding: RadsFinding) -> Iterator[Change[RadsFinding]]:
    """Yield another SUVmax, another correlate and another kind of site."""
    edges = (finding.uptake.blood_pool, finding.uptake.liver)
    words = "With an SUVmax of {then:.1f} instead of {now:.1f}"
    yield from numbers(finding, "uptake.suv_max", edges, 0.1, words, name="suv_max", digits=1)
    for correlate in CORRELATES:
        text = (
            "If CT, MRI or anatomy showed that it is benign"
            if correlate == "benign"
            else f"With {_CORRELATE_WORDS[correlate]}"
        )
        yield from options(finding, "correlate", {correlate: text}, group=correlate)
    if finding.typical is not None:
        sites = {
            typical: f"At a site {'' if typical else 'a'}typical for NET"
            for typical in (True, False)
        }
        yield from options(finding, "typical", sites)
