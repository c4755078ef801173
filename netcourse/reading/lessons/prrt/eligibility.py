"""A patient's sheet with every value to turn, the verdict of five rulebooks, the reasons, and what
would change it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from netcourse.decisions.core import Decision
from netcourse.decisions.heterogeneity import DualUptake, reads
from netcourse.decisions.prrt import profile, profiles, prrt, prrt_table
from netcourse.decisions.prrt.disease import times_liver
from netcourse.patients import Patient, archetypes, generate
from netcourse.reading.lab.parameters import Choice, LabFigure, Model, Parameter, Range, Switch
from netcourse.reading.lessons.prrt.eligibility_figure import WIDE, drawing, in_words

_NONE = 120.0  # days and hours that stand for "none on board"
_HIDE = {
    "nothing": "nothing",
    "creatinine": "the creatinine",
    "platelets": "the platelets",
    "fdg": "the FDG scan",
    "course": "the course of the disease",
    "resectable": "whether it can be resected",
}
_COURSES = {"progressive": "progressive", "suspected": "suspected", "stable": "stable"}
_LABS = {
    "creatinine": "creatinine_mg_dl",
    "haemoglobin": "haemoglobin_g_dl",
    "white_cells": "white_cells_1e9_l",
    "neutrophils": "neutrophils_1e9_l",
    "platelets": "platelets_1e9_l",
    "bilirubin": "bilirubin_times_uln",
    "albumin": "albumin_g_l",
    "inr": "inr",
}
_CONDITION = {
    "karnofsky": "karnofsky_percent",
    "life_expectancy": "life_expectancy_months",
    "nyha": "nyha",
    "irradiated_marrow": "irradiated_marrow_percent",
    "hydronephrosis": "hydronephrosis",
    "hypertension": "hypertension",
    "carcinoid_heart": "carcinoid_heart_disease",
    "pregnant": "pregnant",
    "consent": "consent",
}


class Eligibility(Model):
    """Ask the rulebooks of radioligand therapy for one of some patients (ids of archetypes), and
    turn any value of the sheet.

    Choosing a patient sets every parameter to that patient's value. `coldest` and `coldest_fdg` are the
    uptake of the lesion with the least receptors, as multiples of the liver on each scan; `proven`
    says that its biopsy showed NET.

    >>> lab = Eligibility(["ileum_disseminated", "ileum_obstructed"])
    >>> lab.result
    'Course: eligible; EMA label: eligible; FDA label: eligible; NETTER-1: eligible; NETTER-2: not indicated'
    >>> lab.tried(platelets=74).split(";")[0], lab.tried(patient="ileum_obstructed", rulebook="ema").split(";")[1]
    ('Course: defer', ' EMA label: not eligible')
    """

    title = "Is this patient eligible for radioligand therapy?"
    look = "Change one value until the verdict changes. First predict by how much."

    rulebook = Choice("By", {id: profile(id).name for id in profiles()}, "course")
    hide = Choice("Not known", _HIDE, "nothing", menu=True)
    creatinine = Range("Creatinine", 1.0, 0.4, 4.0, 0.01, "mg/dL")
    haemoglobin = Range("Haemoglobin", 13, 5, 17, 0.1, "g/dL")
    platelets = Range("Platelets", 230, 20, 450, 1, "× 10⁹/L")
    white_cells = Range("White cells", 6, 0.5, 12, 0.1, "× 10⁹/L")
    neutrophils = Range("Neutrophils", 4, 0.2, 9, 0.1, "× 10⁹/L")
    bilirubin = Range("Bilirubin", 0.8, 0.2, 6, 0.1, "× ULN")
    albumin = Range("Albumin", 41, 18, 50, 1, "g/L")
    inr = Range("INR", 1.0, 0.8, 3, 0.1)
    transaminases = Range("AST and ALT", 0.9, 0.2, 8, 0.1, "× ULN")
    ki67 = Range("Ki-67", 5, 1, 100, 1, "%")
    coldest = Range("Coldest lesion", 2.8, 0.1, 9, 0.01, "× liver")
    coldest_fdg = Range("…on FDG", 0.8, 0.2, 8, 0.01, "× liver")
    proven = Switch("…biopsied: NET", False)
    course = Choice("Course", _COURSES, "progressive")
    refractory = Switch("Symptoms resist", False)
    resectable = Switch("Cure by resection or ablation", False)
    hydronephrosis = Switch("Hydronephrosis", False)
    consent = Switch("Consent", True)
    long_acting = Range("Long-acting analogue", 35, 0, _NONE, 1, "days ago")
    short_acting = Range("Short-acting analogue", _NONE, 0, _NONE, 1, "h ago")
    karnofsky = Range("Karnofsky index", 90, 30, 100, 10, "%")
    life_expectancy = Range("Life expectancy", 36, 1, 120, 1, "months")
    nyha = Range("NYHA class", 1, 1, 4, 1)
    carcinoid_heart = Switch("Carcinoid heart disease", False)
    pregnant = Switch("Pregnant", False)
    hypertension = Switch("Hypertension", False)
    irradiated_marrow = Range("Marrow irradiated", 0, 0, 100, 1, "%")
    prrt_cycles = Range("Cycles before", 0, 0, 8, 1)
    benefit = Range("…helped for", 24, 0, 60, 1, "months")
    kidney_bed = Range("…kidneys had", 20, 0, 45, 0.5, "Gy BED")
    age = Range("Age", 61, 18, 95, 1, "years")
    weight = Range("Weight", 74, 40, 140, 1, "kg")

    def __init__(self, patients: Sequence[str], **values: Any) -> None:
        self._patients = {id: archetypes()[id] for id in patients}
        self._choice = Choice("Patient", self._patients, patients[0], menu=True)
        self._choice.name = "patient"
        super().__init__()
        self.values = self.values | self._sheet(patients[0])
        self.set(**values)

    def parameters(self) -> dict[str, Parameter[Any]]:
        return {"patient": self._choice, **super().parameters()}

    def set(self, **values: Any) -> None:
        """Set parameters as `Model.set`; another patient brings the whole sheet, which further values
        then change.
        """
        if "patient" in values and self._choice.check(values["patient"]) != self.values["patient"]:
            values = self._sheet(str(values["patient"])) | values
        super().set(**values)

    @property
    def patient(self) -> Patient:
        """The patient with the sheet as it stands."""
        base, v = _base(str(self.values["patient"]))[0], self.values
        labs: dict[str, Any] = {field: v[parameter] for parameter, field in _LABS.items()}
        labs |= {"ast_times_uln": v["transaminases"], "alt_times_uln": v["transaminases"]}
        condition = {field: v[parameter] for parameter, field in _CONDITION.items()} | {
            "nyha": int(v["nyha"])
        }
        cycles = int(v["prrt_cycles"])
        history: dict[str, Any] = {
            "course": "progressive" if v["course"] == "suspected" else v["course"],
            "course_confirmed": v["course"] != "suspected",
            "course_months": base.history.course_months or 12.0,
            "refractory_symptoms": v["refractory"],
            "syndrome": base.history.syndrome or ("other" if v["refractory"] else None),
            "resectable": v["resectable"],
            "days_since_long_acting_ssa": (
                None if v["long_acting"] >= _NONE else int(v["long_acting"])
            ),
            "hours_since_short_acting_ssa": (
                None if v["short_acting"] >= _NONE else v["short_acting"]
            ),
            "on_ssa": bool(base.history.on_ssa),
            "prrt_cycles": cycles,
            "prrt_benefit_months": v["benefit"] if cycles else None,
            "prrt_kidney_bed_gy": v["kidney_bed"] if cycles else None,
        }
        if v["long_acting"] >= _NONE and base.history.days_since_long_acting_ssa is not None:
            history["on_ssa"] = False
        _hidden(str(v["hide"]), labs, history)
        changed: dict[str, Any] = {
            "labs": base.labs.model_copy(update=labs),
            "condition": base.condition.model_copy(update=condition),
            "history": base.history.model_copy(update=history),
            "pathology": base.pathology.model_copy(update={"ki67_percent": v["ki67"]}),
        }
        found = _base(str(v["patient"]))[1]
        if v["proven"] and (place := _coldest(found)) is not None:
            changed["lesions"] = tuple(
                lesion.model_copy(update={"histology": "net"})
                if lesion.id == found[place].lesion
                else lesion
                for lesion in base.lesions
            )
        return base.model_copy(update={"age_y": int(v["age"]), "weight_kg": v["weight"], **changed})

    @property
    def read(self) -> tuple[DualUptake, ...]:
        """What both scans show, the coldest lesion as the parameters say."""
        found = list(_base(str(self.values["patient"]))[1])
        if (place := _coldest(found)) is not None:
            found[place] = _recoloured(found[place], self.coldest, self.coldest_fdg)
        if self.hide == "fdg":
            found = [one.model_copy(update={"fdg": None}) for one in found]
        return tuple(found)

    @property
    def decisions(self) -> dict[str, Decision]:
        """The verdict by every rulebook."""
        return prrt_table(self.patient, self.read)

    @property
    def decision(self) -> Decision:
        """The decision by the chosen rulebook, with what would change it."""
        return prrt(self.patient, str(self.rulebook), self.read)

    @property
    def result(self) -> str:
        return "; ".join(f"{profile(id).name}: {one.verdict}" for id, one in self.decisions.items())

    def before(self) -> LabFigure | None:
        return None if self.hide == "fdg" else self.draw()

    def draw(self) -> LabFigure:
        patient, read, chosen = self.patient, self.read, str(self.rulebook)
        found = prrt_table(patient, read)
        names = {id: profile(id).name for id in found}
        drawn, high = drawing(found, names, chosen)
        story = f"<p>{_base(str(self.values['patient']))[0].history.story}</p>"
        words = f'<div class="nc-values">{story}{prrt(patient, chosen, read)._repr_html_()}</div>'
        return LabFigure(drawn, (WIDE, high), in_words(found, names, chosen), words)

    def _sheet(self, id: str) -> dict[str, Any]:
        """The values of the parameters that are this patient's own."""
        patient, found = _base(id)
        labs, condition, history = patient.labs, patient.condition, patient.history
        own: dict[str, Any] = {
            parameter: getattr(labs, field) for parameter, field in _LABS.items()
        }
        own |= {parameter: getattr(condition, field) for parameter, field in _CONDITION.items()}
        cold = _coldest(found)
        suspected = history.course == "progressive" and not history.course_confirmed
        own |= {
            "transaminases": max(
                (one for one in (labs.ast_times_uln, labs.alt_times_uln) if one is not None),
                default=None,
            ),
            "ki67": patient.pathology.ki67_percent,
            "coldest": None if cold is None else times_liver(found[cold]),
            "coldest_fdg": None if cold is None else _fdg_times_liver(found[cold]),
            "proven": cold is not None and patient.lesion(found[cold].lesion).histology == "net",
            "course": (
                "suspected"
                if suspected
                else "stable"
                if history.course == "responding"
                else history.course
            ),
            "refractory": bool(history.refractory_symptoms),
            "resectable": history.resectable,
            "long_acting": (
                _NONE
                if history.days_since_long_acting_ssa is None
                else history.days_since_long_acting_ssa
            ),
            "short_acting": (
                _NONE
                if history.hours_since_short_acting_ssa is None
                else history.hours_since_short_acting_ssa
            ),
            "prrt_cycles": history.prrt_cycles,
            "age": patient.age_y,
            "weight": patient.weight_kg,
        }
        return {name: _fitting(self.parameters()[name], value) for name, value in own.items()} | {
            "patient": id
        }


