"""A patient's body: the atlas warped, against reference values; and the places of lesions in it."""

import numpy as np
import pytest

from netcourse.evidence import figures
from netcourse.patients import Lesion, Patient, generate, places
from netcourse.scanner import positions
from netcourse.scanner.atlas import load
from netcourse.scanner.atlas.codes import shares
from netcourse.scanner.atlas.tissues import tissues
from netcourse.scanner.body.body import Body, body_of, warped
from netcourse.scanner.body.warp import Warp
from netcourse.scanner.lesions import make_room, manners

ORGANS = {
    "liver": ("liver", "hepatic_vein"),
    "spleen": ("spleen",),
    "kidneys": ("kidney_cortex", "kidney_medulla"),
    "pancreas": ("pancreas", "uncinate", "pancreatic_duct"),
    "heart": ("left_heart", "right_heart", "myocardium"),
    "brain": ("brain_grey", "brain_white", "cerebellum", "striatum"),
    "thyroid": ("thyroid",),
    "adrenals": ("adrenal",),
    "urinary_bladder": ("urine", "bladder_wall"),
    "stomach": ("stomach_wall", "stomach_mucosa", "stomach_content"),
    "pituitary": ("pituitary",),
    "lungs": ("lung", "lung_artery", "lung_vein", "bronchus_wall", "fissure"),
    "gallbladder": ("bile", "gallbladder_wall"),
    "prostate": ("prostate", "prostate_central"),
    "uterus": ("uterus", "endometrium"),
}
REFERENCE = {
    "male": ("ileum_disseminated", 176.0, 73.0),
    "female": ("uncinate_and_node", 163.0, 60.0),
}

# What a lesion of 12 mm may lie in, per normal tissue around it.
HOSTS = {
    "liver": {"liver", "hepatic_vein", "portal_vein", "artery", "bile_duct"},
    "pancreas": {"pancreas", "uncinate", "pancreatic_duct", "bile_duct", "visceral_fat"},
    "bone_marrow": {"marrow", "marrow_fat", "cortex", "muscle", "muscle_across", "cartilage"},
    "lung": {"lung", "lung_artery", "lung_vein", "bronchus_wall", "fissure"},
    "breast": {"breast_gland", "subcutaneous_fat"},
    "thyroid": {"thyroid"},
    "brain": {"brain_grey", "brain_white", "csf"},
    "spleen": {"spleen"},
    "fat": {
        *(name for name, tissue in tissues().items() if tissue.uptake == ("fat",)),
        *("jejunum_wall", "ileum_wall", "bowel_fluid", "colon_wall", "stool", "gas"),
    },
}
HOSTS_OF_A_PLACE = {
    "stomach": {*HOSTS["fat"], "stomach_wall", "stomach_mucosa", "stomach_content"},
    "duodenum": {*HOSTS["fat"], "duodenum_wall"},
    "rectum": {*HOSTS["fat"], "rectum_wall"},
    "ovary_right": {*HOSTS["fat"], "ovary", "follicle"},
    "adrenal_left": {*HOSTS["fat"], "adrenal"},
    "heart": {*HOSTS["fat"], "myocardium", "pericardium"},
    # Bone that is thinner than what is looked at.
    "skull_left": {*HOSTS["bone_marrow"], "csf", "fascia", "ligament"},
    "orbit_left": {*HOSTS["fat"], "muscle", "muscle_across", "tendon", "nerve"},
}


def reference_body(sex: str, seed: int) -> Patient:
    archetype, height, weight = REFERENCE[sex]
    return generate(archetype, seed).model_copy(update={"height_cm": height, "weight_kg": weight})


@pytest.mark.parametrize("sex", REFERENCE)
def test_mean_organ_volumes_of_reference_adults_are_those_of_the_evidence(sex: str) -> None:
    """Within 15 % of ICRP 89, or in the range of living adults where that is given instead."""
    patients = (reference_body(sex, seed) for seed in range(1, 60))
    usual = [one for one in patients if load.choose(one).variants in ((), ("belly 1",))][:8]
    bodies = [body_of(one) for one in usual]
    for organ, parts in ORGANS.items():
        if reference := figures(f"body.{sex}").get(organ):
            low, high = (
                (reference.low, reference.high)
                if reference.low is not None and reference.high is not None
                else (0.85 * reference.value, 1.15 * reference.value)
            )
            mean = np.mean([one.volume_ml(*parts) for one in bodies])
            assert low <= mean <= high, f"{organ}: {mean:.0f} mL, not {low:.0f}–{high:.0f}"


def centre(body: Body, *names: str) -> np.ndarray:
    """Centre of mass as (z, y, x) in mm."""
    where = np.argwhere(body.share(*names)[::2, ::2, ::2] > 0.5)
    return where.mean(axis=0) * 2 * np.array(body.spacing_mm) + body.origin_mm


@pytest.mark.parametrize("sex", REFERENCE)
def test_organs_lie_where_a_radiologist_expects_them(sex: str) -> None:
    one = body_of(reference_body(sex, 1))
    liver, spleen, heart, aorta = (
        centre(one, name) for name in ("liver", "spleen", "left_heart", "aorta")
    )
    kidneys, bladder, brain = (
        centre(one, "kidney_cortex"),
        centre(one, "urine"),
        centre(one, "brain_grey"),
    )
    assert liver[2] < -25 < 25 < spleen[2], "liver on the right (negative x), spleen on the left"
    assert heart[2] > 0, "heart to the left of the midline"
    assert spleen[1] > liver[1], "spleen behind the middle of the liver"
    assert kidneys[1] > aorta[1], "kidneys at the back"
    assert brain[0] > heart[0] > liver[0] > kidneys[0] > bladder[0], "from head to pelvis"
    cortex = one.share("kidney_cortex")[::2] > 0.5
    right, left = np.array_split(cortex, [round(-one.origin_mm[2])], axis=2)
    assert np.argwhere(left)[:, 0].mean() > np.argwhere(right)[:, 0].mean(), (
        "left kidney higher than the right"
    )
    assert abs(aorta[2]) < 25


