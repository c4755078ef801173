"""The conditions of tracer choice by the tumour, TR1 to TR16: each one a sentence and a function
that says whether it holds.

A rule of `rules.toml` names its condition by the function's name and is shown by its
sentence. What is not known makes a condition unknown, never false.
"""

from __future__ import annotations

from netcourse.decisions.core.facts import Fact, all_of, any_of, known, no
from netcourse.decisions.core.grade import Grade
from netcourse.decisions.tracer.facts import (
    DIGESTIVE,
    STAGE,
    STAGING,
    THORACIC,
    WHOLE_BODY,
    asked,
    atypical,
    condition,
    exception,
    grade,
    graded,
    number,
    sure,
    well,
)
from netcourse.decisions.tracer.question import TracerQuestion
from netcourse.evidence import figure


@condition
def suspected_mass_to_biopsy(q: TracerQuestion) -> Fact:
    """Suspected NET without histology or a likely organ, a mass that can be biopsied, no biochemical
    evidence.
    """
    return all_of(
        _suspected(q),
        sure(q.site == "unknown" and q.biopsy_possible is not False),
        sure(not q.biochemical_evidence),
    )


@condition
def suspected_net(q: TracerQuestion) -> Fact:
    """Suspected NET without histology."""
    return _suspected(q)


def _suspected(q: TracerQuestion) -> Fact:
    return all_of(well(q, "nen"), sure(q.proven is False), asked(q, *WHOLE_BODY, "biopsy"))


@condition
def carcinoma(q: TracerQuestion) -> Fact:
    """Neuroendocrine carcinoma (NEC): poorly differentiated."""
    return all_of(sure(q.differentiation == "poor"), no(digestive_carcinoma_before_cure(q)))


@condition
def digestive_carcinoma_before_cure(q: TracerQuestion) -> Fact:
    """Digestive NEC without distant spread, before surgery meant to cure or adjuvant
    chemotherapy.
    """
    confined = known(None if q.stage is None else q.stage != "metastatic", STAGE)
    return all_of(
        sure(q.differentiation == "poor"),
        sure(q.site in DIGESTIVE),
        asked(q, "before_cure"),
        confined,
    )


@condition
def net_g3(q: TracerQuestion) -> Fact:
    """NET G3."""
    sought = all_of(
        _insulinoma(q), no(_malignant(q))
    )  # an insulinoma is localised before anybody has its Ki-67
    return all_of(
        graded(q), no(sought), grade(q, Grade.G3), asked(q, *WHOLE_BODY, "rapid_progression")
    )


@condition
def gastric_type_1(q: TracerQuestion) -> Fact:
    """Gastric NET type I, small, G1, not known to invade or to have spread."""
    type_1 = known(None if q.gastric_type is None else q.gastric_type == "I", "gastric type")
    return all_of(type_1, _spared(q, "TR4"))


@condition
def small_rectal(q: TracerQuestion) -> Fact:
    """Rectal NET G1, small, without adverse features."""
    return _spared(q, "TR5")


@condition
def small_appendiceal(q: TracerQuestion) -> Fact:
    """NET of the appendix, small, completely removed."""
    return _spared(q, "TR6")


@condition
def benign_insulinoma(q: TracerQuestion) -> Fact:
    """Insulinoma that looks benign, exendin PET not out of reach."""
    return all_of(
        _insulinoma(q), no(_malignant(q)), sure(q.department is None or q.department.exendin)
    )


@condition
def benign_insulinoma_without_exendin(q: TracerQuestion) -> Fact:
    """Insulinoma that looks benign, no exendin PET to be had."""
    return all_of(
        _insulinoma(q),
        no(_malignant(q)),
        sure(q.department is not None and not q.department.exendin),
    )


@condition
def malignant_insulinoma(q: TracerQuestion) -> Fact:
    """Malignant insulinoma."""
    return all_of(_insulinoma(q), _malignant(q))


@condition
def sporadic_phaeochromocytoma(q: TracerQuestion) -> Fact:
    """Sporadic phaeochromocytoma, single, not metastatic."""
    return all_of(
        _chromaffin(q, "phaeochromocytoma"), _genotype(q, "sporadic"), no(_far_reaching(q))
    )


@condition
def inherited_phaeochromocytoma(q: TracerQuestion) -> Fact:
    """Inherited phaeochromocytoma without SDHx, single, not metastatic."""
    return all_of(
        _chromaffin(q, "phaeochromocytoma"), _genotype(q, "NF1_RET_VHL_MAX"), no(_far_reaching(q))
    )


