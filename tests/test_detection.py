"""The virtual cohort and its reader: the published figures come out, and every knob goes the way it
must.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netcourse.evidence import figure
from netcourse.scanner import CtScan
from netcourse.simulation.cohort import PATTERNS, Cohort, cohort, units
from netcourse.simulation.proportion import Proportion
from netcourse.simulation.readers.ct_detection import CtReader, read

PUBLISHED = {
    "nodes": "detection.nodes",
    "primary": "detection.ct.primary",
    "liver": "detection.ct.liver",
    "extrahepatic": "detection.ct.extrahepatic",
}
PORTAL_ONLY = CtReader(("portal venous",))


@pytest.fixture(scope="module")
def people() -> Cohort:
    return cohort(2000)


@pytest.mark.covers("S13", "S15", "S16", "D20")
@pytest.mark.parametrize("group", PUBLISHED)
def test_the_published_detection_figures_lie_within_the_cohorts_intervals(group: str) -> None:
    """In at least three of four cohorts of 2,000 patients, more than 2,000 lesions each: a 95 %
    interval may miss.
    """
    within = []
    for seed in range(8):
        people = cohort(2000, seed)
        assert len(people) > 2000
        low, high = read(people).table[group].interval
        within.append(low <= figure(PUBLISHED[group]).value / 100 <= high)
    assert sum(within) >= 6


@pytest.mark.covers("S14")
def test_a_smaller_threshold_finds_more_nodes_and_calls_more_benign_ones(people: Cohort) -> None:
    tables = [read(people, CtReader(node_mm=mm)).table for mm in (15, 10, 8, 5)]
    found, called = ([table[name].value for table in tables] for name in ("nodes", "benign nodes"))
    assert found == sorted(found)
    assert called == sorted(called)
    assert found[0] < 0.5 < 0.9 < found[-1]
    assert called[1] < 0.05
    assert called[-1] > 0.5


@pytest.mark.covers("S9")
def test_a_portal_protocol_loses_the_third_of_pancreatic_metastases_that_are_hyper_then_iso(
    people: Cohort,
) -> None:
    both, portal = read(people), read(people, PORTAL_ONLY)
    pancreatic, iso = people.of("liver") & people.pancreatic, people.pattern == "hyper_iso"
    share = figure("pattern.sampling.pancreatic.hyper_iso").value
    assert iso[pancreatic].mean() == pytest.approx(share, abs=0.03)
    assert both.found[iso].mean() > 0.75 > 0.3 > portal.found[iso].mean()
    lost = {
        origin: both.share("liver", pancreatic=origin).value
        - portal.share("liver", pancreatic=origin).value
        for origin in (True, False)
    }
    assert lost[True] > 2 * lost[False] > 0


def test_less_dose_finds_less_and_never_more(people: Cohort) -> None:
    full, low = (read(people, CtReader(scan=CtScan(ctdi_vol_mgy=mgy))) for mgy in (11, 2))
    assert not (low.found & ~full.found).any()
    assert low.share("liver").value < full.share("liver").value - 0.05


def test_less_dose_loses_small_lesions_first(people: Cohort) -> None:
    full, low = (read(people, CtReader(scan=CtScan(ctdi_vol_mgy=mgy))) for mgy in (11, 3))
    lost = full.found & ~low.found
    assert np.median(people.size_mm[lost]) < np.median(
        people.size_mm[low.found & people.of("liver")]
    )


def test_more_phases_never_lose_a_lesion(people: Cohort) -> None:
    assert not (read(people, PORTAL_ONLY).found & ~read(people).found).any()


def test_occult_bone_metastases_are_never_found(people: Cohort) -> None:
    assert not read(people).found[people.pattern == "occult"].any()


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 300), st.integers(0, 10**6))
def test_every_cohort_is_whole(patients: int, seed: int) -> None:
    people = cohort(patients, seed)
    assert (people.size_mm > 0).all()
    assert people.patient.max() < patients
    assert set(np.unique(people.pattern[people.of("liver")])) <= set(PATTERNS)
    assert people.of("primary").sum() == patients


def test_a_cohort_is_the_same_on_every_machine_and_every_library_version() -> None:
    """SHA-256 in counter mode, pinned."""
    people = cohort(50, 3)
    assert len(people) == 338
    assert people.size_mm[:4].tolist() == [22.32, 26.35, 17.07, 6.1]
    assert units(0, "a", 2).tolist() == [0.458013711030865, 0.3234756766653805]


def test_a_larger_cohort_begins_with_the_smaller_one() -> None:
    few, many = (cohort(n, 2) for n in (20, 60))
    first = many.of("primary") & (many.patient < 20)
    assert np.array_equal(few.size_mm[few.of("primary")], many.size_mm[first])


def test_wilsons_interval_holds_its_share_and_narrows_with_numbers() -> None:
    for found, of in ((0, 10), (5, 10), (10, 10)):
        low, high = Proportion(found, of).interval
        assert 0 <= low <= found / of <= high + 1e-12 <= 1 + 1e-12
    assert np.diff(Proportion(50, 100).interval)[0] > np.diff(Proportion(500, 1000).interval)[0]
    assert Proportion(0, 0).interval == (0.0, 1.0)


@pytest.mark.parametrize("bad", [{"phases": ()}, {"node_mm": 0.0}, {"node_mm": 80.0}])
def test_an_impossible_reader_is_refused(bad: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(bad)).split("_")[0]):
        replace(CtReader(), **bad)  # type: ignore[arg-type]


@pytest.mark.parametrize("bad", [(0, 0), (5, -1)])
def test_an_impossible_cohort_is_refused(bad: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="at least one patient"):
        cohort(*bad)
