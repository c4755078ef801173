"""The skeleton as carved: sizes, gaps between bones, cortex, the canal, and the same voxels in a
larger block.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import combinations

import numpy as np
import pytest
from scipy import ndimage

from netcourse.scanner.builder.body import Body, Sex
from netcourse.scanner.builder.bones import ribs, spine
from netcourse.scanner.builder.bones.paint import Bone
from netcourse.scanner.builder.bones.skeleton import Skeleton, carve_bones, keep_bones, touch
from netcourse.scanner.builder.grid import Field, Float, Mask, Space
from netcourse.scanner.builder.outline import Outline

pytestmark = pytest.mark.full  # carves; the atlas that it made has gates of its own in test_body

TISSUES = (
    *("air", "skin", "subcutaneous_fat", "visceral_fat", "muscle_fat", "muscle", "muscle_across"),
    *("tendon", "ligament", "nerve", "cartilage", "disc", "cortex", "marrow", "marrow_fat"),
    *("calcification", "cord", "csf"),
)
BONE = ("cortex", "marrow", "marrow_fat")
SEXES: tuple[Sex, ...] = ("male", "female")


def block(body: Body, low: float, high: float, half: float) -> Space:
    space = Space(TISSUES, (-half, -110, body.height(low)), (half, 110, body.height(high)))
    space.tissue[:] = space.number["muscle"]
    return space


@cache
def lumbar(sex: Sex) -> tuple[Body, Space, Skeleton]:
    body = Body(sex)
    space = block(body, -112, -5, 66)
    skeleton = keep_bones(body, space)
    carve_bones(space, skeleton)
    return body, space, skeleton


@cache
def pelvis(sex: Sex) -> tuple[Body, Space, Skeleton]:
    body = Body(sex)
    space = block(body, -310, -88, 180)
    return body, space, keep_bones(body, space)


def values(space: Space, name: str) -> Float:
    return space.kept[name].on(space.all)


def span(axis: Float, mask: Mask) -> float:
    found = axis.ravel()[mask]
    return float(found.max() - found.min())


def beside(mask: Mask) -> Mask:
    return np.asarray(ndimage.binary_dilation(mask) & ~mask)


@pytest.mark.parametrize("sex", SEXES)
@pytest.mark.parametrize("name", ["L2", "L3", "L4"])
def test_a_vertebral_body_has_the_size_of_the_table(sex: Sex, name: str) -> None:
    body, space, _ = lumbar(sex)
    bone = body.column[name]
    box = space.between((-40, bone.y - 40, bone.z - 22), (40, bone.y + 40, bone.z + 22))
    level = spine.levels(body)[name]
    _, v, w = level.frame.coordinates(box)
    inside = (space.kept["vertebral_body"].on(box) < 0) & (np.abs(w) < bone.height / 2 + 3)
    width = span(box.x, inside.any(axis=(0, 1)))
    up, back = np.broadcast_to(w, box.shape)[inside], np.broadcast_to(v, box.shape)[inside]
    assert width == pytest.approx(bone.width, rel=0.08)
    assert back.max() - back.min() == pytest.approx(bone.depth, rel=0.10)
    assert up.max() - up.min() == pytest.approx(bone.height, abs=3.0)


def closest(bones: list[Bone], one: str, other: str) -> float:
    """Where two bones come closest: half of what parts them there, mm, for flat faces."""
    pairs = [
        (a.field, b.field)
        for a in bones
        for b in bones
        if a.name == one and b.name == other and touch(a.field, b.field)
    ]
    return min(
        (float(np.maximum(a.values, b.on(a.box)).astype(float).min()) for a, b in pairs),
        default=60.0,
    )


@pytest.mark.parametrize("sex", SEXES)
@pytest.mark.parametrize("block_of", [lumbar, pelvis])
def test_no_two_bones_touch(
    block_of: Callable[[Sex], tuple[Body, Space, Skeleton]], sex: Sex
) -> None:
    bones = block_of(sex)[2].bones
    names = sorted({bone.name for bone in bones})
    for one, other in combinations(names, 2):
        assert closest(bones, one, other) > 0.25, (one, other)


@pytest.mark.parametrize("sex", SEXES)
def test_facets_and_hips_keep_the_gap_of_their_cartilage(sex: Sex) -> None:
    spine_bones, pelvic = lumbar(sex)[2].bones, pelvis(sex)[2].bones
    for upper, lower in (("L1", "L2"), ("L2", "L3"), ("L3", "L4")):
        assert 0.3 < closest(spine_bones, upper, lower) < 1.5
    for side in (1, -1):
        assert 0.9 < closest(pelvic, f"hip {side}", f"femur {side}") < 2.5
        assert 0.3 < closest(pelvic, "sacrum", f"hip {side}") < 2.0


@pytest.mark.parametrize("sex", SEXES)
def test_the_cortex_is_a_thin_share_and_no_full_white_ring(sex: Sex) -> None:
    body, space, _ = lumbar(sex)
    bone = body.column["L3"]
    box = space.between((-40, bone.y - 40, bone.z - 7), (40, bone.y + 4, bone.z + 7))
    d = space.kept["vertebral_body"].on(box)
    wall = (np.abs(d) < 2.5) & (np.abs(box.x) > 8)
    cortex = space.is_(box, "cortex") + np.where(
        space.other[box.slices] == space.number["cortex"], space.share[box.slices] / 4, 0
    )
    thickness_mm = float(cortex[wall].sum() / (wall & (np.abs(d) < 0.5)).sum())
    assert 0.35 < thickness_mm < 1.0
    assert space.is_(box, "cortex")[wall & (np.abs(d) < 0.5)].mean() < 0.25


@pytest.mark.parametrize("sex", SEXES)
def test_nothing_hard_touches_the_cord_or_the_dural_sac(sex: Sex) -> None:
    _, space, _ = lumbar(sex)
    hard = space.is_(space.all, *BONE, "disc", "muscle")
    for name in ("cord", "csf"):
        assert not (beside(space.is_(space.all, name)) & hard).any()
    assert not space.is_(space.all, *BONE, "disc", "muscle")[values(space, "canal") < -2.5].any()
    sac = space.is_(space.all, "csf", "cord", "nerve") & (values(space, "canal") < 0)
    pieces, _ = ndimage.label(sac)
    assert np.bincount(pieces[sac]).max() > 0.98 * sac.sum()


@pytest.mark.parametrize("sex", SEXES)
def test_discs_fill_the_space_between_bodies(sex: Sex) -> None:
    body, space, _ = lumbar(sex)
    for upper, lower in (("L2", "L3"), ("L3", "L4")):
        a, b = body.column[upper], body.column[lower]
        between = space.between(
            (-8, (a.y + b.y) / 2 - 8, b.z + 5), (8, (a.y + b.y) / 2 + 8, a.z - 5)
        )
        assert space.is_(between, *BONE, "disc", "cartilage").all()


def test_a_larger_block_holds_the_same_voxels() -> None:
    body = Body("male")
    small = block(body, -70, -48, 60)
    carve_bones(small, keep_bones(body, small))
    _, large, _ = lumbar("male")
    part = small.all
    there = large.between(
        (part.x[0, 0, 0], part.y[0, 0, 0], part.z[0, 0, 0]),
        (part.x[0, 0, -1], part.y[0, -1, 0], part.z[-1, 0, 0]),
    )
    for name in ("tissue", "other", "share"):
        assert np.array_equal(getattr(small, name), getattr(large, name)[there.slices]), name


# Diameters of the pelvis, mm: reference anatomy 2 (M, K), ± what adults differ by (K).
PELVIS = {
    "male": {
        "iliac": (280, 12),
        "trochanters": (325, 12),
        "inlet": (125, 8),
        "spines": (88, 9),
        "sit": (92, 9),
    },
    "female": {
        "iliac": (275, 12),
        "trochanters": (318, 14),
        "inlet": (132, 8),
        "spines": (105, 9),
        "sit": (115, 10),
    },
}


@pytest.mark.parametrize("sex", SEXES)
def test_the_pelvis_has_its_diameters(sex: Sex) -> None:
    body, space, _ = pelvis(sex)
    hip, femur = values(space, "hip_bone") < 0, values(space, "femur") < 0
    x, y, z = space.all.x.ravel(), space.all.y.ravel(), space.all.z.ravel()

    def gap(low: float, high: float, behind: float) -> list[float]:
        rows = (z > body.height(low)) & (z < body.height(high))
        seen = hip[rows][:, y > behind].any(axis=1)
        return [float(x[m & (x > 0)].min() - x[m & (x < 0)].max()) for m in seen]

    expected = PELVIS[sex]
    found = {
        "iliac": span(x, hip.any(axis=(0, 1))),
        "trochanters": span(x, femur.any(axis=(0, 1))),
        "inlet": max(gap(-216, -204, -60)),
        "spines": min(gap(-246, -236, 15)),
        "sit": min(gap(-302, -288, 5)),
    }
    for name, (mean, spread) in expected.items():
        assert found[name] == pytest.approx(mean, abs=spread), name
    front = hip[:, :, np.abs(x) < 10]
    promontory_z = body.height(-155)
    sacrum = values(space, "sacrum")[:, :, np.abs(x) < 4] < 0
    row = np.argmin(np.abs(z - promontory_z))
    promontory_y = y[sacrum[row].any(axis=1)].min()
    zz, yy, _ = np.nonzero(front)
    conjugate = np.hypot(z[zz] - promontory_z, y[yy] - promontory_y).min()
    assert conjugate == pytest.approx(115 if body.woman else 105, abs=9)


@pytest.mark.parametrize("sex", SEXES)
def test_ribs_are_as_long_as_published_and_lie_outside_the_lungs(sex: Sex) -> None:
    body = Body(sex)
    cage, column = ribs.Cage(body), spine.levels(body)
    lengths = (0, 0, 255, 280, 300, 310, 310, 295, 270, 230, 180, 105)  # reference anatomy 2: K
    for number in range(3, 13):
        rib = ribs.rib(body, cage, column, number, 1).rows[:, :3]
        length = np.linalg.norm(np.diff(rib, axis=0), axis=1).sum()
        assert length == pytest.approx(lengths[number - 1] * (0.94 if body.woman else 1), rel=0.14)
    space = block(body, 120, 150, 165)
    outline = Outline.of(body, space)
    keep_bones(body, space)
    inside = outline.cavity(space.all) < -0.5
    assert not ((values(space, "rib") < 0) & inside & (np.abs(space.all.x) > 40)).any()
    for name in ("costal_cartilage", "sternum"):
        assert not ((values(space, name) < 0) & inside).any()


def test_bone_is_all_bones_together() -> None:
    _, space, _ = lumbar("male")
    whole = values(space, "bone") < 0
    assert whole[values(space, "vertebral_body") < 0].all()
    assert isinstance(space.kept["disc"], Field)
