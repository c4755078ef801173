"""The file of a body: codes, coarse fields and places in one zip, each packed with LZMA (standard library).

Fields are stored as differences along x, variants as differences from the body, modulo 256.

Everything lies in the atlas frame: mm, (z, y, x), z towards the head, y towards the back, x towards
the patient's left, 0 at the centre of the disc between L1 and L2. `points` holds what is known of
places, all of it plain numbers and names:

- `centres`: organ → its middle, `levels`: T1 … S1, `carina` and so on → their middle;
- `landmarks`: liver, spleen, blood_pool, kidney_cortex → candidates for a reference VOI;
- `places`: place of a lesion (patients/places.toml) → candidates for its centre;
- `skin`: points all over the surface, by which the field of view is chosen.

A candidate is [z, y, x, free radius]: a sphere of that radius lies wholly in what belongs there.
"""

from __future__ import annotations

import json
import lzma
import weakref
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from netcourse.scanner.atlas.codes import Codes, Mixture
from netcourse.scanner.study import Point

VERSION = 1
BODY = "body"
"""The name of the whole volume among `voxels`; every other is that of a variant."""

FIELDS = {"wall": 1.0, "skin": 1.0, "bone": 0.5, "segment": 1.0, "pocket": 1.0}
"""The coarse fields and what a step of each means: distances in mm from the outside of the muscle
wall (negative inside), from the skin (negative inside) and from the nearest bone (0 in it); the
liver's segment (1–8, 0 elsewhere); the number of each pocket whose gas lies above its fluid.
"""
FIELD_MM = 4.0
POINTS = ("centres", "levels", "landmarks", "places", "skin")
_MEMBER = "voxels/{}"
_UNDATED = (1980, 1, 1, 0, 0, 0)  # the same body gives the same file
_FILTER = {"id": lzma.FILTER_LZMA2, "preset": 9, "lc": 1, "lp": 0, "pb": 0}  # smallest for codes

Box = tuple[slice, slice, slice]


class AtlasError(RuntimeError):
    """A body's file that is missing or damaged; the message says how to get it back."""


@dataclass(frozen=True, eq=False)
class Field:
    """A coarse field: int8 [z, y, x] every `FIELD_MM` from the centre of its first voxel on, in
    steps of `FIELDS`.
    """

    array: NDArray[np.int8]
    origin_mm: Point


@dataclass(frozen=True, eq=False)
class Variant:
    """Another look of a part of the body: its codes replace a box of voxels from `corner` on.

    Of the variants of one `slot`, and the body as it is, a patient has one; `when` names the event
    in the history that this one belongs to ("splenectomy"), none for everybody. `fields` replace
    the body's (each the whole of it), `points` its rows by name.
    """

    name: str
    slot: str
    corner: tuple[int, int, int]
    when: str = ""
    fields: Mapping[str, Field] = field(default_factory=dict)
    points: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class AtlasData:
    """A body as its file holds it. `voxels` gives the codes, uint8 [z, y, x], of `BODY` and of
    every variant by name; read from a file they are unpacked when asked for, anew each time.

    `origin_mm` is the centre of the first voxel; `boxes` gives, per volume and tissue, the voxels
    between which it lies, and is worked out when the file is written.
    """

    name: str
    sex: str
    spacing_mm: Point
    origin_mm: Point
    mixtures: tuple[Mixture, ...]
    voxels: Mapping[str, Codes]
    fields: Mapping[str, Field]
    points: Mapping[str, Any]
    variants: tuple[Variant, ...] = ()
    boxes: Mapping[str, Mapping[str, Box]] = field(default_factory=dict)


def write(data: AtlasData, path: Path) -> None:
    """Write a body's file. Raises ValueError that says what is missing or does not fit."""
    _check(data)
    head = {
        "version": VERSION,
        **{name: getattr(data, name) for name in ("name", "sex", "spacing_mm", "origin_mm")},
        "mixtures": data.mixtures,
        "shapes": {name: data.voxels[name].shape for name in _volumes(data)},
        "boxes": {name: _boxes(data.voxels[name], data.mixtures) for name in _volumes(data)},
        "points": data.points,
        "variants": [
            {
                **{name: getattr(variant, name) for name in ("name", "slot", "corner", "when")},
                "points": variant.points,
            }
            for variant in data.variants
        ],
        "fields": {
            member: [_kept(field.array).shape, field.array.shape, field.origin_mm]
            for member, field in _fields(data)
        },
    }
    beside = path.with_name(f"{path.name}.new")  # the voxels may still be read from the old one
    with zipfile.ZipFile(beside, "w") as packed:
        _put(packed, "head.json", json.dumps(head, separators=(",", ":")).encode())
        for member, coarse in _fields(data):
            steps = np.diff(_kept(coarse.array).view(np.uint8), prepend=np.uint8(0))
            _put(packed, member, steps.tobytes())
        whole = data.voxels[BODY]
        _put(packed, _MEMBER.format(BODY), whole.tobytes())
        for variant in data.variants:
            part = data.voxels[variant.name]
            change = part - whole[_box(variant.corner, part.shape)]
            _put(packed, _MEMBER.format(variant.name), change.tobytes())
    beside.replace(path)


