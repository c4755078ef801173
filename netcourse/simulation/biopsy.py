"""What pathology returns from one needle biopsy: the needle strays, the sample is small, and it
holds the clone it happens to hit.
"""

from __future__ import annotations

from statistics import NormalDist

from netcourse.evidence import figure, statement
from netcourse.patients.clinical import Pathology
from netcourse.patients.generator import Draws
from netcourse.patients.model import Lesion, Part, Patient
from netcourse.patients.record import Model
from netcourse.patients.truth import is_tumour

_QUARTILE = NormalDist().inv_cdf(0.75)


class Sample(Model):
    """One biopsy: what it is by pathology, None where the needle missed the tumour or it is no NEN;
    how many cells, from which clone.

    `clone` "mixed" stands for tissue of two clones that cannot be told apart.
    """

    lesion: str
    pathology: Pathology | None
    cells: int
    clone: str | None

    @property
    def is_enough(self) -> bool:
        """Whether there are enough cells for a Ki-67."""
        return self.pathology is not None and self.cells >= figure("grade.cells").value

    @property
    def caveat(self) -> str:
        """What every small sample leaves open."""
        return statement("GW6").in_words

    def __repr__(self) -> str:
        if self.pathology is None or self.pathology.ki67_percent is None:
            return f"Biopsy of {self.lesion}: no neuroendocrine tumour in the sample, SYNTHETIC"
        few = "" if self.is_enough else ", too few"
        return f"Biopsy of {self.lesion}: Ki-67 {self.pathology.ki67_percent:g} %, {self.cells} cells{few}, SYNTHETIC"

    __str__ = __repr__


def sample(
    patient: Patient, lesion: Lesion | str, part: Part | None = None, seed: int = 0
) -> Sample:
    """Take one biopsy of a lesion, aimed at its centre or at the middle of a part; another seed is
    another needle.

    How far needles stray, how many cells they bring and how much of the true Ki-67 those show are
    figures (biopsy.…), partly T. Raises KeyError for an unknown lesion and ValueError for a part
    that the lesion has not.

    >>> from netcourse.patients.generator import generate
    >>> patient = generate("cold_half")
    >>> sample(patient, "L1", "B"), sample(patient, "L2").pathology.ki67_percent < 3
    (Biopsy of L1: Ki-67 42.9 %, 11381 cells, SYNTHETIC, True)
    """
    lesion = patient.lesion(lesion) if isinstance(lesion, str) else lesion
    if part is not None and part not in lesion.parts:
        raise ValueError(
            f"lesion {lesion.id} has no part {part} that shows; its parts are"
            f" {', '.join(lesion.parts)}"
        )
    draws = Draws("biopsy", patient.id, lesion.id, part or "", seed)
    median, quartile = figure("biopsy.cells").value, figure("biopsy.cells").high
    assert quartile is not None
    cells = max(50, round(median * (quartile / median) ** (_normal(draws, "cells") / _QUARTILE)))
    clone = _hit(lesion, part, draws)
    if clone is None or not is_tumour(lesion):
        return Sample(lesion=lesion.id, pathology=None, cells=cells, clone=None)
    true = _ki67(patient, lesion, clone)
    ki67 = None if true is None else _counted(true, cells, draws)
    pathology = patient.pathology.model_copy(
        update={"ki67_percent": ki67, "mitoses_per_2mm2": None}
    )
    return Sample(lesion=lesion.id, pathology=pathology, cells=cells, clone=clone)


def _hit(lesion: Lesion, part: Part | None, draws: Draws) -> str | None:
    """The clone where the needle ends: "A", "B" or "mixed"; None outside the lesion."""
    sd, radius = figure("biopsy.stray").value, lesion.size_mm / 2
    at = [sd * _normal(draws, axis) for axis in "xyz"]
    b = lesion.clone_b
    if b is None or b.side is None:
        inside = sum(step * step for step in at) <= radius * radius
        return ("A" if b is None else "mixed") if inside else None
    length = sum(step * step for step in b.side) ** 0.5
    side = [step / length for step in b.side]
    if part is not None:
        away = (lesion.size_mm - lesion.part_mm(part)) / 2 * (1 if part == "B" else -1)
        at = [step + away * along for step, along in zip(at, side, strict=True)]
    if sum(step * step for step in at) > radius * radius:
        return None
    depth = sum(step * along for step, along in zip(at, side, strict=True))
    return "B" if depth > radius - lesion.part_mm("B") else "A"


def _ki67(patient: Patient, lesion: Lesion, clone: str) -> float | None:
    """The true Ki-67 of what was hit."""
    own = lesion.ki67_percent if lesion.ki67_percent is not None else patient.pathology.ki67_percent
    if clone == "A" or lesion.clone_b is None:
        return own
    other = lesion.clone_b.ki67_percent
    other = figure("therapy.model.ki67_b").value if other is None else other
    if clone == "B" or own is None:
        return other
    return (1 - lesion.clone_b.fraction) * own + lesion.clone_b.fraction * other


def _counted(true: float, cells: int, draws: Draws) -> float:
    """The Ki-67 that a count of so many cells gives: mostly less than the hot spot's, with the
    chance of counting.
    """
    found = figure("biopsy.hot_spot")
    seen = (
        min(max(found.value + (found.sd or 0.0) * _normal(draws, "hot spot"), 0.2), 1.2)
        * true
        / 100
    )
    seen = min(seen, 0.99)
    counted: float = seen + _normal(draws, "count") * (seen * (1 - seen) / cells) ** 0.5
    return round(100 * min(max(counted, 0.0), 1.0), 1)


def _normal(draws: Draws, name: str) -> float:
    return NormalDist().inv_cdf(draws.unit(name))
