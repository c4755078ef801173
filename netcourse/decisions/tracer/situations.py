"""The conditions of tracer choice by the situation, TR17 to TR23, and those that add a test; made
as in `conditions.py`.

`CONDITIONS` imported from here holds those of both files.
"""

from __future__ import annotations

from netcourse.decisions.core.facts import Fact, all_of, known, no
from netcourse.decisions.core.grade import Grade
from netcourse.decisions.tracer.conditions import net_g3
from netcourse.decisions.tracer.facts import (
    CONDITIONS,
    KI67,
    THORACIC,
    asked,
    atypical,
    condition,
    exception,
    grade,
    number,
    sure,
    well,
)
from netcourse.decisions.tracer.question import TracerQuestion
from netcourse.evidence import figure

__all__ = ["CONDITIONS"]


@condition
def cured_with_risk(q: TracerQuestion) -> Fact:
    """After surgery meant to cure, significant risk of remaining disease."""
    return all_of(well(q, "nen"), asked(q, "after_curative_surgery"), _risk(q))


@condition
def cured_without_risk(q: TracerQuestion) -> Fact:
    """After surgery meant to cure, no significant risk of remaining disease."""
    return all_of(well(q, "nen"), asked(q, "after_curative_surgery"), no(_risk(q)))


@condition
def not_cured(q: TracerQuestion) -> Fact:
    """After surgery that left tumour behind."""
    return all_of(well(q, "nen"), asked(q, "after_non_curative_surgery"))


@condition
def suspected_progression(q: TracerQuestion) -> Fact:
    """Progression suspected by symptoms or laboratory, receptors not known to be absent."""
    return all_of(well(q, "nen"), asked(q, "progression"), sure(q.ssr_positive is not False))


@condition
def new_lesion_ct_stable(q: TracerQuestion) -> Fact:
    """New lesion on receptor PET, CT stable."""
    return all_of(well(q), asked(q, "new_lesion_on_pet"))


@condition
def lesion_lacks_receptors(q: TracerQuestion) -> Fact:
    """Suspicious lesion on CT or MRI without receptors."""
    return all_of(well(q), asked(q, "lesion_without_receptors"))


@condition
def progression_without_receptors(q: TracerQuestion) -> Fact:
    """Progression suspected, tumour known to lack receptors."""
    return all_of(well(q, "nen"), asked(q, "progression"), sure(q.ssr_positive is False))


@condition
def rapid_despite_low_grade(q: TracerQuestion) -> Fact:
    """Rapid progression despite low-grade pathology."""
    return all_of(well(q), asked(q, "rapid_progression"), no(net_g3(q)))


@condition
def biopsy_planned(q: TracerQuestion) -> Fact:
    """Biopsy to be planned, course unclear."""
    return all_of(well(q), asked(q, "biopsy"))


@condition
def therapy_candidate(q: TracerQuestion) -> Fact:
    """Candidate for radioligand therapy."""
    return all_of(well(q), asked(q, "prrt_candidate"))


@condition
def high_ki67(q: TracerQuestion) -> Fact:
    """Ki-67 at or above the limit for FDG."""
    return number(q.ki67_percent, KI67, lambda percent: percent >= figure("choice.fdg_ki67").value)


@condition
def grows_fast(q: TracerQuestion) -> Fact:
    """Known to grow fast."""
    return sure(q.fast_growth is True)


@condition
def some_lesion_lacks_receptors(q: TracerQuestion) -> Fact:
    """A lesion is known to lack receptors."""
    return sure(q.lesion_without_receptors is True)


@condition
def more_than_the_mildest(q: TracerQuestion) -> Fact:
    """G2 or G3, or an atypical carcinoid."""
    if q.tumour not in ("nen", "insulinoma"):
        return sure(False)  # no grade to ask for
    return atypical(q) if q.site in THORACIC else grade(q, Grade.G2, Grade.G3)


@condition
def calcitonin_doubles_fast(q: TracerQuestion) -> Fact:
    """Calcitonin is known to double fast."""
    doubling = q.calcitonin_doubling_months
    return sure(doubling is not None and doubling < figure("choice.calcitonin_doubling").value)


@condition
def cea_rises(q: TracerQuestion) -> Fact:
    """CEA is known to rise."""
    return sure(q.cea_rising is True)


@condition
def receptor_therapy_thought_of(q: TracerQuestion) -> Fact:
    """A receptor therapy is seriously considered and Ki-67 is below the limit for NEC."""
    low = number(
        q.ki67_percent, KI67, lambda percent: percent < figure("choice.nec_ssr_ki67").value
    )
    return all_of(sure(q.receptor_therapy is True), low)


@condition
def symptoms_of_the_brain(q: TracerQuestion) -> Fact:
    """Neurological symptoms are known."""
    return sure(q.neurological_symptoms is True)


def _risk(q: TracerQuestion) -> Fact:
    """Whether disease may well be left: said so, or what ends an exception is there, or else what
    pathology and markers say.
    """
    spared = exception(q)
    if q.residual_risk is None and spared and any(trigger.fact.holds for trigger in spared[1]):
        return sure(True)
    return known(q.risk, "risk of residual disease")
