"""The viewer's Python side, without a browser: what it says, what it refuses, what it sends and how it looks on paper."""

from __future__ import annotations

import io
import zlib
from typing import Any

import numpy as np
import pytest
from phantom import LESIONS, phantom_study
from PIL import Image

from netcourse.patients import generate
from netcourse.reading import Marker, Viewer, measure
from netcourse.reading.looks import as_window, windows
from netcourse.reading.stored import pack, step
from netcourse.scanner.scan import scan
from netcourse.scanner.study import Study, Volume


@pytest.fixture(scope="module")
def study() -> Study:
    return phantom_study(slices=200)


@pytest.fixture
def viewer(study: Study) -> Viewer:
    return Viewer(study, markers=True)


def test_the_repr_is_one_line_that_tells_the_state(viewer: Viewer) -> None:
    assert repr(viewer) == "Viewer(Study of phantom (CT, PT), SYNTHETIC; axial slice 171 of 200, window 40/400, fused 60 %, VOI none)"
    viewer.window, viewer.mode = "lung", "CT"
    found = viewer.place_voi(viewer.study.lesions_mm["L3"], 14)
    assert repr(viewer) == f"Viewer(Study of phantom (CT, PT), SYNTHETIC; axial slice 171 of 200, window -600/1500, CT, {found!r})"


@pytest.mark.parametrize(
    ("name", "window"), [("soft tissue", (40, 400)), ("liver", (80, 150)), ("lung", (-600, 1500)), ("bone", (300, 1500))]
)
def test_the_window_presets_are_those_of_the_clinic(viewer: Viewer, name: str, window: tuple[int, int]) -> None:
    viewer.window = name
    assert viewer.window == window
    assert list(windows()) == ["soft tissue", "liver", "lung", "bone"]


def test_go_to_moves_the_crosshair_to_a_lesion_a_marker_or_a_landmark(viewer: Viewer) -> None:
    viewer.go_to("L3")
    assert viewer.crosshair_mm == viewer.study.lesions_mm["L3"]
    viewer.go_to("liver")
    assert viewer.crosshair_mm == viewer.study.landmarks_mm["liver"]
    viewer.markers = [Marker("cyst", "Cyst", (300.0, 100.0, 100.0))]
    viewer.go_to("cyst")
    assert viewer.crosshair_mm == (300.0, 100.0, 100.0)
    with pytest.raises(KeyError, match=r"there is no 'L9' .* there are .*L3"):
        viewer.go_to("L9")


def test_place_voi_returns_what_python_measures(viewer: Viewer, study: Study) -> None:
    point = study.lesions_mm["L3"]
    assert viewer.measurement is None
    assert viewer.place_voi(point, 12) == measure(study, point, 12) == viewer.measurement
    assert viewer.voi == (point, 12.0)
    viewer.voi = None
    assert viewer.measurement is None


def test_markers_are_shown_only_when_asked_for(study: Study) -> None:
    assert Viewer(study).markers == []
    assert [marker.id for marker in Viewer(study, markers=True).markers] == [id for id in LESIONS if id in study.lesions_mm]


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"window": "brain"}, "there is no window 'brain'; presets are soft tissue, liver, lung, bone"),
        ({"window": (40, 0)}, "window width is 0 HU; it must be above 0"),
        ({"window": 40}, r"give a preset .* or \(centre, width\) in HU"),
        ({"mode": "MR"}, "there is no mode 'MR'; modes are CT, PET, fused, side by side"),
        ({"suv_top": -1}, "suv_top is -1; it must be a number from"),
        ({"suv_top": "15"}, "suv_top is '15'; it must be a number from"),
    ],
)
def test_bad_arguments_are_refused_in_words(study: Study, how: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Viewer(study, **how)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("crosshair_mm", (0.0, 0.0), r"\(0.0, 0.0\) is no point; give \(z, y, x\) in mm"),
        ("crosshair_mm", (0.0, 0.0, float("nan")), "must be finite"),
        ("crosshair_mm", (9999.0, 10.0, 10.0), "lies outside the pictures, which span z 0 to 600"),
        ("mark_mm", (0.0, -50.0, 0.0), "mark_mm .* lies outside the pictures"),
        ("voi", (10.0, 10.0, 10.0), r"give \(centre in mm as \(z, y, x\), diameter in mm\) or None"),
        ("voi", ((10.0, 10.0, 10.0), 0), "diameter is 0; it must be a number above 0 mm"),
        ("voi", ((-10.0, 10.0, 10.0), 20), "the VOI's centre .* lies outside the pictures"),
        ("opacity", 101, "opacity is 101; it must be a number from 0 to 100"),
    ],
)
def test_bad_values_are_refused_and_change_nothing(viewer: Viewer, name: str, value: Any, words: str) -> None:
    before = getattr(viewer, name)
    with pytest.raises(ValueError, match=words):
        setattr(viewer, name, value)
    assert getattr(viewer, name) == before


