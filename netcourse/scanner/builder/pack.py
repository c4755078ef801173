"""From carved bodies to the file that the scanner loads: codes, coarse fields, places, and the variants of the belly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from netcourse.scanner.atlas.codes import START, Codes, Mixture, encode
from netcourse.scanner.atlas.fields import distance, regions
from netcourse.scanner.atlas.format import BODY, AtlasData, Field, Variant
from netcourse.scanner.atlas.tissues import tissues
from netcourse.scanner.builder.body import Body, Sex
from netcourse.scanner.builder.carve import Carved, carve
from netcourse.scanner.builder.grid import QUARTERS, SPACING_MM, Mask, Space
from netcourse.scanner.builder.places import points, with_found

VARIANTS = ("0", "1")
SLOT = "belly"
NO_SPLEEN = "no spleen"

_LOW_MM, _HIGH_MM = (-248.0, -185.0, -480.0), (248.0, 150.0, 585.0)
_BONE = ("cortex", "marrow", "marrow_fat", "tooth")
_OUTSIDE = ("corpus_cavernosum", "testis")  # no fat under their skin
_RARE = (0, 60, 120, 250, 500, 1000, 2000, 4000)
_MOST_POCKETS = 120


@dataclass(frozen=True, eq=False)
class _Packed:
    """What is left of a carved variant: its arrays, fields and places."""

    name: str
    tissue: NDArray[np.uint8]
    other: NDArray[np.uint8]
    share: NDArray[np.uint8]
    origin_mm: tuple[float, float, float]
    fields: dict[str, Field]
    points: dict[str, Any]


def block(body: Body) -> Space:
    """Return the empty block of a whole body, from mid-thigh to the crown."""
    low, high = ((x, y, body.height(z)) for x, y, z in (_LOW_MM, _HIGH_MM))
    return Space(tuple(tissues()), low, high)


def build(sex: Sex, variants: Sequence[str] = VARIANTS) -> AtlasData:
    """Carve a body in all its variants and return what its file holds.

    Takes about two minutes and 3.5 GB a variant.
    """
    packed: list[_Packed] = []
    for name in variants:
        body = Body(sex, name)
        space = block(body)
        packed.append(_packed(name, space, carve(body, space), body, whole=not packed))
    return with_found(assemble(sex, packed))


def _packed(name: str, space: Space, carved: Carved, body: Body, whole: bool) -> _Packed:
    """Take from a carved block what is kept of it."""
    segment = np.zeros(space.tissue.shape, np.int8)
    liver = space.kept["segment"]
    segment[liver.box.slices] = np.rint(liver.values)
    fields = {
        "segment": regions(segment, SPACING_MM, space.origin_mm),
        "pocket": regions(_pockets(space, carved), SPACING_MM, space.origin_mm),
    }
    if whole:
        fields |= _distances(space, carved)
    found = points(body, space, tuple(carved.bowel.colon.valve))
    return _Packed(name, space.tissue, space.other, space.share, space.origin_mm, fields, found)


def _distances(space: Space, carved: Carved) -> dict[str, Field]:
    """The coarse fields that are the same in all variants."""
    wall = np.zeros(space.tissue.shape, bool)
    for box in space.slabs(space.all):
        wall[box.slices] = carved.outline.wall(box) < 0
    wall |= ndimage.binary_dilation(space.is_(space.all, *_OUTSIDE), iterations=4)
    inside = {
        "wall": wall,
        "skin": space.tissue > 0,
        "bone": space.is_(space.all, *_BONE),
    }
    return {
        name: distance(name, mask, SPACING_MM, space.origin_mm) for name, mask in inside.items()
    }


def _pockets(space: Space, carved: Carved) -> NDArray[np.int8]:
    """Number the lumens whose gas must stay above their fluid: the stomach's, and loops of small bowel."""
    numbers = np.zeros(space.tissue.shape, np.int8)
    bowel = [pocket for pocket in carved.bowel.pockets if pocket.organ == "small_bowel"]
    for number, pocket in enumerate(bowel[: _MOST_POCKETS - 1], start=2):
        part = numbers[pocket.box]
        lumen = np.isin(
            space.tissue[pocket.box], [space.number["gas"], space.number["bowel_fluid"]]
        )
        part[lumen & (part == 0)] = number
    stomach = space.kept["stomach"]
    lumen = space.is_(stomach.box, "gas", "stomach_content") & (np.asarray(stomach.values) < 0)
    numbers[stomach.box.slices][lumen] = 1
    return numbers


def assemble(sex: Sex, packed: Sequence[_Packed]) -> AtlasData:
    """Return the file's content from carved variants, of which the first is the body as it is."""
    first, *others = packed
    boxes = [_differing(first, other) for other in others]
    parts = [
        (first.tissue, first.other, first.share),
        *(
            (other.tissue[box], other.other[box], other.share[box])
            for other, box in zip(others, boxes, strict=True)
        ),
    ]
    codes, mixtures = _encoded(parts)
    base = codes[0]
    variants = [
        Variant(
            f"{SLOT} {other.name}",
            SLOT,
            _corner(box),
            fields=other.fields,
            points={name: other.points[name] for name in ("centres", "landmarks", "places")},
        )
        for other, box in zip(others, boxes, strict=True)
    ]
    voxels = {BODY: base} | {
        variant.name: part for variant, part in zip(variants, codes[1:], strict=True)
    }
    box, without = _without_spleen(base, mixtures)
    voxels[NO_SPLEEN] = without
    variants.append(
        Variant(NO_SPLEEN, SLOT, _corner(box), "splenectomy", points={"landmarks": {"spleen": []}})
    )
    return AtlasData(
        sex,
        sex,
        SPACING_MM,
        first.origin_mm,
        mixtures,
        voxels,
        first.fields,
        first.points,
        tuple(variants),
    )


def _encoded(
    parts: Sequence[tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]],
) -> tuple[list[Codes], tuple[Mixture, ...]]:
    """The codes of all parts with one table; the rarest mixtures are rounded until a byte is enough."""
    for least in _RARE:
        mixtures: tuple[Mixture, ...] = START
        codes = []
        try:
            for tissue, other, share in parts:
                part = share.astype(np.float16) / QUARTERS
                found, mixtures = encode(tissue, other, part, mixtures, least)
                codes.append(found)
        except ValueError:
            if least == _RARE[-1]:
                raise
            continue
        return codes, mixtures
    raise AssertionError("the last try returns or raises")


def _differing(one: _Packed, other: _Packed) -> tuple[slice, slice, slice]:
    """The smallest box of voxels in which two variants differ."""
    differ = one.tissue != other.tissue
    differ |= one.share != other.share
    return _around(differ)


def _without_spleen(
    codes: Codes, mixtures: Sequence[Mixture]
) -> tuple[tuple[slice, slice, slice], Codes]:
    """The box of the spleen with fat in its place."""
    fat = mixtures.index(Mixture("visceral_fat"))
    spleen = np.array(
        [n for n, mixture in enumerate(mixtures) if "spleen" in (mixture.host, mixture.other)]
    )
    where = np.isin(codes, spleen)
    box = _around(where)
    part = codes[box].copy()
    part[where[box]] = fat
    return box, part


def _around(mask: Mask) -> tuple[slice, slice, slice]:
    """The smallest box around what is true."""
    spans = []
    for axis in range(3):
        there = np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != axis)))
        spans.append(slice(int(there[0]), int(there[-1]) + 1))
    return spans[0], spans[1], spans[2]


def _corner(box: tuple[slice, slice, slice]) -> tuple[int, int, int]:
    z, y, x = box
    return z.start, y.start, x.start
