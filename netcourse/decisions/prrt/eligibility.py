"""May this patient have radioligand therapy (PRRT)? Thirty-two criteria, one verdict, and
everything that carries it.

The criteria: `disease`, `laboratory`, `fitness`, `timing`. Rulebooks: `rulebook`.
What would change the verdict: `changes`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from netcourse.decisions.core.decision import CANNOT_DECIDE, Decision, Flip
from netcourse.decisions.heterogeneity.dual_tracer import DualUptake, reads
from netcourse.decisions.prrt import disease, fitness, laboratory, timing
from netcourse.decisions.prrt.changes import Change, prrt_changes
from netcourse.decisions.prrt.criterion import (
    NOT_ELIGIBLE,
    NOT_INDICATED,
    VERDICTS,
    Case,
    Effect,
    Finding,
    verdict_of,
    worst,
)
from netcourse.decisions.prrt.rulebook import COURSE, Profile, profile, profiles
from netcourse.patients import Patient

PRRT_VERDICTS = (*VERDICTS, CANNOT_DECIDE)
_MOST_FLIPS = 4
_CRITERIA: tuple[Callable[[Case], Finding], ...] = (
    disease.operability,
    disease.histology,
    disease.site,
    disease.uptake,
    disease.discordance,
    disease.reason_to_treat,
    fitness.performance,
    laboratory.kidneys,
    laboratory.haemoglobin,
    laboratory.white_cells,
    laboratory.platelets,
    laboratory.bilirubin,
    laboratory.albumin,
    laboratory.transaminases,
    timing.liver_load,
    fitness.pregnancy,
    fitness.breast_feeding,
    fitness.contraception,
    timing.long_acting_analogue,
    timing.short_acting_analogue,
    fitness.life_expectancy,
    timing.marrow_load,
    timing.irradiated_marrow,
    timing.obstruction,
    timing.earlier_prrt,
    timing.recent_therapy,
    fitness.heart,
    fitness.crisis,
    fitness.other_illness,
    fitness.consent,
    fitness.age,
    timing.scan_age,
)
"""The criteria, E1 to E32 in their order."""
_READ_BY: dict[str, frozenset[Callable[[Case], Finding]]] = {
    "labs": frozenset(
        {
            laboratory.kidneys,
            laboratory.haemoglobin,
            laboratory.white_cells,
            laboratory.platelets,
            laboratory.bilirubin,
            laboratory.albumin,
            laboratory.transaminases,
            fitness.crisis,
        }
    ),
    "condition": frozenset(
        {
            fitness.performance,
            fitness.pregnancy,
            fitness.breast_feeding,
            fitness.life_expectancy,
            fitness.heart,
            fitness.crisis,
            fitness.other_illness,
            fitness.consent,
            timing.liver_load,
            timing.marrow_load,
            timing.irradiated_marrow,
            timing.obstruction,
            timing.earlier_prrt,
        }
    ),
    "history": frozenset(
        {
            disease.operability,
            disease.discordance,
            disease.reason_to_treat,
            timing.liver_load,
            timing.long_acting_analogue,
            timing.short_acting_analogue,
            timing.earlier_prrt,
            timing.recent_therapy,
            timing.scan_age,
            fitness.heart,
            fitness.crisis,
        }
    ),
    "pathology": frozenset(
        {
            disease.histology,
            disease.site,
            disease.discordance,
            disease.reason_to_treat,
        }
    ),
    "ssr": frozenset({timing.scan_age}),
    "read": frozenset({disease.uptake, disease.discordance, disease.reason_to_treat}),
}
"""The criteria that read each part of a record; what else a change leaves as it was."""


LIMITS: dict[str, tuple[str, ...]] = {
    "E2": ("ki67_max",),
    "E4": ("ssr_ratio", "ssr_margin"),
    "E6": ("progression_months", "first_line_ki67"),
    "E7": ("kps_min", "kps_stop", "ecog_max"),
    "E8": ("crcl_ok", "crcl_strong", "crcl_stop"),
    "E9": ("hb_min",),
    "E10": ("wbc_ok", "wbc_min", "anc_min"),
    "E11": ("platelets_ok", "platelets_min"),
    "E12": ("bilirubin_max",),
    "E13": ("albumin_min", "inr_max"),
    "E14": ("transaminases_ok", "transaminases_max"),
    "E15": ("liver_load",),
    "E19": ("long_ssa_days",),
    "E20": ("short_ssa_hours",),
    "E21": ("life_ok", "life_min"),
    "E22": ("marrow_load",),
    "E23": ("irradiated",),
    "E25": ("salvage_benefit",),
    "E26": ("systemic_days", "local_days"),
    "E27": ("nyha_stop",),
    "E28": ("crisis_load", "hiaa_high"),
    "E31": ("age_min",),
    "E32": ("scan_months", "scan_changed_months"),
}
"""The limits behind each criterion that has some, by their names in the rulebooks."""


def criteria() -> dict[str, str]:
    """Return the criteria by id, each with its name.

    >>> list(criteria().items())[7:9]
    [('E8', 'kidneys'), ('E9', 'haemoglobin')]
    """
    return {
        f"E{n}": one.__name__.replace("_", " ").replace("prrt", "PRRT")
        for n, one in enumerate(_CRITERIA, 1)
    }


def prrt(
    patient: Patient,
    by: str | Profile = COURSE,
    read: Sequence[DualUptake] | None = None,
    flips: bool = True,
) -> Decision:
    """Say whether a patient may have radioligand therapy by a rulebook.

    "not indicated" (cure is possible, or no reason to treat), "not eligible" (something stops it),
    "defer" (something is put right first), "conditional" (the tumour board), "eligible": the first
    that holds. "cannot decide" where what is not known may still change that; `missing` then says
    what to order. `carried_by` are the criteria that make the verdict. `read` is what the scans
    show where it is not the patient's own lesions; `flips` False leaves out what would change the
    verdict. ValueError for an unknown rulebook. Sources: statements E1–E32, D2, D4–D9, D11, D13,
    D18.

    >>> from netcourse.patients import generate
    >>> prrt(generate("ileum_disseminated"))
    Radioligand therapy (Course): eligible
    >>> [prrt(generate("ileum_disseminated"), by, flips=False).verdict for by in profiles()]
    ['eligible', 'eligible', 'eligible', 'eligible', 'not indicated']
    """
    book = profile(by)
    case = Case(patient, book, tuple(reads(patient) if read is None else read))
    found = findings(case)
    verdict = _verdict(found)
    carriers, missing = _carried_by(found, verdict), _missing(found, verdict)
    nearest = _flips(case, found, verdict) if flips else ()
    reasons = tuple(one.reason for one in found)
    return Decision(
        f"Radioligand therapy ({book.name})", verdict, reasons, missing, nearest, (), carriers
    )


def prrt_table(patient: Patient, read: Sequence[DualUptake] | None = None) -> dict[str, Decision]:
    """Return the decision by every rulebook, without what would change it.

    >>> from netcourse.patients import generate
    >>> {id: one.verdict for id, one in prrt_table(generate("pancreas_new")).items()}["netter2"]
    'eligible'
    """
    found = tuple(reads(patient) if read is None else read)
    return {id: prrt(patient, id, found, flips=False) for id in profiles()}


def findings(case: Case) -> tuple[Finding, ...]:
    """Return what every criterion finds, in the order of the criteria; of several that one
    criterion makes, the heaviest.
    """
    return tuple(criterion(case) for criterion in _CRITERIA)


def _verdict(found: Sequence[Finding]) -> str:
    """The verdict where what is not known cannot change it; what is known to stop therapy stops it,
    whatever the reason to treat.
    """
    at_worst, at_best = (verdict_of(worst(list(found), unknown)) for unknown in (True, False))
    if at_best == NOT_ELIGIBLE:
        return at_best
    return at_worst if at_worst == at_best else CANNOT_DECIDE


def _carried_by(found: Sequence[Finding], verdict: str) -> tuple[str, ...]:
    """The criteria whose effect is the verdict's; where none decides, those that are not known."""
    if verdict == CANNOT_DECIDE:
        return tuple(one.rule for one in found if one.needs)
    heaviest = worst(list(found), unknown=False)
    if heaviest in (Effect.NONE, Effect.REMARK):
        return ()
    return tuple(one.rule for one in found if one.effect is heaviest and not one.needs)


