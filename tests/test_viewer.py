"""The viewer's Python side, without a browser: what it says, what it refuses, what it sends and how
it looks on paper.
"""

from __future__ import annotations

import io
import zlib
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from phantom import ALL, LESIONS, UPPER_ABDOMEN, phantom_study, value
from PIL import Image

from netcourse.patients import generate
from netcourse.reading import Marker, Viewer, measure
from netcourse.reading.viewer.codec import pack, step
from netcourse.reading.viewer.windowing import as_window, signal_window, windows
from netcourse.scanner.scan import scan
from netcourse.scanner.study import Study, Volume


@pytest.fixture(scope="module")
def study() -> Study:
    return phantom_study(slices=200)


@pytest.fixture
def viewer(study: Study) -> Viewer:
    return Viewer(study, markers=True)


def test_the_repr_is_one_line_that_tells_the_state(viewer: Viewer) -> None:
    assert (
        repr(viewer)
        == "Viewer(Study of phantom (CT, PT), SYNTHETIC; axial slice 171 of 200, window 40/400,"
        " fused 60 %, VOI none)"
    )
    viewer.window, viewer.mode = "lung", "CT"
    found = viewer.place_voi(viewer.study.lesions_mm["L3"], 14)
    assert (
        repr(viewer)
        == "Viewer(Study of phantom (CT, PT), SYNTHETIC; axial slice 171 of 200, window -600/1500,"
        f" CT, {found!r})"
    )


@pytest.mark.parametrize(
    ("name", "window"),
    [
        ("soft tissue", (40, 400)),
        ("liver", (80, 150)),
        ("lung", (-600, 1500)),
        ("bone", (300, 1500)),
    ],
)
def test_the_window_presets_are_those_of_the_clinic(
    viewer: Viewer, name: str, window: tuple[int, int]
) -> None:
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
    assert [marker.id for marker in Viewer(study, markers=True).markers] == [
        id for id in LESIONS if id in study.lesions_mm
    ]


@pytest.mark.parametrize(
    ("how", "words"),
    [
        (
            {"window": "brain"},
            "there is no window 'brain'; presets are soft tissue, liver, lung, bone",
        ),
        ({"window": (40, 0)}, "window width is 0 HU; it must be above 0"),
        ({"window": 40}, r"give a preset .* or \(centre, width\) in HU"),
        ({"mode": "MR"}, "there is no mode 'MR'; modes are CT, PET, fused, side by side, two PETs"),
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
        ("crosshair_mm", None, "None is no point"),
        ("crosshair_mm", (0.0, 0.0), r"\(0.0, 0.0\) is no point; give \(z, y, x\) in mm"),
        ("crosshair_mm", (0.0, 0.0, float("nan")), "must be finite"),
        ("crosshair_mm", (9999.0, 10.0, 10.0), "lies outside the pictures, which span z 0 to 600"),
        ("mark_mm", (0.0, -50.0, 0.0), "mark_mm .* lies outside the pictures"),
        (
            "voi",
            (10.0, 10.0, 10.0),
            r"give \(centre in mm as \(z, y, x\), diameter in mm\) or None",
        ),
        ("voi", ((10.0, 10.0, 10.0), 0), "diameter is 0; it must be a number above 0 mm"),
        ("voi", ((-10.0, 10.0, 10.0), 20), "the VOI's centre .* lies outside the pictures"),
        ("opacity", 101, "opacity is 101; it must be a number from 0 to 100"),
    ],
)
def test_bad_values_are_refused_and_change_nothing(
    viewer: Viewer, name: str, value: Any, words: str
) -> None:
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
        assert f", {word}, VOI none" in repr(
            Viewer(phantom_study(modalities=(modality,), slices=20))
        )


def unpack(volume: Volume) -> Any:
    """HU, signal or SUV as the browser restores them: bytes joined, differences added to the
    forecast, times the step.
    """
    packed = pack(volume)
    low, high = (
        np.frombuffer(zlib.decompress(plane), np.uint8).astype(np.uint16)
        for plane in (packed.low, packed.high)
    )
    folded = (high << 8 | low).reshape(volume.array.shape)
    differences = (folded >> 1).view(np.int16) ^ -(folded & 1).view(np.int16)
    found = np.zeros((len(folded), folded.shape[1] + 1, folded.shape[2] + 1), np.int16)
    for j, i in np.ndindex(folded.shape[1:]):
        left, above, both = found[:, j + 1, i], found[:, j, i + 1], found[:, j, i]
        found[:, j + 1, i + 1] = (
            np.median([left, above, left + above - both], axis=0).astype(np.int16)
            + differences[:, j, i]
        )
    return found[:, 1:, 1:].view(np.uint16 if volume.unit == "SUV" else np.int16) * packed.step


