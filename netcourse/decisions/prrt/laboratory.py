"""Criteria of the laboratory, E8 to E14."""

from __future__ import annotations

from netcourse.decisions.core.units import clearance_in_words, creatinine_clearance
from netcourse.decisions.prrt.criterion import Case, Effect, Finding, least, most
from netcourse.evidence import figure


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
    strong = case.profile.limit("crcl_strong").value
    doubt = " Strong doubt." if found.effect is Effect.BOARD and clearance < strong else ""
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
        f"{found.text}{doubt} {clearance_in_words(case.patient)}.",
        found.effect,
        found.figure_id,
        (),
        found.weight,
    )


def haemoglobin(case: Case) -> Finding:
    """E9: below the floor wait and repeat; a little above it with caution."""
    value = case.patient.labs.haemoglobin_g_dl
    limits = ("hb_min", Effect.DELAY), ("hb_caution", Effect.REMARK)
    other = "" if value is None else f" ({value / figure('clinic.hb_mmol').value:.1f} mmol/L)"
    return least("E9", "Haemoglobin", value, "g/dL", case, *limits, digits=1, more=other)


def white_cells(case: Case) -> Finding:
    """E10: white cells, and neutrophils where they were counted: the heavier of both."""
    labs = case.patient.labs
    limits = ("wbc_min", Effect.DELAY), ("wbc_ok", Effect.BOARD)
    white = least("E10", "White cells", labs.white_cells_1e9_l, "× 10⁹/L", case, *limits, digits=1)
    if labs.neutrophils_1e9_l is None:
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


def bilirubin(case: Case) -> Finding:
    """E12."""
    return most(
        "E12",
        "Bilirubin",
        case.patient.labs.bilirubin_times_uln,
        "× ULN",
        case,
        ("bilirubin_max", Effect.STOP),
        digits=1,
    )


def albumin(case: Case) -> Finding:
    """E13: with a prolonged prothrombin time a low albumin stops, alone it is for the board."""
    value, inr = case.patient.labs.albumin_g_l, case.patient.labs.inr
    low, long = case.profile.limit("albumin_min"), case.profile.limit("inr_max")
    if value is None:
        needs = ("albumin",) if inr is not None else ("albumin", "INR")
        at_worst = Effect.STOP if inr is None or inr > long.value else Effect.BOARD
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
    return Finding("E13", f"{said}, INR {inr:.1f} is normal.", Effect.BOARD, low.id)


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
