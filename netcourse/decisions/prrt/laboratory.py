"""Criteria of the laboratory, E8 to E14."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from netcourse.decisions.core.sensitivity import Change, numbers
from netcourse.decisions.core.units import (
    clearance_in_words,
    cockcroft_gault,
    creatinine_clearance,
    creatinine_for,
)
from netcourse.decisions.prrt.criterion import (
    Case,
    Effect,
    Finding,
    criterion,
    effect_of,
    least,
    measured,
    most,
)
from netcourse.decisions.prrt.rulebook import COURSE
from netcourse.evidence import figure


def _other_creatinine(case: Case) -> Iterator[Change[Case]]:
    """Yield creatinines on both sides of each limit of the clearance, and of the creatinine."""
    patient, now = case.patient, case.patient.labs.creatinine_mg_dl
    if now is None:
        return
    limits = []
    for name in ("crcl_stop", "crcl_ok"):
        highest = creatinine_for(patient, case.profile.limit(name).value)
        limits += [int(100 * highest) / 100, int(100 * highest) / 100 + 0.01]
    if top := case.profile.own_limit("creatinine_max"):
        limits += [top.value, top.value + 0.01]
    path = "patient.labs.creatinine_mg_dl"
    words = "With creatinine {then:.2f} instead of {now:.2f} mg/dL"
    for change in numbers(
        case, path, limits, 0.01, words, name="labs.creatinine_mg_dl", lowest=0.01
    ):
        was, then = (
            cockcroft_gault(patient.age_y, patient.weight_kg, patient.sex, creatinine)
            for creatinine in (now, change.then or now)
        )
        clearance = f" (clearance {then:.0f} instead of {was:.0f} mL/min)"
        yield replace(change, words=change.words + clearance)


@criterion("E8", _other_creatinine, limits=("crcl_ok", "crcl_strong", "crcl_stop"))
def kidneys(case: Case) -> Finding:
    """E8: clearance by Cockcroft and Gault, graded; a trial may limit the creatinine as well."""
    clearance, creatinine = creatinine_clearance(case.patient), case.patient.labs.creatinine_mg_dl
    found = least(
        "E8",
        "Creatinine clearance",
        clearance,
        "mL/min",
        case,
        ("crcl_stop", Effect.STOP),
        ("crcl_strong", Effect.BOARD),
        ("crcl_ok", Effect.BOARD),
        digits=1,
    )
    if clearance is None:
        return Finding(
            "E8",
            "Creatinine is not known.",
            found.effect,
            found.figure_id,
            ("creatinine",),
            found.weight,
        )
    strong, adult = case.profile.limit("crcl_strong").value, figure("clinic.adult")
    young = (
        f" Cockcroft and Gault is for adults: measure it below {adult.value:g} years."
        if case.patient.age_y < adult.value
        else ""
    )
    doubt = " Strong doubt." if found.effect is Effect.BOARD and clearance < strong else ""
    if doubt and effect_of(case.profile.not_studied) is Effect.BOARD:
        doubt = " Not studied."
    most_creatinine = case.profile.own_limit("creatinine_max")
    if (
        most_creatinine
        and creatinine is not None
        and creatinine > most_creatinine.value
        and found.effect is not Effect.STOP
    ):
        text = f"Creatinine {creatinine:.2f} mg/dL: above {most_creatinine.value:g}."
        return Finding("E8", text, Effect.STOP, most_creatinine.id, (), Effect.STOP)
    return Finding(
        "E8",
        f"{found.text}{doubt} {clearance_in_words(case.patient)}.{young}",
        found.effect,
        found.figure_id,
        (),
        found.weight,
    )


@criterion("E9", measured("labs.haemoglobin_g_dl", "haemoglobin", "g/dL", 0.1, "hb_min"))
def haemoglobin(case: Case) -> Finding:
    """E9: below the floor wait and repeat; a little above it with caution."""
    value = case.patient.labs.haemoglobin_g_dl
    limits = ("hb_min", Effect.DELAY), ("hb_caution", Effect.REMARK)
    other = "" if value is None else f" ({value / figure('clinic.hb_mmol').value:.1f} mmol/L)"
    return least("E9", "Haemoglobin", value, "g/dL", case, *limits, digits=1, more=other)


@criterion(
    "E10",
    measured("labs.white_cells_1e9_l", "white cells", "× 10⁹/L", 0.1, "wbc_ok", "wbc_min"),
    measured("labs.neutrophils_1e9_l", "neutrophils", "× 10⁹/L", 0.1, "anc_min"),
)
def white_cells(case: Case) -> Finding:
    """E10: white cells, and neutrophils where they were counted: the heavier of both."""
    labs = case.patient.labs
    limits = ("wbc_min", Effect.DELAY), ("wbc_ok", Effect.BOARD)
    white = least("E10", "White cells", labs.white_cells_1e9_l, "× 10⁹/L", case, *limits, digits=1)
    if labs.neutrophils_1e9_l is None or case.profile.holds_against("anc_min") is None:
        return white
    neutrophils = least(
        "E10",
        "Neutrophils",
        labs.neutrophils_1e9_l,
        "× 10⁹/L",
        case,
        ("anc_min", Effect.DELAY),
        digits=1,
    )
    return neutrophils if neutrophils.effect is Effect.DELAY else white


@criterion(
    "E11",
    measured("labs.platelets_1e9_l", "platelets", "× 10⁹/L", 1, "platelets_ok", "platelets_min"),
)
def platelets(case: Case) -> Finding:
    """E11."""
    value = case.patient.labs.platelets_1e9_l
    return least(
        "E11",
        "Platelets",
        value,
        "× 10⁹/L",
        case,
        ("platelets_min", Effect.DELAY),
        ("platelets_ok", Effect.BOARD),
    )


@criterion("E12", measured("labs.bilirubin_times_uln", "bilirubin", "× ULN", 0.1, "bilirubin_max"))
def bilirubin(case: Case) -> Finding:
    """E12."""
    return most(
        "E12",
        "Bilirubin",
        case.patient.labs.bilirubin_times_uln,
        "× ULN",
        case,
        ("bilirubin_max", effect_of(case.profile.not_studied)),
        digits=1,
    )


@criterion(
    "E13",
    measured("labs.albumin_g_l", "albumin", "g/L", 1, "albumin_min"),
    measured("labs.inr", "INR", "", 0.1, "inr_max"),
)
def albumin(case: Case) -> Finding:
    """E13: with a prolonged prothrombin time a low albumin stops; alone it is for the board by the
    course, and nothing by a label or trial.
    """
    value, inr = case.patient.labs.albumin_g_l, case.patient.labs.inr
    low, long = case.profile.limit("albumin_min"), case.profile.limit("inr_max")
    if value is None:
        needs = ("albumin",) if inr is not None else ("albumin", "INR")
        at_worst = Effect.STOP if inr is None or inr > long.value else Effect.BOARD
        if at_worst is Effect.BOARD and case.profile.id != COURSE:
            return Finding("E13", "Albumin is not known, INR is normal.", Effect.REMARK, low.id)
        return Finding("E13", "Albumin is not known.", at_worst, low.id, needs, at_worst)
    if value >= low.value:
        return Finding(
            "E13",
            f"Albumin {value:.0f} g/L: at least {low.value:g}.",
            figure_id=low.id,
            weight=Effect.STOP,
        )
    said = f"Albumin {value:.0f} g/L: below {low.value:g}"
    if inr is None:
        return Finding(
            "E13", f"{said}, and INR is not known.", Effect.STOP, long.id, ("INR",), Effect.STOP
        )
    if inr > long.value:
        return Finding(
            "E13", f"{said}, and INR {inr:.1f}: above {long.value:g}.", Effect.STOP, long.id
        )
    alone = Effect.BOARD if case.profile.id == COURSE else Effect.REMARK
    return Finding("E13", f"{said}, INR {inr:.1f} is normal.", alone, low.id)


@criterion(
    "E14",
    measured("labs.ast_times_uln", "AST", "× ULN", 0.1, "transaminases_ok", "transaminases_max"),
    measured("labs.alt_times_uln", "ALT", "× ULN", 0.1, "transaminases_ok", "transaminases_max"),
)
def transaminases(case: Case) -> Finding:
    """E14: the higher of both."""
    labs = case.patient.labs
    known = [value for value in (labs.ast_times_uln, labs.alt_times_uln) if value is not None]
    limits = ("transaminases_max", Effect.STOP), ("transaminases_ok", Effect.BOARD)
    found = most("E14", "AST or ALT", max(known, default=None), "× ULN", case, *limits, digits=1)
    if len(known) == 2 or found.effect is Effect.STOP:
        return (
            found
            if known
            else Finding(
                "E14", found.text, found.effect, found.figure_id, ("AST and ALT",), found.weight
            )
        )
    missing = "AST" if labs.ast_times_uln is None else "ALT"
    return Finding(
        "E14",
        f"{found.text} {missing} is not known.",
        Effect.STOP,
        found.figure_id,
        (missing,),
        Effect.STOP,
    )
