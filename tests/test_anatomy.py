"""The synthetic body against reference values, and the places of lesions within it."""

import numpy as np
import pytest

from netcourse.evidence import figures
from netcourse.patients import Lesion, Patient, generate, places
from netcourse.scanner import positions
from netcourse.scanner.anatomy import Anatomy, build, labels, number
from netcourse.scanner.anatomy.frame import Frame
from netcourse.scanner.lesions import make_room, sites

ORGANS = {
    "liver": ("liver", "hepatic_vein", "portal_branch"),
    "spleen": ("spleen",),
    "kidneys": ("kidney_cortex", "kidney_medulla"),
    "pancreas": ("pancreas", "uncinate"),
    "heart": ("left_heart_blood", "right_heart_blood", "myocardium"),
    "brain": ("brain_grey", "brain_white"),
    "thyroid": ("thyroid",),
    "adrenals": ("adrenal",),
    "urinary_bladder": ("urine", "bladder_wall"),
    "stomach": ("stomach_wall", "stomach_content"),
    "pituitary": ("pituitary",),
    "lungs": ("lung", "lung_vessel"),
    "gallbladder": ("gallbladder",),
    "prostate": ("prostate",),
    "uterus": ("uterus",),
}
REFERENCE = {
    "male": ("ileum_disseminated", 176.0, 73.0),
    "female": ("uncinate_and_node", 163.0, 60.0),
}

# What a lesion of 12 mm may lie in, per normal tissue around it.
HOSTS = {
    "liver": {"liver", "hepatic_vein", "portal_branch"},
    "pancreas": {"pancreas", "uncinate", "portal_vein"},
    "bone_marrow": {"marrow", "cortex", "muscle"},
    "lung": {"lung", "lung_vessel"},
    "breast": {"breast", "fat"},
    "thyroid": {"thyroid"},
    "brain": {"brain_grey", "brain_white"},
    "fat": {"fat", "bowel_wall", "bowel_fluid", "mesenteric_vessel", "colon_wall", "stool", "gas"},
}


def reference_body(sex: str, seed: int) -> Patient:
    archetype, height, weight = REFERENCE[sex]
    return generate(archetype, seed).model_copy(update={"height_cm": height, "weight_kg": weight})


def body(patient: Patient) -> Anatomy:
    return build(Frame.of(patient))


@pytest.mark.parametrize("sex", REFERENCE)
def test_mean_organ_volumes_of_reference_adults_lie_within_20_percent_of_icrp_89(sex: str) -> None:
    bodies = [body(reference_body(sex, seed)) for seed in (1, 2, 3)]
    reference = figures(f"body.{sex}")
    for organ, parts in ORGANS.items():
        if organ in reference:
            mean = np.mean([one.volume_ml(*parts) for one in bodies])
            assert mean == pytest.approx(reference[organ].value, rel=0.20), (
                f"{organ}: {mean:.0f} mL"
            )


def centre(anatomy: Anatomy, *names: str) -> np.ndarray:
    """Centre of mass as (z, y, x) in mm."""
    where = np.argwhere(np.isin(anatomy.array, [number(name) for name in names]))
    return where.mean(axis=0) * anatomy.spacing_mm + anatomy.origin_mm


