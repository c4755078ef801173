"""What FDG PET shows: its own physiology, and clones that lie where the patient has them, on both
scans and on CT.
"""

from __future__ import annotations

import numpy as np
import pytest

from netcourse.evidence import figure
from netcourse.patients import CloneB, Lesion, Patient, generate
from netcourse.reading.viewer.voi import measure
from netcourse.scanner import (
    SERIES,
    CtScan,
    PetScan,
    Study,
    lesion_hu,
    part_positions,
    positions,
    scan,
)
from netcourse.scanner.atlas.tissues import tissues
from netcourse.scanner.blend import Blend
from netcourse.scanner.body.body import PET_VOXELS, body_of
from netcourse.scanner.optics import pooled


@pytest.fixture(scope="module")
def patient() -> Patient:
    return generate("cold_half", 2)


@pytest.fixture(scope="module")
def study(patient: Patient) -> Study:
    return scan(patient, ["CT late arterial", "PT", "FDG"])


@pytest.fixture(scope="module")
def clean(patient: Patient) -> Study:
    return scan(patient, {"FDG": PetScan(of="fdg", noise=False)})


def mean_in(study: Study, patient: Patient, series: str, *names: str) -> float:
    """Mean SUV over a tissue, on the PET's grid; voxels that hold nothing else."""
    share = pooled(body_of(patient).share(*names), [int(n) for n in PET_VOXELS])
    return float(study[series].array[share > 0.999].mean())


# Physiology.


def test_fdg_shows_brain_hottest_of_the_organs_and_urine_above_all(
    clean: Study, patient: Patient
) -> None:
    at = {
        name: mean_in(clean, patient, "FDG", *of)
        for name, of in {
            "urine": ("urine",),
            "grey matter": ("brain_grey",),
            "white matter": ("brain_white",),
            "liver": ("liver",),
            "spleen": ("spleen",),
            "blood": ("aorta",),
            "marrow": ("marrow",),
            "muscle": ("muscle",),
            "lung": ("lung",),
        }.items()
    }
    order = [
        "urine",
        "grey matter",
        "white matter",
        "liver",
        "spleen",
        "blood",
        "marrow",
        "muscle",
        "lung",
    ]
    assert sorted(at, key=lambda name: -at[name]) == order, at
    organs = patient.organs("fdg").suv
    assert at["liver"] == pytest.approx(organs["liver"], rel=0.08)
    assert at["spleen"] == pytest.approx(organs["spleen"], rel=0.08)


def test_ssr_and_fdg_differ_where_they_must(study: Study, patient: Patient) -> None:
    for names in (("spleen",), ("liver",)):
        assert mean_in(study, patient, "PT", *names) > 2 * mean_in(study, patient, "FDG", *names)
    assert mean_in(study, patient, "FDG", "brain_grey") > 10 * mean_in(
        study, patient, "PT", "brain_grey"
    )


@pytest.mark.covers("uptake.f18_fdg.myocardium")
def test_the_heart_is_different_in_everybody_and_no_hotter_than_its_blood_on_ssr() -> None:
    seen, usual = [], figure("uptake.f18_fdg.myocardium")
    for seed in range(1, 60):
        seen.append(generate("cold_half", seed).organs("fdg").suv["myocardium"])
    assert usual.low is not None
    assert usual.high is not None
    assert usual.low <= min(seen) < 2.2
    assert 9 < max(seen) <= usual.high
    hot = max(range(1, 60), key=lambda seed: seen[seed - 1])
    patient = generate("cold_half", hot)
    picture = scan(patient, {"FDG": PetScan(of="fdg", noise=False), "PT": PetScan(noise=False)})
    assert mean_in(picture, patient, "FDG", "myocardium") > 3 * mean_in(
        picture, patient, "FDG", "left_heart"
    )
    assert mean_in(picture, patient, "PT", "myocardium") == pytest.approx(
        patient.ssr.suv["blood_pool"], rel=0.15
    )


def test_tonsils_show_on_fdg_alone(clean: Study, study: Study, patient: Patient) -> None:
    assert mean_in(clean, patient, "FDG", "tonsil") > 2 * mean_in(clean, patient, "FDG", "muscle")
    assert mean_in(study, patient, "PT", "tonsil") < 1.5


