"""The upper abdomen as the builder carves it: volumes, courses, contacts that must not be."""

import numpy as np
import pytest
from scipy import ndimage

from netcourse.scanner.builder.abdomen import carve_abdomen
from netcourse.scanner.builder.abdomen.diaphragm import carve_diaphragm
from netcourse.scanner.builder.abdomen.great_vessels import carve_great_vessels, keep_great_vessels
from netcourse.scanner.builder.abdomen.kidneys import carve_kidneys
from netcourse.scanner.builder.body import Body
from netcourse.scanner.builder.grid import FAR_MM, Field, Space
from netcourse.scanner.builder.outline import Outline, carve_outline

pytestmark = pytest.mark.full  # carves; the atlas that it made has gates of its own in test_body

TISSUES = [
    "air", "skin", "subcutaneous_fat", "visceral_fat", "mediastinal_fat", "muscle",
    "muscle_across", "diaphragm", "fascia", "aorta", "artery", "cava", "lower_vein",
    "renal_vein", "portal_vein", "hepatic_vein", "kidney_cortex", "kidney_medulla",
    "renal_pelvis", "ureter", "adrenal", "pancreas", "uncinate", "pancreatic_duct", "liver",
    "bile", "gallbladder_wall", "bile_duct", "spleen", "stomach_wall", "stomach_mucosa",
    "stomach_content", "gas", "duodenum_wall", "bowel_fluid",
]  # fmt: skip
LUMEN = ("stomach_content", "gas", "bowel_fluid")
GUT = (*LUMEN, "stomach_wall", "stomach_mucosa", "duodenum_wall")
VOXEL_ML = 1.5e-3
ICRP_89_ML = {  # masses in g (male, female) over 1.05
    "liver": (1800, 1400),
    "spleen": (150, 130),
    "pancreas": (140, 120),
    "kidney": (310, 275),
}


def block(body: Body, low: float, high: float) -> tuple[Space, Outline]:
    """A block with skin, great vessels and diaphragm; muscle, bone and gullet lie nowhere."""
    space = Space(TISSUES, (-152, -140, body.height(low)), (152, 84, body.height(high)))
    outline = Outline.of(body, space)
    carve_outline(space, outline)
    nowhere = space.between((0, 0, 1e6), (0, 0, 1e6))
    for name in ("muscle", "psoas", "bone", "oesophagus"):
        space.keep(name, Field(nowhere, np.full(nowhere.shape, FAR_MM, np.float32)))
    keep_great_vessels(body, space)
    carve_diaphragm(body, space, outline)
    carve_great_vessels(body, space)
    return space, outline


@pytest.fixture(scope="module", params=[("male", "0"), ("female", "0")], ids="-".join)
def carved(request: pytest.FixtureRequest) -> tuple[Body, Space]:
    body = Body(*request.param)
    space, _ = block(body, -132, 124)
    carve_abdomen(body, space)
    return body, space


def filled(space: Space, *names: str) -> np.ndarray:
    return space.is_(space.all, *names)


def touching(a: np.ndarray, b: np.ndarray) -> int:
    """Faces of voxels between two masks."""
    faces = 0
    for axis in range(3):
        front, back = [slice(None)] * 3, [slice(None)] * 3
        front[axis], back[axis] = slice(1, None), slice(None, -1)
        p, q = tuple(front), tuple(back)
        faces += int((a[p] & b[q]).sum() + (a[q] & b[p]).sum())
    return faces


def test_organs_have_published_volumes(carved):
    body, space = carved
    inside = space.kept["liver"]
    found = {
        "liver": float((inside.values < 0).sum()) * VOXEL_ML,
        "spleen": filled(space, "spleen").sum() * VOXEL_ML,
        "pancreas": filled(space, "pancreas", "uncinate").sum() * VOXEL_ML,
        "kidney": filled(space, "kidney_cortex", "kidney_medulla").sum() * VOXEL_ML,
    }
    for organ, masses in ICRP_89_ML.items():
        expected = masses[body.woman] / 1.05
        assert found[organ] == pytest.approx(expected, rel=0.15), (organ, found[organ], expected)


def test_forbidden_contacts(carved):
    _, space = carved
    lumen = filled(space, *LUMEN)
    outside = ~filled(space, *GUT)
    assert touching(lumen, outside) == 0
    kidney = filled(space, "kidney_cortex", "kidney_medulla")
    for other in (("muscle", "diaphragm"), ("spleen",), ("pancreas", "uncinate"), ("adrenal",)):
        assert touching(kidney, filled(space, *other)) == 0, other
    assert touching(filled(space, "spleen"), filled(space, "liver")) == 0
    pancreas = filled(space, "pancreas", "uncinate")
    assert touching(pancreas, filled(space, "stomach_content", "gas", "stomach_mucosa")) == 0
    aorta = filled(space, "aorta")
    assert touching(aorta, filled(space, "diaphragm", *GUT)) == 0


