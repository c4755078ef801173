"""The pitfall gallery: every pitfall has a card, the trap is in the picture, the clue is in the
picture, and it changes the score.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from netcourse.decisions.somatostatin import Pitfall, pitfalls, with_clue, without_clue
from netcourse.evidence import figure
from netcourse.patients import Patient, generate
from netcourse.reading import measure
from netcourse.reading.lessons.sstr_rads import PitfallGallery, pitfall_gallery
from netcourse.reading.lessons.sstr_rads.pitfall_gallery import EARLIER, pitfall_study
from netcourse.reading.viewer.viewer import Viewer
from netcourse.scanner import Study, positions, scan
from netcourse.scanner.breathing import _LUNG_HU, _seen_by, breathed, dome_mm
from netcourse.scanner.study import Point

# Without and with the clue: Krenning and SSTR-RADS.
CARDS = {
    "KP1": ("3 5", "2 3A"),
    "KP2": ("2 3A", "3 4"),
    "KP3": ("3 5", "4 5"),
    "KP4": ("2 3A", "3 5"),
    "KP5": ("0 no finding", "2 3A"),
    "KP6": ("3 4", "3 1B"),
    "KP7a": ("3 3C", "3 1B"),
    "KP7b": ("3 1B", "3 3C"),
    "KP8": ("3 4", "3 1B"),
    "KP9a": ("2 3A", "2 2"),
    "KP9b": ("2 3B", "2 1B"),
    "KP10": ("3 5", "3 1B"),
    "KP11": ("4 5", "4 3C"),
    "KP12a": ("3 5", "3 3C"),
    "KP12b": ("2 3B", "2 1B"),
    "KP13a": ("3 4", "3 1B"),
    "KP13b": ("3 4", "3 1B"),
    "KP14": ("3 4", "3 5"),
    "KP15": ("0 no finding", "1 3D"),
}


@cache
def seen(id: str) -> tuple[Patient, Study, Point]:
    return pitfall_study(pitfalls()[id])


def hu(id: str, point: Point, diameter: float = 8) -> float:
    found = measure(seen(id)[1].only("CT"), point, diameter).hu_mean
    assert found is not None
    return found


@pytest.mark.covers("KP7", "KP9", "KP11", "KP12", "KP13", "KP14", "S38", "S39")
@pytest.mark.parametrize("id", CARDS)
def test_the_clue_turns_the_score_as_the_gallery_says(id: str) -> None:
    card = pitfalls()[id]
    patient = generate(card.archetype)
    told = [
        f"{read.krenning.verdict} {read.rads.verdict}"
        for read in (without_clue(card, patient), with_clue(card, patient))
    ]
    assert tuple(told) == CARDS[id]
    assert told[0] != told[1], "a clue that changes nothing is none"


def test_every_pitfall_of_the_course_has_a_card() -> None:
    assert {card.statement for card in pitfalls().values()} == {f"KP{n}" for n in range(1, 16)}
    assert set(pitfalls()) == set(CARDS)


@pytest.mark.parametrize(
    "id", ["KP6", "KP7a", "KP7b", "KP8", "KP10", "KP11", "KP12a", "KP13a", "KP13b", "KP14"]
)
def test_what_is_hot_in_a_trap_is_hot_in_the_picture(id: str) -> None:
    patient, study, point = seen(id)
    suv = measure(study, point, 16).suv_max
    assert suv is not None
    assert suv > patient.ssr.suv["liver"]


@pytest.mark.parametrize("id", ["KP6", "KP13a", "KP13b"])
def test_a_focus_without_a_correlate_has_none_on_ct(id: str) -> None:
    card = pitfalls()[id]
    patient, study, _ = seen(id)
    bare = patient.model_copy(
        update={"lesions": tuple(one for one in patient.lesions if one.id != card.lesion)}
    )
    there = study["CT"].array
    without = scan(bare, ["CT"])["CT"].array
    assert np.abs(there.astype(int) - without).max() == 0, "CT knows nothing of it"


def test_the_haemangioma_shows_dots_and_the_fracture_a_line_on_ct() -> None:
    _, study, spine = seen("KP12b")
    ct = study["CT"]
    k, j, i = ct.index(spine)
    dots = ct.array[k, j - 6 : j + 7, i - 6 : i + 7].astype(float)
    assert dots.max() - dots.min() > 150, "trabeculae and fat"
    assert (
        np.corrcoef(
            dots.ravel(), ct.array[k + 2, j - 6 : j + 7, i - 6 : i + 7].astype(float).ravel()
        )[0, 1]
        > 0.6
    ), "upright"
    _, study, rib = seen("KP9b")
    ct = study["CT"]
    k, j, i = ct.index(rib)
    assert ct.array[k, j - 1 : j + 2, i].min() < 200 < ct.array[k, j + 3 : j + 6, i].max(), (
        "a dark line in callus"
    )


def test_free_breathing_puts_a_liver_metastasis_into_the_lung() -> None:
    patient, study, point = seen("KP14")
    truly = positions(patient)["D1"]
    assert point[0] > truly[0] + 10
    assert hu("KP14", point) < -500 < 0 < hu("KP14", truly)
    assert (measure(study, point, 14).suv_max or 0) > patient.ssr.suv["liver"]
    still = scan(patient)
    assert breathed(still, 0.0)["PT"].array == pytest.approx(
        kept(still) * still["PT"].array, abs=1e-4
    )
    with pytest.raises(KeyError, match="no series 'CT'"):
        breathed(still.only("PT"))


def kept(study: Study) -> NDArray[np.float32]:
    """The share of each PET voxel that attenuation correction leaves."""
    lung = _seen_by(study["CT"], study["PT"]) < _LUNG_HU
    return np.where(lung, figure("breathing.undercorrected").value, 1).astype(np.float32)


def test_far_from_the_diaphragm_breathing_moves_nothing() -> None:
    patient = generate("dome_metastasis")
    still = scan(patient)
    moved = breathed(still)
    dome = dome_mm(still["CT"])
    far = np.abs(still["PT"].centres_mm(0) - dome) > 250
    assert moved["PT"].array[far] == pytest.approx((still["PT"].array * kept(still))[far], abs=0.05)


def test_two_scans_show_the_same_lesion_and_a_paler_liver() -> None:
    _, study, point = seen("KP1")
    then, now = (measure(study.only(name), point, 20).suv_max or 0 for name in (EARLIER, "PT"))
    liver = study.landmarks_mm["liver"]
    before, after = (measure(study.only(name), liver, 30).suv_mean or 0 for name in (EARLIER, "PT"))
    assert now == pytest.approx(then, rel=0.25), "the noise of two scans"
    assert after / before == pytest.approx(1 + figure("ssa.liver").value / 100, abs=0.09)


def test_thyroid_and_adrenals_are_hot_on_both_sides_and_the_nodule_on_one() -> None:
    _, study, right = seen("KP7a")
    suv = [measure(study, (right[0], right[1], x), 14).suv_max or 0 for x in (right[2], -right[2])]
    assert suv[0] == pytest.approx(suv[1], rel=0.3)
    _, study, nodule = seen("KP7b")
    one, other = (
        measure(study, (nodule[0], nodule[1], x), 14).suv_max or 0 for x in (nodule[2], -nodule[2])
    )
    assert one > 2 * other
    assert hu("KP7b", nodule, 6) < 110 < hu("KP7b", (nodule[0], nodule[1], -nodule[2]), 6), (
        "a dark nodule in a bright gland"
    )


def test_the_gallery_takes_back_what_was_said_when_the_card_changes() -> None:
    gallery = PitfallGallery(card="KP6", said="4", clue=True)
    gallery.set(card="KP8")
    assert (gallery.said, gallery.clue) == (None, False)
    assert gallery.result == "KP8: hot adrenals, by uptake alone Krenning 3, SSTR-RADS 4"
    with pytest.raises(ValueError, match="KP6"):
        gallery.set(card="KP99")


def test_the_face_shows_two_pictures_and_tells_the_clue_only_when_asked() -> None:
    gallery = PitfallGallery(card="KP6", said="4")
    gallery._seen["KP6"] = seen("KP6")
    closed = gallery.draw()
    assert closed.drawing.count("<image") == 2
    card: Pitfall = pitfalls()["KP6"]
    assert card.clue not in closed.words
    gallery.set(clue=True)
    opened = gallery.draw().words
    assert card.clue in opened
    assert "Incorrect." in opened
    gallery.set(said="1B")
    assert "Correct." in gallery.draw().words
    assert len(gallery.answers().plain.splitlines()) == len(CARDS)


def test_where_the_clue_changes_what_is_measured_the_score_as_read_is_right_too() -> None:
    gallery = PitfallGallery(card="KP1", said="5", clue=True)
    gallery._seen["KP1"] = seen("KP1")
    assert "Correct." in gallery.draw().words
    assert (
        gallery.result
        == "KP1: As read Krenning 3, SSTR-RADS 5; with the liver of the earlier scan Krenning 2,"
        " SSTR-RADS 3A"
    )


def test_the_viewer_follows_the_card() -> None:
    _, study, point = seen("KP6")
    viewer = Viewer(study)
    lab = pitfall_gallery(viewer, card="KP6")
    assert viewer.crosshair_mm == pytest.approx(point, abs=3)
    lab.model._seen["KP1"] = seen("KP1")
    lab.model.set(card="KP1")
    assert viewer.mode == "two PETs"
    assert viewer.study.patient_id == "analogue_two_scans-0"
