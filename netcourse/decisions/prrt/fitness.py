"""Criteria of the patient as a person: condition, heart, pregnancy, consent, age (E7, E16–E18, E21,
E27–E31).
"""

from __future__ import annotations

from netcourse.decisions.prrt.criterion import (
    HEAVINESS,
    Case,
    Effect,
    Finding,
    choice,
    criterion,
    least,
    measured,
    most,
)
from netcourse.decisions.prrt.rulebook import COURSE
from netcourse.decisions.prrt.tumour_load import liver_load_percent
from netcourse.evidence import statement


@criterion(
    "E7",
    measured("condition.karnofsky_percent", "Karnofsky index", "%", 10, "kps_min", "kps_stop"),
    measured("condition.ecog", "ECOG status", "", 1, "ecog_max"),
)
def performance(case: Case) -> Finding:
    """E7: both scales where both are given; one is enough."""
    condition = case.patient.condition
    by_ecog = condition.ecog is not None and case.profile.holds_against("ecog_max") is not None
    if condition.karnofsky_percent is None and not by_ecog:
        return Finding(
            "E7",
            "Performance status is not known.",
            Effect.STOP,
            "prrt.course.kps_min",
            ("Karnofsky index or ECOG",),
        )
    found = []
    if condition.karnofsky_percent is not None:
        limits = ("kps_stop", Effect.STOP), ("kps_min", Effect.BOARD)
        found.append(
            least("E7", "Karnofsky index", condition.karnofsky_percent, "%", case, *limits)
        )
    if condition.ecog is not None and by_ecog:
        found.append(
            most("E7", "ECOG status", condition.ecog, "", case, ("ecog_max", Effect.BOARD))
        )
    heaviest = max(found, key=lambda one: HEAVINESS[one.effect])
    return Finding(
        "E7",
        " ".join(one.text for one in found),
        heaviest.effect,
        heaviest.figure_id,
        (),
        Effect.STOP,
    )


@criterion("E16", choice("condition.pregnant", {False: "no pregnancy"}))
def pregnancy(case: Case) -> Finding:
    """E16: asked of women who may be pregnant."""
    patient, to = case.patient, case.profile.limit("childbearing_to")
    pregnant = patient.condition.pregnant
    if pregnant:
        return Finding("E16", "Pregnant.", Effect.STOP)
    if pregnant is False or patient.sex == "male" or patient.age_y > to.value:
        said = (
            "Not pregnant; test again before every cycle."
            if pregnant is False
            else "Pregnancy is out of the question."
        )
        return Finding("E16", said, weight=Effect.STOP)
    return Finding("E16", "No pregnancy test.", Effect.STOP, to.id, ("pregnancy test",))


@criterion("E17", choice("condition.breast_feeding", {False: "breast-feeding stopped"}))
def breast_feeding(case: Case) -> Finding:
    """E17."""
    patient, feeding = case.patient, case.patient.condition.breast_feeding
    if feeding:
        return Finding("E17", f"Breast-feeding. {statement('E17').in_words}", Effect.STOP)
    if (
        feeding is False
        or patient.sex == "male"
        or patient.age_y > case.profile.limit("childbearing_to").value
    ):
        return Finding("E17", "Not breast-feeding.", weight=Effect.STOP)
    return Finding(
        "E17", "Not known whether breast-feeding.", Effect.STOP, None, ("whether breast-feeding",)
    )


@criterion("E18")
def contraception(case: Case) -> Finding:
    """E18: a remark for all."""
    return Finding("E18", statement("E18").in_words, Effect.REMARK)


@criterion(
    "E21",
    measured(
        "condition.life_expectancy_months", "life expectancy", "months", 1, "life_ok", "life_min"
    ),
)
def life_expectancy(case: Case) -> Finding:
    """E21."""
    value = case.patient.condition.life_expectancy_months
    return least(
        "E21",
        "Life expectancy",
        value,
        "months",
        case,
        ("life_min", Effect.STOP),
        ("life_ok", Effect.BOARD),
    )