def test_every_tissue_has_an_organ_in_every_tracer_where_it_has_one_in_any() -> None:
    tables = [generate("cold_half").ssr.suv, generate("cold_half").organs("fdg").suv]
    for tissue in tissues().values():
        assert len({tissue.organ(known) is None for known in tables}) == 1, tissue.name


def test_fdg_is_sharper_than_gallium_and_has_its_own_name(study: Study, patient: Patient) -> None:
    assert patient.organs("fdg").fwhm_mm == figure("pet.fwhm.f18").value < patient.ssr.fwhm_mm
    assert study["FDG"].description == "PET, 18F-FDG"
    assert study["PT"].description == "PET, 68Ga-DOTATATE"
    assert isinstance(SERIES["FDG"], PetScan)


def test_a_patient_without_fdg_cannot_be_shown_on_it() -> None:
    with pytest.raises(ValueError, match="splenectomy-0 has no FDG PET"):
        scan(generate("splenectomy"), ["FDG"])
    with pytest.raises(ValueError, match="of is 'spect'"):
        PetScan(of="spect")  # type: ignore[arg-type]


# Clones.


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_the_fdg_hot_part_lies_where_clone_b_lies_and_is_cold_on_ssr(seed: int) -> None:
    patient = generate("cold_half", seed)
    study = scan(patient, ["PT", "FDG"])
    at, lesion = part_positions(patient)["L1"], patient.lesion("L1")
    seen = {
        (series, part): measure(study[series], at[part], lesion.part_mm(part) * 0.5).suv_mean
        for series in ("PT", "FDG")
        for part in ("A", "B")
    }
    assert lesion.clone_b is not None
    assert seen["PT", "A"] > 5 * seen["PT", "B"]  # type: ignore[operator]
    assert seen["FDG", "B"] > 3 * seen["FDG", "A"]  # type: ignore[operator]
    for suv, mean in (
        (lesion.clone_b.fdg_suv, seen["FDG", "B"]),
        (lesion.ssr_suv, seen["PT", "A"]),
    ):
        assert 0.7 * suv < mean < 1.1 * suv, "noise leaves the hottest voxel what it is"


def test_the_hottest_fdg_voxel_of_the_liver_lies_in_clone_b(study: Study, patient: Patient) -> None:
    lesion = patient.lesion("L1")
    found = measure(study["FDG"], study.lesions_mm["L1"], lesion.size_mm * 1.2).hottest_mm
    at = part_positions(patient)["L1"]
    assert found is not None
    assert np.linalg.norm(np.subtract(found, at["B"])) < np.linalg.norm(np.subtract(found, at["A"]))


@pytest.mark.parametrize("fraction", [0.2, 0.35, 0.5, 0.8])
def test_clone_b_has_its_share_of_the_lesion_on_the_picture(fraction: float) -> None:
    """Total uptake above background is that of both clones together; a part that is too large or
    lies outside would add to it.
    """
    clone = CloneB(fraction=fraction, ssr_suv=5.0, fdg_suv=2.1, side=(0.5, -0.6, 0.4))
    lesion = Lesion(
        id="X",
        place="liver_s7",
        size_mm=40,
        ssr_suv=45.0,
        fdg_suv=2.1,
        pattern="hyper_hypo",
        clone_b=clone,
    )
    base = generate("cold_half").model_copy(update={"lesions": (lesion,)})
    none = base.model_copy(
        update={"lesions": (lesion.model_copy(update={"ssr_suv": 5.0, "clone_b": None}),)}
    )
    clean = PetScan(noise=False)
    with_it, without = (scan(one, {"PT": clean})["PT"] for one in (base, none))
    above = float((with_it.array - without.array).sum()) * np.prod(with_it.spacing_mm)
    assert above == pytest.approx((1 - fraction) * 40.0 * np.pi / 6 * 40**3, rel=0.03)


def test_the_mean_of_a_lesion_is_that_of_its_clones(patient: Patient) -> None:
    lesion = patient.lesion("L1")
    study = scan(patient, {"PT": PetScan(noise=False)})
    inside = measure(study["PT"], study.lesions_mm["L1"], lesion.size_mm * 0.9).suv_mean
    assert inside == pytest.approx(lesion.suv(), rel=0.12)
    assert lesion.suv() is not None
    assert lesion.suv() > patient.ssr.suv["liver"], "the mean looks fit for therapy"  # type: ignore[operator]