def test_aorta_and_cava_run_free_with_published_calibres(carved):
    body, space = carved
    aorta = space.kept["aorta"]
    core = (aorta.box, np.asarray(aorta.values) < -1)
    assert space.is_(core[0], "aorta", "artery")[core[1]].all()
    z = aorta.box.z.ravel()
    area = (np.asarray(aorta.values) < 0).sum(axis=(1, 2))
    diameter = 2 * np.sqrt(area / np.pi)
    ranges = {48: (20, 26) if not body.woman else (18, 23), -40: (14.5, 20)}
    for height, (low, high) in ranges.items():
        assert low < diameter[np.abs(z - body.height(height)).argmin()] < high
    cava = space.kept["cava"]
    for height in (48, 17):
        k = np.abs(cava.box.z.ravel() - body.height(height)).argmin()
        rows = (np.asarray(cava.values[k]) < 0).nonzero()[0]
        centre = cava.box.y.ravel()[rows].mean()
        before = float(body.column_y(body.height(height))) - centre
        assert 43 < before < 56, "the cava leaves the spine forwards"


def test_each_vessel_is_one_tube_with_its_branches(carved):
    _, space = carved
    pairs = [("portal", "portal_tree"), ("cava", "hepatic_vein")]
    for trunk, tree in (*pairs, ("aorta", "coeliac"), ("aorta", "sma"), ("aorta", "ima")):
        field = space.kept[trunk].joined(space.kept[tree], space)
        parts, _ = ndimage.label(np.asarray(field.values) < 0.9, np.ones((3, 3, 3)))
        sizes = np.bincount(parts.ravel())[1:]
        assert sizes.max() / sizes.sum() > 0.99, (trunk, tree)


def test_nothing_foreign_in_the_organs(carved):
    _, space = carved
    own = {
        "liver": ("liver", "portal_vein", "hepatic_vein", "artery", "cava", "visceral_fat"),
        "kidney": (
            "kidney_cortex",
            "kidney_medulla",
            "renal_pelvis",
            "visceral_fat",
            "artery",
            "renal_vein",
        ),
        "spleen": ("spleen", "portal_vein", "artery"),
        "pancreas": (
            "pancreas",
            "uncinate",
            "pancreatic_duct",
            "bile_duct",
            "visceral_fat",
            "fascia",
        ),
    }
    for organ, tissues in own.items():
        field = space.kept[organ]
        inside = np.asarray(field.values) < -1
        foreign = inside & ~space.is_(field.box, *tissues)
        assert foreign.sum() <= 0.01 * inside.sum(), organ


def test_pancreas_lies_before_its_vein_and_its_hook_ends_before_the_artery(carved):
    _, space = carved
    gland, vein = space.kept["pancreas"], space.kept["splenic_vein"].on(space.kept["pancreas"].box)
    y = gland.box.y.astype(np.float32)
    inside, blood = np.asarray(gland.values) < 0, vein < 0
    lines = inside.any(axis=1) & blood.any(axis=1) & (gland.box.x > 12)[:, 0]
    place = [
        np.where(mask, y, 0).sum(axis=1)[lines] / mask.sum(axis=1)[lines]
        for mask in (inside, blood)
    ]
    assert lines.sum() > 200
    assert (place[0] < place[1]).mean() > 0.97
    hook = filled(space, "uncinate")
    artery = np.asarray(space.kept["sma"].on(space.all)) < 0
    low = slice(*np.flatnonzero(hook.any(axis=(1, 2)))[[0, -1]])
    assert artery[low].any()
    x = space.all.x.ravel()
    assert x[hook[low].any(axis=(0, 1))].max() < x[artery[low].any(axis=(0, 1))].max()


def test_segments_of_the_liver(carved):
    _, space = carved
    codes = np.asarray(space.kept["segment"].values).astype(int)
    counts = np.bincount(codes.ravel(), minlength=9)[1:]
    share = counts / counts.sum()
    assert (counts > 0).all()
    assert share[0] < 0.08
    assert 0.5 < share[4:].sum() < 0.78, "right liver"
    box = space.kept["segment"].box
    x, z = (np.broadcast_to(a, box.shape) for a in (box.x, box.z))
    middle = {n: (x[codes == n].mean(), z[codes == n].mean()) for n in range(1, 9)}
    assert middle[3][0] > middle[4][0] > middle[6][0]
    assert middle[8][1] > middle[5][1]
    assert middle[7][1] > middle[6][1]


def test_arterial_kidney_has_pyramids_between_columns(carved):
    _, space = carved
    cortex, medulla = filled(space, "kidney_cortex"), filled(space, "kidney_medulla")
    assert 0.14 < medulla.sum() / (cortex.sum() + medulla.sum()) < 0.35
    parts, _ = ndimage.label(ndimage.binary_erosion(medulla))
    big = np.bincount(parts.ravel())[1:] > 60
    assert 10 <= big.sum() <= 60


def test_same_voxels_in_a_larger_block():
    body = Body("female", "1")
    views = []
    for high in (40, 90):
        space, _ = block(body, -100, high)
        carve_kidneys(body, space)
        low, top = body.height(-80), body.height(0)
        views.append(space.tissue[space.between((-140, -60, low), (140, 60, top)).slices].copy())
    assert (views[0] == views[1]).all()
