"""Keys about CT: what a case's lesion measures at a time, when it is best seen, and what the CT
rules say of it.

The scanner's contrast model is imported when a key asks for it, so that other keys are marked
without numpy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from netcourse.assessment.keys.expressions import Argument, ExpressionError, Function
from netcourse.decisions.core import Decision
from netcourse.decisions.ct import (
    CtProtocol,
    CtQuestion,
    ct_occult,
    enhancement_pattern,
    judge_protocol,
    node_by_size,
    question_of,
)
from netcourse.decisions.ct import protocol_for as protocol_of_question
from netcourse.decisions.ct.needs import Oral, Target
from netcourse.decisions.somatostatin import correlate_of, krenning
from netcourse.patients import Lesion

if TYPE_CHECKING:
    from netcourse.assessment.keys.truth import Truth
    from netcourse.scanner.acquisition import Phase

PHASES = (
    "unenhanced",
    "early arterial",
    "late arterial",
    "pancreatic",
    "enteric",
    "portal venous",
    "delayed",
)
_LAST_S = 300


def hu(truth: Truth, lesion: Lesion, phase: str) -> float:
    """Return a lesion's attenuation in a phase, HU; ExpressionError for one that CT does not
    show.
    """
    from netcourse.scanner import CtScan, lesion_hu

    found = lesion_hu(truth.patient, lesion, CtScan(time_s=_second(phase)))
    if found is None:
        raise ExpressionError(f"CT does not show {lesion.id}")
    return found


def contrast_hu(truth: Truth, lesion: Lesion, phase: str) -> float:
    """Return how much a lesion differs from what surrounds it in a phase, HU."""
    from netcourse.scanner import CtScan, attenuation, surrounding_tissue

    around = attenuation(truth.patient, CtScan(time_s=_second(phase)))[surrounding_tissue(lesion)]
    return hu(truth, lesion, phase) - around


def best_second(truth: Truth, lesion: Lesion) -> int:
    """Return the second after the start of the injection at which a lesion differs most from what
    surrounds it.
    """
    import numpy as np

    from netcourse.scanner import Circulation, enhance, lesion_tissue, surrounding_tissue

    tissue = lesion_tissue(lesion)
    kinetics = enhance(circulation=Circulation.of(truth.patient))
    if (
        tissue is None
        or tissue not in kinetics.curves
        or surrounding_tissue(lesion) not in kinetics.curves
    ):
        raise ExpressionError(f"{lesion.id} has no curve over time")
    seconds = np.arange(_LAST_S + 1)
    own, around = (
        np.interp(seconds, kinetics.times_s, kinetics.curves[name])
        for name in (tissue, surrounding_tissue(lesion))
    )
    return int(np.abs(own - around).argmax())


def enhancement(truth: Truth, lesion: Lesion) -> Decision:
    """Name a lesion's pattern from its own attenuation in the late arterial and portal venous
    phase.
    """
    return enhancement_pattern(
        *(
            round(contrast_hu(truth, lesion, phase), 1)
            for phase in ("late arterial", "portal venous")
        )
    )


def _second(phase: Phase | str) -> float | None:
    from netcourse.scanner import phase_start_s

    return None if phase == "unenhanced" else phase_start_s(phase)  # type: ignore[arg-type]


def _occult(truth: Truth, lesion: Lesion) -> Decision:
    score = krenning(truth.patient.uptake(lesion))
    return ct_occult(
        lesion.size_mm, score.score if score.decided else None, correlate_of(lesion) == "benign"
    )


def _judged(target: Any, phases: str, oral: Any, rate_ml_s: float) -> Decision:
    """Judge a colleague's protocol: phases at their usual seconds, joined by + as in
    "late_arterial+portal_venous".
    """
    from netcourse.decisions.ct.needs import CT_PHASES, window

    names = phases.split("+")
    if unknown := [name for name in names if name not in CT_PHASES]:
        raise ExpressionError(
            f"there is no phase {', '.join(unknown)}; phases are {', '.join(CT_PHASES)}"
        )
    starts = {name: None if name == "unenhanced" else window(name).value for name in names}
    usual = CtProtocol(
        phases=starts, oral=oral, rate_ml_s=rate_ml_s, iodine_mg_per_kg=500, slice_mm=1.5
    )
    return judge_protocol(CtQuestion(target=target, egfr_ml_min=90), usual)


def _phases_are(text: str) -> object:
    from netcourse.decisions.ct.needs import CT_PHASES

    if unknown := [name for name in text.split("+") if name not in CT_PHASES]:
        raise KeyError(
            f"there is no phase {', '.join(unknown)}; join some of {', '.join(CT_PHASES)} by +"
        )
    return text


def _dose(ctdi_vol_mgy: float, length_cm: float) -> float:
    from netcourse.scanner import effective_dose_msv

    return effective_dose_msv(ctdi_vol_mgy, length_cm)


_LESION, _PHASE = Argument("lesion", "lesion"), Argument("phase", "word", PHASES)

CT_RULES = (
    Function(
        "ct_protocol",
        lambda truth: protocol_of_question(
            question_of(truth.patient).model_copy(update={"egfr_ml_min": 90.0})
        ),
        (),
        "the CT protocol for this patient",
        gives="decision",
    ),
    Function(
        "judge_ct",
        _judged,
        (
            Argument("target", "word", get_args(Target)),
            Argument("phases", "word", ("late_arterial+portal_venous",), look_up=_phases_are),
            Argument("oral", "word", get_args(Oral)),
            Argument("rate_ml_s", "number"),
        ),
        "whether a protocol suits a question",
        gives="decision",
        without_case=True,
    ),
    Function(
        "enhancement",
        enhancement,
        (_LESION,),
        "a lesion's pattern of enhancement",
        gives="decision",
        flags=("washout", "no arterial enhancement", "missed by the portal venous phase"),
    ),
    Function(
        "node_by_size",
        lambda _truth, lesion: node_by_size(lesion.size_mm),
        (_LESION,),
        "whether a node is enlarged",
        gives="decision",
        flags=("other by region",),
    ),
    Function(
        "ct_occult",
        _occult,
        (_LESION,),
        "whether CT calls a PET-positive node normal",
        gives="decision",
    ),
)
CT_QUESTIONS = (
    Function("hu", hu, (_LESION, _PHASE), "its attenuation in a phase"),
    Function(
        "contrast_hu", contrast_hu, (_LESION, _PHASE), "HU against what surrounds it, in a phase"
    ),
    Function("best_second", best_second, (_LESION,), "the second at which it stands out most"),
)
CT_WITHOUT_CASE = (
    Function(
        "effective_dose",
        _dose,
        (Argument("ctdi_vol_mgy", "number"), Argument("length_cm", "number")),
        "mSv of one scan of abdomen and pelvis",
        without_case=True,
    ),
)