@pytest.mark.parametrize("sex", REFERENCE)
def test_organs_lie_where_a_radiologist_expects_them(sex: str) -> None:
    one = body(reference_body(sex, 1))
    liver, spleen, heart, aorta = (
        centre(one, name) for name in ("liver", "spleen", "left_heart_blood", "aorta")
    )
    kidneys, bladder, brain = (
        centre(one, "kidney_cortex"),
        centre(one, "urine"),
        centre(one, "brain_grey"),
    )
    assert liver[2] < -25 < 25 < spleen[2], "liver on the right (negative x), spleen on the left"
    assert heart[2] > 0, "heart to the left of the midline"
    assert spleen[1] > liver[1], "spleen behind the middle of the liver"
    assert kidneys[1] > 25, "kidneys at the back"
    assert brain[0] > heart[0] > liver[0] > kidneys[0] > bladder[0], "from head to pelvis"
    right, left = (
        (one.array == number("kidney_cortex"))
        & (np.arange(one.array.shape[2]) < one.array.shape[2] // 2),
        None,
    )
    left = (one.array == number("kidney_cortex")) & ~right
    assert np.argwhere(left)[:, 0].mean() > np.argwhere(right)[:, 0].mean(), (
        "left kidney higher than the right"
    )
    assert abs(aorta[2]) < 25


def test_bodies_differ_between_patients_and_repeat_for_the_same_patient() -> None:
    first, second = (Frame.of(generate("ileum_disseminated", seed)) for seed in (1, 2))
    again = build.__wrapped__(first).array  # the cache would hand back the very same object
    assert np.array_equal(build(first).array, again)
    assert build(first).array.shape != build(second).array.shape or not np.array_equal(
        build(first).array, build(second).array
    )


def test_heavier_patients_have_more_fat_and_wider_bodies() -> None:
    slim, heavy = (
        reference_body("male", 1).model_copy(update={"weight_kg": kg}) for kg in (62.0, 105.0)
    )
    assert body(heavy).volume_ml("fat") > 1.5 * body(slim).volume_ml("fat")
    assert body(heavy).array.shape[1] >= body(slim).array.shape[1]


def test_after_splenectomy_there_is_no_spleen() -> None:
    assert build(Frame.of(generate("splenectomy")), spleen=False).volume_ml("spleen") == 0


@pytest.mark.parametrize("sex", REFERENCE)
def test_every_place_lies_in_its_tissue(sex: str) -> None:
    """Over five positions of a 12 mm lesion in one place, at least three quarters of it lie in a
    fitting tissue.
    """
    patient = reference_body(sex, 2)
    one, names = body(patient), list(labels())
    for place in places().values():
        if place.id == "psoas_left" or (place.id == "breast_left" and sex == "male"):
            continue  # on the psoas lies the ureter, whose urine poses as a node
        shares = []
        for offset in (
            (0, 0, 0),
            (0.6, 0.5, 0.4),
            (-0.6, -0.5, 0.4),
            (0.5, -0.6, -0.5),
            (-0.4, 0.6, -0.6),
        ):
            lesion = Lesion(
                id="X", place=place.id, size_mm=12, ssr_suv=5, pattern="primary", offset=offset
            )
            point = positions(patient.model_copy(update={"lesions": (lesion,)}))["X"]
            k, j, i = (
                round((c - o) / s)
                for c, o, s in zip(point, one.origin_mm, one.spacing_mm, strict=True)
            )
            part = one.array[k - 1 : k + 2, j - 3 : j + 4, i - 3 : i + 4]
            shares.append(np.mean([names[v] in HOSTS[place.tissue] for v in part.ravel()]))
        assert np.mean(shares) >= 0.75, f"{place.id}: {np.mean(shares):.2f}"


def test_a_tumour_of_the_pancreatic_tail_dents_the_stomach_and_never_lies_in_its_lumen() -> None:
    patient = generate("pancreas_two_grades")
    where, whole = positions(patient), body(patient)
    to_lumen = [
        _to_lumen(anatomy, where["P1"]) for anatomy in (whole, make_room(patient, whole, where))
    ]
    assert to_lumen[0] < patient.lesion("P1").size_mm / 2 < to_lumen[1]


def _to_lumen(anatomy: Anatomy, point: tuple[float, float, float]) -> float:
    """How near the stomach's content comes to a point, mm."""
    voxels = np.argwhere(anatomy.array == number("stomach_content"))
    return float(
        np.linalg.norm(
            voxels * np.array(anatomy.spacing_mm) + np.array(anatomy.origin_mm) - np.array(point),
            axis=1,
        ).min()
    )


def test_every_place_a_lesion_can_have_is_known_to_the_scanner() -> None:
    assert set(sites()) == set(places())


def test_lesions_of_one_patient_do_not_overlap_where_there_is_room() -> None:
    patient = generate("liver_metastases_g2", 5)
    where = positions(patient)
    radius = {lesion.id: lesion.size_mm / 2 for lesion in patient.lesions}
    pairs = [(a, b) for a in where for b in where if a < b]
    overlapping = [
        (a, b)
        for a, b in pairs
        if np.linalg.norm(np.subtract(where[a], where[b]))
        < radius[a] + radius[b] - 3  # half a grid step each
    ]
    assert len(overlapping) <= 1
