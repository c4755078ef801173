"""What goes to the browser, and when: script and style, what the viewer must know of a study, and
its voxels.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import resources
from typing import Any

from IPython.core.getipython import get_ipython

from netcourse.reading.viewer.codec import key, pack
from netcourse.reading.viewer.series import base, labels
from netcourse.reading.viewer.windowing import for_browser, signal_window
from netcourse.scanner.study import Study

# The viewer's JavaScript: plain files without imports, joined in this order behind the numbers they
# need.
_SCRIPTS = (
    "volumes",
    "colours",
    "planes",
    "series",
    "slices",
    "measure",
    "annotate",
    "rulers",
    "window",
    "panel",
    "controls",
    "input",
    "reader",
    "viewer",
)


def script() -> str:
    """Return the viewer's JavaScript as one module; it needs no other file."""
    folder = resources.files(__package__) / "js"
    parts = [(folder / f"{name}.js").read_text(encoding="utf-8") for name in _SCRIPTS]
    return "\n".join([f"const CONFIG = {json.dumps(for_browser())};", *parts])


def style() -> str:
    """Return the viewer's style sheet."""
    return (resources.files(__package__) / "viewer.css").read_text(encoding="utf-8")


def metas(study: Study) -> list[dict[str, Any]]:
    """Return what the browser is told of each volume, apart from its voxels."""
    called, counted = labels(study), base(study)
    return [
        {
            "key": key(volume),
            "series": name,
            "label": called[name],
            "base": name == counted,
            "modality": volume.modality,
            "shape": list(volume.array.shape),
            "spacing": list(volume.spacing_mm),
            "origin": list(volume.origin_mm),
            "unit": volume.unit,
            "window": signal_window(volume) if volume.modality == "MR" else None,
        }
        for name, volume in study.volumes.items()
    ]


def packed(study: Study) -> dict[str, Any]:
    """Return the voxels of a study for the widget's state."""
    found = {key(volume): pack(volume) for volume in study.volumes.values()}
    return {
        name: {"low": one.low, "high": one.high, "step": one.step} for name, one in found.items()
    }


def parcel(study: Study) -> tuple[dict[str, Any], list[bytes]]:
    """Return the voxels of a study as a message: the key and step of each volume, and its two
    planes of bytes.
    """
    found = packed(study)
    return {"pictures": [[name, one["step"]] for name, one in found.items()]}, [
        one[p] for one in found.values() for p in ("low", "high")
    ]


def after_the_cell(act: Callable[[], None]) -> None:
    """Act when the running cell has ended, its output being on its way; at once where no cell
    runs.
    """
    shell = get_ipython()
    if shell is None:
        act()
        return

    def once() -> None:
        shell.events.unregister("post_execute", once)
        act()

    shell.events.register("post_execute", once)
