"""Whether FDG PET/CT is indicated: by grade, by what the receptor scan left open, and by a course
that the grade does not explain.
"""

from __future__ import annotations

from collections.abc import Iterator

from netcourse.decisions.core.decision import (
    CANNOT_DECIDE,
    Decision,
    Reason,
    Status,
    Weight,
    reason,
)
from netcourse.decisions.core.grade import CARCINOMA, Grade, grade_needs, grade_of
from netcourse.decisions.core.sensitivity import Change, nearest_flips, numbers
from netcourse.decisions.heterogeneity.biopsy import is_rapid
from netcourse.decisions.heterogeneity.dual_tracer import Cuts, reads
from netcourse.evidence import figure, statement
from netcourse.patients import Patient

INDICATED, RECOMMENDED, OPTIONAL = "indicated", "recommended", "optional"
_DIGESTIVE = ("ileum", "pancreas", "rectum", "colon", "appendix", "stomach", "duodenum")
_STEP = 0.1
_AGGRESSIVE, _LOW = (*CARCINOMA, Grade.G3), (Grade.G1, Grade.G2, Grade.TYPICAL)


def fdg_indication(patient: Patient) -> Decision:
    """Say whether FDG PET/CT is "indicated", "recommended" or "optional" for a patient; "cannot
    decide" without a grade or trigger.

    Indicated: carcinoma, NET G3, a suspicious lesion without receptors, rapid progression despite a low
    grade. Recommended: G2 with a high Ki-67, an atypical carcinoid. Optional: below. Flag: `before surgery` in a localised
    NEC. Sources: statements S48, S54–S61, D10, FP1.

    >>> from netcourse.patients import generate
    >>> [fdg_indication(generate(name)).verdict for name in ("colon_nec", "pancreas_new", "ileum_disseminated")]
    ['indicated', 'recommended', 'optional']
    """
    pathology = patient.pathology
    grade, ki67 = grade_of(pathology), pathology.ki67_percent
    triggers = list(_triggers(patient))
    reasons, flags = (
        [*triggers],
        ["before surgery"] if any(one.rule == "S61" for one in triggers) else [],
    )
    verdict = (
        INDICATED
        if any(one.status is Status.MET and one.weight is Weight.ABSOLUTE for one in triggers)
        else None
    )
    high = figure("choice.fdg_ki67")
    if grade in _AGGRESSIVE:
        assert grade is not None
        reasons.insert(0, reason("S54", f"{grade.value}: FDG is for aggressive neoplasms."))
        verdict = INDICATED
    elif grade is None:
        reasons.append(reason("S54", "The grade is not known.", Status.UNKNOWN))
    elif grade is Grade.NONE:
        reasons.append(reason("GW7", statement("GW7").in_words, Status.MET, Weight.INFORMATION))
        verdict = verdict or OPTIONAL
    elif grade in (Grade.TYPICAL, Grade.ATYPICAL):
        atypical = grade is Grade.ATYPICAL
        held = Status.MET if atypical else Status.NOT_MET
        reasons.append(reason("TR14", f"{grade.value.capitalize()}.", held, Weight.RELATIVE))
        verdict = verdict or (RECOMMENDED if atypical else OPTIONAL)
    else:
        is_high = ki67 is not None and ki67 >= high.value
        text = (
            f"Ki-67 {'not known' if ki67 is None else f'{ki67:g} %'}; recommended from"
            f" {high.value:g} %."
        )
        reasons.append(
            reason(
                "D10",
                text,
                Status.MET if is_high else Status.NOT_MET,
                Weight.RELATIVE,
                figure_id=high.id,
            )
        )
        if grade is Grade.G2:
            reasons.append(reason("S48", statement("S48").in_words, Status.MET, Weight.INFORMATION))
        reasons.append(
            reason(
                "S55",
                "High uptake means early progression, low uptake an indolent course.",
                weight=Weight.INFORMATION,
            )
        )
        verdict = verdict or (RECOMMENDED if is_high else OPTIONAL)
    reasons.append(reason("FP1", statement("FP1").in_words, Status.MET, Weight.INFORMATION))
    if verdict is None:
        need = ("Ki-67",) if "Ki-67" in grade_needs(pathology) else grade_needs(pathology)
        return Decision("FDG PET/CT", CANNOT_DECIDE, tuple(reasons), need)
    return Decision(
        "FDG PET/CT",
        verdict,
        tuple(reasons),
        (),
        tuple(flags),
        search=lambda: nearest_flips(verdict, _other_ki67(patient), _quick),
    )


def _triggers(patient: Patient) -> Iterator[Reason]:
    """Yield what asks for FDG whatever the grade, and what is known against it."""
    pathology, history = patient.pathology, patient.history
    grade = grade_of(pathology)
    if (
        grade in CARCINOMA
        and pathology.site in _DIGESTIVE
        and (pathology.stage in ("localised", "regional") or history.resectable)
    ):
        yield reason(
            "S61",
            "Digestive neuroendocrine carcinoma (NEC) before surgery meant to cure: it spreads so"
            " often.",
        )
    cold = [
        read.name
        for read in reads(patient)
        if _suspicious(patient, read.lesion) and read.ssr_positive(Cuts()) is False
    ]
    if cold:
        yield reason("S59", f"On CT and without receptors: {', '.join(cold)}.")
    rapid = is_rapid(patient)
    if grade in _LOW:
        assert grade is not None
        text = (
            f"Progression within {figure('choice.fast_growth').value:g} months in a {grade.value}"
        )
        if rapid is None:
            yield reason("S60", f"{text}: not known.", Status.UNKNOWN, Weight.INFORMATION)
        else:
            yield reason(
                "S60",
                f"{text}: {'yes' if rapid else 'no'}.",
                Status.MET if rapid else Status.NOT_MET,
            )
    if history.course == "progressive" and not history.course_confirmed:
        yield reason(
            "S56", "The course is unclear: FDG shows where to biopsy.", weight=Weight.INFORMATION
        )


def _suspicious(patient: Patient, id: str) -> bool:
    """Whether CT shows the lesion, and it is large enough for a low uptake to be believed."""
    lesion = patient.lesion(id)
    return (
        lesion.pattern != "occult"
        and lesion.size_mm >= figure("partial_volume.factor").value * patient.ssr.fwhm_mm
    )


def _other_ki67(patient: Patient) -> Iterator[Change[Patient]]:
    limits = [figure(id).value for id in ("choice.fdg_ki67", "grade.g2.to")]
    words = "With Ki-67 {then:g} % instead of {now:g} %"
    yield from numbers(patient, "pathology.ki67_percent", limits, _STEP, words, name="ki67_percent")


def _quick(patient: Patient) -> str:
    """The verdict alone, of a patient whose grade is known."""
    asked = any(
        one.status is Status.MET and one.weight is Weight.ABSOLUTE for one in _triggers(patient)
    )
    grade = grade_of(patient.pathology)
    if asked or grade in _AGGRESSIVE:
        return INDICATED
    if grade is not None and grade in (Grade.NONE, Grade.TYPICAL, Grade.ATYPICAL):
        return RECOMMENDED if grade is Grade.ATYPICAL else OPTIONAL
    ki67 = patient.pathology.ki67_percent
    return RECOMMENDED if ki67 is not None and ki67 >= figure("choice.fdg_ki67").value else OPTIONAL
