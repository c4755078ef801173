"""The criterion of the reason to treat now (E6): progression, symptoms, or first line at a high Ki-67."""

from __future__ import annotations

from collections.abc import Iterator

from netcourse.decisions.core.facts import Fact, all_of, any_of, known
from netcourse.decisions.core.sensitivity import Change, changed
from netcourse.decisions.prrt.criterion import Case, Effect, Finding, choice, criterion, measured
from netcourse.decisions.somatostatin.krenning import krenning
from netcourse.evidence import statement

_DAYS_A_MONTH = 365.25 / 12


def _other_course(case: Case) -> Iterator[Change[Case]]:
    history = case.patient.history
    if history.course in ("stable", "responding"):
        months = history.course_months or 1.0
        update = {"course": "progressive", "course_confirmed": True, "course_months": months}
        words = "With progression"
    elif history.course == "progressive":
        update, words = {"course": "stable"}, "With stable disease"
    else:
        return
    other = history.model_copy(update=update)
    yield Change("history.course", None, None, words, changed(case, "patient.history", other))


@criterion(
    "E6",
    measured("history.course_months", "progression only over", "months", 1, "progression_months"),
    measured("pathology.ki67_percent", "Ki-67", "%", 1, "first_line_ki67"),
    _other_course,
    choice("history.course_confirmed", {True: "progression confirmed"}),
    choice(
        "history.refractory_symptoms",
        {True: "symptoms that resist therapy", False: "symptoms controlled"},
    ),
    choice("history.on_ssa", {True: "progression under an analogue"}),
)
def reason_to_treat(case: Case) -> Finding:
    """E6: one of the rulebook's routes; a progression that is only suspected is confirmed first
    (TR20).
    """
    history, routes = case.patient.history, case.profile.routes
    if "any" in routes:
        return Finding("E6", "This rulebook asks for no progression.", weight=Effect.NO_REASON)
    facts = {route: _ROUTES[route](case) for route in routes}
    border = case.profile.holds_against(
        "progression_months" if routes[0] == "progression" else "first_line_ki67"
    )
    figure_id = border.id if border else None
    open_route = any_of(*facts.values())
    if open_route.holds:
        held = next(route for route, fact in facts.items() if fact.holds)
        return Finding(
            "E6", f"{_WORDS[held]}. {_says(held)}", figure_id=figure_id, weight=Effect.NO_REASON
        )
    if "progression" in routes and history.course == "progressive" and not history.course_confirmed:
        return Finding(
            "E6",
            "Progression is suspected and not confirmed: MRI, biopsy or short follow-up first.",
            Effect.DELAY,
            figure_id,
        )
    asked = ", ".join(_WORDS[route].lower() for route in routes)
    if open_route.holds is None:
        return Finding(
            "E6",
            f"No reason to treat is known; asked: {asked}.",
            Effect.NO_REASON,
            figure_id,
            open_route.needs,
        )
    return Finding("E6", f"None of these holds: {asked}.", Effect.NO_REASON, figure_id)


_WORDS = {
    "progression": "Progression",
    "symptoms": "Symptoms that resist, with strong receptor expression",
    "first_line": "First line at a high Ki-67",
}
_SAYS = {"progression": "S44", "symptoms": "S51", "first_line": "S46"}


def _says(route: str) -> str:
    """What the review says of a route; of the first line the course's own qualification."""
    said = statement(_SAYS[route])
    return said.corrected if route == "first_line" and said.corrected else said.in_words


def _progression(case: Case) -> Fact:
    history, within = case.patient.history, case.profile.holds_against("progression_months")
    if history.course is None:
        progressed = Fact(None, ("course of the disease on imaging",))
    elif history.course != "progressive" or not history.course_confirmed:
        progressed = Fact(False)
    elif within is None:
        progressed = Fact(True)
    elif history.course_months is None:
        progressed = Fact(None, ("months over which it progressed",))
    else:
        progressed = Fact(history.course_months <= within.value)
    if not case.profile.under_analogue:
        return progressed
    return all_of(progressed, known(history.on_ssa, "whether it progressed under an analogue"))


def _symptoms(case: Case) -> Fact:
    history = case.patient.history
    if history.syndrome is None:
        return Fact(False)
    return all_of(
        known(history.refractory_symptoms, "whether symptoms resist therapy"), Fact(_strong(case))
    )


def _strong(case: Case) -> bool:
    """Whether every lesion that is large enough to judge shows receptors strongly."""
    least = case.profile.limit("strong").value
    scored = [krenning(read.ssr) for read in case.found if not read.is_small]
    return bool(scored) and all(one.decided and one.score >= least for one in scored)


def _first_line(case: Case) -> Fact:
    patient, within = case.patient, case.profile.own_limit("diagnosis_months")
    ki67, history = patient.pathology.ki67_percent, patient.history
    treated = history.days_since_systemic_therapy is not None or history.prrt_cycles > 0
    progressed = history.course == "progressive" and bool(history.on_ssa)
    facts = [
        Fact(None, ("Ki-67",))
        if ki67 is None
        else Fact(ki67 >= case.profile.limit("first_line_ki67").value),
        Fact(not treated and not progressed),
    ]
    if within:
        days = history.days_since_diagnosis
        facts.append(
            Fact(None, ("date of diagnosis",))
            if days is None
            else Fact(days <= within.value * _DAYS_A_MONTH)
        )
    return all_of(*facts)


_ROUTES = {"progression": _progression, "symptoms": _symptoms, "first_line": _first_line}
