"""The clinical side of a patient: pathology, laboratory, history and condition.

None means not known or not measured, which is never the same as normal. Days and months count back
from the planned decision.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from netcourse.patients.record import Days, Model, Months, Percent, Positive

Site = Literal[
    "ileum",
    "pancreas",
    "rectum",
    "colon",
    "appendix",
    "stomach",
    "duodenum",
    "liver",
    "lung",
    "thymus",
    "thyroid",
    "adrenal",
    "head_neck",
    "abdominal_paraganglia",
    "unknown",
]
Count = Annotated[int, Field(ge=0)]
Times = Annotated[float, Field(ge=0, le=100)]
"""A laboratory value as a multiple of its upper limit of normal."""


class Pathology(Model):
    """What the tumour is: site, kind, differentiation, proliferation, and the features that change
    its risk.

    `proven` says whether histology shows a neuroendocrine neoplasm; None where the record does not
    say. `size_mm` is the primary's diameter. `stage` says how far it has spread as far as is known.
    """

    site: Site
    tumour: Literal[
        "nen", "insulinoma", "phaeochromocytoma", "paraganglioma", "medullary_thyroid_carcinoma"
    ] = "nen"
    proven: bool | None = None
    differentiation: Literal["well", "poor"] = "well"
    ki67_percent: Percent | None = None
    mitoses_per_2mm2: Annotated[float, Field(ge=0)] | None = None
    necrosis: bool | None = None
    size_mm: Positive | None = None
    stage: Literal["localised", "regional", "metastatic"] | None = None
    gastric_type: Literal["I", "II", "III"] | None = None
    genotype: Literal["sporadic", "SDHx", "NF1_RET_VHL_MAX"] | None = None
    multifocal: bool | None = None
    presumed_benign: bool | None = None
    lymphovascular_invasion: bool | None = None
    muscularis_invasion: bool | None = None
    node_positive: bool | None = None
    margin: Literal["R0", "R1", "R2"] | None = None


class Labs(Model):
    """Laboratory values in the units of their names; `…_times_uln` are multiples of the upper limit
    of normal.
    """

    creatinine_mg_dl: Positive | None = None
    haemoglobin_g_dl: Positive | None = None
    white_cells_1e9_l: Positive | None = None
    neutrophils_1e9_l: Positive | None = None
    platelets_1e9_l: Positive | None = None
    bilirubin_times_uln: Times | None = None
    ast_times_uln: Times | None = None
    alt_times_uln: Times | None = None
    albumin_g_l: Positive | None = None
    inr: Positive | None = None
    chromogranin_a_change_percent: float | None = None
    hiaa_times_uln: Times | None = None
    calcitonin_ng_l: Positive | None = None
    calcitonin_doubling_months: Positive | None = None
    cea_rising: bool | None = None


class History(Model):
    """What happened before the scan or the decision.

    `course` is how the disease went on imaging, over `course_months`; `course_confirmed` False
    marks a suspicion. `on_ssa` says whether that was under an analogue. `resectable` means that
    cure by surgery or local ablation is possible.
    """

    story: str
    days_since_diagnosis: Days | None = None
    days_since_long_acting_ssa: Days | None = None
    hours_since_short_acting_ssa: Annotated[float, Field(ge=0)] | None = None
    course: Literal["stable", "progressive", "responding"] | None = None
    course_months: Months | None = None
    course_confirmed: bool = True
    on_ssa: bool | None = None
    syndrome: Literal["carcinoid", "insulin", "gastrin", "other"] | None = None
    refractory_symptoms: bool | None = None
    resectable: bool | None = None
    surgery: Literal["none", "curative", "non_curative"] = "none"
    days_since_surgery: Days | None = None
    days_since_systemic_therapy: Days | None = None
    days_since_liver_directed_therapy: Days | None = None
    prrt_cycles: Count = 0
    prrt_benefit_months: Months | None = None
    prrt_kidney_bed_gy: Annotated[float, Field(ge=0)] | None = None
    splenectomy: bool = False
    liver_replaced: bool = False


class Condition(Model):
    """How the patient is, beside the tumour."""

    karnofsky_percent: Percent | None = None
    ecog: Annotated[int, Field(ge=0, le=4)] | None = None
    life_expectancy_months: Months | None = None
    nyha: Annotated[int, Field(ge=1, le=4)] | None = None
    carcinoid_heart_disease: bool | None = None
    echocardiography_done: bool | None = None
    hydronephrosis: bool | None = None
    hypertension: bool | None = None
    diabetes: Literal["none", "controlled", "uncontrolled"] | None = None
    incontinence_or_psychiatric: bool | None = None
    pregnant: bool | None = None
    breast_feeding: bool | None = None
    consent: bool | None = None
    liver_load_percent: Percent | None = None
    marrow_load_percent: Percent | None = None
    irradiated_marrow_percent: Percent | None = None