def test_clone_b_enhances_in_its_own_way_at_its_place_on_ct(patient: Patient, study: Study) -> None:
    at, lesion = part_positions(patient)["L1"], patient.lesion("L1")
    how = CtScan.phase("late arterial", region="upper abdomen")
    want = {part: lesion_hu(patient, lesion, how, part) for part in ("A", "B")}
    seen = {
        part: measure(study["CT late arterial"], at[part], lesion.part_mm(part) * 0.5).hu_mean
        for part in ("A", "B")
    }
    assert want["A"] > want["B"] + 20  # type: ignore[operator]
    assert seen == {part: pytest.approx(hu, abs=5) for part, hu in want.items()}


def test_two_clones_leave_as_much_of_what_surrounds_them_as_one(patient: Patient) -> None:
    """On CT every voxel is a mixture whose shares add up, at the rim of the lesion and at the
    border between its clones too.
    """
    lesion = patient.lesion("L1")
    assert lesion.clone_b is not None
    alike = lesion.clone_b.model_copy(update={"pattern": None})
    one = patient.model_copy(update={"lesions": (lesion.model_copy(update={"clone_b": alike}),)})
    two = patient.model_copy(update={"lesions": (lesion,)})
    body, here = body_of(patient), positions(patient)
    blends, near = [Blend(who, body, here) for who in (one, two)], body.slices("upper abdomen")
    known = set().union(*(blend.tissues(near) for blend in blends))
    own = {name for name in known if name.startswith(("hyper_hypo", "hypo_hypo", "necrosis"))}
    around = dict.fromkeys(known - own, 1.0)
    shares = [blend.slab(around, near) for blend in blends]
    assert float(np.abs(shares[0] - shares[1]).max()) < 1e-5
    assert np.allclose(blends[1].slab(dict.fromkeys(known, 1.0), near), 1.0, atol=1e-5)


def test_intermixed_clones_show_no_parts_and_the_mean_everywhere() -> None:
    clone = CloneB(fraction=0.5, ssr_suv=1.0, fdg_suv=10.0)
    lesion = Lesion(
        id="X",
        place="liver_s7",
        size_mm=40,
        ssr_suv=21.0,
        fdg_suv=2.0,
        pattern="hyper_hypo",
        clone_b=clone,
    )
    patient = generate("cold_half").model_copy(update={"lesions": (lesion,)})
    assert part_positions(patient) == {}
    study = scan(patient, {"PT": PetScan(noise=False), "FDG": PetScan(of="fdg", noise=False)})
    for series, suv in (("PT", 11.0), ("FDG", 6.0)):
        core = measure(study[series], study.lesions_mm["X"], 20)
        assert 0.85 * suv < core.suv_mean < suv, "its hottest voxel has this; it is uneven"
        assert core.suv_max == pytest.approx(suv, rel=0.05)


def test_a_lesion_whose_fdg_is_not_known_leaves_no_trace_on_it() -> None:
    patient = generate("dedifferentiated_metastasis")
    lesions = tuple(
        one.model_copy(update={"fdg_suv": None}) if one.id == "L2" else one
        for one in patient.lesions
    )
    study = scan(
        patient.model_copy(update={"lesions": lesions}), {"FDG": PetScan(of="fdg", noise=False)}
    )
    assert measure(study["FDG"], study.lesions_mm["L2"], 20).suv_mean == pytest.approx(2.1, rel=0.1)


def test_fdg_noise_falls_with_time() -> None:
    patient = generate("no_receptors")
    spread = []
    for minutes in (1.0, 16.0):
        study = scan(patient, {"FDG": PetScan(of="fdg", minutes=minutes)})
        k, j, i = study["FDG"].index(study.landmarks_mm["liver"])
        spread.append(float(study["FDG"].array[k - 3 : k + 4, j - 3 : j + 4, i - 3 : i + 4].std()))
    assert spread[0] / spread[1] == pytest.approx(4.0, rel=0.4)


def test_a_direction_that_points_nowhere_and_a_part_that_is_not_there_are_refused() -> None:
    with pytest.raises(ValueError, match="side is"):
        CloneB(fraction=0.5, ssr_suv=1, fdg_suv=9, side=(0, 0, 0))
    with pytest.raises(ValueError, match="has no clone B"):
        generate("cold_half").lesion("L2").suv("ssr", "B")
    with pytest.raises(ValueError, match="fraction"):
        CloneB(fraction=1.0, ssr_suv=1, fdg_suv=9)
