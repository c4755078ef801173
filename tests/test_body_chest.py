"""The chest as drawn and carved: volumes of heart and lungs, contacts that must not be, vessels in one piece, small nodes."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from netcourse.scanner.builder.abdomen.diaphragm import carve_diaphragm
from netcourse.scanner.builder.abdomen.great_vessels import carve_great_vessels, keep_great_vessels
from netcourse.scanner.builder.body import Body, Sex, table
from netcourse.scanner.builder.bones.skeleton import carve_bones, keep_bones
from netcourse.scanner.builder.chest.great_vessels import vessel_lines
from netcourse.scanner.builder.chest.lung_trees import line_shares
from netcourse.scanner.builder.chest.lungs import LOBES
from netcourse.scanner.builder.chest.thorax import Chest, carve_chest, draw_thorax
from netcourse.scanner.builder.grid import QUARTERS, Space
from netcourse.scanner.builder.outline import Outline, carve_outline
from netcourse.scanner.builder.trees import Tree

pytestmark = pytest.mark.full  # carves; the atlas that it made has gates of its own in test_body

TISSUES = [
    *("air", "skin", "subcutaneous_fat", "visceral_fat", "mediastinal_fat", "muscle_fat"),
    *("muscle", "muscle_across", "tendon", "ligament", "nerve", "diaphragm", "fascia"),
    *("marrow", "marrow_fat", "cortex", "cartilage", "disc", "calcification", "cord", "csf"),
    *("aorta", "artery", "upper_vein", "upper_cava", "cava", "lower_vein", "lung_artery"),
    *("lung_vein", "lung", "fissure", "bronchus_wall", "airway", "airway_wall", "gas"),
    *("oesophagus_wall", "left_heart", "right_heart", "myocardium", "pericardium", "thymus"),
    "lymph_node",
]
SEXES: tuple[Sex, ...] = ("female", "male")
MESH_ML = 3 * 2 * 2 / 1000
VOXEL_ML = 1.5 / 1000
BONE = ("cortex", "marrow")
# Mean phase: 0.75 of the end-diastolic means of reference anatomy 6 (V19, V19b), atria 0.8 of their maximum; myocardium mass / 1.05.
CHAMBERS_ML = {
    "male": {"left_ventricle": 103, "right_ventricle": 140, "left_atrium": 82, "right_atrium": 95},
    "female": {"left_ventricle": 87, "right_ventricle": 111, "left_atrium": 71, "right_atrium": 78},
}
MYOCARDIUM_ML = {"male": 138, "female": 103}
LUNG_ML = {"male": (4500, 5500), "female": (3700, 4200)}
LOBE_SHARES = dict(zip(LOBES, (17.9, 9.3, 26.5, 23.1, 23.2), strict=True))
"""Per cent of both lungs (reference anatomy 5, V18)."""
_CARVED: dict[Sex, tuple[Body, Space, Chest]] = {}


def carved(sex: Sex) -> tuple[Body, Space, Chest]:
    """The middle of a chest with its bones, from the ventricles to above the carina."""
    if sex not in _CARVED:
        body = Body(sex)
        space = Space(TISSUES, (-146, -126, body.height(118)), (146, 80, body.height(258)))
        outline = Outline.of(body, space)
        carve_outline(space, outline)
        carve_bones(space, keep_bones(body, space))
        keep_great_vessels(body, space)
        carve_diaphragm(body, space, outline)
        carve_great_vessels(body, space)
        _CARVED[sex] = body, space, carve_chest(body, space, outline)
    return _CARVED[sex]


def touching(space: Space, some: tuple[str, ...], others: tuple[str, ...]) -> int:
    """Count the voxels of some tissues that share a face with one of the others."""
    here, there = space.is_(space.all, *some), space.is_(space.all, *others)
    return int((here & ndimage.binary_dilation(there)).sum())


def volume_ml(space: Space, name: str) -> float:
    """The volume of a tissue, shares counted."""
    number, share = space.number[name], space.share / QUARTERS
    own = np.where(space.tissue == number, 1 - share, 0) + np.where(space.other == number, share, 0)
    return float(own.sum() * VOXEL_ML)


@pytest.mark.parametrize("sex", SEXES)
def test_chambers_and_muscle_have_published_volumes(sex: Sex) -> None:
    heart = draw_thorax(Body(sex)).heart
    for name, expected in CHAMBERS_ML[sex].items():
        assert (heart.chambers[name].values < 0).sum() * MESH_ML == pytest.approx(
            expected, rel=0.15
        ), name
    wall = (heart.left_ventricle.values < 0) & (heart.left.values > 0) & (heart.right.values > 0)
    assert wall.sum() * MESH_ML == pytest.approx(MYOCARDIUM_ML[sex], rel=0.15)


@pytest.mark.parametrize("sex", SEXES)
def test_lungs_and_lobes_have_published_volumes_and_no_mirror(sex: Sex) -> None:
    codes = draw_thorax(Body(sex)).lobes.values
    lungs = codes > 0
    low, high = LUNG_ML[sex]
    assert low <= lungs.sum() * MESH_ML <= high
    for code, lobe in enumerate(LOBES, 1):
        share = 100 * (codes == code).sum() / lungs.sum()
        assert share == pytest.approx(LOBE_SHARES[lobe], abs=3), lobe
    right, left = lungs[:, :, 75::-1], lungs[:, :, 75:]
    assert (right & left).sum() / (right | left).sum() < 0.93


@pytest.mark.parametrize("sex", SEXES)
def test_nothing_touches_that_a_wall_parts(sex: Sex) -> None:
    _, space, _ = carved(sex)
    blood = ("left_heart", "right_heart", "aorta")
    assert touching(space, ("lung",), (*BONE, "cartilage", "disc", "muscle", "muscle_across")) == 0
    assert touching(space, ("lung",), (*blood, "upper_cava", "cava", "myocardium")) == 0
    assert touching(space, ("left_heart",), ("right_heart",)) == 0
    assert touching(space, ("aorta",), ("lung_artery", "right_heart", "upper_cava")) == 0
    assert touching(space, ("lung_vein",), ("right_heart", "upper_cava", "aorta")) == 0
    assert touching(space, ("gas",), ("lung", "mediastinal_fat", *blood)) == 0
    assert touching(space, ("airway", "gas"), BONE) == 0
    assert touching(space, (*blood, "upper_cava", "lung_artery", "lung_vein"), BONE) == 0


@pytest.mark.parametrize("sex", SEXES)
def test_great_vessels_are_whole_and_as_wide_as_published(sex: Sex) -> None:
    body, space, _ = carved(sex)
    for tissue in ("aorta", "upper_cava", "left_heart", "right_heart"):
        parts, count = ndimage.label(space.is_(space.all, tissue))
        sizes = np.bincount(parts.ravel())[1:]
        assert count >= 1
        assert sizes.max() / sizes.sum() > 0.99, tissue
    arterial, _ = ndimage.label(space.is_(space.all, "lung_artery"))
    sizes = np.bincount(arterial.ravel())[1:]
    assert (
        sizes.max() / sizes.sum() > 0.75
    )  # the rest: branches that leave the block's slices as shares
    lines = {name: points for name, (_, points) in vessel_lines(body).items()}
    for name, row, low, high in (
        ("ascending", 4, 28, 38),
        ("pulmonary_trunk", 1, 23, 29),
        ("superior_cava", 2, 16, 20),
    ):
        assert low <= 2 * lines[name][row, 3] <= high, name


def test_vessels_of_the_lung_taper_and_keep_their_section() -> None:
    lobe = draw_thorax(Body("male")).trees["right_lower"]
    for tree, radius in ((lobe.arteries, lobe.artery_radius), (lobe.veins, lobe.vein_radius)):
        child = tree.parent >= 0
        assert (radius[child] <= radius[tree.parent[child]] + 1e-9).all()
        assert 0.25 <= radius.min() <= 0.5
        assert 3 < radius.max() <= table("lung_trees")["cap"]
    space = Space(["air"], (-10, -10, -15), (10, 10, 15))
    line = Tree(
        np.array([[0.3, 0.2, z] for z in np.arange(-30, 31.0)]), np.arange(-1, 60), np.ones(61)
    )
    for wide in (0.3, 0.5, 0.9, 2.4):
        shares = line_shares(space, space.all, line, np.full(61, wide))
        assert shares[3:-3].sum(axis=(1, 2)).mean() == pytest.approx(np.pi * wide**2, rel=0.12)


@pytest.mark.parametrize("sex", SEXES)
def test_lung_holds_its_vessels_bronchi_and_fissures(sex: Sex) -> None:
    _, space, _ = carved(sex)
    lung = volume_ml(space, "lung")
    inside = space.is_(space.all, "lung")
    vessels = inside & np.isin(space.other, [space.number[n] for n in ("lung_artery", "lung_vein")])
    assert 0.02 < space.share[vessels].sum() / QUARTERS * VOXEL_ML / lung < 0.06
    for name in ("fissure", "bronchus_wall"):
        assert volume_ml(space, name) / lung > 0.0005, name


@pytest.mark.parametrize("sex", SEXES)
def test_nodes_are_small_lie_in_fat_and_are_kept(sex: Sex) -> None:
    _, space, chest = carved(sex)
    low, high = table("chest_nodes")["short_mm"]
    assert len({node.station for node in chest.nodes}) >= 6
    for node in chest.nodes:
        assert low <= node.short_mm <= high
        x, y, z = node.place
        box = space.box([(x, y, z)], 4)
        assert (space.tissue[box.slices] == space.number["lymph_node"]).any(), node


def test_the_same_chest_in_a_smaller_block() -> None:
    body, space, _ = carved("male")
    low = Space(TISSUES, (-146, -126, body.height(160)), (146, 80, body.height(190)))
    outline = Outline.of(body, low)
    carve_outline(low, outline)
    carve_bones(low, keep_bones(body, low))
    keep_great_vessels(body, low)
    carve_diaphragm(body, low, outline)
    carve_great_vessels(body, low)
    carve_chest(body, low, outline)
    first = round((low.origin_mm[0] - space.origin_mm[0]) / 1.5)
    same = space.tissue[first : first + len(low.tissue)][4:-4] == low.tissue[4:-4]
    assert same.mean() > 0.995
