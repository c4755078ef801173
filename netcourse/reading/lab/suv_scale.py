"""The SUV line with the Krenning classes on it: drawn by asking the rule, so it cannot differ from
it.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise

from netcourse.decisions.somatostatin import Variant, krenning
from netcourse.patients import Uptake
from netcourse.reading.lab.drawing import (
    CLASS_FILL,
    CLASS_INK,
    LESION,
    LogAxis,
    circle,
    line,
    pet_grey,
    rect,
    text,
)

LOWEST, HIGHEST = 0.3, 60.0
TICKS = (0.5, 1, 2, 5, 10, 20, 50)
_SAMPLES, _HALVINGS = 60, 9


@cache
def bands(uptake: Uptake, variant: Variant) -> tuple[tuple[float, float, int], ...]:
    """Return (from, to, class) along the SUV line for these references; the lesion's own SUVmax
    plays no part.
    """

    def score(suv: float) -> int:
        return krenning(uptake.model_copy(update={"suv_max": suv}), variant).score

    samples = LogAxis(LOWEST, HIGHEST, 0, 1).samples(_SAMPLES)
    scores = [score(suv) for suv in samples]
    edges = [(LOWEST, scores[0])]
    for (low, high), (before, after) in zip(pairwise(samples), pairwise(scores), strict=True):
        while before != after:  # more than one class may begin between two samples
            left, right, nearest = low, high, after
            for _ in range(_HALVINGS):
                middle = (left * right) ** 0.5
                at = score(middle)
                left, right, nearest = (
                    (middle, right, nearest) if at == before else (left, middle, at)
                )
            edges.append((right, nearest))
            low, before = right, nearest
    ends = [start for start, _ in edges[1:]] + [HIGHEST]
    return tuple((start, end, found) for (start, found), end in zip(edges, ends, strict=True))


def strip(uptake: Uptake, variant: Variant, axis: LogAxis, top: float, high: float) -> str:
    """Draw the classes as a strip, each with its number."""
    drawn = []
    for start, end, found in bands(uptake.model_copy(update={"suv_max": 1.0}), variant):
        left, right = axis(start), axis(end)
        drawn.append(rect(left, top, right - left, high, fill=CLASS_FILL[found], stroke="#8596a7"))
        if right - left > 16:
            drawn.append(
                text(
                    (left + right) / 2,
                    top + high / 2 + 7,
                    str(found),
                    size=20,
                    fill=CLASS_INK[found],
                    anchor="middle",
                    weight=700,
                )
            )
    return "".join(drawn)


def references(uptake: Uptake) -> dict[str, float]:
    """Return the reference organs that were measured, coldest first."""
    named = {
        "blood pool": uptake.blood_pool,
        "liver": uptake.liver,
        "kidney cortex": None,
        "spleen": uptake.spleen,
    }
    if uptake.spleen is None:
        named["kidney cortex"] = uptake.kidney_cortex
    return dict(
        sorted(
            ((name, suv) for name, suv in named.items() if suv is not None),
            key=lambda found: found[1],
        )
    )


def organ(axis: LogAxis, name: str, suv: float, y: float, top: float, suv_top: float) -> str:
    """Draw a reference as the grey disc that the PET shows, with a line down to the strip."""
    x = axis(suv)
    disc = circle(x, y, 15, fill=pet_grey(suv, suv_top), stroke="#4a5a6a")
    return (
        disc
        + line(x, y + 15, x, top, stroke="#4a5a6a")
        + text(x, y - 22, f"{name} {suv:.1f}", anchor="middle")
    )


def lesion_above(axis: LogAxis, suv: float, top: float, bottom: float, suv_top: float) -> str:
    """Draw the lesion as a red line through the strip with its grey disc below."""
    x = axis(suv)
    cross = line(x, top - 6, x, bottom + 26, stroke=LESION, width=3)
    disc = circle(x, bottom + 40, 15, fill=pet_grey(suv, suv_top), stroke=LESION, width=3)
    end = "end" if x > (axis.left + axis.right) * 0.8 else "start"
    beside = x + (-22 if end == "end" else 22)
    return (
        cross
        + disc
        + text(
            beside,
            bottom + 45,
            f"lesion SUVmax {suv:.1f}",
            size=14,
            fill=LESION,
            anchor=end,
            weight=600,
        )
    )
