"""The loop for radioligand therapy: scan both tracers, measure every lesion, ask the rulebooks, and
get the keys back.

Exempt are patients in whom one lesion lies within counting noise of a border that carries the
verdict.
"""

from __future__ import annotations

import pytest
from test_dual_loop import NOISE_SUV, measured

from netcourse.decisions.core import Decision
from netcourse.decisions.heterogeneity import reads
from netcourse.decisions.prrt import prrt
from netcourse.patients import generate
from netcourse.scanner import part_positions, scan

CASES = (
    "ileum_disseminated",
    "dedifferentiated_metastasis",
    "rectum_low_expression",
    "ileum_functioning",
    "pancreas_g3",
    "colon_nec",
)
SEEDS = [pytest.param((1,), id="1"), pytest.param((2, 5), id="2 and 5", marks=pytest.mark.full)]


def near_a_border(decision: Decision) -> bool:
    """Whether noise of one lesion's SUV alone may change the verdict."""
    return any(
        flip.input.endswith("suv_max") and abs((flip.then or 0) - (flip.now or 0)) <= NOISE_SUV
        for flip in decision.flips
    )


@pytest.mark.parametrize("seeds", SEEDS)
@pytest.mark.parametrize("case", CASES)
def test_two_pictures_measured_give_the_verdict_back(case: str, seeds: tuple[int, ...]) -> None:
    wrong, exact = [], 0
    for seed in seeds:
        patient = generate(case, seed)
        study, where = scan(patient, ["PT", "FDG"]), part_positions(patient)
        found = [measured(key, patient, study, where) for key in reads(patient)]
        for by in ("course", "ema", "fda"):
            key, read = prrt(patient, by), prrt(patient, by, found)
            exempt = near_a_border(key) or near_a_border(read)
            exact += not exempt
            if not exempt and read.verdict != key.verdict:
                wrong.append(f"{patient.id} {by}: key {key}; read {read}")
    assert wrong == []
    assert exact > len(seeds)
