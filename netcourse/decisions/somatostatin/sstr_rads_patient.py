"""SSTR-RADS of a whole scan: which lesions are targets, the overall score, and what it says to
radioligand therapy.
"""

from __future__ import annotations

from collections.abc import Sequence

from netcourse.decisions.core.decision import (
    CANNOT_DECIDE,
    Decision,
    Reason,
    Status,
    Weight,
    reason,
)
from netcourse.decisions.somatostatin.sstr_rads import (
    LOW_SSR,
    NO_FINDING,
    RadsFinding,
    rads_categories,
    rads_finding,
    sstr_rads,
    uptake_level,
)
from netcourse.evidence import figure, statement
from netcourse.patients import Patient

CONSIDERED, FDG_FIRST, NOT_BY_RADS = "considered", "FDG first", "not by SSTR-RADS"
BLOCKED = "3D lesion"
_BENIGN = ("1A", "1B", NO_FINDING)


def rads_findings(patient: Patient) -> tuple[RadsFinding, ...]:
    """Return all of a patient's findings as a careful reader knows them."""
    return tuple(rads_finding(patient, lesion) for lesion in patient.lesions)


def rads_number(category: str) -> int:
    """Return the number of a category, 1 to 5, without its letter.

    >>> rads_number("3D"), rads_number("5")
    (3, 5)
    """
    if category not in rads_categories():
        raise ValueError(
            f"category is '{category}'; it must be one of {', '.join(rads_categories())}"
        )
    return int(category[0])


def target_lesions(findings: Sequence[RadsFinding]) -> tuple[str, ...]:
    """Return the ids of the target lesions: at most five, three to an organ, hotter levels first,
    then larger ones (RD12).

    Benign findings are no targets; where there is nothing else, they are.

    >>> from netcourse.patients import generate
    >>> target_lesions(rads_findings(generate("ileum_disseminated")))
    ('L2', 'L1', 'L3', 'N1')
    """
    scored = [(one, sstr_rads(one)) for one in findings]
    known = [
        (one, found.verdict)
        for one, found in scored
        if found.decided and found.verdict != NO_FINDING
    ]
    kept = [one for one, verdict in known if verdict not in _BENIGN] or [one for one, _ in known]
    order = sorted(
        kept,
        key=lambda one: (
            -uptake_level(one.uptake).score,
            -(one.uptake.diameter_mm or 0),
            -one.uptake.suv_max,
        ),
    )
    most, per_organ = (
        int(figure("sstr_rads.targets").value),
        int(figure("sstr_rads.targets_per_organ").value),
    )
    chosen: list[RadsFinding] = []
    for one in order:
        if len(chosen) < most and sum(other.organ == one.organ for other in chosen) < per_organ:
            chosen.append(one)
    return tuple(one.id for one in chosen)


def overall_rads(findings: Sequence[RadsFinding]) -> Decision:
    """Return the overall score: the highest category among the targets, with every letter of that
    number ("3A, 3D").

    `NO_FINDING` without a finding, "cannot decide" while one is open that could be the highest.
    Flags: `3D lesion` where any finding is one (D22), `low-SSR metastasis` (D21). Sources:
    statements RD12, RD13, D21, D22.

    >>> from netcourse.patients import generate
    >>> overall_rads(rads_findings(generate("dedifferentiated_metastasis")))
    SSTR-RADS overall: 5 (3D lesion); RD13, RD12, D22
    """
    question = "SSTR-RADS overall"
    scored = {one.id: sstr_rads(one) for one in findings}
    targets = target_lesions(findings)
    if still_open := [id for id, found in scored.items() if not found.decided]:
        missing = tuple(dict.fromkeys(need for id in still_open for need in scored[id].missing))
        return Decision(
            question,
            CANNOT_DECIDE,
            (reason("RD13", f"{', '.join(still_open)} cannot be scored yet.", Status.UNKNOWN),),
            missing,
        )
    if not targets:
        return Decision(question, NO_FINDING, (reason("RD13", "There is no lesion to score."),))
    highest = max(rads_number(scored[id].verdict) for id in targets)
    letters = sorted(
        {scored[id].verdict for id in targets if rads_number(scored[id].verdict) == highest}
    )
    verdict = ", ".join(letters)
    told = ", ".join(f"{id} {scored[id].verdict}" for id in targets)
    reasons = [
        reason("RD13", f"The highest of the target lesions: {verdict}."),
        reason("RD12", f"Target lesions: {told}.", Status.MET, Weight.INFORMATION),
    ]
    flags = []
    if cold := [id for id, found in scored.items() if found.verdict == "3D"]:
        flags.append(BLOCKED)
        reasons.append(_cold(cold, Status.MET))
    if low := [id for id, found in scored.items() if LOW_SSR in found.flags]:
        flags.append(LOW_SSR)
        reasons.append(
            reason(
                "D21",
                f"Definite metastases with low uptake: {', '.join(low)}.",
                Status.MET,
                Weight.RELATIVE,
            )
        )
    return Decision(question, verdict, tuple(reasons), (), tuple(flags))


def rads_prrt(findings: Sequence[RadsFinding]) -> Decision:
    """Say what SSTR-RADS says to radioligand therapy: considered, FDG first (a 3D lesion beside hot
    ones, D22), or not by it.

    "cannot decide" as the overall score. It looks at uptake and CT alone: grade, kidneys, marrow
    and progression are another rule's.

    >>> from netcourse.patients import generate
    >>> for name in ("ileum_disseminated", "dedifferentiated_metastasis", "breast_and_spleen"):
    ...     print(rads_prrt(rads_findings(generate(name))))
    Radioligand therapy by SSTR-RADS: considered; RD13, S41
    Radioligand therapy by SSTR-RADS: FDG first (3D lesion); RD13, D22, S41
    Radioligand therapy by SSTR-RADS: not by SSTR-RADS; RD13, S41
    """
    question, overall = "Radioligand therapy by SSTR-RADS", overall_rads(findings)
    if not overall.decided:
        return Decision(question, CANNOT_DECIDE, overall.reasons, overall.missing)
    limit = int(figure("sstr_rads.prrt_from").value)
    number = 0 if overall.verdict == NO_FINDING else rads_number(overall.verdict.split(",")[0])
    met = number >= limit
    text = f"Overall {overall.verdict}; considered from {limit}."
    reasons = [
        reason("RD13", text, Status.MET if met else Status.NOT_MET, figure_id="sstr_rads.prrt_from")
    ]
    verdict = CONSIDERED if met else NOT_BY_RADS
    if BLOCKED in overall.flags:
        cold = [one.id for one in findings if sstr_rads(one).verdict == "3D"]
        reasons.append(_cold(cold, Status.NOT_MET))
        verdict = FDG_FIRST if met else NOT_BY_RADS
    reasons += [one for one in overall.reasons if one.rule == "D21"]
    reasons.append(reason("S41", statement("S41").in_words, Status.MET, Weight.INFORMATION))
    return Decision(question, verdict, tuple(reasons), (), overall.flags)


def _cold(lesions: Sequence[str], status: Status) -> Reason:
    return reason(
        "D22",
        f"No uptake in {', '.join(lesions)}. {statement('D22').in_words}",
        status,
        Weight.DEFER,
    )