@condition
def head_and_neck_paraganglioma(q: TracerQuestion) -> Fact:
    """Paraganglioma of head and neck, single, not metastatic, not SDHx."""
    return all_of(
        _chromaffin(q, "paraganglioma"), sure(q.site == "head_neck"), no(_far_reaching(q))
    )


@condition
def far_reaching_paraganglioma(q: TracerQuestion) -> Fact:
    """Sympathetic paraganglioma outside the adrenal, or any multifocal, metastatic or SDHx one."""
    sympathetic = all_of(_chromaffin(q, "paraganglioma"), sure(q.site != "head_neck"))
    either = _chromaffin(q, "phaeochromocytoma", "paraganglioma")
    return any_of(sympathetic, all_of(either, _far_reaching(q)))


@condition
def medullary_with_raised_calcitonin(q: TracerQuestion) -> Fact:
    """Medullary thyroid carcinoma with raised calcitonin."""
    return all_of(_medullary(q), _calcitonin_raised(q))


@condition
def medullary_with_low_calcitonin(q: TracerQuestion) -> Fact:
    """Medullary thyroid carcinoma with low calcitonin."""
    return all_of(_medullary(q), no(_calcitonin_raised(q)))


@condition
def typical_carcinoid(q: TracerQuestion) -> Fact:
    """Typical carcinoid of lung or thymus at staging."""
    return all_of(_carcinoid(q), no(atypical(q)))


@condition
def atypical_carcinoid(q: TracerQuestion) -> Fact:
    """Atypical carcinoid of lung or thymus at staging."""
    return all_of(_carcinoid(q), atypical(q))


@condition
def unknown_primary(q: TracerQuestion) -> Fact:
    """NET G1 or G2 of unknown primary at staging."""
    return all_of(_mild(q), sure(q.site == "unknown"))


@condition
def other_net(q: TracerQuestion) -> Fact:
    """NET G1 or G2 of any other site at staging."""
    return _mild(q)


def _mild(q: TracerQuestion) -> Fact:
    return all_of(graded(q), well(q, "nen"), asked(q, *STAGING), grade(q, Grade.G1, Grade.G2))


def _spared(q: TracerQuestion, rule: str) -> Fact:
    """Whether the exception of a rule is the one of this tumour and nothing is known that ends
    it.
    """
    found = exception(q)
    if found is None or found[0] != rule:
        return sure(False)
    return no(any_of(*(trigger.bar for trigger in found[1])))


def _insulinoma(q: TracerQuestion) -> Fact:
    return all_of(well(q, "insulinoma"), asked(q, *WHOLE_BODY))


def _malignant(q: TracerQuestion) -> Fact:
    """Whether an insulinoma has spread or is held to be malignant; that it is localised does not
    make it benign.
    """
    if q.stage in ("regional", "metastatic"):
        return sure(True)
    return known(
        None if q.presumed_benign is None else not q.presumed_benign, "whether it looks benign"
    )


def _chromaffin(q: TracerQuestion, *tumours: str) -> Fact:
    return all_of(well(q, *tumours), asked(q, *WHOLE_BODY))


def _genotype(q: TracerQuestion, genotype: str) -> Fact:
    return known(None if q.genotype is None else q.genotype == genotype, "genotype")


def _far_reaching(q: TracerQuestion) -> Fact:
    """Whether a chromaffin tumour is multifocal, metastatic or SDHx."""
    metastatic = known(None if q.stage is None else q.stage == "metastatic", STAGE)
    return any_of(_genotype(q, "SDHx"), known(q.multifocal, "whether it is multifocal"), metastatic)


def _medullary(q: TracerQuestion) -> Fact:
    return all_of(well(q, "medullary_thyroid_carcinoma"), asked(q, *WHOLE_BODY))


def _calcitonin_raised(q: TracerQuestion) -> Fact:
    """Whether calcitonin asks for more than ultrasound: above one limit before surgery, from
    another on after it.
    """
    before, after = (
        figure("choice.calcitonin_staging").value,
        figure("choice.calcitonin_recurrence").value,
    )
    return number(
        q.calcitonin_ng_l,
        "calcitonin",
        lambda ng: ng > before if q.purpose in STAGING else ng >= after,
    )


def _carcinoid(q: TracerQuestion) -> Fact:
    return all_of(well(q, "nen"), sure(q.site in THORACIC), asked(q, *STAGING))
