"""A still picture of a case for the class report: one axial slice through the lesion, as the
learners had it before them.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from netcourse.evidence import figure
from netcourse.patients import Patient
from netcourse.scanner import Study, Volume, scan
from netcourse.scanner.study import Point

WIDTH = 432  # px of one picture
SUV_TOP = {"PT": 15.0, "FDG": 10.0}
_PANES: dict[str, tuple[tuple[str, str | None], ...]] = {
    "pet_ct": (("CT", None), ("CT", "PT")),
    "two_pets": (("CT", "PT"), ("CT", "FDG")),
    "ct_phases": (("CT late arterial", None), ("CT", None)),
    "ct_over_time": (("CT late arterial", None), ("CT", None)),
}
"""Per kind of case its two panes: the CT, and the PET that lies over it."""


def take(patient: Patient, shows: str) -> Study | None:
    """Return the study that a case of that kind shows, None for one that is told without
    pictures.
    """
    if shows not in _PANES:
        return None
    return scan(
        patient, list(dict.fromkeys(name for pane in _PANES[shows] for name in pane if name))
    )


def case_picture(study: Study, shows: str, lesions: Sequence[str]) -> bytes:
    """Return a PNG of two panes through the first lesion that lies in the pictures, each lesion of
    the slice ringed.
    """
    places = {id: study.lesions_mm[id] for id in lesions if id in study.lesions_mm}
    window = "soft_tissue" if any(pet for _, pet in _PANES[shows]) else "liver"
    middle = study["CT"]
    at = next(
        iter(places.values()),
        (0.0, float(middle.centres_mm(1).mean()), float(middle.centres_mm(2).mean())),
    )
    panes = [
        _pane(
            study[ct], study[pet] if pet else None, at, places, window, SUV_TOP.get(pet or "", 1.0)
        )
        for ct, pet in _PANES[shows]
    ]
    whole = Image.new("RGB", (sum(pane.width for pane in panes) + 6, panes[0].height), "white")
    left = 0
    for pane in panes:
        whole.paste(pane, (left, 0))
        left += pane.width + 6
    data = io.BytesIO()
    whole.quantize(128).save(data, "PNG", optimize=True)
    return data.getvalue()


def _pane(
    ct: Volume, pet: Volume | None, at: Point, places: dict[str, Point], window: str, top: float
) -> Image.Image:
    centre, width = (
        figure(f"reading.window.{window}.{part}").value for part in ("centre", "width")
    )
    grey = np.clip((_slice(ct, at[0]) - centre) / width + 0.5, 0, 1)
    picture = np.repeat(grey[:, :, None], 3, axis=2)
    if pet is not None:
        suv = np.clip(_resampled(_slice(pet, at[0]), picture.shape[:2]) / top, 0, 1)
        share = np.clip(suv / 0.3, 0, 1)[:, :, None] * 0.75
        picture = picture * (1 - share) + _hot(suv) * share
    image = Image.fromarray((picture * 255).astype(np.uint8))
    image = image.resize(
        (WIDTH, round(WIDTH * image.height * ct.spacing_mm[1] / (image.width * ct.spacing_mm[2]))),
        Image.Resampling.BICUBIC,
    )
    scale = WIDTH / (ct.array.shape[2] * ct.spacing_mm[2])
    draw = ImageDraw.Draw(image)
    for id, (z, y, x) in places.items():
        if abs(z - at[0]) <= 2 * ct.spacing_mm[0]:
            down, across = (
                (mm - origin) * scale for mm, origin in zip((y, x), ct.origin_mm[1:], strict=True)
            )
            draw.ellipse(
                [across - 22, down - 22, across + 22, down + 22], outline="#ffd166", width=2
            )
            draw.text((across + 19, down - 30), id, fill="#ffd166", font_size=15)
    draw.text((6, image.height / 2), "R", fill="white", font_size=15)
    draw.text(
        (6, image.height - 20),
        f"{ct.description if pet is None else pet.description + ' over CT'} · {ct.watermark}",
        fill="#c8d0d8",
        font_size=12,
    )
    return image


def _slice(volume: Volume, z_mm: float) -> NDArray[np.float32]:
    k = volume.index((z_mm, *volume.origin_mm[1:]))[0]
    return np.asarray(volume.array[min(max(k, 0), len(volume.array) - 1)], np.float32)


def _resampled(slice_: NDArray[np.float32], shape: tuple[int, ...]) -> NDArray[np.float64]:
    image = Image.fromarray(slice_)
    return np.asarray(image.resize((shape[1], shape[0]), Image.Resampling.BILINEAR), float)


def _hot(share: NDArray[np.float64]) -> NDArray[np.float64]:
    from matplotlib import (
        colormaps,
    )  # as the viewer's: even steps in lightness, safe for colour-blind readers

    return np.asarray(colormaps["inferno"](share)[:, :, :3])