def _missing(found: Sequence[Finding], verdict: str) -> tuple[str, ...]:
    """What to order; nothing where therapy is out of the question."""
    if verdict in (NOT_INDICATED, NOT_ELIGIBLE):
        return ()
    return tuple(dict.fromkeys(need for one in found for need in one.needs))


def changed_findings(found: Sequence[Finding], change: Change) -> tuple[Finding, ...]:
    """Return the findings after a change: only the criteria that read the changed part of the
    record are asked again.
    """
    touched = _READ_BY[change.part]
    return tuple(
        criterion(change.case) if criterion in touched else one
        for criterion, one in zip(_CRITERIA, found, strict=True)
    )


def _flips(case: Case, found: Sequence[Finding], verdict: str) -> tuple[Flip, ...]:
    """The nearest change of each input that gives another verdict, found by asking again: the
    better verdicts first, then the nearest.
    """
    nearest: dict[str, Flip] = {}
    for change in prrt_changes(case):
        if change.group in nearest:
            continue
        then = _verdict(changed_findings(found, change))
        if then not in (verdict, CANNOT_DECIDE):
            nearest[change.group] = Flip(
                change.group, change.now, change.then, then, f"{change.words}: {then}."
            )
    now = PRRT_VERDICTS.index(verdict)
    near = sorted(nearest.values(), key=_far)
    better, worse = (
        [flip for flip in near if (PRRT_VERDICTS.index(flip.verdict) > now) is up]
        for up in (True, False)
    )
    return tuple(better[:_MOST_FLIPS] + worse[:_MOST_FLIPS])


def _far(flip: Flip) -> float:
    """How far a change is, as a share of the value; a fact that turns round counts as a whole."""
    if flip.now is None or flip.then is None:
        return 1.0
    return abs(flip.then - flip.now) / max(flip.now, flip.then, 1e-9)
