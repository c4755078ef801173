"""Whether the diagnosis rests on histology, or a neuroendocrine neoplasm is only suspected."""

from __future__ import annotations

from netcourse.patients import Patient

_BY_PATHOLOGY = (
    "ki67_percent",
    "mitoses_per_2mm2",
    "necrosis",
    "lymphovascular_invasion",
    "muscularis_invasion",
    "margin",
)


def is_proven(patient: Patient) -> bool:
    """Return whether there is histology: as the record says, else where it holds what only a
    pathologist reports, or therapy that follows histology.

    Tumours that are known by hormones or place (insulinoma, paraganglioma, …) need none.

    >>> from netcourse.patients import generate
    >>> is_proven(generate("ileum_disseminated")), is_proven(generate("nodule_without_histology"))
    (True, False)
    """
    pathology, history = patient.pathology, patient.history
    if pathology.proven is not None:
        return pathology.proven
    return (
        pathology.tumour != "nen"
        or pathology.differentiation == "poor"
        or any(getattr(pathology, name) is not None for name in _BY_PATHOLOGY)
        or any(lesion.histology in ("net", "carcinoma") for lesion in patient.lesions)
        or history.surgery != "none"
        or bool(history.on_ssa)
        or history.prrt_cycles > 0
        or history.days_since_systemic_therapy is not None
        or history.days_since_diagnosis is not None
    )
