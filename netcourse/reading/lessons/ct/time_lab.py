"""The widget of CT over time: the browser mixes every picture itself from what it is sent once."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
import traitlets as t

from netcourse.evidence import figure
from netcourse.reading.lab.drawing import svg
from netcourse.reading.lab.lab import Lab, script
from netcourse.reading.lab.parameters import LabFigure
from netcourse.reading.lessons.ct.over_time import LAST_S, OverTime, phase_names
from netcourse.reading.viewer.windowing import windows
from netcourse.scanner import CtScan, lesion_tissue, noise_sd, surrounding_tissue

_SHARE_STEPS = 65_535
_NOISE_STEP_HU = 0.02
_LEAST_SHARE = 1e-4
_JUMPS = ("early arterial", "late arterial", "portal venous", "delayed")


class TimeLab(Lab[OverTime]):
    """Show one slice over time with its curves; `lab.model.phase_s = 38` moves it.

    Dragging the time asks nothing of Python, which learns the second when the hand rests; a change
    of injection, heart or dose sends new curves (about 40 kB), the slice itself is sent once.
    """

    _esm = script(__package__, "time_lab.js")

    _slice = t.Bytes(b"").tag(sync=True)
    _slice_meta = t.Dict().tag(sync=True)
    _curves = t.Bytes(b"").tag(sync=True)
    _plan = t.Dict().tag(sync=True)

    def _put(self) -> None:
        model, graph = self.model, self.model.graph
        if not self._slice:
            self._slice, self._slice_meta = _packed(model)
        self._curves = (
            np.stack([model.curve(tissue) for tissue in self._slice_meta["tissues"]])
            .astype("<f4")
            .tobytes()
        )
        self._plan = self._planned(graph.layout)
        drawing = svg(
            LabFigure(
                graph.drawing, graph.size, "Attenuation of lesion, organ and vessels over time."
            )
        )
        self._figure = f'<div class="nc-drawing">{drawing}</div>'

    def _planned(self, layout: Any) -> dict[str, Any]:
        """What the browser must know beside voxels and curves."""
        model = self.model
        first = model.lesions[0]
        return {
            "windows": windows(),
            "window": model.window,
            "noise": model.noise_hu / noise_sd(CtScan()),
            "noiseSd": model.noise_hu,
            "classHu": figure("enhancement.class").value,
            "lesion": {"id": first.id, "tissue": lesion_tissue(first)},
            "organ": {
                "tissue": surrounding_tissue(first),
                "name": surrounding_tissue(first).replace("_", " "),
            },
            "shown": [{"tissue": one.tissue, "colour": one.colour} for one in model.graph.lines],
            "graph": layout,
            "phase": phase_names(),
            "marks": [
                {"name": "no contrast", "second": 0},
                *(
                    {"name": phase, "second": model.start_s(phase)}  # type: ignore[arg-type]
                    for phase in _JUMPS
                ),
            ],
            "showMarkers": model.markers,
            "markers": _markers(model),
        }


def _packed(model: OverTime) -> tuple[bytes, dict[str, Any]]:
    """The slice for the browser: per tissue the pixels that hold it and their shares, then noise
    and texture; deflated.
    """
    rows, columns = model.crop
    weights = model.mix.weights[:, rows, columns]
    noise, texture = (part[rows, columns] for part in (model.mix.noise, model.mix.texture))
    extra = (
        {lesion_tissue(one) for one in model.lesions}
        | {surrounding_tissue(one) for one in model.lesions}
        | set(model.vessels)
    )
    counts, pixels, shares = [], [], []
    for share in weights:
        held = np.flatnonzero(share.ravel() > _LEAST_SHARE)
        counts.append(len(held))
        pixels.append(held)
        shares.append(np.rint(share.ravel()[held] * _SHARE_STEPS))
    parts = (
        np.concatenate(pixels).astype("<u4"),
        np.rint(noise / _NOISE_STEP_HU).astype("<i2"),
        np.rint(texture / _NOISE_STEP_HU).astype("<i2"),
        np.concatenate(shares).astype("<u2"),
    )
    tissues = [
        *model.mix.tissues,
        *sorted(str(tissue) for tissue in extra if tissue not in model.mix.tissues),
    ]
    meta = {
        "shape": list(noise.shape),
        "spacing": list(model.mix.spacing_mm),
        "tissues": tissues,
        "counts": [*counts, *[0] * (len(tissues) - len(counts))],
        "seconds": LAST_S + 1,
        "noiseStep": _NOISE_STEP_HU,
    }
    return zlib.compress(b"".join(part.tobytes() for part in parts), 6), meta


def _markers(model: OverTime) -> list[dict[str, Any]]:
    """The lesions that the slice meets, in pixels of the cropped slice."""
    rows, columns = model.crop
    (y0, x0), (dy, dx) = model.mix.origin_mm, model.mix.spacing_mm
    found = []
    for one in model.lesions:
        z, y, x = model.where[one.id]
        across = (one.size_mm / 2) ** 2 - (z - model.mix.z_mm) ** 2
        if across > 0:
            place = {"x": (x - x0) / dx - columns.start, "y": (y - y0) / dy - rows.start}
            found.append({"id": one.id, **place, "radius": float(across**0.5) / dx})
    return found