def read(path: Path) -> AtlasData:
    """Return the body of a file, its voxels still packed.

    Raises AtlasError, which says how to get it back, when the file is missing or damaged.
    """
    head = json.loads(_member(path, "head.json"))
    if head["version"] != VERSION:
        raise _lost(path, f"it has version {head['version']}, this netcourse reads {VERSION}")

    def fields(of: str) -> dict[str, Field]:
        return {
            member.removeprefix(f"fields/{of}/"): Field(
                _summed(_member(path, member), kept, shape), _point(origin)
            )
            for member, (kept, shape, origin) in head["fields"].items()
            if member.startswith(f"fields/{of}/")
        }

    return AtlasData(
        head["name"],
        head["sex"],
        _point(head["spacing_mm"]),
        _point(head["origin_mm"]),
        tuple(Mixture(*row) for row in head["mixtures"]),
        _Packed(path, head["shapes"], {row["name"]: row["corner"] for row in head["variants"]}),
        fields(BODY),
        head["points"],
        tuple(
            Variant(
                row["name"],
                row["slot"],
                (row["corner"][0], row["corner"][1], row["corner"][2]),
                row["when"],
                fields(row["name"]),
                row["points"],
            )
            for row in head["variants"]
        ),
        {
            name: {tissue: (slice(*z), slice(*y), slice(*x)) for tissue, (z, y, x) in boxes.items()}
            for name, boxes in head["boxes"].items()
        },
    )


class _Packed(Mapping[str, Codes]):
    """Volumes of a file, unpacked when asked for; the body is kept for its variants while somebody else holds it."""

    def __init__(
        self,
        path: Path,
        shapes: Mapping[str, list[int]],
        corners: Mapping[str, tuple[int, int, int]],
    ) -> None:
        self._path, self._shapes, self._corners = path, shapes, corners
        self._whole: weakref.ref[Codes] | None = None

    def __getitem__(self, name: str) -> Codes:
        if name == BODY and self._whole and (held := self._whole()) is not None:
            return held
        raw = _member(self._path, _MEMBER.format(name))
        codes = np.frombuffer(raw, np.uint8).reshape(self._shapes[name])
        if name != BODY:
            return np.asarray(codes + self[BODY][_box(self._corners[name], codes.shape)])
        self._whole = weakref.ref(codes)
        return codes

    def __iter__(self) -> Iterator[str]:
        return iter(self._shapes)

    def __len__(self) -> int:
        return len(self._shapes)


def _member(path: Path, name: str) -> bytes:
    try:
        with zipfile.ZipFile(path) as packed:
            return lzma.decompress(packed.read(name))
    except FileNotFoundError:
        raise _lost(path, "it is not there") from None
    except (OSError, EOFError, KeyError, zipfile.BadZipFile, lzma.LZMAError) as error:
        raise _lost(path, f"{name}: {error or type(error).__name__}") from None


def _lost(path: Path, why: str) -> AtlasError:
    return AtlasError(
        f"the body in {path} cannot be read ({why}). Install netcourse again"
        " (pip install --force-reinstall with the course's folder or file)."
    )


def _put(packed: zipfile.ZipFile, name: str, raw: bytes) -> None:
    packed.writestr(zipfile.ZipInfo(name, _UNDATED), lzma.compress(raw, filters=[_FILTER]))


def _box(corner: tuple[int, int, int], shape: tuple[int, ...]) -> Box:
    z, y, x = (slice(c, c + n) for c, n in zip(corner, shape, strict=True))
    return z, y, x


