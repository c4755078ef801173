"""Which body a patient is a warp of, and what is known of it: read once, kept in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, cast

from netcourse.patients import Draws, Patient
from netcourse.scanner.atlas.codes import Codes
from netcourse.scanner.atlas.format import BODY, AtlasData, Box, Field, Variant, read

FOLDER = Path(str(resources.files(__package__))) / "data"
SUFFIX = ".atlas"


@dataclass(frozen=True)
class Choice:
    """A body by name, and at most one variant of each of its slots."""

    body: str
    variants: tuple[str, ...] = ()


def bodies(folder: Path = FOLDER) -> tuple[str, ...]:
    """Return the names of the bodies there are; a name begins with the sex."""
    return tuple(sorted(file.stem for file in folder.glob(f"*{SUFFIX}")))


@cache
def atlas(body: str, folder: Path = FOLDER) -> AtlasData:
    """Return a body as its file holds it; AtlasError when that is missing or damaged."""
    return read(folder / f"{body}{SUFFIX}")


def choose(patient: Patient) -> Choice:
    """Return the body and the variants of a patient, by sex, history and id.

    Raises AtlasError without a body of that sex, ValueError when it has no variant for an event in
    the history.

    >>> from netcourse.patients import generate
    >>> choose(generate("splenectomy")).variants[-1], choose(generate("insulinoma")).body
    ('no spleen', 'female')
    """
    draws = Draws("body", patient.id)
    names = [name for name in bodies() if name.startswith(patient.sex)] or [patient.sex]
    body = draws.choice("body", names)
    events = {"splenectomy"} if patient.history.splenectomy else set()
    slots: dict[str, list[Variant]] = {}
    for variant in atlas(body).variants:
        slots.setdefault(variant.slot, []).append(variant)
    if unknown := events - {variant.when for variant in atlas(body).variants}:
        raise ValueError(f"the body '{body}' has no variant after {', '.join(sorted(unknown))}")
    chosen = []
    for slot, variants in slots.items():
        after = [variant.name for variant in variants if variant.when in events]
        usual = [variant.name for variant in variants if not variant.when]
        if name := draws.choice(slot, after or ["", *usual]):
            chosen.append(name)
    return Choice(body, tuple(chosen))


def codes(choice: Choice) -> Codes:
    """Return the voxels of a body with the chosen variants in place: about 0.1 GB, made anew for
    each patient, so that whoever asks lets go of them soon.
    """
    whole = _as_it_is(choice.body)
    if not choice.variants:
        return whole
    whole = whole.copy()
    for variant in _variants(choice):
        part = atlas(choice.body).voxels[variant.name]
        box = tuple(slice(c, c + n) for c, n in zip(variant.corner, part.shape, strict=True))
        whole[box] = part
    return whole


@lru_cache(maxsize=1)
def _as_it_is(body: str) -> Codes:
    """Unpacking takes half a second: kept until a patient of the other sex comes."""
    return atlas(body).voxels[BODY]


@cache
def points(choice: Choice) -> Mapping[str, Any]:
    """Return the places of a body, as `format` lists them, with those of the chosen variants."""
    merged = dict(atlas(choice.body).points)
    for variant in _variants(choice):
        for group, rows in variant.points.items():
            merged[group] = {**merged[group], **rows}
    return merged


@cache
def fields(choice: Choice) -> Mapping[str, Field]:
    """Return the coarse fields of a body with those of the chosen variants."""
    merged = dict(atlas(choice.body).fields)
    for variant in _variants(choice):
        merged |= variant.fields
    return merged


def boxes(choice: Choice) -> Mapping[str, Box]:
    """Return between which voxels of the body each tissue lies, of the variants' tissues too."""
    data = atlas(choice.body)
    found = dict(data.boxes[BODY])
    for variant in _variants(choice):
        for tissue, box in data.boxes[variant.name].items():
            here = tuple(
                slice(c + s.start, c + s.stop) for c, s in zip(variant.corner, box, strict=True)
            )
            wide = found.get(tissue, here)
            found[tissue] = cast(
                Box,
                tuple(
                    slice(min(a.start, b.start), max(a.stop, b.stop))
                    for a, b in zip(wide, here, strict=True)
                ),
            )
    return found


def _variants(choice: Choice) -> list[Variant]:
    return [variant for variant in atlas(choice.body).variants if variant.name in choice.variants]
