"""Criteria of the disease: operability, histology, site, uptake, discordance, and the reason to
treat now (E1–E6).
"""

from __future__ import annotations

from netcourse.decisions.core.facts import Fact, all_of, any_of, known
from netcourse.decisions.heterogeneity.dual_tracer import FDG_SCAN, Cuts, DualUptake
from netcourse.decisions.heterogeneity.fdg_indication import OPTIONAL, fdg_indication
from netcourse.decisions.heterogeneity.netpet import classed
from netcourse.decisions.prrt.criterion import Case, Effect, Finding, effect_of
from netcourse.decisions.somatostatin.krenning import krenning, liver_reference
from netcourse.evidence import Figure, statement
from netcourse.patients import Grade

_DAYS_A_MONTH = 365.25 / 12
_CUTS = Cuts()


def operability(case: Case) -> Finding:
    """E1: there is tumour, and neither resection for cure nor local ablation is possible."""
    if not any(lesion.is_tumour for lesion in case.patient.lesions):
        return Finding("E1", "No lesion of a neuroendocrine tumour.", Effect.NO_REASON)
    resectable = case.patient.history.resectable
    if resectable is None:
        need = "whether resection for cure or local ablation is possible"
        return Finding("E1", f"Not known {need}.", Effect.NO_REASON, None, (need,))
    if resectable:
        return Finding(
            "E1", "Resection for cure or local ablation is possible: that first.", Effect.NO_REASON
        )
    return Finding(
        "E1",
        f"Not curable by resection or ablation. {statement('S43').in_words}",
        weight=Effect.NO_REASON,
    )


def histology(case: Case) -> Finding:
    """E2: differentiation, grade and Ki-67."""
    pathology, top = case.patient.pathology, case.profile.limit("ki67_max")
    grade, ki67 = pathology.grade, pathology.ki67_percent
    if grade is Grade.NEC:
        return Finding(
            "E2", "Neuroendocrine carcinoma: poorly differentiated.", Effect.STOP, top.id
        )
    if ki67 is not None and ki67 > top.value:
        return Finding("E2", f"Ki-67 {ki67:g} %: above {top.value:g}.", Effect.STOP, top.id)
    if grade is None or (ki67 is None and grade is not Grade.G3):
        return Finding("E2", "Ki-67 is not known.", Effect.STOP, top.id, ("Ki-67",))
    if grade is Grade.G3:
        effect = effect_of(case.profile.g3)
        said = "Ki-67 is not known" if ki67 is None else f"Ki-67 {ki67:g} %"
        if ki67 is None:
            return Finding("E2", f"NET G3 by mitoses; {said}.", Effect.STOP, top.id, ("Ki-67",))
        words = {
            Effect.STOP: "G1 and G2 only",
            Effect.BOARD: "the board decides",
            Effect.REMARK: "allowed here",
        }
        return Finding(
            "E2", f"NET G3, {said}: {words.get(effect, effect)}.", effect, top.id, (), Effect.STOP
        )
    return Finding(
        "E2",
        f"{grade.value}, Ki-67 {ki67:g} %: well differentiated.",
        figure_id=top.id,
        weight=Effect.STOP,
    )


def site(case: Case) -> Finding:
    """E3."""
    pathology, sites = case.patient.pathology, case.profile.sites
    other = pathology.tumour in (
        "phaeochromocytoma",
        "paraganglioma",
        "medullary_thyroid_carcinoma",
    )
    if pathology.site in sites and not other:
        return Finding(
            "E3",
            f"Site {pathology.site}: within the rulebook.",
            weight=effect_of(case.profile.other_site),
        )
    return Finding(
        "E3",
        f"Site {pathology.site}: not within this rulebook ({', '.join(sites)}).",
        effect_of(case.profile.other_site),
    )


def times_liver(read: DualUptake) -> float | None:
    """Return a read's SUVmax as a multiple of the liver; where the liver is no reference, of what
    stands in for it (KP4).
    """
    liver = liver_reference(read.ssr)
    return None if not liver else round(read.ssr.suv_max / liver, 6)


def uptake(case: Case) -> Finding:
    """E4: every lesion that is large enough to judge against the liver; FDG weighs what is below
    (D2).
    """
    found = [_uptake_of(case, read) for read in case.found]
    if not found:
        return Finding("E4", "No tumour lesion to measure.", weight=Effect.STOP)
    heaviest = max(found, key=lambda one: (tuple(Effect).index(one.effect), bool(one.needs)))
    if heaviest.effect is Effect.NONE:
        lowest = min(times_liver(read) or 0.0 for read in case.found)
        border = case.profile.limit("ssr_ratio")
        floor = (
            "above blood pool"
            if case.profile.uptake == "positive"
            else f"at least {border.value:g} × liver"
        )
        return Finding(
            "E4",
            f"Every lesion {floor}; the lowest {lowest:.2f} × liver.",
            figure_id=border.id,
            weight=Effect.STOP,
        )
    same = [one for one in found if one.effect is heaviest.effect]
    needs = (
        tuple(dict.fromkeys(need for one in same for need in one.needs))
        if all(one.needs for one in same)
        else ()
    )
    return Finding(
        "E4",
        " ".join(one.text for one in same),
        heaviest.effect,
        heaviest.figure_id,
        needs,
        heaviest.weight,
    )


