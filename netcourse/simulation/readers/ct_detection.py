"""Which lesions a reader of CT finds: by contrast, noise and size; nodes by their short axis. A
teaching model, calibrated, not measured.

The chance to find a lesion grows with contrast-to-noise × diameter (the Rose criterion), in the
best of the phases that were scanned. A node counts as found when its measured short axis exceeds
the threshold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from netcourse.evidence import figure
from netcourse.scanner import CtScan, Kinetics, enhance, phase_start_s
from netcourse.scanner.acquisition import Phase
from netcourse.scanner.ct_noise import noise_sd
from netcourse.simulation.cohort import Cohort, units
from netcourse.simulation.proportion import Proportion

Floats = NDArray[np.float64]

USUAL_PHASES: tuple[Phase, ...] = ("late arterial", "portal venous")
_AROUND = {
    "liver": "liver",
    "bone": "marrow",
}  # of the other kinds: fat, or the primary's own organ


@dataclass(frozen=True)
class CtReader:
    """How a cohort is scanned and read: phases, short-axis threshold for nodes (mm), and the scan
    behind the noise.
    """

    phases: Sequence[Phase] = USUAL_PHASES
    node_mm: float = field(default_factory=lambda: figure("node.short_axis").value)
    scan: CtScan = field(default_factory=CtScan)

    def __post_init__(self) -> None:
        if not self.phases:
            raise ValueError("phases is empty; name at least one phase")
        if not 0 < self.node_mm <= 50:
            raise ValueError(f"node_mm is {self.node_mm:g}; it must be above 0, at most 50 mm")


@dataclass(frozen=True)
class Reading:
    """What a reader found in a cohort, lesion by lesion."""

    cohort: Cohort
    found: NDArray[np.bool_]

    def share(self, *kinds: str, pancreatic: bool | None = None) -> Proportion:
        """Return the share of lesions of some kinds that was found, of one origin where told."""
        which = self.cohort.of(*kinds)
        if pancreatic is not None:
            which = which & (self.cohort.pancreatic == pancreatic)
        return Proportion(int((self.found & which).sum()), int(which.sum()))

    @cached_property
    def table(self) -> Mapping[str, Proportion]:
        """The shares that the literature reports: nodes, primary, liver, extrahepatic; and benign
        nodes called positive.
        """
        return {
            "nodes": self.share("node"),
            "primary": self.share("primary"),
            "liver": self.share("liver"),
            "extrahepatic": self.share("node", "bone", "peritoneum"),
            "benign nodes": self.share("benign_node"),
        }


def read(cohort: Cohort, reader: CtReader | None = None, seed: int = 0) -> Reading:
    """Read a cohort's CT; the same seed gives the same reader, so that two settings can be compared
    lesion by lesion.
    """
    reader = reader or CtReader()
    chance = _chance(cohort, reader)
    found = units(seed, "reader", len(cohort)) < chance
    nodes = cohort.of("node", "benign_node")
    caliper = figure("detection.model.caliper").value * ndtri(units(seed, "caliper", len(cohort)))
    return Reading(cohort, np.where(nodes, cohort.size_mm + caliper > reader.node_mm, found))


def _chance(cohort: Cohort, reader: CtReader) -> Floats:
    """The chance to find each lesion, nodes left aside."""
    clear = np.zeros(len(cohort))
    kinetics = enhance(reader.scan.injection)
    for phase in reader.phases:
        clear = np.maximum(clear, np.abs(_contrast(cohort, kinetics, phase_start_s(phase))))
    strength = clear / noise_sd(reader.scan) * cohort.size_mm
    half, spread = figure("detection.model.half").value, figure("detection.model.spread").value
    with np.errstate(divide="ignore"):
        return np.asarray(
            (1 - figure("detection.model.lapse").value) * ndtr(np.log(strength / half) / spread)
        )


def _contrast(cohort: Cohort, kinetics: Kinetics, time_s: float) -> Floats:
    """HU of each lesion less that of what surrounds it."""
    hu = kinetics.at(time_s) | {
        "sclerotic": figure("ct.plain.sclerosis").value,
        "fat": figure("ct.plain.fat").value,
    }
    found = np.zeros(len(cohort))
    for kind in np.unique(cohort.kind):
        for pattern in np.unique(cohort.pattern[cohort.kind == kind]):
            here = (cohort.kind == kind) & (cohort.pattern == pattern)
            if pattern == "occult":
                continue
            if kind == "primary":
                pancreas, wall = hu[pattern] - hu["pancreas"], hu[pattern] - hu["bowel_wall"]
                found[here] = np.where(
                    cohort.pancreatic[here], pancreas, figure("detection.model.bowel").value * wall
                )
            else:
                found[here] = hu[pattern] - hu[_AROUND.get(kind, "fat")]
    return found