def test_a_study_without_volumes_is_refused() -> None:
    with pytest.raises(ValueError, match="has no pictures to show"):
        Viewer(Study("x", "Nothing", {}))


def test_another_study_of_the_same_patient_keeps_place_and_looks(viewer: Viewer) -> None:
    viewer.window = "liver"
    viewer.go_to("L3")
    viewer.place_voi(viewer.crosshair_mm)
    viewer.mark_mm = viewer.crosshair_mm
    follow_up = phantom_study(seed=1, slices=200)
    viewer.show(follow_up)
    assert viewer.study is follow_up
    assert viewer.crosshair_mm == follow_up.lesions_mm["L3"]
    assert viewer.window == as_window("liver")
    assert (viewer.voi, viewer.mark_mm) == (None, None)
    viewer.show(phantom_study(slices=200, patient_id="another"))
    assert viewer.crosshair_mm == viewer.study.landmarks_mm["liver"]


def test_a_study_of_one_volume_shows_that_one() -> None:
    for modality, word in (("CT", "CT"), ("PT", "PET")):
        assert f", {word}, VOI none" in repr(Viewer(phantom_study(modalities=(modality,), slices=20)))


def unpack(volume: Volume) -> Any:
    """HU or SUV as the browser restores them: low and high bytes joined, times the step."""
    packed = pack(volume)
    low, high = (np.frombuffer(zlib.decompress(plane), np.uint8).astype(np.uint16) for plane in (packed.low, packed.high))
    numbers = (high << 8 | low).view(np.uint16 if volume.unit == "SUV" else np.int16)
    return numbers.reshape(volume.array.shape) * packed.step


def test_what_is_sent_gives_back_every_hu_and_every_suv_within_half_a_step(study: Study) -> None:
    assert (unpack(study["CT"]) == study["CT"].array).all()
    assert np.abs(unpack(study["PT"]) - study["PT"].array).max() <= step(study["PT"]) * 0.501


def test_a_whole_body_study_is_sent_in_15_megabytes_and_none_of_it_stays_in_the_notebook() -> None:
    viewer = Viewer(scan(generate("ileum_disseminated")))
    volumes = viewer.study.volumes.values()
    assert sum(pack(volume).size for volume in volumes) <= 15e6
    assert pack(next(iter(volumes))) is pack(next(iter(volumes))), "packed once"
    sent: list[tuple[Any, list[bytes]]] = []
    viewer.send = lambda content, buffers=None: sent.append((content, buffers or []))  # type: ignore[method-assign]
    viewer._handle_custom_msg({"ask": "pictures"}, [])
    [(content, buffers)] = sent
    assert [name for name, _ in content["pictures"]] == [meta["key"] for meta in viewer._volumes]
    assert buffers == [plane for volume in volumes for plane in (pack(volume).low, pack(volume).high)]
    assert viewer._packed == {}


def test_the_static_face_is_a_small_png_that_follows_the_state(viewer: Viewer) -> None:
    first = viewer.picture()
    image = Image.open(io.BytesIO(first))
    assert image.format == "PNG"
    assert image.width == 860
    assert len(first) < 200_000
    assert viewer.picture() == first
    for change in (
        {"window": "lung"},
        {"mode": "PET"},
        {"suv_top": 5},
        {"crosshair_mm": (300.0, 150.0, 200.0)},
        {"mark_mm": (300.0, 150.0, 180.0)},
    ):
        before = viewer.picture()
        for name, value in change.items():
            setattr(viewer, name, value)
        assert viewer.picture() != before, f"the picture does not show {change}"


def test_the_static_face_keeps_the_patients_right_on_the_left_of_the_screen() -> None:
    array = np.full((20, 60, 60), -1000, np.int16)
    array[:, 20:40, 5:15] = 1000  # low x is the patient's right
    study = Study("side", "Right side", {"CT": Volume("CT", array, (3.0, 3.0, 3.0), (0.0, 0.0, 0.0), "HU", "CT")})
    axial = np.asarray(Image.open(io.BytesIO(Viewer(study).picture())).convert("L")).astype(int)[60:340, 30:430]
    assert (axial[:, :200] > 250).sum() > 20 * (axial[:, 200:] > 250).sum()


def test_a_cell_output_carries_view_words_and_picture(viewer: Viewer) -> None:
    data, metadata = viewer._repr_mimebundle_()
    assert data["text/plain"] == repr(viewer)
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["image/png"].startswith("iVBOR")
    assert metadata["image/png"]["alt"] == viewer.alt
    assert viewer.alt.startswith("PET over CT of Torso phantom: axial slice 171 of 200")
    assert viewer.alt.endswith("Synthetic, not for patient care.")
