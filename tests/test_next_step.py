"""The next step after one receptor PET/CT: each category asks for its own."""

from __future__ import annotations

import pytest

from netcourse.decisions.somatostatin import NEXT_STEPS, RadsFinding, accepted_steps, next_step
from netcourse.patients import Correlate, Uptake


def finding(
    suv_max: float,
    correlate: Correlate = "none",
    *,
    typical: bool = True,
    bone: bool = False,
    id: str = "L1",
) -> RadsFinding:
    uptake = Uptake(suv_max=suv_max, blood_pool=1.5, liver=5.0, spleen=17.0, visible=True)
    return RadsFinding(id=id, uptake=uptake, typical=typical, bone=bone, correlate=correlate)


@pytest.mark.parametrize(
    ("findings", "step"),
    [
        ((), "nothing more"),
        ((finding(12, "benign"),), "nothing more"),
        ((finding(3, typical=False),), "nothing more"),
        ((finding(3),), "CT, MRI or follow-up imaging"),
        ((finding(3, bone=True),), "CT, MRI or follow-up imaging"),
        ((finding(12, typical=False),), "work-up of another organ"),
        ((finding(1, "definite"),), "biopsy"),
        ((finding(12),), "tumour board for PRRT"),
        ((finding(12, "definite"),), "tumour board for PRRT"),
    ],
)
def test_a_category_asks_for_its_own_next_step(
    findings: tuple[RadsFinding, ...], step: str
) -> None:
    assert next_step(findings).verdict == step
    assert accepted_steps(findings)[0] == step
    assert set(accepted_steps(findings)) <= set(NEXT_STEPS)


def test_a_receptor_negative_lesion_beside_a_hot_one_asks_for_fdg_before_the_board() -> None:
    hot, cold = finding(12, "definite"), finding(1, "definite", id="L2")
    assert next_step((hot, cold)).verdict == "FDG PET"


def test_a_meningioma_beside_metastases_does_not_keep_them_from_the_board() -> None:
    hot, other = finding(12, "definite"), finding(20, typical=False, id="X1")
    assert next_step((hot, other)).verdict == "tumour board for PRRT"


def test_another_organ_comes_before_an_equivocal_node() -> None:
    assert next_step((finding(3), finding(20, typical=False, id="X1"))).verdict == (
        "work-up of another organ"
    )


def test_an_equivocal_node_may_be_biopsied_or_followed() -> None:
    assert accepted_steps((finding(3),)) == ("CT, MRI or follow-up imaging", "biopsy")


def test_a_finding_that_is_not_measured_leaves_the_step_open() -> None:
    bare = RadsFinding(id="L1", uptake=Uptake(suv_max=4.0), typical=True, correlate="none")
    assert not next_step((bare,)).decided