@criterion(
    "E27",
    measured("condition.nyha", "NYHA class", "", 1, "nyha_stop"),
    choice("condition.carcinoid_heart_disease", {False: "no carcinoid heart disease"}),
    choice("condition.echocardiography_done", {True: "echocardiography done"}),
)
def heart(case: Case) -> Finding:
    """E27: failure stops; carcinoid heart disease, or a carcinoid syndrome without
    echocardiography, is for the board.
    """
    condition, carcinoid = case.patient.condition, case.patient.history.syndrome == "carcinoid"
    stop = case.profile.limit("nyha_stop")
    if condition.nyha is None:
        return Finding("E27", "NYHA class is not known.", Effect.STOP, stop.id, ("NYHA class",))
    said = f"NYHA class {condition.nyha}"
    if condition.nyha >= stop.value:
        return Finding("E27", f"{said}: never from class {stop.value:g}.", Effect.STOP, stop.id)
    own = case.profile.id != COURSE
    if condition.carcinoid_heart_disease and not own:
        return Finding(
            "E27",
            f"{said}, carcinoid heart disease: echocardiography and NT-proBNP first.",
            Effect.BOARD,
            None,
            (),
            Effect.STOP,
        )
    if carcinoid and not condition.echocardiography_done and not own:
        text = f"{said}, carcinoid syndrome without echocardiography: do it first."
        return Finding("E27", text, Effect.BOARD, None, (), Effect.STOP)
    more = "." if own else ", no carcinoid heart disease."
    return Finding("E27", f"{said}{more}", figure_id=stop.id, weight=Effect.STOP)


@criterion(
    "E28",
    measured("condition.liver_load_percent", "tumour load of the liver", "%", 1, "crisis_load"),
    measured("labs.hiaa_times_uln", "5-HIAA", "× ULN", 0.1, "hiaa_high"),
)
def crisis(case: Case) -> Finding:
    """E28: a functional tumour with much of the liver or very high 5-HIAA."""
    patient = case.patient
    if patient.history.syndrome is None:
        return Finding("E28", "Not functional.", weight=Effect.BOARD)
    load, load_limit = liver_load_percent(patient), case.profile.limit("crisis_load")
    hiaa, hiaa_limit = patient.labs.hiaa_times_uln, case.profile.limit("hiaa_high")
    cover = "octreotide at hand, first cycle in hospital"
    if hiaa is not None and hiaa >= hiaa_limit.value:
        return Finding(
            "E28",
            f"Functional, 5-HIAA {hiaa:g} × ULN (from {hiaa_limit.value:g}): {cover}.",
            Effect.BOARD,
            hiaa_limit.id,
        )
    if load > load_limit.value:
        return Finding(
            "E28",
            f"Functional, {load:.0f} % of the liver (above {load_limit.value:g}): {cover}.",
            Effect.BOARD,
            load_limit.id,
        )
    if hiaa is None and patient.history.syndrome == "carcinoid":
        return Finding(
            "E28", "Functional, 5-HIAA is not known.", Effect.BOARD, hiaa_limit.id, ("5-HIAA",)
        )
    return Finding(
        "E28",
        f"Functional; liver load {load:.0f} %, 5-HIAA not very high.",
        figure_id=load_limit.id,
        weight=Effect.BOARD,
    )


@criterion(
    "E29",
    choice(
        "condition.diabetes", {"controlled": "diabetes controlled"}, only_from=("uncontrolled",)
    ),
    choice(
        "condition.incontinence_or_psychiatric", {False: "no incontinence or psychiatric disease"}
    ),
)
def other_illness(case: Case) -> Finding:
    """E29."""
    condition = case.patient.condition
    named = [
        name
        for name, holds in (
            ("uncontrolled diabetes", condition.diabetes == "uncontrolled"),
            ("incontinence or psychiatric disease", condition.incontinence_or_psychiatric),
        )
        if holds
    ]
    if named:
        return Finding("E29", f"There is {' and '.join(named)}: plan with care.", Effect.BOARD)
    pairs = (
        ("diabetes", condition.diabetes),
        ("incontinence or psychiatric disease", condition.incontinence_or_psychiatric),
    )
    if needs := tuple(f"whether there is {name}" for name, value in pairs if value is None):
        return Finding("E29", f"Not known {' and '.join(needs)}.", Effect.BOARD, None, needs)
    return Finding("E29", "No other illness in the way.", weight=Effect.BOARD)


@criterion("E30", choice("condition.consent", {True: "consent"}))
def consent(case: Case) -> Finding:
    """E30."""
    given = case.patient.condition.consent
    if given is None:
        return Finding("E30", "Consent is not yet asked for.", Effect.STOP, None, ("consent",))
    if given:
        return Finding(
            "E30", "Consents and can keep the rules of radiation safety.", weight=Effect.STOP
        )
    return Finding(
        "E30", "Does not consent or cannot keep the rules of radiation safety.", Effect.STOP
    )


@criterion("E31", measured("age_y", "age", "years", 1, "age_min", "age_stop"))
def age(case: Case) -> Finding:
    """E31: by the course an adolescent is for the board, since the labels differ."""
    young = Effect.BOARD if case.profile.id == COURSE else Effect.STOP
    limits = ("age_stop", Effect.STOP), ("age_min", young)
    return least("E31", "Age", case.patient.age_y, "years", case, *limits)