def doubled(array: NDArray[np.int8]) -> NDArray[np.int8]:
    """Return an array with the mean of neighbours between them, rounded down, along each axis.

    >>> doubled(np.array([1, 4, 2], np.int8)).tolist()
    [1, 2, 4, 3, 2]
    """
    fine = array.astype(np.int16)
    for axis in range(array.ndim):
        fine = np.moveaxis(fine, axis, 0)
        wide = np.empty((2 * len(fine) - 1, *fine.shape[1:]), np.int16)
        wide[::2], wide[1::2] = fine, (fine[:-1] + fine[1:]) >> 1
        fine = np.moveaxis(wide, 0, axis)
    return fine.astype(np.int8)


def _kept(array: NDArray[np.int8]) -> NDArray[np.int8]:
    """What is stored of a field: every second point where the others follow from those."""
    half = np.ascontiguousarray(array[::2, ::2, ::2])
    return half if np.array_equal(doubled(half), array) else array


def _summed(raw: bytes, kept: list[int], shape: list[int]) -> NDArray[np.int8]:
    """A field from its differences along x."""
    steps = np.frombuffer(raw, np.uint8).reshape(kept)
    array = np.cumsum(steps, axis=-1, dtype=np.uint8).view(np.int8)
    return array if kept == shape else doubled(array)


def _volumes(data: AtlasData) -> list[str]:
    return [BODY, *(variant.name for variant in data.variants)]


def _fields(data: AtlasData) -> Iterator[tuple[str, Field]]:
    for of, fields in ((BODY, data.fields), *((v.name, v.fields) for v in data.variants)):
        for name, coarse in fields.items():
            yield f"fields/{of}/{name}", coarse


def _boxes(codes: Codes, mixtures: tuple[Mixture, ...]) -> dict[str, list[list[int]]]:
    """Between which voxels each tissue lies, as [start, stop] per axis; air is everywhere."""
    found: dict[str, list[list[int]]] = {}
    for code, box in enumerate(ndimage.find_objects(codes), start=1):
        if box is None:
            continue
        host, other, quarters = mixtures[code]
        for tissue in (host, other) if quarters else (host,):
            old = found.get(tissue, [[b.start, b.stop] for b in box])
            found[tissue] = [
                [min(low, b.start), max(high, b.stop)]
                for (low, high), b in zip(old, box, strict=True)
            ]
    return found


def _point(row: list[float]) -> Point:
    z, y, x = row
    return z, y, x


def _check(data: AtlasData) -> None:
    """Refuse what the run time could not use, in words."""
    if lacking := [name for name in POINTS if name not in data.points]:
        raise ValueError(f"points of '{data.name}' lack {', '.join(lacking)}")
    if lacking := [name for name in FIELDS if name not in data.fields]:
        raise ValueError(f"fields of '{data.name}' lack {', '.join(lacking)}")
    names = _volumes(data)
    if len(set(names)) < len(names) or set(names) != set(data.voxels):
        raise ValueError(
            f"'{data.name}' needs voxels of {', '.join(names)}, each named once; it has those of"
            f" {', '.join(data.voxels)}"
        )
    for name in names:
        codes = data.voxels[name]
        if codes.dtype != np.uint8 or codes.max(initial=0) >= len(data.mixtures):
            raise ValueError(
                f"voxels of '{name}' must be uint8 codes below {len(data.mixtures)}; they are"
                f" {codes.dtype} up to {codes.max(initial=0)}"
            )
    taken: dict[str, list[tuple[int, int]]] = {}
    for variant in data.variants:
        shape = data.voxels[variant.name].shape
        spans = [(c, c + n) for c, n in zip(variant.corner, shape, strict=True)]
        if any(
            low < 0 or high > n
            for (low, high), n in zip(spans, data.voxels[BODY].shape, strict=True)
        ):
            raise ValueError(f"variant '{variant.name}' reaches out of the body: {spans}")
        for slot, others in taken.items():
            if slot != variant.slot and all(
                low < there_high and there_low < high
                for (low, high), (there_low, there_high) in zip(spans, others, strict=True)
            ):
                raise ValueError(
                    f"variant '{variant.name}' of slot '{variant.slot}' overlaps slot '{slot}':"
                    " variants of two slots must lie apart, or be one slot"
                )
        old = taken.setdefault(variant.slot, spans)
        taken[variant.slot] = [
            (min(a, low), max(b, high)) for (a, b), (low, high) in zip(old, spans, strict=True)
        ]
        unknown = [name for name in variant.fields if name not in FIELDS]
        if unknown:
            raise ValueError(f"variant '{variant.name}' has unknown fields {', '.join(unknown)}")