def test_the_disc_between_l1_and_l2_lies_at_the_origin() -> None:
    for sex in REFERENCE:
        levels = load.points(load.choose(reference_body(sex, 1)))["levels"]
        assert levels["L1"][0] > 0 > levels["L2"][0]
        assert levels["L1"][0] + levels["L2"][0] == pytest.approx(0, abs=4)
        assert levels["L1"][1] + levels["L2"][1] == pytest.approx(0, abs=8)


def test_bodies_differ_between_patients_and_repeat_for_the_same_patient() -> None:
    first, second = (Warp.of(generate("ileum_disseminated", seed)) for seed in (1, 2))
    again = warped.__wrapped__(first).codes  # the cache would hand back the very same object
    assert np.array_equal(warped(first).codes, again)
    assert warped(first).codes.shape != warped(second).codes.shape or not np.array_equal(
        warped(first).codes, warped(second).codes
    )


def test_one_thread_and_two_give_the_same_bytes() -> None:
    warp = Warp.of(generate("uncinate_and_node", 4))
    one, two = (warped.__wrapped__(warp, threads).codes for threads in (1, 2))
    assert np.array_equal(one, two)


def test_heavier_patients_have_more_fat_and_wider_bodies() -> None:
    slim, heavy = (
        body_of(reference_body("male", 1).model_copy(update={"weight_kg": kg}))
        for kg in (62.0, 105.0)
    )
    assert heavy.volume_ml("subcutaneous_fat") > 1.5 * slim.volume_ml("subcutaneous_fat")
    assert heavy.codes.shape[1] >= slim.codes.shape[1]


def test_after_splenectomy_there_is_no_spleen() -> None:
    assert body_of(generate("splenectomy")).volume_ml("spleen") == 0


@pytest.mark.parametrize("sex", REFERENCE)
def test_every_place_lies_in_its_tissue(sex: str) -> None:
    """Over five positions of a 12 mm lesion in one place, at least three quarters of it lie in a
    fitting tissue.
    """
    patient = reference_body(sex, 2)
    one, outside = body_of(patient), []
    for place in places().values():
        hosts = HOSTS_OF_A_PLACE.get(place.id) or HOSTS[place.tissue]
        if place.sex not in (None, sex):
            continue
        if place.id == "psoas_left" or (place.id == "breast_left" and sex == "male"):
            continue  # on the psoas lies the ureter, whose urine poses as a node
        fitting = []
        for offset in (
            (0, 0, 0),
            (0.6, 0.5, 0.4),
            (-0.6, -0.5, 0.4),
            (0.5, -0.6, -0.5),
            (-0.4, 0.6, -0.6),
        ):
            lesion = Lesion(
                id="X",
                place=place.id,
                size_mm=min(12, place.most_mm or 12),
                ssr_suv=5,
                pattern="primary",
                offset=offset,
            )
            point = positions(patient.model_copy(update={"lesions": (lesion,)}))["X"]
            k, j, i = (
                round((c - o) / s)
                for c, o, s in zip(point, one.origin_mm, one.spacing_mm, strict=True)
            )
            part = one.codes[k - 2 : k + 3, j - 4 : j + 5, i - 4 : i + 5]
            fitting.append(shares(one.mixtures, *hosts)[part].mean())
        if np.mean(fitting) < 0.75:
            outside.append(f"{place.id}: {np.mean(fitting):.2f}")
    assert outside == []


def test_a_tumour_of_the_pancreatic_tail_dents_the_stomach_and_never_lies_in_its_lumen() -> None:
    patient = generate("pancreas_two_grades")
    whole = body_of(patient)
    free = _to_lumen(whole, positions(patient)["P1"])
    large = patient.lesion("P1").model_copy(update={"size_mm": round(2 * free + 12)})
    grown = patient.model_copy(update={"lesions": (large,)})
    where = positions(grown)
    before, after = (
        _to_lumen(body, where["P1"]) for body in (whole, make_room(grown, whole, where))
    )
    assert before < large.size_mm / 2 < after


def _to_lumen(body: Body, point: tuple[float, float, float]) -> float:
    """How near the stomach's content comes to a point, mm."""
    voxels = np.argwhere(body.share("stomach_content") > 0.5)
    return float(np.linalg.norm(voxels * body.spacing_mm + body.origin_mm - point, axis=1).min())


@pytest.mark.parametrize("name", load.bodies())
def test_every_place_a_lesion_can_have_is_known_to_every_body(name: str) -> None:
    known = load.atlas(name).points["places"]
    sex = load.atlas(name).sex
    assert set(known) == {id for id, place in places().items() if place.sex in (None, sex)}
    for id, candidates in known.items():
        assert len(candidates) >= 5, id
        assert (places()[id].most_mm or 0) <= 5 * max(row[3] for row in candidates), id
    assert set(manners()) <= set(places())


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
