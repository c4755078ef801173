"""Who is carved: sex, variant, the column of vertebrae, and how points drawn for the reference man become this body's."""

from __future__ import annotations

import tomllib
import zlib
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import PchipInterpolator

Sex = Literal["female", "male"]
Points = NDArray[np.float64]

_WIDTH_Z = [-300, -110, -40, 20, 100, 300, 400, 600]
_WOMAN_WIDTH = [0.985, 0.975, 0.93, 0.90, 0.89, 0.90, 0.95, 0.95]


@cache
def table(name: str) -> dict[str, Any]:
    """Return one of the builder's data tables."""
    folder = resources.files(__package__) / "data"
    return tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Vertebra:
    """One vertebra of a body, mm and degrees; the sizes that a segment lacks are 0."""

    name: str
    z: float
    y: float
    width: float
    depth: float
    height: float
    disc: float
    canal: tuple[float, float]
    transverse: float
    spine_tip: tuple[float, float]
    tilt: float


@dataclass(frozen=True)
class Body:
    """A body to carve: `female` or `male`, and the name of its variant, which seeds whatever differs between variants."""

    sex: Sex
    variant: str = "0"

    @property
    def woman(self) -> bool:
        """Whether this is the woman."""
        return self.sex == "female"

    def rng(self, name: str, variant: bool = True) -> np.random.Generator:
        """Return random numbers for one structure; the same in all variants when `variant` is false."""
        return np.random.default_rng(zlib.crc32(self.seed(name, variant).encode()))

    def seed(self, name: str, variant: bool = True) -> str:
        """Return the seed of a structure's noise; the same in all variants when `variant` is false."""
        return f"{self.sex}/{self.variant if variant else ''}/{name}"

    def place(self, points: ArrayLike) -> Points:
        """Take points (x, y, z, …) drawn for the reference man to this body; further columns stay."""
        p = np.array(points, float)
        if self.woman:
            p[..., 0] *= np.interp(p[..., 2], _WIDTH_Z, _WOMAN_WIDTH)
            p[..., 1] *= table("column")["woman"]["y"]
            p[..., 2] *= table("column")["woman"]["z"]
        return p

    def place_xy(self, points: ArrayLike, z: float) -> Points:
        """Take corners (x, y) drawn for the man at height z (his) to this body; see `height` for its z."""
        p = np.asarray(points, float)
        return self.place(np.column_stack([p[:, :2], np.full(len(p), z)]))[:, :2]

    def height(self, z: float) -> float:
        """Return this body's height of a height (mm) of the reference man."""
        return float(self.place([0, 0, z])[2])

    @cached_property
    def column(self) -> dict[str, Vertebra]:
        """The vertebrae from C1 to the coccyx, by name."""
        rows = table("column")
        factor: dict[str, Any] = dict.fromkeys(("z", "y", "width", "depth", "height"), 1.0)
        if self.woman:
            factor = rows["woman"]
        column = {}
        for name, row in rows.items():
            if isinstance(row, dict) and name != "woman":
                width, depth, height = row.get("body", (0, 0, 0))
                canal, tip = row.get("canal", (0, 0)), row.get("spine_tip", (0, 0))
                column[name] = Vertebra(
                    name,
                    float(row["z"]) * factor["z"],
                    row["y"] * factor["y"],
                    width * factor["width"],
                    depth * factor["depth"],
                    height * factor["height"],
                    row.get("disc", 0) * factor["height"],
                    (
                        canal[0] * 0.97 if self.woman else canal[0],
                        canal[1] * 0.97 if self.woman else canal[1],
                    ),
                    row.get("transverse", row.get("ring_width", 0)) * factor["width"],
                    (tip[0] * factor["depth"], tip[1] * factor["height"]),
                    row["tilt"],
                )
        return column

    def column_y(self, z: ArrayLike) -> NDArray[np.float64]:
        """Return y of the vertebral bodies' centres at some heights (of this body), mm."""
        rows = sorted((v.z, v.y) for v in self.column.values())
        heights, depths = np.array(rows).T
        return np.asarray(PchipInterpolator(heights, depths)(np.clip(z, heights[0], heights[-1])))
