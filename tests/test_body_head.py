"""Head and neck as carved: sizes, places, contacts, symmetry, and the joint with the neck below."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from scipy import ndimage

from netcourse.scanner.builder.body import Body, Sex
from netcourse.scanner.builder.bones.skeleton import carve_bones, keep_bones
from netcourse.scanner.builder.grid import Space
from netcourse.scanner.builder.head import carve_head
from netcourse.scanner.builder.outline import Outline, carve_outline

pytestmark = pytest.mark.full  # carves; the atlas that it made has gates of its own in test_body

TISSUES = [
    "air",
    "skin",
    "subcutaneous_fat",
    "visceral_fat",
    "mediastinal_fat",
    "muscle_fat",
    "marrow_fat",
    "muscle",
    "muscle_across",
    "tendon",
    "ligament",
    "nerve",
    "fascia",
    "cartilage",
    "disc",
    "cortex",
    "marrow",
    "tooth",
    "calcification",
    "cord",
    "csf",
    "brain_white",
    "brain_grey",
    "cerebellum",
    "striatum",
    "pituitary",
    "eye",
    "lens",
    "lacrimal_gland",
    "salivary_gland",
    "tonsil",
    "thyroid",
    "airway_wall",
    "airway",
    "gas",
    "oesophagus_wall",
    "artery",
    "upper_vein",
    "lymph_node",
]
BRAIN = ("brain_white", "brain_grey", "cerebellum", "striatum")
BONE = ("cortex", "marrow")


@pytest.fixture(scope="module", params=["male", "female"])
def head(request: pytest.FixtureRequest) -> tuple[Body, Space]:
    """A head and the upper neck, without the neck's muscles."""
    sex: Sex = request.param
    body = Body(sex)
    space = Space(TISSUES, (-105, -135, body.height(300)), (105, 105, body.height(588)))
    outline = Outline.of(body, space)
    carve_outline(space, outline)
    carve_bones(space, keep_bones(body, space))
    carve_head(body, space, outline)
    return body, space


def volume_ml(space: Space, *names: str) -> float:
    """The volume of some tissues with their shares of voxels."""
    numbers = [space.number[name] for name in names]
    share = space.share / 4
    own = (np.isin(space.tissue, numbers) * (1 - share)).sum()
    return float(own + (np.isin(space.other, numbers) * share).sum()) * 1.5e-3


def touching(space: Space, one: Sequence[str], other: Sequence[str]) -> int:
    """How many faces of voxels two groups of tissues share."""
    a, b = space.is_(space.all, *one), space.is_(space.all, *other)
    faces = 0
    for axis in range(3):
        p, q = np.moveaxis(a, axis, 0), np.moveaxis(b, axis, 0)
        faces += int((p[1:] & q[:-1]).sum() + (p[:-1] & q[1:]).sum())
    return faces


def middle(space: Space, name: str) -> np.ndarray:
    """The centre (x, y, z) of a tissue, mm."""
    box = space.all
    z, y, x = np.nonzero(space.is_(box, name))
    return np.array([box.x.ravel()[x].mean(), box.y.ravel()[y].mean(), box.z.ravel()[z].mean()])


def test_volumes(head: tuple[Body, Space]) -> None:
    """Brain within 15 % of ICRP 89, glands and eyes in published ranges."""
    body, space = head
    brain_ml = (1300 if body.woman else 1450) / 1.04
    assert volume_ml(space, *BRAIN) == pytest.approx(brain_ml, rel=0.15)
    assert volume_ml(space, "salivary_gland") == pytest.approx(70 if body.woman else 85, rel=0.2)
    assert volume_ml(space, "thyroid") == pytest.approx(16.5, rel=0.2)
    assert 0.3 < volume_ml(space, "pituitary") < 0.9
    assert 10 < volume_ml(space, "eye", "lens") < 17
    assert 0.8 < volume_ml(space, "lacrimal_gland") < 2.2
    assert 8 < volume_ml(space, "striatum") < 22


def test_contacts_that_may_not_be(head: tuple[Body, Space]) -> None:
    """Brain touches no bone, air or fat; air of throat and nose touches no fat; the thyroid no air."""
    _, space = head
    fat = ("subcutaneous_fat", "visceral_fat", "muscle_fat")
    assert touching(space, BRAIN, BONE) == 0
    assert touching(space, BRAIN, ("gas", "airway", "air", *fat, "muscle")) == 0
    assert touching(space, ("airway",), fat) == 0
    assert touching(space, ("thyroid",), ("airway", "gas", "air")) == 0
    assert touching(space, ("pituitary",), ("gas", "muscle", *fat)) == 0
    assert touching(space, ("eye",), BONE) == 0


def test_places(head: tuple[Body, Space]) -> None:
    """Pairs lie on both sides alike, the pituitary in its sella, the vertex where the body ends."""
    body, space = head
    box = space.all
    for name in ("pituitary", "striatum", "cerebellum", "eye", "lacrimal_gland"):
        assert abs(middle(space, name)[0]) < (6.0 if name == "lacrimal_gland" else 2.0), name
    assert middle(space, "pituitary") == pytest.approx(body.place([0, -33, 474]), abs=3)
    for name in ("eye", "salivary_gland", "lacrimal_gland", "striatum"):
        mask = space.is_(box, name)
        left, right = mask[:, :, box.x.ravel() > 0].sum(), mask[:, :, box.x.ravel() < 0].sum()
        assert left == pytest.approx(right, rel=0.25 if name == "lacrimal_gland" else 0.12), name
    top = box.z.ravel()[np.nonzero(~space.is_(box, "air"))[0].max()]
    assert top == pytest.approx(body.height(575), abs=4)


def test_thyroid_is_one_gland_of_two_lobes(head: tuple[Body, Space]) -> None:
    """An isthmus low in front joins two lobes."""
    _, space = head
    mask = space.is_(space.all, "thyroid")
    pieces, count = ndimage.label(mask)
    sizes = ndimage.sum(mask, pieces, range(1, count + 1))
    assert max(sizes) > 0.97 * mask.sum()
    across = np.flatnonzero(mask[:, :, np.abs(space.all.x.ravel()) < 1].any(axis=(1, 2)))
    assert 6 < across.size * 1.5 < 26


def test_skin_closes_the_head(head: tuple[Body, Space]) -> None:
    """Neither fat, muscle nor bone lies bare to the air, but at the cut of the block."""
    _, space = head
    bare = touching(space, ("air",), ("muscle_fat", "muscle", *BONE, "csf", *BRAIN))
    assert bare == 0
