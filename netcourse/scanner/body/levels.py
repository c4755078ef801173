"""Gas above fluid: after a warp every pocket of a hollow organ gets its level back, in the scanner's
upright.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from netcourse.scanner.atlas.codes import MOST, Codes, Mixture, shares
from netcourse.scanner.atlas.format import FIELD_MM, Field
from netcourse.scanner.atlas.tissues import tissues
from netcourse.scanner.study import Point

GAS = "gas"
_COARSE = 8
_FLUIDS = tuple(name for name, tissue in tissues().items() if tissue.below_gas)


class Levels:
    """Watches the slices of a body being fetched, then sets the level of every pocket.

    A pocket keeps the volume of its gas, which comes to lie in front (lower y: the patient lies on
    the back).
    """

    def __init__(
        self, mixtures: Sequence[Mixture], pockets: Field, spacing_mm: Point, origin_mm: Point
    ) -> None:
        self._mixtures, self._pockets = mixtures, pockets.array
        self._scale = [step / FIELD_MM for step in spacing_mm]
        self._first = [
            (origin - first) / FIELD_MM - 0.5 * scale + 0.5
            for origin, first, scale in zip(origin_mm, pockets.origin_mm, self._scale, strict=True)
        ]
        self._gas = shares(mixtures, GAS)
        self._fluid = {name: shares(mixtures, name) for name in _FLUIDS}
        self._hollow = np.add.reduce([self._gas, *self._fluid.values()]) > 0
        layers = np.flatnonzero(self._pockets.any(axis=(1, 2)))
        self._span = (layers[0] - 1, layers[-1] + 2) if len(layers) else (0, 0)
        self._seen: list[tuple[int, NDArray[np.int32], NDArray[np.intp], Codes]] = []

    def watch(
        self, k: int, where: tuple[slice, slice], codes: Codes, place: NDArray[np.float32]
    ) -> None:
        """Note the voxels of a slice that lie in a pocket."""
        high = place[0, ::_COARSE, ::_COARSE] * self._scale[0] + self._first[0]
        if high.max() < self._span[0] or high.min() > self._span[1]:
            return
        at = np.flatnonzero(np.take(self._hollow, codes, mode="clip"))
        index = tuple(
            np.clip((along.ravel()[at] * scale + first).astype(np.intp), 0, n - 1)
            for along, scale, first, n in zip(
                place, self._scale, self._first, self._pockets.shape, strict=True
            )
        )
        pocket = self._pockets[index].astype(np.intp)
        kept = pocket > 0
        rows, columns = np.divmod(at[kept], codes.shape[1])
        flat = np.stack([rows + where[0].start, columns + where[1].start]).astype(np.int32)
        self._seen.append((k, flat, pocket[kept], codes.ravel()[at[kept]]))

    def settle(self, body: Codes) -> None:
        """Give every pocket of the body its level."""
        pockets, rows = int(self._pockets.max(initial=0)) + 1, body.shape[1]
        lumen, gas = np.zeros((pockets, rows)), np.zeros(pockets)
        fluid = np.zeros((pockets, len(_FLUIDS)))
        for _, at, pocket, codes in self._seen:
            filled = [table[codes] for table in self._fluid.values()]
            airy = self._gas[codes]
            both = np.add.reduce([airy, *filled])
            lumen += np.bincount(pocket * rows + at[0], both, pockets * rows).reshape(lumen.shape)
            gas += np.bincount(pocket, airy, pockets)
            fluid += np.stack([np.bincount(pocket, part, pockets) for part in filled], axis=1)
        level = (np.cumsum(lumen, axis=1) - lumen / 2 < gas[:, None]).sum(axis=1)
        kind = fluid.argmax(axis=1)
        to_gas = _becoming(self._mixtures, _FLUIDS, GAS)
        to_fluid = np.stack([_becoming(self._mixtures, (GAS,), name) for name in _FLUIDS])
        for k, at, pocket, codes in self._seen:
            above = at[0] < level[pocket]
            body[k][tuple(at)] = np.where(above, to_gas[codes], to_fluid[kind[pocket], codes])


def _becoming(mixtures: Sequence[Mixture], old: Sequence[str], new: str) -> Codes:
    """What each code becomes when one tissue takes the place of others; of mixtures that the body
    has no code for only the host is left.
    """
    table = np.arange(MOST, dtype=np.uint8)
    known = {mixture: code for code, mixture in enumerate(mixtures)}
    for code, (host, other, quarters) in enumerate(mixtures):
        host, other = (new if name in old else name for name in (host, other))
        alone = Mixture(host)
        wanted = alone if host == other or not quarters else Mixture(host, other, quarters)
        table[code] = known.get(wanted, known.get(_turned(wanted), known.get(alone, code)))
    return table


def _turned(mixture: Mixture) -> Mixture:
    """Two halves the other way round."""
    return Mixture(mixture.other, mixture.host, mixture.quarters)
