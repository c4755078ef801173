"""FDG beside SSR for one lesion of a patient: whether it is positive, and how much it outweighs the
receptors.
"""

from __future__ import annotations

from netcourse.decisions.heterogeneity.dual_tracer import Cuts, reads
from netcourse.patients import Lesion, Patient


def fdg_positive(lesion: Lesion, patient: Patient, times_liver: float | None = None) -> bool | None:
    """Whether a lesion's FDG SUVmax exceeds the patient's liver on FDG, or a multiple of it; None
    where FDG is not known.

    >>> from netcourse.patients import generate
    >>> patient = generate("dedifferentiated_metastasis")
    >>> [fdg_positive(lesion, patient) for lesion in patient.lesions]
    [True, True, True]
    """
    cuts = Cuts() if times_liver is None else Cuts(fdg_times_liver=times_liver)
    known = [read.fdg_positive(cuts) for read in reads(patient, lesion)]
    return None if None in known else any(known)


def fdg_ratio(lesion: Lesion, patient: Patient) -> float | None:
    """(FDG / liver) ÷ (SSR / liver) of a lesion, of its part with the most where it has two; None
    where FDG is not known.

    >>> from netcourse.patients import generate
    >>> patient = generate("pancreas_g3")
    >>> [round(fdg_ratio(lesion, patient), 2) for lesion in patient.lesions]
    [0.76, 1.35, 1.55, 1.59]
    """
    known = [read.ratio for read in reads(patient, lesion)]
    found = [r for r in known if r is not None]
    return max(found) if found and len(found) == len(known) else None