def _uptake_of(case: Case, read: DualUptake) -> Finding:
    """One lesion, or one part of it, against the rulebook's floor."""
    ok, margin, ratio = (
        case.profile.limit("ssr_ratio"),
        case.profile.limit("ssr_margin"),
        times_liver(read),
    )
    if ratio is None:
        return Finding(
            "E4", f"{read.name}: no liver reference.", Effect.STOP, ok.id, ("liver SUVmean",)
        )
    said = f"{read.name} {ratio:.2f} × liver"
    if case.profile.uptake == "positive":
        positive = read.ssr_positive(_CUTS)
        if positive is None:
            return Finding(
                "E4", f"{said}, blood pool not known.", Effect.STOP, ok.id, ("blood-pool SUVmean",)
            )
        if positive or read.is_small:
            return Finding("E4", f"{said}: above blood pool.", weight=Effect.STOP)
        return _by_fdg(read, f"{said}, not above blood pool", ok)
    if ratio >= ok.value:
        return Finding("E4", f"{said}.", figure_id=ok.id, weight=Effect.STOP)
    if read.is_small:
        return Finding(
            "E4",
            f"{said}, too small to judge: reads too low.",
            Effect.BOARD,
            ok.id,
            (),
            Effect.STOP,
        )
    if case.profile.uptake == "liver":
        return Finding("E4", f"{said}: below liver.", Effect.STOP, ok.id)
    if ratio >= margin.value:
        return Finding("E4", f"{said}: just below liver.", Effect.BOARD, margin.id, (), Effect.STOP)
    return _by_fdg(read, said, margin)


def _by_fdg(read: DualUptake, said: str, border: Figure) -> Finding:
    """A lesion with too little uptake: FDG-positive it stops, FDG-negative it is for the board,
    without FDG it waits.
    """
    positive = read.fdg_positive(_CUTS)
    if positive is None:
        return Finding(
            "E4", f"{said} and no FDG: {FDG_SCAN} first.", Effect.DELAY, border.id, (), Effect.STOP
        )
    if positive:
        return Finding("E4", f"{said} and FDG-positive.", Effect.STOP, border.id)
    return Finding(
        "E4",
        f"{said}, FDG-negative: low expression, for the board.",
        Effect.BOARD,
        border.id,
        (),
        Effect.STOP,
    )


def discordance(case: Case) -> Finding:
    """E5: no lesion SSR−/FDG+; FDG above SSR in many lesions (P4b) is weighed by the rulebook (S47,
    S49, D11).
    """
    now = classed(case.found, _CUTS)
    cut = "netpet.fdg_positive"
    if cold := now.of(5):
        text = (
            f"{', '.join(cold)}: FDG-positive and SSR-negative (P5). No radioligand therapy alone."
        )
        return Finding("E5", text, Effect.STOP, cut)
    if now.small:
        return Finding(
            "E5",
            f"{', '.join(now.small)}: would be discordant but is too small to judge.",
            Effect.BOARD,
            cut,
            (),
            Effect.STOP,
        )
    if now.grade == "P4b":
        text = f"FDG above SSR in {len(now.of(4))} lesions (P4b): another therapy with it."
        return Finding(
            "E5", text, effect_of(case.profile.fdg_dominance), "netpet.many", (), Effect.STOP
        )
    if now.open and all(read.fdg is None for read in case.found):
        return _without_fdg(case)
    return Finding("E5", "No discordant lesion.", figure_id=cut, weight=Effect.STOP)


def _without_fdg(case: Case) -> Finding:
    """No FDG scan: what is cold waits by E4; where all is hot a scan may still be advised (D10,
    S48).
    """
    advised = fdg_indication(case.patient).verdict
    if advised == OPTIONAL:
        return Finding(
            "E5",
            "No FDG scan; optional here, since every lesion shows receptors.",
            weight=Effect.STOP,
        )
    return Finding(
        "E5", f"No FDG scan, and it is {advised}. {statement('S48').in_words}", Effect.REMARK
    )


def reason_to_treat(case: Case) -> Finding:
    """E6: one of the rulebook's routes; a progression that is only suspected is confirmed first
    (TR20).
    """
    history, routes = case.patient.history, case.profile.routes
    if "any" in routes:
        return Finding("E6", "This rulebook asks for no progression.", weight=Effect.NO_REASON)
    facts = {route: _ROUTES[route](case) for route in routes}
    border = case.profile.limit(
        "progression_months" if routes[0] == "progression" else "first_line_ki67"
    )
    open_route = any_of(*facts.values())
    if open_route.holds:
        held = next(route for route, fact in facts.items() if fact.holds)
        return Finding(
            "E6", f"{_WORDS[held]}. {_says(held)}", figure_id=border.id, weight=Effect.NO_REASON
        )
    if "progression" in routes and history.course == "progressive" and not history.course_confirmed:
        return Finding(
            "E6",
            "Progression is suspected and not confirmed: MRI, biopsy or short follow-up first.",
            Effect.DELAY,
            border.id,
        )
    asked = ", ".join(_WORDS[route].lower() for route in routes)
    if open_route.holds is None:
        return Finding(
            "E6",
            f"No reason to treat is known; asked: {asked}.",
            Effect.NO_REASON,
            border.id,
            open_route.needs,
        )
    return Finding("E6", f"None of these holds: {asked}.", Effect.NO_REASON, border.id)


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
    history, within = case.patient.history, case.profile.limit("progression_months")
    if history.course is None:
        progressed = Fact(None, ("course of the disease on imaging",))
    elif history.course != "progressive" or not history.course_confirmed:
        progressed = Fact(False)
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
