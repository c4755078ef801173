"""Colon, small bowel and mesentery, carved between plain neighbours: walls, contacts, sizes, vessels, nodes, variety."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy import ndimage

from netcourse.scanner.builder.body import Body
from netcourse.scanner.builder.bowel import Bowel, carve_bowel
from netcourse.scanner.builder.bowel.arcades import radii
from netcourse.scanner.builder.bowel.peritoneum import belly, free_space
from netcourse.scanner.builder.grid import Field, Mask, Space
from netcourse.scanner.builder.outline import Outline, carve_outline
from netcourse.scanner.builder.shapes import ellipsoid, tube

pytestmark = pytest.mark.full  # carves; the atlas that it made has gates of its own in test_body

TISSUES = ["air", "skin", "subcutaneous_fat", "visceral_fat", "mesenteric_fat", "muscle", "marrow", "kidney_cortex", "liver", "duodenum_wall", "rectum_wall", "urine", "bladder_wall", "aorta", "artery", "portal_vein", "mesenteric_vessel", "lymph_node", "colon_wall", "jejunum_wall", "ileum_wall", "stool", "bowel_fluid", "gas"]  # fmt: skip
LUMEN = ["stool", "bowel_fluid", "gas"]
WALLS = ["colon_wall", "jejunum_wall", "ileum_wall"]
FAT = ["visceral_fat", "mesenteric_fat"]
BODIES = [("male", "0"), ("female", "1")]
VOXEL_ML = 1.5e-3


def neighbours(body: Body) -> tuple[Space, Outline]:
    """A belly with wall, column, vessels, kidneys, liver, duodenum, bladder and rectum as plain shapes."""
    low, high = body.place([-155, -150, -272]), body.place([155, 72, 84])
    space = Space(TISSUES, tuple(low), tuple(high))
    outline = Outline.of(body, space)
    carve_outline(space, outline)
    for box in space.slabs(space.all):
        space.carve((box, (outline.wall(box) < 0) & (outline.cavity(box) > 0)), "muscle")
    column = [(0, v.y, v.z, v.width / 2) for v in body.column.values() if -190 < v.z < 90]
    space.carve(tube(space, sorted(column, key=lambda p: p[2])), "marrow")
    aorta = [(12, -34, 90, 11), (12, -31, 0, 9), (13, -43, -99, 8)]
    space.carve(tube(space, body.place(aorta)), "aorta")
    for side in (1, -1):
        kidney = ellipsoid(space, body.place([side * 74, 0, -16]), (26, 28, 54))
        space.carve(kidney, "kidney_cortex", FAT)
        space.keep("perirenal", kidney + -9.0)
    liver = ellipsoid(space, body.place([-70, -50, 60]), (70, 80, 80))
    space.carve(
        Field(liver.box, np.maximum(liver.values, outline.cavity(liver.box) + 3)), "liver", FAT
    )
    duodenum = tube(
        space,
        body.place(
            [(-28, -58, -58, 11), (8, -62, -54, 10), (28, -53, -36, 11), (36, -58, -19, 11.5)]
        ),
    )
    space.carve(duodenum, "duodenum_wall", FAT)
    space.carve(duodenum + 2.2, "bowel_fluid", ["duodenum_wall"])
    bladder = ellipsoid(space, body.place([0, -48, -228]), (42, 32, 24))
    space.carve(bladder, "bladder_wall", FAT)
    space.carve(bladder + 3.0, "urine", ["bladder_wall"])
    rectum = tube(space, body.place([(0, 10, -185, 12), (6, 24, -212, 15), (0, 10, -262, 13)]))
    space.carve(rectum, "rectum_wall", FAT)
    space.carve(rectum + 8.0, "stool", ["rectum_wall"])
    space.keep("mesorectum", rectum + -8.0)
    return space, outline


@cache
def carved(sex: str, variant: str) -> tuple[Body, Space, Space, Bowel]:
    """A body, the block before and after its bowel, and the bowel."""
    body = Body(sex, variant)  # type: ignore[arg-type]
    space, outline = neighbours(body)
    before = Space(TISSUES, (0, 0, 0), (1, 1, 1))
    before.tissue = space.tissue.copy()
    return body, before, space, carve_bowel(space, body, outline)


def beside(mask: Mask) -> Mask:
    """Voxels that touch a mask face to face, and the mask."""
    return np.asarray(ndimage.binary_dilation(mask))


@pytest.mark.parametrize(("sex", "variant"), BODIES)
def test_what_the_bowel_holds_touches_nothing_but_its_wall(sex: str, variant: str) -> None:
    _, _, space, _ = carved(sex, variant)
    lumen = space.is_(space.all, *LUMEN)
    allowed = space.is_(space.all, *LUMEN, *WALLS, "duodenum_wall", "rectum_wall")
    assert lumen.sum() * VOXEL_ML > 500
    assert (beside(lumen) & ~allowed).sum() <= 5, "of 800,000 voxels, where it presses on bone"


@pytest.mark.parametrize(("sex", "variant"), BODIES)
def test_bowel_takes_no_voxel_of_another_organ(sex: str, variant: str) -> None:
    _, before, space, _ = carved(sex, variant)
    changed = before.tissue != space.tissue
    taken = changed & ~before.is_(space.all, *FAT)
    opened = before.is_(space.all, "duodenum_wall", "rectum_wall")
    assert not (taken & ~opened).any()
    assert (taken & opened).sum() * VOXEL_ML < 2.5, (
        "only the two openings, to the duodenum and the rectum"
    )


@pytest.mark.parametrize(("sex", "variant"), BODIES)
def test_lengths_and_volumes_are_an_adults(sex: str, variant: str) -> None:
    _, _, space, bowel = carved(sex, variant)
    volume = {
        organ: float((np.asarray(space.kept[organ].values) < 0).sum()) * VOXEL_ML
        for organ in ("colon", "small_bowel", "appendix")
    }
    assert 950 < bowel.colon.length_mm < 1700
    assert 1800 < bowel.gut.length_mm < 3500
    assert 600 < volume["colon"] < 1700
    assert 500 < volume["small_bowel"] < 1150
    assert 1.2 < volume["appendix"] < 8


@pytest.mark.parametrize(("sex", "variant"), BODIES)
def test_jejunum_is_wider_than_ileum_and_lies_higher(sex: str, variant: str) -> None:
    _, _, _, bowel = carved(sex, variant)
    beads, jejunal = bowel.gut.beads, bowel.gut.jejunal > 0.5
    assert 2 * beads[jejunal, 3].mean() == pytest.approx(24.5, abs=4.2)
    assert 2 * beads[~jejunal, 3].mean() == pytest.approx(19.2, abs=3.6)
    assert beads[jejunal, 2].mean() > beads[~jejunal, 2].mean() + 20


@pytest.mark.parametrize(("sex", "variant"), BODIES)
def test_each_bowel_is_in_one_piece(sex: str, variant: str) -> None:
    _, _, space, _ = carved(sex, variant)
    for organ in ("colon", "small_bowel"):
        parts, _ = ndimage.label(np.asarray(space.kept[organ].values) < 0)
        sizes = np.bincount(parts.ravel())[1:]
        assert sizes.max() > 0.99 * sizes.sum()


@pytest.mark.parametrize(("sex", "variant"), BODIES)
def test_gas_lies_in_front_of_its_level(sex: str, variant: str) -> None:
    _, _, space, bowel = carved(sex, variant)
    assert len(bowel.pockets) >= 3
    y = space.all.y.ravel()
    for pocket in bowel.pockets:
        assert y[pocket.box[1].start] < pocket.level_mm <= y[pocket.box[1].stop - 1] + 1
        if pocket.organ == "small_bowel":
            here = space.tissue[pocket.box] == space.number["gas"]
            below = here[:, y[pocket.box[1]] > pocket.level_mm + 1]
            assert below.sum() <= 0.02 * here.sum()


@pytest.mark.parametrize(("sex", "variant"), BODIES)
def test_mesenteric_vessels_narrow_outwards_and_keep_to_fat(sex: str, variant: str) -> None:
    _, before, space, bowel = carved(sex, variant)
    for fan in bowel.vessels.values():
        radius, parent = radii(fan, 0.55, 2.6, 3.2), np.array(fan.parent)
        branch = (parent >= 0) & ~np.array(fan.arcade)
        branch[list(fan.carved)] = False
        inner = np.array([k not in fan.carved for k in parent]) & branch
        assert (radius[inner] <= radius[parent[inner]] + 1e-9).all()
        assert radius[branch].max() <= 3.2
        assert (parent[1:] < np.arange(1, len(parent))).all()
    vessel = space.is_(space.all, "artery", "portal_vein", "mesenteric_vessel")
    assert before.is_(space.all, *FAT)[vessel].all()


@pytest.mark.parametrize(("sex", "variant"), BODIES)
def test_nodes_are_few_and_small(sex: str, variant: str) -> None:
    _, _, space, bowel = carved(sex, variant)
    assert 15 <= len(bowel.nodes) <= 40
    assert all(1.9 <= 2 * node.radius <= 4.0 for node in bowel.nodes)
    carved_nodes = sum(
        bool(
            (space.tissue[space.box([node.centre], 0.8).slices] == space.number["lymph_node"]).any()
        )
        for node in bowel.nodes
    )
    assert carved_nodes >= len(bowel.nodes) - 3, "a few find no fat to lie in"


def test_transverse_colon_sigmoid_and_caecum_differ_between_variants() -> None:
    body = Body("male")
    space, outline = neighbours(body)
    room = free_space(body, space, outline)
    from netcourse.scanner.builder.bowel.colon import lay_colon

    usual, deep, high = (lay_colon(Body("male", v), room) for v in "012")
    assert deep.part("transverse")[:, 2].min() < usual.part("transverse")[:, 2].min() - 20
    assert high.part("transverse")[:, 2].min() > usual.part("transverse")[:, 2].min() + 20
    assert deep.part("sigmoid")[:, 2].max() > usual.part("sigmoid")[:, 2].max() + 15
    assert high.part("caecum")[:, 0].mean() > usual.part("caecum")[:, 0].mean() + 15


def test_a_block_that_cuts_the_belly_is_refused() -> None:
    body = Body("male")
    with pytest.raises(ValueError, match=r"needs a block from z -262 to 72 mm"):
        belly(body, Space(TISSUES, (-155, -150, -200), (155, 72, 84)))
