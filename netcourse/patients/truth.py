"""What a lesion truly is. Only the scanner, questions such as "what was it?" and the debrief may ask;
no clinical rule may (`netcourse.decisions` cannot import this module, and a test says so).

A clinician knows a lesion by its measurements, its signs on CT and MRI and, where it was biopsied,
its histology. Two patients with equal pictures and records get equal answers from every rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from netcourse.patients.record import Model

if TYPE_CHECKING:
    from netcourse.patients.model import Lesion

Nature = Literal["net", "dedifferentiated", "physiologic", "other"]


class Truth(Model):
    """The truth of one lesion; authors write its `nature` beside the lesion's other fields."""

    nature: Nature = "net"


def nature(lesion: Lesion) -> Nature:
    """Return what a lesion truly is."""
    return lesion.truth.nature


def is_tumour(lesion: Lesion) -> bool:
    """Return whether it truly is a neuroendocrine neoplasm, dedifferentiated or not."""
    return lesion.truth.nature in ("net", "dedifferentiated")


def clone_b_fraction(lesion: Lesion) -> float:
    """Return the true share of clone B: 1 in a lesion that is dedifferentiated throughout, 0 where
    there is none to be seen.
    """
    if lesion.truth.nature == "dedifferentiated":
        return 1.0
    return lesion.clone_b.fraction if lesion.clone_b else 0.0