@lru_cache(maxsize=64)
def _base(id: str) -> tuple[Patient, tuple[DualUptake, ...]]:
    """A patient as written and what both scans show."""
    patient = generate(id)
    return patient, reads(patient)


def _fitting(parameter: Parameter[Any], value: Any) -> Any:
    """A patient's value as the parameter can show it; what is not known takes the parameter's start."""
    if value is None:
        return parameter.check(parameter.start)
    if isinstance(parameter, Range):
        return parameter.check(
            min(
                parameter.high,
                max(parameter.low, round(round(value / parameter.step) * parameter.step, 6)),
            )
        )
    return parameter.check(value)


def _coldest(found: Sequence[DualUptake]) -> int | None:
    """The place of the read with the least receptors among those that can be judged."""
    rated = [
        (times_liver(one), place)
        for place, one in enumerate(found)
        if not one.is_small or len(found) == 1
    ]
    known = [(ratio, place) for ratio, place in rated if ratio is not None]
    return min(known)[1] if known else None


def _fdg_times_liver(read: DualUptake) -> float | None:
    return None if read.fdg is None or not read.fdg.liver else read.fdg.suv_max / read.fdg.liver


def _recoloured(read: DualUptake, ssr: float, fdg: float) -> DualUptake:
    """The read with its uptake on both scans as multiples of the liver."""
    update: dict[str, Any] = {}
    if read.ssr.liver:
        update["ssr"] = read.ssr.model_copy(update={"suv_max": round(ssr * read.ssr.liver, 2)})
    if read.fdg is not None and read.fdg.liver:
        update["fdg"] = read.fdg.model_copy(update={"suv_max": round(fdg * read.fdg.liver, 2)})
    return read.model_copy(update=update)


def _hidden(what: str, labs: dict[str, Any], history: dict[str, Any]) -> None:
    """Take away what is not to be known."""
    for name, part, field in (
        ("creatinine", labs, "creatinine_mg_dl"),
        ("platelets", labs, "platelets_1e9_l"),
        ("course", history, "course"),
        ("resectable", history, "resectable"),
    ):
        if what == name:
            part[field] = None
