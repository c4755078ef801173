"""The adrenals: a body and two limbs each, in the fat above the kidneys."""

from __future__ import annotations

from typing import Any

import numpy as np

from netcourse.scanner.builder.abdomen.kidneys import Kidney
from netcourse.scanner.builder.body import Body, table
from netcourse.scanner.builder.grid import Field, Space
from netcourse.scanner.builder.noise import noise
from netcourse.scanner.builder.shapes import ribbon

_YIELD = (("kidney", 2.0), ("cava", 1.2), ("aorta", 2.0), ("diaphragm", 1.0))


def carve_adrenals(body: Body, space: Space) -> None:
    """Carve both adrenals; keep "adrenal"."""
    for side in ("right", "left"):
        for n, limb in enumerate(table("adrenals")[side]):
            field = _limb(body, space, side, n, limb)
            if field.box.empty:
                continue
            for name, gap in _YIELD:
                field = field.yielding(space.kept[name], gap)
            space.keep("adrenal", field)
            space.carve(field, "adrenal", ("visceral_fat", "fascia"))


def _limb(body: Body, space: Space, side: str, n: int, limb: dict[str, Any]) -> Field:
    """One limb as a bent plate; the gland follows its kidney half-way when that lies lower or
    higher.
    """
    rng = body.rng(f"adrenal {side} {n}")
    slim = table("adrenals")["woman"] if body.woman else 1.0
    shift = 0.35 * (Kidney.of(body, side).centre[2] - body.place(table("kidneys")[side])[2])
    keys = {}
    for z, line in limb["at"].items():
        bent = body.place_xy(line, float(z)) + rng.normal(0, 0.7, (len(line), 2))
        keys[body.height(float(z)) + shift] = bent
    half = np.array(limb["half"]) * slim * (1 + rng.normal(0, 0.08))
    low, high = (body.height(limb[end]) + shift for end in ("low", "high"))
    field = ribbon(
        space, keys, {low: half * 0.92, (low + high) / 2: half, high: half * 0.8}, low, high
    )
    if field.box.empty:
        return field
    rough = 0.45 * noise(body.seed(f"adrenal {side}"), field.box, 7)
    return field + (rough + 0.5 * noise(body.seed(f"adrenal {side} wide"), field.box, 12))
