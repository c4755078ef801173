"""Gates on the bodies of patients as they are scanned: contacts, areas, variety. A floor; the eye
is the goal.
"""

from __future__ import annotations

from functools import cache
from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from netcourse.patients import Patient, generate
from netcourse.scanner.atlas import load
from netcourse.scanner.atlas.tissues import number, tissues
from netcourse.scanner.body.body import Body, body_of
from netcourse.scanner.body.warp import Warp

GUT = ("stool", "bowel_fluid", "stomach_content", "gas")
GUT_WALL = ("stomach_wall", "stomach_mucosa", "duodenum_wall", "jejunum_wall", "ileum_wall")
GUT_WALL += ("colon_wall", "rectum_wall", "oesophagus_wall")
BONE = ("cortex", "marrow", "marrow_fat")
MUSCLE = ("muscle", "muscle_across", "diaphragm")
FORBIDDEN = (
    (GUT, BONE),
    (GUT, MUSCLE),
    (("pancreas", "uncinate"), ("stomach_content",)),
    (("liver",), ("left_heart", "right_heart")),
    (("kidney_cortex", "kidney_medulla"), BONE),
    (("spleen",), ("stool", "bowel_fluid", "stomach_content")),
    (("urine",), (*BONE, *MUSCLE)),
    (("cord",), BONE),
    (("aorta",), BONE),
)
# cm² at L3, at a body mass index of 23.5: mean, what is allowed to either side, growth per kg/m².
AREAS = {
    "male": (
        ("muscle", 168, 46, 2),
        ("under the skin", 117, 60, 17),
        ("visceral", 121, 60, 13),
    ),
    "female": (
        ("muscle", 109, 28, 1),
        ("under the skin", 147, 60, 22),
        ("visceral", 67, 50, 7.5),
    ),
}
ARCHETYPES = ("ileum_disseminated", "uncinate_and_node", "pancreas_new", "insulinoma")
ARCHETYPES += ("lung_typical", "rectum_with_node")
NIGHT = pytest.mark.full
PATIENTS = [
    ("ileum_disseminated", 1),
    ("uncinate_and_node", 2),
    *(pytest.param(name, seed, marks=NIGHT) for name in ARCHETYPES for seed in (3, 4, 5)),
]


@cache
def scanned(archetype: str, seed: int) -> tuple[Patient, Body]:
    patient = generate(archetype, seed)
    return patient, body_of(patient)


def hosts(body: Body) -> NDArray[np.uint8]:
    """The tissue that most of each voxel is."""
    table = np.zeros(256, np.uint8)
    table[: len(body.mixtures)] = [number(mixture.host) for mixture in body.mixtures]
    return np.asarray(table[body.codes])


def level(patient: Patient, name: str) -> float:
    """The height of a vertebra in a patient, mm."""
    warp = Warp.of(patient)
    at = np.array(load.points(warp.choice)["levels"][name])[None, :3]
    return float(warp.forth(at)[0, 0])


@cache
def contacts(archetype: str, seed: int) -> NDArray[np.int64]:
    """How many faces of voxels each two tissues share, below the neck: in sinuses and mouth gas
    lies beside bone.
    """
    patient, body = scanned(archetype, seed)
    neck = round((level(patient, "T1") - body.origin_mm[0]) / body.spacing_mm[0])
    below, n = hosts(body)[:neck], len(tissues())
    faces = np.zeros((n, n), np.int64)
    for k in range(0, neck - 1, 16):
        part = below[k : k + 17].astype(np.uint16)
        for one, other in (
            (part[:-1], part[1:]),
            (part[:16, :-1], part[:16, 1:]),
            (part[:16, :, :-1], part[:16, :, 1:]),
        ):
            differ = one != other
            pairs = one[differ] * np.uint16(n) + other[differ]
            faces += np.bincount(pairs, minlength=n * n).reshape(n, n)
    return np.asarray(faces + faces.T)


