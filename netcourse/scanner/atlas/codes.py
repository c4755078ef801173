"""Voxels as codes: each a mixture of at most two tissues, so that one byte keeps partial volume.

A vessel of 1 mm, a cortex or a bronchial wall fills a part of its voxels; a quarter of it in a
voxel of fat is a code of its own. `encode` gives the codes of a body, `shares` what a tissue fills
of each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from netcourse.scanner.atlas.tissues import number, tissues

Codes = NDArray[np.uint8]
MOST = 256
_QUARTERS = 4


class Mixture(NamedTuple):
    """What a code stands for: `host` alone, or `quarters` (1 or 2) of `other` in it."""

    host: str
    other: str = ""
    quarters: int = 0

    def __str__(self) -> str:
        return f"{self.host} + {self.quarters}/4 {self.other}" if self.quarters else self.host


START = (Mixture("air"), Mixture("table"), Mixture("foam"))
"""The first codes of every body: 0 is air; the others are the table that it is laid on."""


def encode(
    tissue: NDArray[np.uint8],
    other: NDArray[np.uint8] | None = None,
    share: NDArray[np.floating[Any]] | None = None,
    mixtures: Sequence[Mixture] = START,
    at_least: int = 0,
) -> tuple[Codes, tuple[Mixture, ...]]:
    """Return the codes of a body, [z, y, x], and the mixtures they stand for.

    `tissue` and `other` hold tissue numbers (`number`), `share` (0–1) how much of each voxel
    `other` fills; it is rounded to quarters, and what fills more becomes the host. Codes of
    `mixtures`, those of a volume encoded before, stay what they are, so that the variants of a body
    share its table. Mixtures of fewer voxels than `at_least` become their host alone. Raises
    ValueError for arrays of different shapes, a share outside 0–1, a number without a tissue, and
    more than 256 mixtures.

    >>> fat, vein = np.full((2, 1, 1, 4), [[[[number("visceral_fat")]]], [[[number("lower_vein")]]]], np.uint8)
    >>> codes, mixtures = encode(fat, vein, np.array([[[0.0, 0.3, 0.7, 1.0]]]))
    >>> [str(mixtures[code]) for code in codes.ravel()]
    ['visceral_fat', 'visceral_fat + 1/4 lower_vein', 'lower_vein + 1/4 visceral_fat', 'lower_vein']
    """
    names = list(tissues())
    counts = np.zeros(3 * len(names) ** 2, np.int64)
    for keys in _keys(tissue, other, share):
        counts += np.bincount(keys.ravel(), minlength=len(counts))
    there = [int(key) for key in np.flatnonzero(counts)]
    meant = {key: Mixture(*_parts(key, names)) for key in there}
    rare = {key for key in there if counts[key] < at_least and meant[key] not in mixtures}
    meant |= {key: Mixture(meant[key].host) for key in rare}
    table = (*mixtures, *dict.fromkeys(mix for mix in meant.values() if mix not in mixtures))
    if len(table) > MOST:
        raise ValueError(_too_many(len(table), {key: int(counts[key]) for key in there}, names))
    code_of = np.zeros(len(counts), np.uint8)
    for key, mixture in meant.items():
        code_of[key] = table.index(mixture)
    codes = np.empty(tissue.shape, np.uint8)
    for k, keys in enumerate(_keys(tissue, other, share)):
        codes[k] = code_of[keys]
    return codes, table


def shares(mixtures: Sequence[Mixture], *names: str) -> NDArray[np.float32]:
    """Return how much of a voxel of each code some tissues fill together (0–1), (256,) to look up.

    Raises KeyError for an unknown tissue.

    >>> shares([Mixture("visceral_fat"), Mixture("visceral_fat", "lower_vein", 1)], "visceral_fat")[:3].tolist()
    [1.0, 0.75, 0.0]
    """
    for name in names:
        number(name)
    return look_up(mixtures, dict.fromkeys(names, 1.0))


def look_up(mixtures: Sequence[Mixture], value: Mapping[str, float]) -> NDArray[np.float32]:
    """Return the value of each code from values per tissue, (256,); a tissue not given counts 0.

    >>> look_up([Mixture("visceral_fat", "lower_vein", 1)], {"visceral_fat": -100, "lower_vein": 40})[:2].tolist()
    [-65.0, 0.0]
    """
    table = np.zeros(MOST, np.float32)
    for code, (host, other, quarters) in enumerate(mixtures):
        part = quarters / _QUARTERS
        table[code] = (1 - part) * value.get(host, 0.0) + part * value.get(other, 0.0)
    return table


def _keys(
    tissue: NDArray[np.uint8],
    other: NDArray[np.uint8] | None,
    share: NDArray[np.floating[Any]] | None,
) -> Iterator[NDArray[np.int32]]:
    """Yield one number per voxel, slice by slice: host, other and quarters of it (0–2) together."""
    if (other is None) != (share is None):
        raise ValueError("give other and share together, or neither")
    if other is not None and share is not None and not tissue.shape == other.shape == share.shape:
        raise ValueError(
            f"tissue, other and share must have one shape; they have {tissue.shape}, {other.shape}"
            f" and {share.shape}"
        )
    many = np.int32(len(tissues()))
    for k, host in enumerate(tissue):
        if host.max(initial=0) >= many or (other is not None and other[k].max(initial=0) >= many):
            raise ValueError(f"slice {k} holds a number above {many - 1}: no tissue has it")
        if other is None or share is None:
            yield host.astype(np.int32) * (3 * many + 3)
            continue
        if not (share[k].min(initial=0) >= 0 and share[k].max(initial=0) <= 1):
            raise ValueError(f"slice {k} holds a share outside 0 to 1, or one that is no number")
        quarters = np.floor(share[k] * _QUARTERS + 0.5).astype(np.int32)
        less = np.minimum(quarters, _QUARTERS - quarters)
        tie = (quarters == _QUARTERS // 2) & (other[k] < host)
        more, fewer = (
            np.where((quarters > _QUARTERS // 2) | tie, one, two).astype(np.int32)
            for one, two in ((other[k], host), (host, other[k]))
        )
        alone = (less == 0) | (more == fewer)
        fewer[alone], less[alone] = more[alone], 0
        yield (more * many + fewer) * np.int32(3) + less


def _parts(key: int, names: Sequence[str]) -> tuple[str, str, int]:
    pair, quarters = divmod(key, 3)
    host, other = divmod(pair, len(names))
    return (names[host], names[other], quarters) if quarters else (names[host], "", 0)


def _too_many(needed: int, counts: Mapping[int, int], names: Sequence[str]) -> str:
    mixed = sorted((count, key) for key, count in counts.items() if key % 3)
    rarest = ", ".join(f"{Mixture(*_parts(key, names))} ({count})" for count, key in mixed[:5])
    enough = mixed[min(needed - MOST, len(mixed)) - 1][0] + 1 if mixed else 0
    return (
        f"the body needs {needed} codes and a byte has {MOST}; the rarest mixtures, in voxels, are"
        f" {rarest}: round these with at_least={enough}, or use fewer tissues"
    )
