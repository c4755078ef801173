"""A patient's sheet in writing: laboratory, condition and history as they stand in the record, what
is not known left out.
"""

from __future__ import annotations

from collections.abc import Sequence

from netcourse.decisions.core import creatinine_clearance
from netcourse.decisions.heterogeneity import who_grade
from netcourse.decisions.heterogeneity.dual_tracer import DualUptake, reads
from netcourse.decisions.prrt.disease import times_liver
from netcourse.patients import Patient, ScanOf

_LABS = (
    ("creatinine_mg_dl", "creatinine", "mg/dL", 2),
    ("haemoglobin_g_dl", "haemoglobin", "g/dL", 1),
    ("white_cells_1e9_l", "white cells", "× 10⁹/L", 1),
    ("neutrophils_1e9_l", "neutrophils", "× 10⁹/L", 1),
    ("platelets_1e9_l", "platelets", "× 10⁹/L", 0),
    ("bilirubin_times_uln", "bilirubin", "× ULN", 1),
    ("ast_times_uln", "AST", "× ULN", 1),
    ("alt_times_uln", "ALT", "× ULN", 1),
    ("albumin_g_l", "albumin", "g/L", 0),
    ("inr", "INR", "", 1),
    ("hiaa_times_uln", "5-HIAA", "× ULN", 0),
    ("chromogranin_a_change_percent", "chromogranin A", "% since the last visit", 0),
)
_MANY = 5  # lesions that a sheet lists before it sums up the rest


def sheet_in_writing(patient: Patient, lesions: bool = True) -> str:
    """Return the sheet as a few lines of plain text; `lesions` False leaves the uptake to the
    reader of the pictures.

    >>> from netcourse.patients import generate
    >>> print(sheet_in_writing(generate("ileum_obstructed")).splitlines()[0])
    70 years, man, 68 kg, 172 cm. Ileum, NET G1, Ki-67 2 %.
    """
    who = "woman" if patient.sex == "female" else "man"
    pathology = patient.pathology
    grade = who_grade(pathology).verdict
    ki67 = "" if pathology.ki67_percent is None else f", Ki-67 {pathology.ki67_percent:g} %"
    lines = [
        (
            f"{patient.age_y} years, {who}, {patient.weight_kg:g} kg, {patient.height_cm:g} cm."
            f" {pathology.site.capitalize()}, {grade}{ki67}."
        ),
        f"Laboratory: {', '.join(labs_in_writing(patient))}.",
        f"Condition: {', '.join(_condition(patient))}.",
        f"History: {', '.join(_history(patient))}.",
    ]
    if lesions and (found := lesions_in_writing(patient)):
        lines.append(f"Lesions: {'; '.join(found)}.")
    return "\n".join(lines)


def labs_in_writing(patient: Patient) -> list[str]:
    """Return the laboratory values that are known, each with its unit."""
    found = [
        f"{name} {value:.{digits}f} {unit}".strip()
        for field, name, unit, digits in _LABS
        if (value := getattr(patient.labs, field)) is not None
    ]
    return found if creatinine_clearance(patient) is not None else [*found, "no creatinine"]


def _condition(patient: Patient) -> list[str]:
    condition = patient.condition
    found = []
    for value, words in (
        (condition.karnofsky_percent, "Karnofsky {} %"),
        (condition.ecog, "ECOG {}"),
        (condition.life_expectancy_months, "life expectancy {} months"),
        (condition.nyha, "NYHA class {}"),
    ):
        if value is not None:
            found.append(words.format(f"{value:g}"))
    for fact, yes, no in (
        (condition.carcinoid_heart_disease, "carcinoid heart disease", ""),
        (condition.hydronephrosis, "hydronephrosis", "no hydronephrosis"),
        (condition.hypertension, "hypertension", ""),
        (condition.pregnant, "pregnant", ""),
        (condition.consent, "consents", "does not consent"),
    ):
        if fact is not None and (word := yes if fact else no):
            found.append(word)
    return found or ["not written down"]


def _history(patient: Patient) -> list[str]:
    history = patient.history
    found = []
    if history.course:
        over = f" over {history.course_months:g} months" if history.course_months else ""
        sure = "" if history.course_confirmed else ", not confirmed"
        found.append(f"{history.course} on imaging{over}{sure}")
    if history.resectable is not None:
        found.append(
            "cure by resection or ablation possible"
            if history.resectable
            else "no cure by resection or ablation"
        )
    for days, words in (
        (history.days_since_long_acting_ssa, "long-acting analogue {} days ago"),
        (history.hours_since_short_acting_ssa, "short-acting analogue {} hours ago"),
        (history.days_since_systemic_therapy, "systemic therapy {} days ago"),
        (history.days_since_liver_directed_therapy, "therapy of the liver {} days ago"),
        (history.days_since_surgery, "surgery {} days ago"),
        (history.days_since_diagnosis, "diagnosed {} days ago"),
    ):
        if days is not None:
            found.append(words.format(f"{days:g}"))
    if history.prrt_cycles:
        found.append(f"{history.prrt_cycles} cycles of radioligand therapy before")
    if history.refractory_symptoms:
        found.append("symptoms that resist therapy")
    return found or ["nothing else"]


def lesions_in_writing(patient: Patient, scans: Sequence[ScanOf] = ("ssr", "fdg")) -> list[str]:
    """Return tumour lesions, or their parts, with size and uptake as multiples of the liver on some
    scans.

    Of many the first are listed, and every one below the liver; the rest is summed up.
    """
    found = reads(patient)
    low = [read for read in found if (times_liver(read) or 0.0) < 1]
    first = [read for read in found if read not in low][: max(0, _MANY - len(low))]
    shown = [read for read in found if len(found) <= _MANY + 1 or read in low or read in first]
    rest = len(found) - len(shown)
    more = "all above the liver" if "ssr" in scans else "not listed"
    return [_lesion(patient, read, scans) for read in shown] + (
        [f"and {rest} more, {more}"] if rest else []
    )


def _lesion(patient: Patient, read: DualUptake, scans: Sequence[ScanOf]) -> str:
    lesion, uptakes = patient.lesion(read.lesion), []
    if "ssr" in scans:
        uptakes.append(f"SSR {times_liver(read) or 0:.1f} × liver")
    if "fdg" in scans and read.fdg is not None and read.fdg.liver:
        uptakes.append(f"FDG {read.fdg.suv_max / read.fdg.liver:.1f} × liver")
    return (
        f"{read.name} {lesion.where}, {read.ssr.diameter_mm or lesion.size_mm:.0f} mm,"
        f" {', '.join(uptakes) or 'not measured'}"
    )