def shared(faces: NDArray[np.int64], some: tuple[str, ...], others: tuple[str, ...]) -> int:
    return int(faces[np.ix_([number(a) for a in some], [number(b) for b in others])].sum())


@pytest.mark.parametrize(("archetype", "seed"), PATIENTS)
def test_what_must_never_touch_does_not_touch(archetype: str, seed: int) -> None:
    faces = contacts(archetype, seed)
    touching = {pair: shared(faces, *pair) for pair in FORBIDDEN}
    assert {pair: count for pair, count in touching.items() if count} == {}


@pytest.mark.parametrize(("archetype", "seed"), PATIENTS)
def test_what_the_bowel_holds_lies_within_its_wall(archetype: str, seed: int) -> None:
    """A wall thinner than a voxel may be less than half of it: one face in thirty."""
    faces = contacts(archetype, seed)
    holds = ("stool", "bowel_fluid", "stomach_content")
    everything = tuple(name for name in tissues() if name not in holds)
    outside = tuple(name for name in everything if name not in (*GUT_WALL, "gas"))
    assert shared(faces, holds, outside) < shared(faces, holds, everything) / 30


@pytest.mark.parametrize(("archetype", "seed"), PATIENTS)
def test_the_liver_and_the_brain_are_each_in_one_place(archetype: str, seed: int) -> None:
    """Not a voxel of them lies in the air around the body or in another organ."""
    _, body = scanned(archetype, seed)
    for organ in ("liver", "brain_grey"):
        inside = hosts(body) == number(organ)
        middle = np.array(ndimage.center_of_mass(inside))
        away = np.abs(np.argwhere(inside) - middle) * body.spacing_mm
        assert away.max() < 190, organ


@pytest.mark.parametrize(("archetype", "seed"), PATIENTS)
def test_muscle_and_fat_at_l3_have_published_areas(archetype: str, seed: int) -> None:
    patient, body = scanned(archetype, seed)
    at = round((level(patient, "L3") - body.origin_mm[0]) / body.spacing_mm[0])
    slice_ = hosts(body)[at - 3 : at + 4]
    cm2 = body.spacing_mm[1] * body.spacing_mm[2] / 100 / len(slice_)
    area = {
        name: np.isin(slice_, [number(tissue) for tissue in parts]).sum() * cm2
        for name, parts in {
            "muscle": ("muscle", "muscle_across"),
            "under the skin": ("subcutaneous_fat",),
            "visceral": ("visceral_fat", "mesenteric_fat"),
        }.items()
    }
    bmi = patient.weight_kg / (patient.height_cm / 100) ** 2
    for name, mean, spread, growth in AREAS[patient.sex]:
        expected = mean + growth * (bmi - 23.5)
        assert abs(area[name] - expected) < spread, (
            f"{name}: {area[name]:.0f} cm² at {bmi:.1f} kg/m²"
        )


@pytest.mark.parametrize("sex", ["male", "female"])
def test_livers_of_patients_differ_as_real_ones_do(sex: str) -> None:
    """Dice of two livers in boxes of one size; real ones are about 0.8 alike."""
    archetype = {"male": "ileum_disseminated", "female": "uncinate_and_node"}[sex]
    livers = [boxed(archetype, seed) for seed in (1, 3, 4, 5)]
    alike = [dice(one, other) for one, other in combinations(livers, 2)]
    assert 0.75 <= np.mean(alike) <= 0.88
    assert max(alike) <= 0.92


def boxed(archetype: str, seed: int) -> NDArray[np.bool_]:
    _, body = scanned(archetype, seed)
    inside = np.isin(hosts(body), [number(name) for name in ("liver", "hepatic_vein")])
    (box,) = ndimage.find_objects(inside.astype(np.uint8))
    part = inside[box]
    return np.asarray(
        ndimage.zoom(part.astype(np.float32), [64 / n for n in part.shape], order=1) > 0.5
    )


def dice(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    return float(2 * (one & other).sum() / (one.sum() + other.sum()))
