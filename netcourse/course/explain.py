"""Every key that the course derives from a patient, with its reasons: what an author reads before
using a case.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from netcourse.course.explain_prrt import prrt_page, rulebooks
from netcourse.course.explain_rads import sstr_rads_keys, sstr_rads_page
from netcourse.course.explain_two_tracers import two_tracers, two_tracers_page
from netcourse.decisions.core import DISCLAIMER, Decision
from netcourse.decisions.core.grade import grade_of
from netcourse.decisions.prrt import profiles, prrt
from netcourse.decisions.somatostatin import (
    VARIANTS,
    Variant,
    krenning,
    patient_scores,
    tumour_lesions,
)
from netcourse.decisions.tracer import second_tests, tracer, tracer_question
from netcourse.patients import Lesion, Patient
from netcourse.patients.truth import nature

PROFILES: tuple[Variant, ...] = VARIANTS


def chosen(profile: str | None) -> tuple[Variant, ...]:
    """Return the definitions of the score to show: all, or the one asked for; ValueError names the
    profiles there are.
    """
    if profile is None:
        return PROFILES
    found = tuple(known for known in PROFILES if known == profile)
    if not found and profile not in profiles():
        raise ValueError(
            f"there is no profile '{profile}'; there are {', '.join(PROFILES)} (the three"
            f" definitions of the Krenning score) and {', '.join(profiles())} (the rulebooks of"
            " radioligand therapy)"
        )
    return found or PROFILES


def explanation(patient: Patient, profile: str | None = None) -> dict[str, Any]:
    """Return every key as plain data, ready for JSON.

    >>> from netcourse.patients import generate
    >>> found = explanation(generate("rectum_low_expression"), "pet")
    >>> [(lesion["id"], lesion["krenning"]["pet"]["verdict"]) for lesion in found["lesions"]], found["patient_scores"]["pet"]
    ([('L1', '2'), ('L2', '3'), ('N1', '2')], {'highest': 3, 'lowest': 2, 'open': []})
    """
    variants = chosen(profile)
    return {
        "patient": patient.model_dump(mode="json"),
        "grade": grade_of(patient.pathology),
        "lesions": [
            {
                "id": lesion.id,
                "where": lesion.where,
                "nature": nature(lesion),
                "size_mm": lesion.size_mm,
                "uptake": patient.uptake(lesion).model_dump(mode="json"),
                "true_suv": lesion.ssr_suv,
                "krenning": {
                    name: krenning(patient.uptake(lesion), name).to_dict() for name in variants
                },
            }
            for lesion in patient.lesions
        ],
        "patient_scores": {name: highest_and_lowest(patient, name) for name in variants},
        "sstr_rads": sstr_rads_keys(patient),
        "tracer": {
            "first": tracer(tracer_question(patient)).to_dict(),
            "then": list(second_tests(tracer_question(patient))),
        },
        "two_tracers": two_tracers(patient),
        "radioligand_therapy": {id: prrt(patient, id).to_dict() for id in rulebooks(profile)},
        "disclaimer": DISCLAIMER,
    }


def highest_and_lowest(patient: Patient, variant: Variant) -> dict[str, Any]:
    """Return the highest and lowest score over the tumour lesions, and the ids of those that stay
    open.
    """
    found = {
        lesion.id: krenning(patient.uptake(lesion), variant) for lesion in tumour_lesions(patient)
    }
    scores = {id: decision.score for id, decision in found.items() if decision.decided}
    highest, lowest = patient_scores(scores) if scores else (None, None)
    return {"highest": highest, "lowest": lowest, "open": [id for id in found if id not in scores]}


def page(patient: Patient, profile: str | None = None) -> RenderableType:
    """Return the same as a page to read."""
    variants = chosen(profile)
    parts: list[RenderableType] = [
        _head(patient),
        _tests(patient),
        _table(patient, variants),
        _summary(patient, variants),
    ]
    parts += (
        [sstr_rads_page(patient), two_tracers_page(patient), prrt_page(patient, profile)]
        if patient.lesions
        else []
    )
    for lesion in patient.lesions:
        parts.append(Text(f"\n{lesion.id}, {lesion.where}", style="bold"))
        parts += [
            Padding(_reasons(krenning(patient.uptake(lesion), name)), (0, 0, 0, 2))
            for name in variants
        ]
    return Group(
        *parts,
        _sources(patient, variants),
        Text(f"\nSynthetic patient, {DISCLAIMER}.", style="dim"),
    )


def _head(patient: Patient) -> Text:
    pathology, organs = patient.pathology, patient.ssr.suv
    spleen = "removed" if patient.history.splenectomy else f"{organs['spleen']:.1f}"
    return Text(
        f"{patient}\n{patient.history.story}\n{patient.age_y} years, {patient.height_cm:g} cm,"
        f" {patient.weight_kg:g} kg; {pathology.site}, {pathology.differentiation} differentiated,"
        f" {_graded(patient)}\nReference SUVmean ({patient.ssr.tracer}): blood pool"
        f" {organs['blood_pool']:.1f}, liver {organs['liver']:.1f}, spleen {spleen}, kidney cortex"
        f" {organs['kidney_cortex']:.1f}\n"
    )


def _tests(patient: Patient) -> Text:
    question = tracer_question(patient)
    first, then = tracer(question), second_tests(question)
    return Text(f"{first}{'; then ' if then else ''}{', '.join(then)}\n")


def _graded(patient: Patient) -> str:
    ki67 = patient.pathology.ki67_percent
    return (
        f"Ki-67 {'unknown' if ki67 is None else f'{ki67:g} %'}:"
        f" {grade_of(patient.pathology) or 'grade unknown'}"
    )


def _table(patient: Patient, profiles: Sequence[Variant]) -> Table:
    table = Table(
        "lesion",
        "where",
        "mm",
        "SUVmax",
        "true",
        *profiles,
        box=SIMPLE_HEAD,
        title="Krenning score",
        title_justify="left",
    )
    table.add_column("warnings", overflow="fold")
    for lesion in patient.lesions:
        table.add_row(*_row(patient, lesion, profiles))
    return table


def _row(patient: Patient, lesion: Lesion, profiles: Sequence[Variant]) -> list[str]:
    uptake = patient.uptake(lesion)
    found = [krenning(uptake, name) for name in profiles]
    flags = list(dict.fromkeys(flag for decision in found for flag in decision.flags))
    truth = nature(lesion)
    where = lesion.where if truth == "net" else f"{lesion.where} ({truth})"
    scores = [decision.verdict if decision.decided else "open" for decision in found]
    return [
        lesion.id,
        where,
        f"{lesion.size_mm:g}",
        f"{uptake.suv_max:.1f}",
        f"{lesion.ssr_suv:.1f}",
        *scores,
        ", ".join(flags),
    ]


def _summary(patient: Patient, profiles: Sequence[Variant]) -> Text:
    lines = []
    for name in profiles:
        found = highest_and_lowest(patient, name)
        said = (
            "no lesion scored"
            if found["highest"] is None
            else f"highest {found['highest']}, lowest {found['lowest']}"
        )
        still_open = f"; open: {', '.join(found['open'])}" if found["open"] else ""
        lines.append(f"Tumour lesions, {name}: {said}{still_open}")
    return Text("\n".join(lines))


def _reasons(decision: Decision) -> Text:
    text = Text(f"{decision}\n")
    for reason in decision.reasons:
        text.append(
            f"  {reason.rule} ({reason.status}, {reason.weight}) {reason.text} [{reason.mark}]\n"
        )
    for flip in decision.flips:
        text.append(f"  would change it: {flip.text}\n")
    text.rstrip()
    return text


def _sources(patient: Patient, profiles: Sequence[Variant]) -> Text:
    """Where the reasons come from and how sure we are, each once."""
    reasons = [
        reason
        for lesion in patient.lesions
        for name in profiles
        for reason in krenning(patient.uptake(lesion), name).reasons
    ]
    lines = sorted(
        {
            f"{reason.rule} [{reason.mark}: {reason.mark.meaning}] {reason.source}"
            for reason in reasons
        }
    )
    return Text("\n".join(["\nSources", *(f"  {line}" for line in lines)]), style="dim")
