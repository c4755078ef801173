"""The file of a body: codes of mixtures, coarse fields, variants, and what is said when it is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from netcourse.evidence import figures
from netcourse.scanner.atlas.codes import MOST, START, Mixture, encode, look_up, shares
from netcourse.scanner.atlas.fields import distance, regions
from netcourse.scanner.atlas.format import (
    BODY,
    FIELD_MM,
    FIELDS,
    POINTS,
    AtlasData,
    AtlasError,
    Field,
    Variant,
    read,
    write,
)
from netcourse.scanner.atlas.load import atlas
from netcourse.scanner.atlas.tissues import number, tissues

SPACING = (1.5, 1.0, 1.0)


def full(*names: str) -> np.ndarray:
    return np.array([[[number(name) for name in names]]], np.uint8)


def test_every_voxel_keeps_its_shares_to_an_eighth_whichever_tissue_is_called_the_host() -> None:
    share = np.linspace(0, 1, 101)[None, None, :]
    one, two = (np.full(share.shape, number(name), np.uint8) for name in ("muscle", "aorta"))
    codes, mixtures = encode(one, two, share)
    swapped, _ = encode(two, one, 1 - share, mixtures)
    assert np.abs(shares(mixtures, "aorta")[codes] - share).max() <= 0.125 + 1e-6
    assert np.array_equal(shares(mixtures, "aorta")[codes], shares(mixtures, "aorta")[swapped])
    assert np.array_equal(shares(mixtures, "aorta", "muscle")[codes], np.ones(share.shape))


def test_a_mixture_of_a_tissue_with_itself_is_that_tissue() -> None:
    codes, mixtures = encode(full("liver"), full("liver"), np.array([[[0.5]]]))
    assert mixtures[codes.item()] == Mixture("liver")


def test_a_variant_shares_the_table_of_its_body() -> None:
    codes, mixtures = encode(full("visceral_fat", "liver"))
    more, longer = encode(full("liver", "spleen"), mixtures=mixtures)
    assert longer[: len(mixtures)] == mixtures
    assert codes.ravel()[1] == more.ravel()[0]


def test_rare_mixtures_are_rounded_to_their_host_when_that_is_asked_for() -> None:
    host = np.full((1, 1, 10), number("visceral_fat"), np.uint8)
    share = np.where(np.arange(10) < 2, 0.25, 0.0)[None, None, :]
    vein = np.full_like(host, number("lower_vein"))
    kept, rounded = (encode(host, vein, share, at_least=least) for least in (2, 3))
    assert Mixture("visceral_fat", "lower_vein", 1) in kept[1]
    assert rounded[1] == (*START, Mixture("visceral_fat"))
    assert (rounded[0] == len(START)).all()


def test_more_than_256_mixtures_are_refused_with_the_rarest_and_a_way_out() -> None:
    pairs = [(a.number, b.number) for a in tissues().values() for b in tissues().values()][:1500]
    host, other = (np.array(side, np.uint8)[None, None, :] for side in zip(*pairs, strict=True))
    share = np.full(host.shape, 0.25)
    with pytest.raises(ValueError, match=r"needs \d+ codes and a byte has 256") as refused:
        encode(host, other, share)
    least = int(str(refused.value).split("at_least=")[1].split(",")[0])
    _, mixtures = encode(host, other, share, at_least=least)
    assert len(mixtures) <= MOST


@pytest.mark.parametrize("bad", [-0.1, 1.1, np.nan])
def test_an_impossible_share_is_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="slice 0 holds a share outside 0 to 1"):
        encode(full("visceral_fat"), full("lower_vein"), np.array([[[bad]]]))


def test_a_number_without_a_tissue_and_arrays_of_two_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="no tissue has it"):
        encode(np.full((1, 1, 1), 250, np.uint8))
    with pytest.raises(ValueError, match="must have one shape"):
        encode(full("visceral_fat"), full("visceral_fat", "visceral_fat"), np.zeros((1, 1, 1)))
    with pytest.raises(ValueError, match="together"):
        encode(full("visceral_fat"), full("lower_vein"))


def test_every_tissue_is_known_to_ct_and_mr() -> None:
    known = set(figures("ct.plain")) | {id.split(".")[0] for id in figures("contrast.tissue")}
    mr = {id.split(".")[0] for id in figures("mri.signal")}
    for tissue in tissues().values():
        assert tissue.mr in mr, tissue.name
        value = look_up([Mixture(tissue.name)], {tissue.name: 1.0})
        assert value[0] == 1, tissue.name
    assert {"visceral_fat", "air"} <= known


def small_body(**changes: object) -> AtlasData:
    """A ball of liver in a box of fat."""
    z, y, x = np.indices((20, 30, 30))
    ball = np.hypot(np.hypot((z - 10) * 1.5, y - 15), x - 15) < 9
    codes, mixtures = encode(
        np.where(ball, number("liver"), number("visceral_fat")).astype(np.uint8)
    )
    origin = (-10.0, -15.0, -15.0)
    fields = {
        name: distance(name, ball, SPACING, origin)
        if name in ("wall", "skin", "bone")
        else regions(ball.astype(np.int8), SPACING, origin)
        for name in FIELDS
    }
    points = {name: {} for name in POINTS} | {"skin": [[0, -15, 0]]}
    data = AtlasData("ball", "female", SPACING, origin, mixtures, {BODY: codes}, fields, points)
    return replace(data, **changes)  # type: ignore[arg-type]


def with_variant(name: str, slot: str, corner: tuple[int, int, int]) -> AtlasData:
    body = small_body()
    box = np.zeros((4, 5, 5), np.uint8)
    one = Variant(name, slot, corner, "splenectomy", {}, {"centres": {"liver": [0, 0, 0]}})
    first = Variant("other", "belly", (0, 0, 0))
    return replace(body, variants=(first, one), voxels={**body.voxels, name: box, "other": box})


def test_a_body_comes_back_from_its_file_as_it_was(tmp_path: Path) -> None:
    body = with_variant("no spleen", "pelvis", (12, 20, 20))
    write(body, tmp_path / "ball.atlas")
    write(body, tmp_path / "again.atlas")
    back = read(tmp_path / "ball.atlas")
    assert (back.name, back.sex, back.spacing_mm, back.origin_mm, back.mixtures) == (
        body.name,
        body.sex,
        body.spacing_mm,
        body.origin_mm,
        body.mixtures,
    )
    assert set(back.voxels) == {BODY, "other", "no spleen"}
    for name, codes in body.voxels.items():
        assert np.array_equal(back.voxels[name], codes), name
    for name, coarse in body.fields.items():
        assert np.array_equal(back.fields[name].array, coarse.array), name
        assert back.fields[name].origin_mm == coarse.origin_mm
    assert back.points == body.points
    assert [(v.name, v.slot, v.corner, v.when, v.points) for v in back.variants] == [
        (v.name, v.slot, v.corner, v.when, v.points) for v in body.variants
    ]
    assert (tmp_path / "ball.atlas").read_bytes() == (tmp_path / "again.atlas").read_bytes()


def test_the_box_of_a_tissue_holds_all_of_it_and_no_more(tmp_path: Path) -> None:
    write(small_body(), tmp_path / "ball.atlas")
    back = read(tmp_path / "ball.atlas")
    liver = shares(back.mixtures, "liver")[back.voxels[BODY]] > 0
    box = back.boxes[BODY]["liver"]
    assert liver[box].sum() == liver.sum()
    assert [s.stop - s.start for s in box] == [int(np.ptp(axis)) + 1 for axis in np.nonzero(liver)]


def test_a_missing_file_says_how_to_get_it_back(tmp_path: Path) -> None:
    with pytest.raises(AtlasError, match=r"none\.atlas.*not there.*Install netcourse again"):
        read(tmp_path / "none.atlas")


def cut(raw: bytes) -> bytes:
    return raw[: len(raw) // 2]


def scratched(raw: bytes) -> bytes:
    at = raw.index(b"voxels/body") + 60
    return raw[:at] + bytes([raw[at] ^ 255]) + raw[at + 1 :]


@pytest.mark.parametrize("damage", [cut, scratched, lambda raw: b"not a zip"])
def test_a_damaged_file_says_how_to_get_it_back(
    tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "ball.atlas"
    write(small_body(), path)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(AtlasError, match="Install netcourse again"):
        _ = read(path).voxels[BODY]


def test_variants_of_two_slots_that_overlap_and_one_outside_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="overlaps slot 'belly'"):
        write(with_variant("no spleen", "pelvis", (2, 2, 2)), tmp_path / "ball.atlas")
    with pytest.raises(ValueError, match="reaches out of the body"):
        write(with_variant("no spleen", "pelvis", (18, 20, 20)), tmp_path / "ball.atlas")


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ({"points": {}}, "lack centres"),
        ({"fields": {}}, "lack wall"),
        ({"voxels": {}}, "needs voxels of body"),
        ({"voxels": {BODY: np.full((2, 2, 2), 9, np.uint8)}}, "codes below 5"),
    ],
)
def test_a_body_that_lacks_something_is_not_written(
    tmp_path: Path, part: dict[str, object], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        write(small_body(**part), tmp_path / "ball.atlas")


def test_a_distance_field_gives_the_distance_from_a_ball_within_2_mm() -> None:
    spacing, origin = (1.5, 1.0, 1.0), (-60.0, -60.0, -60.0)
    z, y, x = (
        o + s * np.arange(n) for o, s, n in zip(origin, spacing, (81, 121, 121), strict=True)
    )
    inside = z[:, None, None] ** 2 + y[None, :, None] ** 2 + x[None, None, :] ** 2 < 30**2
    coarse = distance("wall", inside, spacing, origin)
    at = [o + FIELD_MM * np.arange(n) for o, n in zip(origin, coarse.array.shape, strict=True)]
    true = np.sqrt(sum(axis**2 for axis in np.meshgrid(*at, indexing="ij"))) - 30
    near = np.abs(true) < 20
    assert np.abs(coarse.array * FIELDS["wall"] - true)[near].max() <= 2
    assert np.abs(coarse.array * FIELDS["wall"] - true)[near].mean() < 0.5
    bone = distance("bone", inside, spacing, origin)
    assert (bone.array[true < -2] == 0).all()


def test_a_region_of_one_voxel_is_not_lost_in_its_coarse_field() -> None:
    numbers = np.zeros((12, 20, 20), np.int8)
    numbers[5, 9, 10] = 3
    assert regions(numbers, SPACING, (0.0, 0.0, 0.0)).array.max() == 3
    assert isinstance(regions(numbers, SPACING, (0.0, 0.0, 0.0)), Field)


def test_a_body_is_written_over_the_file_that_it_is_read_from(tmp_path: Path) -> None:
    path = tmp_path / "female.atlas"
    write(small_body(), path)
    before = path.read_bytes()
    write(read(path), path)
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


@pytest.mark.full
@pytest.mark.parametrize("sex", ["female", "male"])
def test_the_builder_finds_the_same_places_again(sex: str) -> None:
    from netcourse.scanner.builder.places import with_found

    known = atlas(sex)
    again = with_found(known)
    assert again.points["places"] == known.points["places"]
    assert [one.points for one in again.variants] == [one.points for one in known.variants]
