"""What is known when a tracer is to be chosen: the tumour, why a scan is asked for, what was found,
what the department has.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self, get_args

from pydantic import Field, model_validator

from netcourse.decisions.core.grade import Grade, grade_of
from netcourse.decisions.core.proof import is_proven
from netcourse.decisions.somatostatin.krenning import krenning
from netcourse.decisions.somatostatin.standing import tumour_lesions
from netcourse.evidence import figure
from netcourse.evidence.tracers import Region
from netcourse.patients import Pathology, Patient
from netcourse.patients.record import Model, Positive

Purpose = Literal[
    "baseline",
    "before_cure",
    "after_curative_surgery",
    "after_non_curative_surgery",
    "progression",
    "rapid_progression",
    "new_lesion_on_pet",
    "lesion_without_receptors",
    "biopsy",
    "prrt_candidate",
]
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
PURPOSE_WORDS: dict[Purpose, str] = {
    "baseline": "baseline",
    "before_cure": "before surgery meant to cure",
    "after_curative_surgery": "after surgery meant to cure",
    "after_non_curative_surgery": "after surgery that left tumour behind",
    "progression": "suspected progression",
    "rapid_progression": "rapid progression",
    "new_lesion_on_pet": "new lesion on receptor PET, CT stable",
    "lesion_without_receptors": "suspicious lesion on CT or MRI without receptors",
    "biopsy": "biopsy planning",
    "prrt_candidate": "candidate for radioligand therapy",
}


class Department(Model):
    """What a department has; what is not said it has not, but for a PET scanner.

    `ga68` is a generator or a delivery, `transport_min` how long it travels (0: from the house).
    `patients_a_day` are those for receptor PET. `region` is whose approvals count; None leaves them
    aside.
    """

    pet: bool = True
    ga68: bool = False
    f18_ssr: bool = False
    cu64: bool = False
    hynic_toc: bool = False
    indium: bool = False
    exendin: bool = False
    patients_a_day: Annotated[int, Field(ge=1, le=50)] | None = None
    transport_min: Annotated[float, Field(ge=0, le=1440)] = 0.0
    region: Region | None = None


class TracerQuestion(Pathology):
    """A tumour and the question put to imaging; None is not known or not looked for.

    `proven` False is a suspected NET without histology; then `biopsy_possible` says whether a sample
    can be taken and `biochemical_evidence` whether hormones or markers speak for it. `earlier_ssr`
    says whether a receptor scan exists, `ssr_positive` whether the tumour took it up,
    `lesion_without_receptors` whether a lesion large enough to judge lacks receptors. `resected`
    False means that there is no resection margin to ask for. `residual_risk` is a clinician's own
    word; without it `risk` is worked out. `marker_change_percent` is of the tumour marker.
    `receptor_therapy` says that a receptor therapy is seriously considered. Without a `department`
    everything is to be had.
    """

    purpose: Purpose = "baseline"
    biopsy_possible: bool | None = None
    biochemical_evidence: bool | None = None
    resected: bool | None = None
    mesoappendix_over_3_mm: bool | None = None
    residual_risk: bool | None = None
    fast_growth: bool | None = None
    earlier_ssr: bool | None = None
    ssr_positive: bool | None = None
    lesion_without_receptors: bool | None = None
    receptor_therapy: bool | None = None
    neurological_symptoms: bool | None = None
    marker_change_percent: float | None = None
    calcitonin_ng_l: Positive | None = None
    calcitonin_doubling_months: Positive | None = None
    cea_rising: bool | None = None
    department: Department | None = None

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if self.resected is False and self.margin is not None:
            raise ValueError(
                f"margin is {self.margin} and resected is false; a tumour that was not removed has"
                " no margin"
            )
        if self.stage == "localised" and self.node_positive:
            raise ValueError(
                "node_positive is true and stage is localised; with a positive node it is regional"
            )
        if self.presumed_benign and self.stage in ("regional", "metastatic"):
            raise ValueError(
                f"presumed_benign is true and stage is {self.stage}; a tumour that has spread is"
                " not benign"
            )
        return self

    @property
    def name(self) -> str:
        """The tumour in words: its kind, site, grade or type.

        >>> TracerQuestion(site="rectum", ki67_percent=2, size_mm=7).name
        'NET G1 of the rectum, 7 mm'
        >>> TracerQuestion(site="adrenal", tumour="phaeochromocytoma").name
        'Phaeochromocytoma'
        >>> TracerQuestion(site="unknown", ki67_percent=2).name
        'NET G1 of unknown primary'
        """
        kind = self.tumour.replace("_", " ") if self.tumour != "nen" else self._graded
        place = {"head_neck": "head and neck", "unknown": "unknown primary"}.get(
            self.site, self.site.replace("_", " ")
        )
        where = (
            ""
            if self.tumour in ("phaeochromocytoma", "medullary_thyroid_carcinoma")
            else f" of {place}"
        )
        if where and self.site not in ("unknown", "abdominal_paraganglia", "head_neck"):
            where = f" of the {place}"
        size = f", {self.size_mm:g} mm" if self.size_mm is not None else ""
        return f"{kind[0].upper()}{kind[1:]}{where}{size}{f', {self.stage}' if self.stage else ''}"

    @property
    def _graded(self) -> str:
        if self.differentiation == "poor":
            return "NEC"
        if self.site in ("lung", "thymus"):
            return {True: "atypical carcinoid", False: "typical carcinoid", None: "carcinoid"}[
                self.atypical
            ]
        if self.proven is False:
            return "suspected NET"
        grade = grade_of(self)
        return grade.value if grade else "NET of unknown grade"

    @property
    def atypical(self) -> bool | None:
        """Whether a carcinoid of lung or thymus is atypical: by mitoses or necrosis; None when
        neither is enough to tell.
        """
        mitotic = (
            None
            if self.mitoses_per_2mm2 is None
            else self.mitoses_per_2mm2 >= figure("grade.lung.atypical_from").value
        )
        if mitotic or self.necrosis:
            return True
        return None if mitotic is None or self.necrosis is None else False

    @property
    def risk(self) -> bool | None:
        """Whether disease may well be left after curative surgery; as `residual_risk` says, else
        from pathology and markers.

        Yes with a positive node, spread, an incomplete resection, lymphovascular invasion, G2 or an
        atypical carcinoid, or a marker that rose; no when grade or type, node and margin are known
        and speak against it; else None. The review says only "clinically significant", so this
        reading of it is the course's own.

        >>> TracerQuestion(site="ileum", ki67_percent=1, stage="localised", margin="R0").risk
        False
        """
        if self.residual_risk is not None:
            return self.residual_risk
        grown = (
            self.marker_change_percent is not None
            and self.marker_change_percent >= figure("choice.marker_rise").value
        )
        spread = self.node_positive or self.stage in ("regional", "metastatic")
        left = self.margin in ("R1", "R2") or self.lymphovascular_invasion
        if grown or spread or left or self.aggressive:
            return True
        node_free = self.node_positive is False or self.stage == "localised"
        return False if self.aggressive is False and self.margin == "R0" and node_free else None

    @property
    def aggressive(self) -> bool | None:
        """Whether it is more than the mildest of its kind: G2, G3 or carcinoma, or an atypical
        carcinoid; None when not known.
        """
        if self.differentiation == "well" and self.site in ("lung", "thymus"):
            return self.atypical
        grade = grade_of(self)
        return None if grade in (None, Grade.NONE) else grade is not Grade.G1


def tracer_question(
    patient: Patient,
    purpose: Purpose | None = None,
    department: Department | None = None,
    scan_seen: bool = False,
    **findings: Any,
) -> TracerQuestion:
    """Return the question that a patient's record puts; `findings` are further fields of
    `TracerQuestion`, and win.

    Without a `purpose` the record's own is taken (`usual_purpose`). What the record does not say
    stays unknown. With `scan_seen` the receptor scan is at hand, so that it counts which lesions
    have receptors. Raises ValueError where the findings contradict the record.

    >>> from netcourse.patients import generate
    >>> tracer_question(generate("pancreas_new")).name
    'NET G2 of the pancreas'
    """
    history, labs = patient.history, patient.labs
    raised = labs.hiaa_times_uln is not None and labs.hiaa_times_uln > 1
    resected = history.surgery != "none" or patient.pathology.margin is not None
    said: dict[str, Any] = {
        "purpose": purpose or usual_purpose(patient),
        "proven": is_proven(patient),
        "biochemical_evidence": True if history.syndrome or raised else None,
        "resected": resected,
        "fast_growth": fast_growth(patient),
        "earlier_ssr": True if scan_seen or patient.earlier_ssr is not None else None,
        "receptor_therapy": True if purpose == "prrt_candidate" else None,
        "marker_change_percent": labs.chromogranin_a_change_percent,
        "calcitonin_ng_l": labs.calcitonin_ng_l,
        "calcitonin_doubling_months": labs.calcitonin_doubling_months,
        "cea_rising": labs.cea_rising,
        "department": department,
    }
    if scan_seen:
        said["ssr_positive"], said["lesion_without_receptors"] = _receptors(patient)
    return TracerQuestion.model_validate(patient.pathology.model_dump() | said | findings)


def usual_purpose(patient: Patient) -> Purpose:
    """Return what a record asks for: progression on imaging, else what surgery left, else a marker
    that rose, else baseline.

    >>> from netcourse.patients import generate
    >>> usual_purpose(generate("pancreas_new"))
    'baseline'
    """
    history = patient.history
    if history.course == "progressive":
        return (
            "rapid_progression"
            if history.course_confirmed and fast_growth(patient)
            else "progression"
        )
    if history.surgery == "curative":
        return "after_curative_surgery"
    if history.surgery == "non_curative":
        return "after_non_curative_surgery"
    rise = patient.labs.chromogranin_a_change_percent
    return (
        "progression"
        if rise is not None and rise >= figure("choice.marker_rise").value
        else "baseline"
    )


def fast_growth(patient: Patient) -> bool | None:
    """Return whether the tumour grows fast: progressive within the figure `choice.fast_growth`;
    None when that is not known.
    """
    history = patient.history
    if history.course in ("stable", "responding"):
        return False
    if history.course is None or history.course_months is None:
        return None
    return history.course_months <= figure("choice.fast_growth").value


def _receptors(patient: Patient) -> tuple[bool | None, bool | None]:
    """Whether a tumour lesion has receptors, and whether one that is large enough to judge has
    none.
    """
    found, lacking, unsure = False, False, False
    for lesion in tumour_lesions(patient):
        decision = krenning(patient.uptake(lesion))
        positive = decision.decided and decision.score >= figure("node.ssr_positive").value
        judged = positive or (decision.decided and "partial volume" not in decision.flags)
        found, lacking, unsure = (
            found or positive,
            lacking or (judged and not positive),
            unsure or not judged,
        )
    return found or (None if unsure else False), lacking or (None if unsure else False)
