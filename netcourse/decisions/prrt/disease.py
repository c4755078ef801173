"""Criteria of the disease: operability, histology, site, uptake and discordance (E1–E5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from netcourse.decisions.core.grade import CARCINOMA, Grade, grade_needs, grade_of
from netcourse.decisions.core.proof import is_proven
from netcourse.decisions.core.sensitivity import Change, numbers
from netcourse.decisions.heterogeneity.dual_tracer import FDG_SCAN, Cuts, DualUptake
from netcourse.decisions.heterogeneity.fdg_indication import OPTIONAL, fdg_indication
from netcourse.decisions.heterogeneity.netpet import classed
from netcourse.decisions.prrt.criterion import (
    HEAVINESS,
    Case,
    Effect,
    Finding,
    choice,
    criterion,
    effect_of,
    measured,
)
from netcourse.decisions.prrt.rulebook import Profile
from netcourse.decisions.somatostatin.krenning import liver_reference
from netcourse.decisions.somatostatin.standing import Standing, tumour_lesions
from netcourse.evidence import Figure, figure, statement
from netcourse.patients import Patient

_CUTS = Cuts()


@criterion(
    "E1",
    choice(
        "history.resectable",
        {
            False: "no cure possible by resection or ablation",
            True: "cure possible by resection or ablation",
        },
    ),
)
def operability(case: Case) -> Finding:
    """E1: there is tumour, and neither resection for cure nor local ablation is possible."""
    if not tumour_lesions(case.patient):
        if case.unsettled:
            text = f"No lesion but {_named(case.unsettled)}: tissue before any therapy."
            return Finding("E1", text, Effect.TISSUE, order=_tissue(case.unsettled))
        return Finding("E1", "No lesion of a neuroendocrine tumour.", Effect.NO_REASON)
    if not case.profile.inoperable:
        return Finding("E1", f"{case.profile.name} asks nothing about surgery.", Effect.REMARK)
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


@criterion("E2", measured("pathology.ki67_percent", "Ki-67", "%", 1, "ki67_max", "grade.g2.to"))
def histology(case: Case) -> Finding:
    """E2: differentiation, grade and Ki-67; and tissue of a lesion that may be something else.
    Without any histology nothing can be said of therapy.
    """
    if not is_proven(case.patient):
        text = "A neuroendocrine tumour is suspected, and there is no histology: tissue first."
        return Finding("E2", text, Effect.TISSUE, order=("histology",))
    tumour = case.once(_grade, case.patient, case.profile)
    unsettled = effect_of(case.profile.unsettled)
    if case.unsettled and HEAVINESS[unsettled] > HEAVINESS[tumour.effect]:
        text = f"{_named(case.unsettled)}: biopsy before radioligand therapy. {tumour.text}"
        return Finding(
            "E2", text, unsettled, tumour.figure_id, (), Effect.STOP, _tissue(case.unsettled)
        )
    return tumour


def _named(unsettled: Mapping[str, Standing]) -> str:
    """Lesions that are not settled, with what makes each doubtful."""
    words = {
        Standing.ATYPICAL: "intense at an atypical site (3C)",
        Standing.RECEPTOR_NEGATIVE: "suspicious without receptors (3D)",
    }
    return ", ".join(f"{id} {words[found]}" for id, found in unsettled.items())


def _tissue(unsettled: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"histology of {id}" for id in unsettled)


def _grade(patient: Patient, book: Profile) -> Finding:
    pathology, own = patient.pathology, book.holds_against("ki67_max")
    top = own or figure("grade.g2.to")
    grade, ki67 = grade_of(pathology), pathology.ki67_percent
    if grade in CARCINOMA:
        return Finding(
            "E2", "Neuroendocrine carcinoma: poorly differentiated.", Effect.STOP, top.id
        )
    if own and ki67 is not None and ki67 > own.value:
        return Finding("E2", f"Ki-67 {ki67:g} %: above {top.value:g}.", Effect.STOP, top.id)
    if grade in (Grade.TYPICAL, Grade.ATYPICAL, Grade.NONE):
        assert grade is not None
        return Finding(
            "E2", f"{grade.value.capitalize()}: well differentiated.", weight=Effect.STOP
        )
    if grade is None and "Ki-67" not in grade_needs(pathology):
        text = "A carcinoid, typical or atypical is not known: well differentiated either way."
        return Finding("E2", text, weight=Effect.STOP)
    if not own and effect_of(book.g3) is Effect.REMARK:
        return Finding("E2", "A NET, and no grade is asked for.", weight=Effect.STOP)
    if grade is None or (ki67 is None and grade is not Grade.G3):
        return Finding("E2", "Ki-67 is not known.", Effect.STOP, top.id, ("Ki-67",))
    if grade is Grade.G3:
        effect = effect_of(book.g3)
        said = "Ki-67 is not known" if ki67 is None else f"Ki-67 {ki67:g} %"
        if own and ki67 is None:
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


@criterion("E3")
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


def _other_uptakes(case: Case) -> Iterator[Change[Case]]:
    """Yield values of each lesion's SUVmax on either scan at which its weight may change."""
    for place, read in enumerate(case.found):
        liver = liver_reference(read.ssr)
        edges: dict[str, list[float | None]] = {}
        edges |= {"ssr": [read.ssr.blood_pool], "fdg": [read.fdg.liver if read.fdg else None]}
        if liver:
            names = ("ssr_ratio", "ssr_margin")
            edges["ssr"] += [case.profile.limit(name).value * liver for name in names]
        for scan, limits in edges.items():
            if getattr(read, scan) is not None:
                words = (
                    f"With {read.name} {scan.upper()} SUVmax {{then:.1f}} instead of {{now:.1f}}"
                )
                path = f"found.{place}.{scan}.suv_max"
                name = f"{read.name} {scan}.suv_max"
                yield from numbers(case, path, limits, 0.1, words, name=name, digits=1)


