"""After the first scan: restaging, what a new finding means, which scans may be compared, and when
a receptor scan is appropriate.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from netcourse.decisions.core.decision import (
    CANNOT_DECIDE,
    Decision,
    Reason,
    Status,
    Weight,
    reason,
)
from netcourse.decisions.core.sensitivity import Change, nearest_flips, options
from netcourse.decisions.tracer.choice import tracer
from netcourse.decisions.tracer.question import PURPOSES, Purpose, TracerQuestion
from netcourse.evidence import statement
from netcourse.evidence.tracers import tracer_of
from netcourse.patients.record import Model

Scenario = Literal[
    "staging",
    "unknown_primary",
    "no_biopsy",
    "before_surgery",
    "monitoring",
    "biochemical_with_symptoms",
    "biochemical_alone",
    "progression_not_on_ct",
    "indeterminate_lesion",
    "other",
]
SCENARIOS: tuple[Scenario, ...] = get_args(Scenario)
_APPROPRIATE: dict[Scenario, str] = {
    "staging": "AU1",
    "unknown_primary": "AU2",
    "no_biopsy": "AU3",
    "before_surgery": "AU4",
    "monitoring": "AU5",
    "biochemical_with_symptoms": "AU6",
    "biochemical_alone": "AU7",
    "progression_not_on_ct": "AU8",
    "indeterminate_lesion": "AU9",
}
APPROPRIATE, NOT_LISTED = "appropriate", "not among the nine"
PROGRESSION, POSSIBLE, ANALOGUE, OTHER_TRACER, NONE = (
    "progression",
    "possible progression",
    "effect of the analogue",
    "not comparable",
    "no sign of progression",
)
SUV_AND_RATIO, SUV_ONLY, RATIO_ONLY, NEITHER = "SUV and ratio", "SUV only", "ratio only", "neither"
_RESTAGING: tuple[Purpose, ...] = tuple(
    purpose for purpose in PURPOSES if purpose not in ("baseline", "before_cure")
)


def restaging(question: TracerQuestion) -> Decision:
    """Say what follow-up asks for; the same as `tracer`, for every purpose but baseline and before
    cure (ValueError).

    Sources: statements S33–S37, TR17–TR23.

    >>> restaging(TracerQuestion(site="ileum", ki67_percent=2, purpose="after_non_curative_surgery")).verdict
    'SSR PET/CT + CT or MRI'
    """
    if question.purpose not in _RESTAGING:
        raise ValueError(
            f"purpose is {question.purpose}; restaging is asked for one of {', '.join(_RESTAGING)}"
        )
    return tracer(question)


def appropriate_use(scenario: Scenario) -> Decision:
    """Say whether receptor PET is appropriate in a scenario of well-differentiated NET:
    "appropriate" in nine, else "not among the nine".

    Raises ValueError for an unknown scenario. Sources: statements AU1–AU9, TR25.

    >>> appropriate_use("unknown_primary")
    Receptor PET: appropriate; AU2, TR25
    """
    if scenario not in SCENARIOS:
        raise ValueError(f"scenario is '{scenario}'; it must be one of {', '.join(SCENARIOS)}")
    if scenario == "other":
        text = (
            "Of twelve scenarios nine were graded appropriate; this is none of them. The course has"
            " not seen how the others were graded."
        )
        return Decision("Receptor PET", NOT_LISTED, (reason("TR25", text, Status.NOT_MET),))
    rule = _APPROPRIATE[scenario]
    reasons = (
        reason(rule, statement(rule).in_words),
        reason("TR25", statement("TR25").in_words, Status.MET, Weight.INFORMATION),
    )
    return Decision("Receptor PET", APPROPRIATE, reasons)


class FollowUpChange(Model):
    """What a follow-up receptor scan shows against the last one; None is not known.

    `ct` is the course on CT or MRI. `suv_up` and `ratio_up` say whether the tumour's SUV and its
    ratio to the liver rose by more than readers differ. `confirmed` is what MRI, biopsy or a short
    follow-up said of a new lesion.
    """

    new_lesion: bool | None = None
    ct: Literal["stable", "growing"] | None = None
    suv_up: bool | None = None
    ratio_up: bool | None = None
    analogue_started: bool | None = None
    same_tracer: bool | None = None
    confirmed: bool | None = None


@dataclass(frozen=True)
class _Said:
    verdict: str
    reason: Reason
    missing: tuple[str, ...] = ()


def is_progression(change: FollowUpChange) -> Decision:
    """Say what a change on follow-up means.

    "progression" (CT grows, or a new lesion is confirmed), "possible progression" (new lesion or
    higher SUV with a stable CT), "effect of the analogue" (only the ratio rose and an analogue was
    started), "not comparable" (only SUVs of unlike tracers), "no sign of progression", or "cannot
    decide" with what is missing. Sources: statements TR20, S37, KP1, S27, S36.

    >>> is_progression(FollowUpChange(new_lesion=True, ct="stable")).verdict
    'possible progression'
    >>> is_progression(FollowUpChange(new_lesion=False, ct="stable", suv_up=False, ratio_up=True, analogue_started=True)).verdict
    'effect of the analogue'
    """
    said = _meaning(change)
    return Decision(
        "Change on follow-up",
        said.verdict,
        (said.reason,),
        said.missing,
        search=lambda: nearest_flips(
            said.verdict, _other_signs(change), lambda c: _meaning(c).verdict
        ),
    )


def comparable(earlier: str, now: str, analogue_started: bool | None = False) -> Decision:
    """Say what of two receptor scans may be compared: "SUV and ratio", "SUV only", "ratio only",
    "neither".

    SUVs of unlike tracers do not compare, ratios nearly do; over the start of an analogue ratios do
    not compare, the tumour's SUV does. "cannot decide" where the start is not known. Raises
    ValueError for tracers that are not receptor tracers. Sources: statements S27, KP1.

    >>> [comparable("ga68_dotatoc", now, started).verdict for now in ("ga68_dotatoc", "f18_sitate") for started in (False, True)]
    ['SUV and ratio', 'SUV only', 'ratio only', 'neither']
    """
    for id in (earlier, now):
        if tracer_of(id).target != "sst":
            raise ValueError(f"{tracer_of(id).name} is no receptor tracer")
    verdict = _compared(earlier == now, analogue_started)
    names = f"{tracer_of(earlier).name} and {tracer_of(now).name}"
    same = Status.MET if earlier == now else Status.NOT_MET
    text = (
        "The same tracer: SUVs compare."
        if earlier == now
        else f"{names}: SUVs do not compare, ratios nearly do."
    )
    reasons = [reason("S27", text, same)]
    if analogue_started is None:
        reasons.append(
            reason(
                "KP1", "It is not known whether an analogue was started between.", Status.UNKNOWN
            )
        )
    elif analogue_started:
        reasons.append(
            reason(
                "KP1",
                "An analogue was started between: ratios to the liver do not compare.",
                Status.NOT_MET,
            )
        )
    missing = ("whether an analogue was started between",) if verdict == CANNOT_DECIDE else ()
    return Decision(
        "Two receptor scans",
        verdict,
        tuple(reasons),
        missing,
        search=lambda: nearest_flips(
            verdict, _other_start(analogue_started), lambda case: _compared(earlier == now, *case)
        ),
    )


def _compared(same_tracer: bool, started: bool | None) -> str:
    if started is None:
        return CANNOT_DECIDE
    if same_tracer:
        return SUV_ONLY if started else SUV_AND_RATIO
    return NEITHER if started else RATIO_ONLY


def _meaning(c: FollowUpChange) -> _Said:
    """What a change means: what CT shows and what is new comes before what is merely brighter."""
    if c.ct == "growing":
        return _Said(PROGRESSION, reason("S36", "CT or MRI shows growth."))
    if c.new_lesion:
        if c.confirmed:
            return _Said(
                PROGRESSION,
                reason(
                    "TR20",
                    "A new lesion on receptor PET, confirmed: progression, though CT is stable.",
                ),
            )
        if c.confirmed is False:
            return _Said(
                NONE, reason("TR20", "The new focus was not confirmed as tumour.", Status.NOT_MET)
            )
        text = "A new lesion that CT does not show: it may be true. MRI, biopsy or short follow-up."
        return _Said(
            POSSIBLE,
            reason("S37", text),
            ("MRI, biopsy or short follow-up",) if c.ct else ("CT or MRI",),
        )
    open_ = [
        word
        for word, value in (("whether there is a new lesion", c.new_lesion), ("CT or MRI", c.ct))
        if value is None
    ]
    if open_:
        return _Said(
            CANNOT_DECIDE,
            reason("S36", "Receptor scan and CT or MRI are read together.", Status.UNKNOWN),
            tuple(open_),
        )
    return _brighter(c)


def _brighter(c: FollowUpChange) -> _Said:
    """What it means that nothing is new and nothing grew, but the picture is brighter."""
    if c.suv_up:
        if c.same_tracer is None:
            return _Said(
                CANNOT_DECIDE,
                reason("S27", "SUV rose, by which tracer?", Status.UNKNOWN),
                ("whether the tracer was the same",),
            )
        if c.same_tracer:
            return _Said(
                POSSIBLE, reason("S36", "The tumour's SUV rose with the same tracer; CT is stable.")
            )
        if c.ratio_up is not True:
            return _Said(
                OTHER_TRACER,
                reason(
                    "S27",
                    "Only the SUV rose, with another tracer: that is no change of the tumour.",
                ),
            )
    if c.ratio_up:
        if c.analogue_started is None:
            text = "The ratio to the liver rose; an analogue started between would explain it."
            return _Said(
                CANNOT_DECIDE,
                reason("KP1", text, Status.UNKNOWN),
                ("whether an analogue was started between",),
            )
        if c.analogue_started:
            return _Said(
                ANALOGUE,
                reason(
                    "KP1",
                    "The liver fell under the new analogue, so the ratio rose; the tumour did not"
                    " change.",
                ),
            )
        return _Said(
            POSSIBLE,
            reason("S36", "The ratio to the liver rose without a new analogue; CT is stable."),
        )
    if c.suv_up is None and c.ratio_up is None:
        return _Said(
            NONE, reason("S36", "Nothing new and nothing grew.", Status.NOT_MET), ("SUV and ratio",)
        )
    return _Said(
        NONE, reason("S36", "Nothing new, nothing grew, nothing brighter.", Status.NOT_MET)
    )


_WORDS = {
    "new_lesion": "a new lesion",
    "suv_up": "a higher SUV",
    "ratio_up": "a higher ratio to the liver",
    "analogue_started": "an analogue started between",
    "same_tracer": "the same tracer",
    "confirmed": "confirmation",
}


def _other_signs(change: FollowUpChange) -> Iterator[Change[FollowUpChange]]:
    """Yield the opposite of each thing that is known."""
    for field, words in _WORDS.items():
        if getattr(change, field) is not None:
            yield from options(change, field, {True: f"With {words}", False: f"Without {words}"})
    if change.ct is not None:
        courses = {course: f"With CT {course}" for course in ("stable", "growing")}
        yield from options(change, "ct", courses, name="ct: {then}")


def _other_start(started: bool | None) -> Iterator[Change[tuple[bool | None]]]:
    if started is not None:
        words = {
            True: "With an analogue started between",
            False: "Without an analogue started between",
        }
        case: tuple[bool | None] = (started,)
        yield from options(case, "0", words, name="analogue_started")
