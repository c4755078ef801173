"""A simulated tumour board: one line from each of four voices, all out of the rules, and where they
argue.
"""

from __future__ import annotations

from dataclasses import dataclass

from netcourse.decisions.board.management import management
from netcourse.decisions.core.decision import Decision, Status
from netcourse.decisions.heterogeneity.biopsy import NO_TARGET, biopsy_target
from netcourse.decisions.heterogeneity.scales import DISAGREE, schemes_disagree
from netcourse.decisions.prrt.criterion import CONDITIONAL, ELIGIBLE
from netcourse.decisions.prrt.eligibility import prrt, prrt_table
from netcourse.decisions.prrt.rulebook import profile
from netcourse.decisions.somatostatin.sstr_rads_patient import overall_rads, rads_findings
from netcourse.decisions.somatostatin.standing import tumour_lesions
from netcourse.patients import Patient


@dataclass(frozen=True)
class Voice:
    """What one member of the board says, and the rules behind it."""

    who: str
    says: str
    rules: tuple[str, ...]


def voices(patient: Patient) -> tuple[Voice, ...]:
    """Return the four voices: radiologist, nuclear physician, oncologist, surgeon.

    >>> from netcourse.patients import generate
    >>> for voice in voices(generate("dedifferentiated_metastasis")):
    ...     print(voice.who, "|", voice.says.split(".")[0])
    Radiologist | SSTR-RADS overall 5, with a 3D lesion; biopsy L2
    Nuclear physician | Radioligand therapy: defer
    Oncologist | Biopsy first, then tumour board
    Surgeon | Not curable by resection or ablation
    """
    therapy, scan = prrt(patient), overall_rads(rads_findings(patient))
    return (_radiologist(patient, scan), _nuclear(therapy), _oncologist(patient), _surgeon(therapy))


def arguments(patient: Patient) -> tuple[str, ...]:
    """Return where the board argues: the rulebooks part, the scales part, or two voices ask for
    different things.

    >>> from netcourse.patients import generate
    >>> arguments(generate("pancreas_new"))[0]
    'The rulebooks part: eligible by Course, FDA label, NETTER-2; not indicated by EMA label, NETTER-1.'
    """
    found = []
    by_verdict: dict[str, list[str]] = {}
    for id, one in prrt_table(patient).items():
        by_verdict.setdefault(one.verdict, []).append(profile(id).name)
    if len(by_verdict) > 1:
        sides = "; ".join(
            f"{verdict} by {', '.join(names)}" for verdict, names in by_verdict.items()
        )
        found.append(f"The rulebooks part: {sides}.")
    if tumour_lesions(patient) and patient.fdg is not None:
        scales = schemes_disagree(patient)
        if scales.verdict == DISAGREE:
            found.append(f"The scales part: {scales.reasons[0].text}")
    therapy, advice = prrt(patient).verdict, management(patient)
    if (
        therapy in (ELIGIBLE, CONDITIONAL)
        and advice.decided
        and advice.verdict.startswith("PRRT with")
    ):
        found.append(
            f"Uptake allows therapy ({therapy}), the oncologist wants more with it:"
            f" {advice.verdict}."
        )
    scan = overall_rads(rads_findings(patient))
    if scan.verdict in ("4", "5") and therapy not in (ELIGIBLE, CONDITIONAL):
        found.append(
            f"SSTR-RADS {scan.verdict} would consider therapy; the checklist says {therapy}."
        )
    return tuple(found)


def _radiologist(patient: Patient, scan: Decision) -> Voice:
    cold = ", with a 3D lesion" if "3D lesion" in scan.flags else ""
    target = biopsy_target(patient) if patient.fdg is not None and patient.lesions else None
    aim = (
        f"; biopsy {target.verdict}"
        if target is not None and target.decided and target.verdict != NO_TARGET and cold
        else ""
    )
    said = (
        f"SSTR-RADS overall {scan.verdict}{cold}{aim}."
        if scan.decided
        else f"SSTR-RADS open: {', '.join(scan.missing)}."
    )
    return Voice("Radiologist", f"{said} {_largest(patient)}", _rules(scan))


def _largest(patient: Patient) -> str:
    tumours = sorted(tumour_lesions(patient), key=lambda lesion: -lesion.size_mm)
    if not tumours:
        return "No lesion of a neuroendocrine tumour."
    return (
        f"{len(tumours)} tumour lesion{'s' if len(tumours) > 1 else ''}, the largest"
        f" {tumours[0].size_mm:.0f} mm ({tumours[0].where})."
    )


def _nuclear(therapy: Decision) -> Voice:
    carried = [one for one in therapy.reasons if one.rule in (therapy.carried_by or ())]
    why = " ".join(one.text for one in carried[:2])
    return Voice(
        "Nuclear physician",
        f"Radioligand therapy: {therapy.verdict}. {why}".strip(),
        therapy.carried_by or (),
    )


def _oncologist(patient: Patient) -> Voice:
    advice = management(patient)
    text = advice.reasons[0].text if advice.reasons else ""
    verdict = advice.verdict[0].upper() + advice.verdict[1:]
    said = f"{verdict}. {text}" if advice.decided else f"Open: {', '.join(advice.missing)}."
    return Voice("Oncologist", said.strip(), _rules(advice))


def _surgeon(therapy: Decision) -> Voice:
    (found,) = (one for one in therapy.reasons if one.rule == "E1")
    text = found.text.split(". ")[0].rstrip(".")
    return Voice(
        "Surgeon",
        (
            f"{text}."
            if found.status is not Status.UNKNOWN
            else "I do not know yet whether I can resect it."
        ),
        ("E1",),
    )


def _rules(decision: Decision) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.rule for one in decision.reasons))[:4]
