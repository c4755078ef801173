"""The same patient seen otherwise: with another tracer, or under a somatostatin analogue."""

from __future__ import annotations

from netcourse.evidence import figure, figures
from netcourse.evidence.tracers import tracer_of
from netcourse.patients.model import Lesion, Patient, places
from netcourse.patients.organs import OrganUptake, Tracer
from netcourse.patients.truth import is_tumour

SSA_ORGANS = ("liver", "spleen", "thyroid")
"""The organs that take up less under a somatostatin analogue (Che18)."""


def with_tracer(patient: Patient, tracer: Tracer) -> Patient:
    """Return the patient as a scan with another tracer would find them: normal organs, and how hot
    the tumours are.

    Each organ keeps its distance from the usual, each tumour is as much hotter as the tracer makes
    tumours (`uptake.*` and `tumour_uptake.*` of evidence); what binds no receptor is not seen by
    FDOPA. Raises ValueError for FDG, which is no multiple of the receptor scan: patients have their
    own `fdg`.

    >>> from netcourse.patients import generate
    >>> patient = generate("pancreas_new")
    >>> new = with_tracer(with_tracer(patient, "ga68_dotatoc"), "f18_sitate")
    >>> new.ssr.words, round(new.lesions[0].ssr_suv / patient.lesions[0].ssr_suv, 3)
    ('18F-SiTATE', 1.875)
    """
    if tracer_of(tracer).target == "glucose":
        raise ValueError(
            "FDG is no multiple of the receptor scan; ask for the patient's FDG PET instead"
        )
    if tracer == patient.ssr.tracer:
        return patient
    own, usual, now = (
        patient.ssr.suv,
        figures(f"uptake.{patient.ssr.tracer}"),
        figures(f"uptake.{tracer}"),
    )
    suv = {
        organ: round(own[organ] * found.value / usual[organ].value, 3)
        if usual.get(organ) and usual[organ].value
        else found.value
        for organ, found in now.items()
    }
    organs = OrganUptake(tracer=tracer, suv=suv, days_ago=patient.ssr.days_ago)
    lesions = tuple(_seen(lesion, patient.ssr.tracer, tracer, suv) for lesion in patient.lesions)
    return patient.model_copy(update={"ssr": organs, "lesions": lesions})


def with_analogue(patient: Patient, days_ago: int = 1) -> Patient:
    """Return the patient some days after a long-acting somatostatin analogue: liver, spleen and
    thyroid paler, tumours as before.

    >>> from netcourse.patients import generate
    >>> patient = generate("pancreas_new")
    >>> now = with_analogue(patient)
    >>> round(now.ssr.suv["liver"] / patient.ssr.suv["liver"], 2), now.lesions == patient.lesions
    (0.78, True)
    """
    paler = {
        organ: round(patient.ssr.suv[organ] * (1 + figure(f"ssa.{organ}").value / 100), 3)
        for organ in SSA_ORGANS
    }
    organs = patient.ssr.model_copy(update={"suv": patient.ssr.suv | paler})
    history = patient.history.model_copy(update={"days_since_long_acting_ssa": days_ago})
    return patient.model_copy(
        update={"ssr": organs, "earlier_ssr": patient.ssr, "history": history}
    )


def _seen(lesion: Lesion, own: Tracer, now: Tracer, organs: dict[str, float]) -> Lesion:
    """One lesion as another tracer shows it."""
    around = organs[places()[lesion.place].tissue]
    if not is_tumour(lesion):
        return (
            lesion
            if tracer_of(now).target == "sst"
            else lesion.model_copy(update={"ssr_suv": around})
        )
    times = _hotness(now, lesion) / _hotness(own, lesion)
    changed: dict[str, object] = {"ssr_suv": round(lesion.ssr_suv * times, 3)}
    if lesion.clone_b:
        changed["clone_b"] = lesion.clone_b.model_copy(
            update={"ssr_suv": round(lesion.clone_b.ssr_suv * times, 3)}
        )
    return lesion.model_copy(update=changed)


def _hotness(tracer: Tracer, lesion: Lesion) -> float:
    known = figures("tumour_uptake")
    in_lung = known.get(f"{tracer}_lung") if places()[lesion.place].tissue == "lung" else None
    return (in_lung or known[tracer]).value