def test_what_is_sent_gives_back_every_hu_signal_and_suv_within_half_a_step() -> None:
    study = phantom_study(modalities=ALL)
    for name in ("CT late arterial", "T1 arterial", "PT"):
        volume = study[name]
        some = replace(volume, array=volume.array[40:46])
        assert np.abs(unpack(some) - some.array).max() <= (
            step(some) * 0.501 if name == "PT" else 0
        )


def test_numbers_far_apart_survive_the_forecast() -> None:
    extremes = np.random.default_rng(2).choice(np.int16([-32768, -1, 0, 1, 32767]), (3, 7, 9))
    volume = Volume("CT", extremes, (3.0, 3.0, 3.0), (0.0, 0.0, 0.0), "HU", "CT")
    assert (unpack(volume) == extremes).all()


def parcels(viewer: Viewer, **asked: Any) -> list[tuple[Any, list[bytes]]]:
    """What a view gets that asks for pictures."""
    sent: list[tuple[Any, list[bytes]]] = []
    viewer.send = lambda content, buffers=None: sent.append((content, buffers or []))  # type: ignore[method-assign]
    viewer._handle_custom_msg({"ask": "pictures", **asked}, [])
    return sent


def test_a_whole_body_study_is_sent_in_15_megabytes_and_none_of_it_stays_in_the_notebook() -> None:
    viewer = Viewer(scan(generate("ileum_disseminated")))
    volumes = viewer.study.volumes.values()
    assert sum(pack(volume).size for volume in volumes) <= 15e6
    assert pack(next(iter(volumes))) is pack(next(iter(volumes))), "packed once"
    [(content, buffers)] = parcels(viewer)
    assert [name for name, _ in content["pictures"]] == [meta["key"] for meta in viewer._volumes]
    assert buffers == [
        plane for volume in volumes for plane in (pack(volume).low, pack(volume).high)
    ]
    assert viewer._packed == {}


def test_four_more_series_are_sent_within_30_megabytes_after_those_on_show() -> None:
    wanted = ["CT", "CT late arterial", "CT enteric", "T1 arterial", "DWI", "PT"]
    viewer = Viewer(scan(generate("liver_metastases_g2"), wanted), series="DWI")
    assert sum(pack(volume).size for volume in viewer.study.volumes.values()) <= 30e6
    keys = {meta["series"]: meta["key"] for meta in viewer._volumes}
    first, more = ([name for name, _ in content["pictures"]] for content, _ in parcels(viewer))
    assert first == [keys["DWI"], keys["PT"]]
    assert more == [keys[name] for name in wanted[:4]]
    [(content, _)] = parcels(viewer, keys=[keys["CT"]])
    assert [name for name, _ in content["pictures"]] == [keys["CT"]]


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
        for name, wanted in change.items():
            setattr(viewer, name, wanted)
        assert viewer.picture() != before, f"the picture does not show {change}"


def test_the_static_face_keeps_the_patients_right_on_the_left_of_the_screen() -> None:
    array = np.full((20, 60, 60), -1000, np.int16)
    array[:, 20:40, 5:15] = 1000  # low x is the patient's right
    study = Study(
        "side",
        "Right side",
        {"CT": Volume("CT", array, (3.0, 3.0, 3.0), (0.0, 0.0, 0.0), "HU", "CT")},
    )
    axial = np.asarray(Image.open(io.BytesIO(Viewer(study).picture())).convert("L")).astype(int)[
        60:340, 30:430
    ]
    assert (axial[:, :200] > 250).sum() > 20 * (axial[:, 200:] > 250).sum()


def test_a_cell_output_carries_view_words_and_picture(viewer: Viewer) -> None:
    data, metadata = viewer._repr_mimebundle_()
    assert data["text/plain"] == repr(viewer)
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["image/png"].startswith("iVBOR")
    assert metadata["image/png"]["alt"] == viewer.alt
    assert viewer.alt.startswith("PET over CT of Torso phantom: axial slice 171 of 200")
    assert viewer.alt.endswith("Synthetic, not for patient care.")


