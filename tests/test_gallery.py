"""The gallery: every finding lies where it says, looks as its words say, and the page follows."""

from __future__ import annotations

import ipywidgets
import numpy as np
import pytest

from netcourse.patients import places
from netcourse.reading.lessons import gallery as page
from netcourse.reading.lessons.gallery import Gallery, groups
from netcourse.scanner import Study, scan

RING_MM = 6


@pytest.fixture(scope="module")
def liver() -> Study:
    return scan(groups()["liver"].patient, ("CT late arterial", "CT", "PT"))


@pytest.fixture(scope="module")
def shown() -> Gallery:
    return page.gallery("bone")


def contrast(study: Study, series: str, finding: str) -> float:
    """How much brighter the hottest part of a finding is than the liver at its landmark, HU or SUV."""
    volume = study[series]

    def near(point: tuple[float, float, float]) -> np.ndarray:
        k, j, i = volume.index(point)
        reach = round(RING_MM / volume.spacing_mm[2])
        return np.asarray(
            volume.array[k, j - reach : j + reach + 1, i - reach : i + reach + 1], float
        )

    return float(near(study.lesions_mm[finding]).mean() - near(study.landmarks_mm["liver"]).mean())


def test_liver_findings_look_as_their_words_say(liver: Study) -> None:
    arterial, portal, pet = (
        {one.id: contrast(liver, series, one.id) for one in groups()["liver"].findings}
        for series in ("CT late arterial", "CT", "PT")
    )
    assert arterial["hypervascular"] > portal["hypervascular"] + 10
    assert portal["hypervascular"] < 0
    assert arterial["arterial_only"] > 10 > abs(portal["arterial_only"])
    assert arterial["stays_bright"] > 10
    assert portal["stays_bright"] > 5
    assert arterial["hypovascular"] < 0 > portal["hypovascular"]
    assert portal["necrotic"] < -50
    assert pet["hypervascular"] > 5
    assert pet["lost"] < -1


def test_every_finding_has_words_of_its_own_and_a_place() -> None:
    findings = [one for group in groups().values() for one in group.findings]
    assert len({one.look for one in findings}) == len(findings) >= 28
    for group in groups().values():
        ids = [one.id for one in group.findings]
        assert ids == [lesion.id for lesion in group.patient.lesions]
        assert len(set(ids)) == len(ids)
        assert all(
            one.lesion.size_mm <= (places()[one.lesion.place].most_mm or 99)
            for one in group.findings
        )
        assert not [one.look for one in group.findings if any(sign.isdigit() for sign in one.look)]


def test_the_viewer_goes_to_what_the_list_says(shown: Gallery) -> None:
    where, what = shown.children[0].children
    assert (where.value, what.value) == ("bone", "sclerotic")
    what.value = "lung"
    assert shown.viewer.crosshair_mm == shown.viewer.study.lesions_mm["lung"]
    assert shown.viewer.window[1] > 1000, "the lung's window"
    assert "bronchus" in shown.children[1].value
    before = shown.viewer.study
    where.value = "liver_other"
    assert shown.viewer.study is not before
    assert what.value == "haemangioma"
    assert [marker.id for marker in shown.viewer.markers] == ["haemangioma"]
    shown.show("liver_other", "cyst")
    assert what.value == "cyst"
    assert repr(shown) == "Gallery(Liver: what is no metastasis: Cyst, SYNTHETIC)"


def test_a_sheet_has_a_row_for_every_finding(shown: Gallery) -> None:
    sheet = shown.sheet()
    assert sheet.png.startswith(b"\x89PNG")
    for one in shown.group.findings:
        assert one.title in sheet.alt
    assert "SYNTHETIC" in sheet.caption


def test_what_is_not_there_is_said(shown: Gallery) -> None:
    with pytest.raises(KeyError, match="no group 'brain'; there are liver, liver_other"):
        page.gallery("brain")
    with pytest.raises(KeyError, match="no finding 'scar' in bone; there are sclerotic"):
        shown.show("bone", "scar")


def test_both_lists_have_names_for_a_screen_reader(shown: Gallery) -> None:
    lists = [one for one in shown.children[0].children if isinstance(one, ipywidgets.Dropdown)]
    assert [one.description for one in lists] == ["Where", "Finding"]