@criterion("E4", _other_uptakes, limits=("ssr_ratio", "ssr_margin"))
def uptake(case: Case) -> Finding:
    """E4: every lesion that is large enough to judge against the liver; FDG weighs what is below
    (D2).
    """
    if case.profile.uptake == "positive" and case.found:
        return _some_receptors(case)
    found = [case.once(_uptake_of, case.profile, read) for read in _judged(case)]
    if not found:
        return Finding("E4", "No tumour lesion to measure.", weight=Effect.STOP)
    heaviest = max(found, key=lambda one: (HEAVINESS[one.effect], bool(one.needs)))
    if heaviest.effect is Effect.NONE:
        lowest = min(case.once(times_liver, read) or 0.0 for read in _judged(case))
        border = case.profile.limit("ssr_ratio")
        floor = (
            "above the" if case.profile.uptake == "above liver" else f"at least {border.value:g} ×"
        )
        return Finding(
            "E4",
            f"Every lesion {floor} liver; the lowest {lowest:.2f} × liver.",
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


def _some_receptors(case: Case) -> Finding:
    """A rulebook that asks for a receptor-positive tumour and gives no number: some lesion must
    show receptors.
    """
    shown = {read.name: read.ssr_positive(_CUTS) for read in case.found}
    if hot := [name for name, positive in shown.items() if positive]:
        return Finding("E4", f"Receptors above blood pool: {', '.join(hot)}.", weight=Effect.STOP)
    if None in shown.values():
        need = ("blood-pool SUVmean",)
        return Finding("E4", "Blood pool is not known.", Effect.STOP, None, need)
    return Finding("E4", "No lesion shows receptors above blood pool.", Effect.STOP)


def _judged(case: Case) -> tuple[DualUptake, ...]:
    """The reads that uptake is judged on: a lesion that waits for tissue is not, beside others."""
    if effect_of(case.profile.unsettled) is not Effect.DELAY:
        return case.found
    settled = tuple(read for read in case.found if read.lesion not in case.unsettled)
    return settled or case.found


def _uptake_of(book: Profile, read: DualUptake) -> Finding:
    """One lesion, or one part of it, against the rulebook's floor."""
    ok, margin, ratio = book.limit("ssr_ratio"), book.limit("ssr_margin"), times_liver(read)
    if ratio is None:
        return Finding(
            "E4", f"{read.name}: no liver reference.", Effect.STOP, ok.id, ("liver SUVmean",)
        )
    said = f"{read.name} {ratio:.2f} × liver"
    if ratio > ok.value or (ratio == ok.value and book.uptake != "above liver"):
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
    if book.uptake != "graded":
        where = "not above" if book.uptake == "above liver" else "below"
        return Finding("E4", f"{said}: {where} liver.", Effect.STOP, ok.id)
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


@criterion("E5")
def discordance(case: Case) -> Finding:
    """E5: no lesion SSR−/FDG+; FDG above SSR in many lesions (P4b) is for the board (S47, S49, D11).
    No label or trial speaks of FDG.
    """
    now = classed(case.found, _CUTS)
    cut = "netpet.fdg_positive"
    cold = now.of(5)
    if cold and all(id in case.unsettled for id in cold) and _judged(case) != case.found:
        text = f"{', '.join(cold)}: FDG-positive and SSR-negative (P5). {statement('HB1').in_words}"
        return Finding("E5", text, Effect.DELAY, cut, (), Effect.STOP, _tissue(cold))
    if cold:
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
        return Finding("E5", text, Effect.BOARD, "netpet.many", (), Effect.STOP)
    if now.open and all(read.fdg is None for read in case.found):
        return _without_fdg(case)
    return Finding("E5", "No discordant lesion.", figure_id=cut, weight=Effect.STOP)


def _without_fdg(case: Case) -> Finding:
    """No FDG scan: what is cold waits by E4; where all is hot a scan may still be advised (D10,
    S48).
    """
    advised = case.once(fdg_indication, case.patient).verdict
    if advised == OPTIONAL:
        return Finding(
            "E5",
            "No FDG scan; optional here, since every lesion shows receptors.",
            weight=Effect.STOP,
        )
    return Finding(
        "E5", f"No FDG scan, and it is {advised}. {statement('S48').in_words}", Effect.REMARK
    )