# --- several series
# ----------------------------------------------------------------------------------------------


@pytest.fixture
def phases() -> Viewer:
    return Viewer(phantom_study(modalities=ALL, slices=240))


def test_portal_venous_ct_and_the_first_pet_open_and_the_repr_names_them_where_there_is_a_choice(
    phases: Viewer,
) -> None:
    assert (phases.series, phases.pet) == ("CT", "PT")
    start = (
        "Viewer(Study of phantom (CT, CT late arterial, T1 arterial, PT, FDG), SYNTHETIC; axial"
        " slice 171 of 240, "
    )
    assert repr(phases) == start + "series CT, pet PT, window 40/400, fused 60 %, VOI none)"
    phases.series, phases.pet, phases.mode = "T1 arterial", "FDG", "CT"
    centre, width = signal_window(phases.study["T1 arterial"])
    assert (
        repr(phases)
        == start + f"series T1 arterial, pet FDG, window {centre:g}/{width:g}, CT, VOI none)"
    )
    assert repr(Viewer(phases.study.only("CT late arterial", "PT"))).endswith(
        "of 240, window 40/400, fused 60 %, VOI none)"
    )


@pytest.mark.parametrize(
    ("how", "words"),
    [
        (
            {"series": "CT enteric"},
            (
                "there is no CT or MR series 'CT enteric' in .*; there are CT, CT late arterial, T1"
                " arterial"
            ),
        ),
        ({"series": "PT"}, "there is no CT or MR series 'PT'"),
        ({"pet": "CT"}, "there is no PET 'CT' in .*; there are PT, FDG"),
    ],
)
def test_an_unknown_series_is_refused_with_those_there_are(
    phases: Viewer, how: dict[str, str], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        Viewer(phases.study, **how)  # type: ignore[arg-type]
    [(name, wanted)] = how.items()
    before = getattr(phases, name)
    for wrong in (wanted, None):
        with pytest.raises(ValueError, match="there is no"):
            setattr(phases, name, wrong)
    assert getattr(phases, name) == before


def test_a_study_without_ct_or_without_pet_has_no_such_series(study: Study) -> None:
    assert (Viewer(study.only("CT")).series, Viewer(study.only("CT")).pet) == ("CT", None)
    assert (Viewer(study.only("PT")).series, Viewer(study.only("PT")).pet) == (None, "PT")
    with pytest.raises(ValueError, match=r"there is no PET 'PT' in .*; there is none"):
        Viewer(study.only("CT"), pet="PT")


def test_the_voi_is_measured_in_the_series_and_the_pet_on_show(phases: Viewer) -> None:
    lesion = phases.study.lesions_mm["L1"]
    portal = phases.place_voi(lesion, 14)
    phases.series = "CT late arterial"
    late = phases.measurement
    assert (
        late
        == measure(phases.study.only("CT late arterial", "PT"), lesion, 14)
        == phases.place_voi(lesion, 14)
    )
    assert late is not None
    assert portal.hu_mean == pytest.approx(value("CT", "L1"), abs=4)
    assert late.hu_mean == pytest.approx(value("CT late arterial", "L1"), abs=4)
    phases.series, phases.pet = "T1 arterial", "FDG"
    both = phases.measurement
    assert both is not None
    assert both.signal_mean == pytest.approx(value("T1 arterial", "L1"), abs=4)
    assert both.suv_mean == pytest.approx(value("FDG", "L1"), rel=0.1)
    assert both.hu_mean is None


def test_a_voi_where_the_series_ends_holds_the_pet_alone_and_nothing_without_pet(
    phases: Viewer,
) -> None:
    below = (300.0, 150.0, 216.0)
    phases.place_voi(below, 20)
    phases.series = "CT late arterial"
    found = phases.measurement
    assert found is not None
    assert (found.hu_mean, found.suv_mean is not None) == (None, True)
    alone = Viewer(phases.study.only("CT", "CT late arterial"))
    alone.place_voi(below, 20)
    alone.series = "CT late arterial"
    assert alone.measurement is None
    assert repr(alone).endswith("CT, VOI outside the pictures on show)")
    with pytest.raises(ValueError, match="lies outside the CT, late arterial phase"):
        alone.place_voi(below, 20)


def test_ct_phases_share_one_window_and_each_mr_keeps_its_own(phases: Viewer) -> None:
    assert phases.mr_window is None
    with pytest.raises(ValueError, match=r"no MR is on show \(the series is 'CT'\)"):
        phases.mr_window = (300, 600)
    phases.window, phases.series = "liver", "CT late arterial"
    assert phases.window == as_window("liver")
    phases.series = "T1 arterial"
    assert phases.mr_window == signal_window(phases.study["T1 arterial"])
    phases.mr_window = (300, 500)
    for bad, words in (
        ("liver", r"give \(centre, width\) in signal: presets are for CT"),
        ((300, 0), "window width is 0; it must be above 0"),
    ):
        with pytest.raises(ValueError, match=words):
            phases.mr_window = bad  # type: ignore[assignment]
    phases.series = "CT"
    assert (phases.window, phases.mr_window) == (as_window("liver"), None)
    phases.series = "T1 arterial"
    assert phases.mr_window == (300, 500)


def test_an_mr_opens_with_the_liver_mid_grey(phases: Viewer) -> None:
    centre, width = signal_window(phases.study["T1 arterial"])
    assert centre == pytest.approx(value("T1 arterial", "liver"), rel=0.2)
    assert centre == width / 2, "no signal is black"


def test_slices_are_counted_in_the_longest_series(phases: Viewer) -> None:
    everything = repr(phases)
    phases.series = "CT late arterial"
    assert "axial slice 171 of 240" in everything
    assert "axial slice 171 of 240" in repr(phases)
    assert f" of {UPPER_ABDOMEN.stop - UPPER_ABDOMEN.start}, " in repr(
        Viewer(phases.study.only("CT late arterial", "T1 arterial"))
    )


def test_another_study_keeps_the_series_on_show_where_it_has_it(phases: Viewer) -> None:
    phases.series, phases.pet = "CT late arterial", "FDG"
    phases.show(phantom_study(seed=1, modalities=ALL, slices=240))
    assert (phases.series, phases.pet) == ("CT late arterial", "FDG")
    phases.show(phantom_study(slices=240))
    assert (phases.series, phases.pet) == ("CT", "PT")
    phases.show(phantom_study(modalities=("CT",), slices=240))
    assert (phases.series, phases.pet) == ("CT", None)
    phases.show(phantom_study(modalities=("PT",), slices=240))
    assert (phases.series, phases.pet) == (None, "PT")


def test_the_static_face_shows_the_series_and_the_pet_on_show_and_says_where_a_series_ends(
    phases: Viewer,
) -> None:
    pictures = {phases.picture()}
    for name, wanted in (
        ("series", "CT late arterial"),
        ("series", "T1 arterial"),
        ("mr_window", (300, 400)),
        ("pet", "FDG"),
        ("mode", "PET"),
    ):
        setattr(phases, name, wanted)
        pictures.add(phases.picture())
    assert len(pictures) == 6
    assert phases.alt.startswith(
        "PET (T1 arterial MR, 18F-FDG PET) of Torso phantom: axial slice 171 of 240"
    )
    phases.mode, phases.crosshair_mm = "CT", (70.0, 135.0, 216.0)
    axial = np.asarray(Image.open(io.BytesIO(phases.picture())).convert("L")).astype(int)[
        120:330, 30:370
    ]
    assert np.percentile(axial, 95) < 20, (
        "the MR ends above this slice: black but for the words and the crosshair"
    )
    phases.series = "CT"
    assert (
        np.percentile(
            np.asarray(Image.open(io.BytesIO(phases.picture())).convert("L"))[120:330, 30:370], 95
        )
        > 100
    )


def test_the_other_series_follow_once_the_pictures_on_show_are_on_their_way(phases: Viewer) -> None:
    phases._repr_mimebundle_()
    keys = {meta["series"]: meta["key"] for meta in phases._volumes}
    assert set(phases._packed) == {keys["CT"], keys["PT"]}
    assert set(phases._more) == {keys["CT late arterial"], keys["T1 arterial"], keys["FDG"]}


def test_with_two_pets_side_by_side_both_are_sent_first(phases: Viewer) -> None:
    keys = {meta["series"]: meta["key"] for meta in phases._volumes}
    phases.mode = "two PETs"
    phases._repr_mimebundle_()
    assert set(phases._packed) == {keys["CT"], keys["PT"], keys["FDG"]}
    assert set(phases._rest.volumes) == {"CT late arterial", "T1 arterial"}
