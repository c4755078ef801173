"""Changes of one input that may change the verdict on radioligand therapy: a laboratory value, a
lesion's uptake, a fact.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from netcourse.decisions.core.units import cockcroft_gault, creatinine_for
from netcourse.decisions.heterogeneity.dual_tracer import DualUptake
from netcourse.decisions.prrt.criterion import Case
from netcourse.decisions.somatostatin.krenning import liver_reference
from netcourse.evidence import figure
from netcourse.patients import Patient


@dataclass(frozen=True)
class Change:
    """One input changed: which part of the record it belongs to ("read": the scans), its name, the
    value now and then, in words, and the case with it.
    """

    part: str
    group: str
    now: float | None
    then: float | None
    words: str
    case: Case


@dataclass(frozen=True)
class _Number:
    """An input with limits: where it stands, its name, its unit, the step in which it is written,
    and the names of its limits.
    """

    part: str
    field: str
    label: str
    unit: str
    step: float
    limits: tuple[str, ...]


_NUMBERS = (
    _Number("labs", "haemoglobin_g_dl", "haemoglobin", "g/dL", 0.1, ("hb_min",)),
    _Number("labs", "white_cells_1e9_l", "white cells", "× 10⁹/L", 0.1, ("wbc_min", "wbc_ok")),
    _Number("labs", "neutrophils_1e9_l", "neutrophils", "× 10⁹/L", 0.1, ("anc_min",)),
    _Number(
        "labs", "platelets_1e9_l", "platelets", "× 10⁹/L", 1, ("platelets_min", "platelets_ok")
    ),
    _Number("labs", "bilirubin_times_uln", "bilirubin", "× ULN", 0.1, ("bilirubin_max",)),
    _Number("labs", "albumin_g_l", "albumin", "g/L", 1, ("albumin_min",)),
    _Number("labs", "inr", "INR", "", 0.1, ("inr_max",)),
    _Number(
        "labs", "ast_times_uln", "AST", "× ULN", 0.1, ("transaminases_ok", "transaminases_max")
    ),
    _Number(
        "labs", "alt_times_uln", "ALT", "× ULN", 0.1, ("transaminases_ok", "transaminases_max")
    ),
    _Number("labs", "hiaa_times_uln", "5-HIAA", "× ULN", 0.1, ("hiaa_high",)),
    _Number("condition", "karnofsky_percent", "Karnofsky index", "%", 10, ("kps_stop", "kps_min")),
    _Number("condition", "ecog", "ECOG status", "", 1, ("ecog_max",)),
    _Number(
        "condition",
        "life_expectancy_months",
        "life expectancy",
        "months",
        1,
        ("life_min", "life_ok"),
    ),
    _Number("condition", "nyha", "NYHA class", "", 1, ("nyha_stop",)),
    _Number(
        "condition",
        "liver_load_percent",
        "tumour load of the liver",
        "%",
        1,
        ("liver_load", "crisis_load"),
    ),
    _Number(
        "condition", "marrow_load_percent", "tumour in the axial marrow", "%", 1, ("marrow_load",)
    ),
    _Number(
        "condition",
        "irradiated_marrow_percent",
        "marrow irradiated before",
        "%",
        1,
        ("irradiated",),
    ),
    _Number("pathology", "ki67_percent", "Ki-67", "%", 1, ("first_line_ki67", "ki67_max")),
    _Number(
        "history", "course_months", "progression only over", "months", 1, ("progression_months",)
    ),
    _Number(
        "history",
        "days_since_long_acting_ssa",
        "days since the long-acting analogue",
        "",
        1,
        ("long_ssa_days",),
    ),
    _Number(
        "history",
        "hours_since_short_acting_ssa",
        "hours since the short-acting analogue",
        "",
        1,
        ("short_ssa_hours",),
    ),
    _Number(
        "history",
        "days_since_systemic_therapy",
        "days since systemic therapy",
        "",
        1,
        ("systemic_days",),
    ),
    _Number(
        "history",
        "days_since_liver_directed_therapy",
        "days since therapy of the liver",
        "",
        1,
        ("local_days",),
    ),
    _Number("history", "days_since_surgery", "days since surgery", "", 1, ("local_days",)),
    _Number(
        "history",
        "prrt_benefit_months",
        "months of benefit of the first series",
        "",
        1,
        ("salvage_benefit",),
    ),
)
_FACTS: tuple[tuple[str, str, str, Any, Any], ...] = (
    ("condition", "hydronephrosis", "the obstruction relieved", True, False),
    ("condition", "pregnant", "no pregnancy", True, False),
    ("condition", "breast_feeding", "breast-feeding stopped", True, False),
    ("condition", "consent", "consent", False, True),
    ("condition", "carcinoid_heart_disease", "no carcinoid heart disease", True, False),
    ("condition", "echocardiography_done", "echocardiography done", False, True),
    ("condition", "diabetes", "diabetes controlled", "uncontrolled", "controlled"),
    (
        "condition",
        "incontinence_or_psychiatric",
        "no incontinence or psychiatric disease",
        True,
        False,
    ),
    ("history", "resectable", "no cure possible by resection or ablation", True, False),
    ("history", "resectable", "cure possible by resection or ablation", False, True),
    ("history", "refractory_symptoms", "symptoms that resist therapy", False, True),
    ("history", "refractory_symptoms", "symptoms controlled", True, False),
    ("history", "course_confirmed", "progression confirmed", False, True),
    ("history", "on_ssa", "progression under an analogue", False, True),
)


def prrt_changes(case: Case) -> Iterator[Change]:
    """Yield changes of one input each; of each input the nearest first. An input that is not known
    is not changed.
    """
    yield from _facts(case)
    yield from _course(case)
    yield from _creatinine(case)
    for number in _NUMBERS:
        yield from _values(case, number)
    yield from _scan(case)
    for place, read in enumerate(case.found):
        yield from _lesion(case, place, read)


def _with(patient: Patient, part: str, **values: Any) -> Patient:
    return patient.model_copy(update={part: getattr(patient, part).model_copy(update=values)})


def _facts(case: Case) -> Iterator[Change]:
    for part, field, words, now, then in _FACTS:
        if getattr(getattr(case.patient, part), field) == now:
            changed = replace(case, patient=_with(case.patient, part, **{field: then}))
            yield Change(part, f"{part}.{field}", None, None, f"With {words}", changed)


def _course(case: Case) -> Iterator[Change]:
    history = case.patient.history
    if history.course in ("stable", "responding"):
        update = {
            "course": "progressive",
            "course_confirmed": True,
            "course_months": history.course_months or 1.0,
        }
        yield Change(
            "history",
            "history.course",
            None,
            None,
            "With progression",
            replace(case, patient=_with(case.patient, "history", **update)),
        )
    elif history.course == "progressive":
        yield Change(
            "history",
            "history.course",
            None,
            None,
            "With stable disease",
            replace(case, patient=_with(case.patient, "history", course="stable")),
        )


def _creatinine(case: Case) -> Iterator[Change]:
    patient, now = case.patient, case.patient.labs.creatinine_mg_dl
    if now is None:
        return
    values = set()
    for name in ("crcl_stop", "crcl_ok"):
        highest = int(100 * creatinine_for(patient, case.profile.limit(name).value)) / 100
        values |= {highest, round(highest + 0.01, 2)}
    if top := case.profile.own_limit("creatinine_max"):
        values |= {top.value, round(top.value + 0.01, 2)}
    was = cockcroft_gault(patient.age_y, patient.weight_kg, patient.sex, now)
    for then in sorted(values - {now, 0.0}, key=lambda value: abs(value - now)):
        clearance = cockcroft_gault(patient.age_y, patient.weight_kg, patient.sex, then)
        words = (
            f"With creatinine {then:.2f} instead of {now:.2f} mg/dL (clearance {clearance:.0f}"
            f" instead of {was:.0f} mL/min)"
        )
        yield Change(
            "labs",
            "labs.creatinine_mg_dl",
            now,
            then,
            words,
            replace(case, patient=_with(patient, "labs", creatinine_mg_dl=then)),
        )


def _values(case: Case, number: _Number) -> Iterator[Change]:
    now = getattr(getattr(case.patient, number.part), number.field)
    if now is None:
        return
    limits = [case.profile.limit(name).value for name in number.limits]
    if number.field == "ki67_percent":
        limits.append(figure("grade.g2.to").value)
    values = {round(limit + step, 2) for limit in limits for step in (0, -number.step, number.step)}
    for then in sorted(values - {now}, key=lambda value: abs(value - now)):
        if then >= 0:
            kept = int(then) if isinstance(now, int) else then
            changed = replace(
                case, patient=_with(case.patient, number.part, **{number.field: kept})
            )
            words = f"With {number.label} {then:g} instead of {now:g} {number.unit}".rstrip()
            yield Change(number.part, f"{number.part}.{number.field}", now, then, words, changed)


def _scan(case: Case) -> Iterator[Change]:
    now = case.patient.ssr.days_ago
    if now:
        yield Change(
            "ssr",
            "ssr.days_ago",
            now,
            0,
            "With a new receptor scan",
            replace(case, patient=_with(case.patient, "ssr", days_ago=0)),
        )


def _lesion(case: Case, place: int, read: DualUptake) -> Iterator[Change]:
    """Yield values of one lesion's SUVmax on either scan at which its weight may change."""
    liver = liver_reference(read.ssr)
    edges = [
        case.profile.limit(name).value * liver for name in ("ssr_ratio", "ssr_margin") if liver
    ]
    edges += [read.ssr.blood_pool] if read.ssr.blood_pool else []
    yield from _uptakes(case, place, read, "ssr", edges)
    if read.fdg is not None and read.fdg.liver:
        yield from _uptakes(
            case, place, read, "fdg", [figure("netpet.fdg_positive").value * read.fdg.liver]
        )


def _uptakes(
    case: Case, place: int, read: DualUptake, scan: str, edges: list[float]
) -> Iterator[Change]:
    uptake = getattr(read, scan)
    now = uptake.suv_max
    values = {round(edge + step, 1) for edge in edges for step in (0.0, -0.1, 0.1)}
    for then in sorted(values - {now}, key=lambda value: abs(value - now)):
        if then >= 0:
            other = read.model_copy(update={scan: uptake.model_copy(update={"suv_max": then})})
            changed = replace(case, found=(*case.found[:place], other, *case.found[place + 1 :]))
            words = f"With {read.name} {scan.upper()} SUVmax {then:.1f} instead of {now:.1f}"
            yield Change("read", f"{read.name} {scan}.suv_max", now, then, words, changed)
