"""The figure of a series of readers: findings, confusion grid, agreement, calibration, and the words below."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from netcourse.assessment.marking.agreement import PUBLISHED, confusion
from netcourse.decisions.core import DISCLAIMER
from netcourse.evidence import Figure, figure, statement
from netcourse.reading.lab import LabFigure
from netcourse.reading.lab.drawing import (
    CLASS_FILL,
    CLASS_INK,
    INK,
    LESION,
    SOFT,
    circle,
    line,
    rect,
    text,
)
from netcourse.reading.lab.prose import with_mark
from netcourse.simulation.readers.panel import LEVELS

if TYPE_CHECKING:
    from netcourse.assessment.sheet.reading_series import ReadingSeries

_YOU, _OTHERS, _BAND = "#b3261e", "#1f5f99", "#cfe0f1"


def progress(series: ReadingSeries) -> LabFigure:
    """Return the row of findings, scored ones filled, the one at hand framed."""
    drawn, count = [], len(series.keys)
    wide = min(70.0, 832 / (count / 2))
    for n, lesion in enumerate(series.patient.lesions):
        x, y = 14 + (n % ((count + 1) // 2)) * wide, 22 + (n // ((count + 1) // 2)) * 52
        here, done = n == series.at, n in series.said
        drawn.append(
            rect(
                x,
                y,
                wide - 6,
                40,
                fill=CLASS_FILL[2] if done else "#ffffff",
                stroke=LESION if here else "#8596a7",
            )
        )
        words = str(series.said[n][0]) if done else lesion.id
        drawn.append(
            text(
                x + wide / 2 - 3,
                y + 25,
                words,
                size=15 if done else 12,
                anchor="middle",
                fill=INK if done else SOFT,
            )
        )
    lesion = series.patient.lesions[series.at]
    words = (
        f"<p><strong>{lesion.id}: {escape(lesion.where)}, {lesion.size_mm:.0f} mm.</strong>"
        f" {escape(series.result)}; told from {figure('panel.series').value:g} on.</p>"
    )
    return LabFigure("".join(drawn), (860, 132), f"{series.result}; at hand {lesion.id}.", words)


def grid(series: ReadingSeries, left: float, top: float) -> str:
    """Return the confusion grid of what was said and what is true, as SVG at a corner."""
    grid = confusion(series.scores, series.truth, LEVELS).astype(int)
    cell, drawn = (
        44.0,
        [text(left + 150, top - 22, "You said", size=13, anchor="middle", weight=600)],
    )
    for i in LEVELS:
        drawn.append(
            text(left + 62 + i * cell, top - 4, str(i), size=13, anchor="middle", fill=SOFT)
        )
        drawn.append(text(left + 32, top + 28 + i * cell, str(i), size=13, anchor="end", fill=SOFT))
        for j in LEVELS:
            x, y, count = left + 40 + j * cell, top + i * cell, int(grid[i][j])
            shade = min(4, count)
            drawn.append(
                rect(
                    x,
                    y,
                    cell,
                    cell,
                    fill=CLASS_FILL[shade] if count else "#ffffff",
                    stroke=INK if i == j else "#c3ccd6",
                )
            )
            if count:
                drawn.append(
                    text(
                        x + cell / 2,
                        y + 28,
                        str(count),
                        size=17,
                        anchor="middle",
                        fill=CLASS_INK[shade],
                        weight=600,
                    )
                )
    drawn.append(
        text(
            left + 150,
            top + 244,
            "rows: the truth. Right of the diagonal: too high",
            size=12,
            anchor="middle",
            fill=SOFT,
        )
    )
    return "".join(drawn)


def agreement(series: ReadingSeries, left: float, top: float) -> str:
    """Return kappa of the reader and of others on two axes, as SVG at a corner."""
    wide, kept, published = 300.0, sorted(series.said), figure(PUBLISHED[0])
    panel = [[reader[n] for n in kept] for reader in series.panel]

    def x(value: float) -> float:
        return left + wide * min(1.0, max(0.0, value))

    def axis(row: int, name: str, others: Sequence[float]) -> list[str]:
        y = top + 44 + row * 92
        dots = [
            circle(x(value), y, 4.5, fill="#ffffff", stroke=_OTHERS, width=1.5)
            for value in others
            if np.isfinite(value)
        ]
        return [
            text(left, y - 26, name, size=13),
            line(left, y, left + wide, y, stroke=SOFT),
            *dots,
        ]

    drawn = [text(left, top - 22, "Agreement (kappa)", size=13, weight=600)]
    if published.low is not None and published.high is not None:
        drawn.append(
            rect(
                x(published.low),
                top + 116,
                x(published.high) - x(published.low),
                40,
                fill=_BAND,
            )
        )
    drawn.append(
        line(
            x(published.value),
            top + 116,
            x(published.value),
            top + 156,
            stroke=_OTHERS,
            width=2,
        )
    )
    words = f"published {published.value:g}: who suits PRRT"
    drawn.append(text(x(published.value), top + 172, words, size=12, anchor="middle", fill=_OTHERS))
    drawn += axis(
        0, "Score against the truth, quadratic", [series.kappa(reader).value for reader in panel]
    )
    own, pairs = series.kappa(), series.with_others
    if own.known:
        drawn += (
            [line(x(own.low), top + 44, x(own.high), top + 44, stroke=_YOU, width=4)]
            if np.isfinite(own.low)
            else []
        )
        drawn.append(circle(x(own.value), top + 44, 8, fill=_YOU, stroke="#ffffff", width=2))
    drawn += axis(1, "Above liver or not, you with each reader", pairs)
    if known := [value for value in pairs if np.isfinite(value)]:
        drawn.append(
            circle(x(sum(known) / len(known)), top + 136, 8, fill=_YOU, stroke="#ffffff", width=2)
        )
    for tick in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        drawn.append(text(x(tick), top + 204, f"{tick:g}", size=12, anchor="middle", fill=SOFT))
    drawn.append(
        text(
            left,
            top + 226,
            "red: you (line: 95 %). Circles: simulated readers",
            size=12,
            fill=SOFT,
        )
    )
    return "".join(drawn)


def calibration(series: ReadingSeries, left: float, top: float) -> str:
    """Return how often each word of confidence was right, as SVG at a corner."""
    drawn, high = [text(left, top - 22, "Calibration", size=13, weight=600)], 150.0
    for n, (word, promised, said, right) in enumerate(series.calibration):
        x, ground = left + 4 + n * 56, top + 174
        share = right / said if said else 0.0
        drawn.append(rect(x, ground - high * share, 40, high * share, fill=CLASS_FILL[3]))
        drawn.append(
            line(
                x - 4,
                ground - high * promised,
                x + 44,
                ground - high * promised,
                stroke=INK,
                width=2,
            )
        )
        drawn.append(text(x + 20, ground + 16, word, size=11, anchor="middle"))
        drawn.append(
            text(x + 20, ground + 32, f"{right}/{said}", size=12, anchor="middle", fill=SOFT)
        )
    drawn.append(line(left, top + 174, left + 170, top + 174, stroke=SOFT))
    drawn.append(text(left, top + 226, "line: what the word promises", size=12, fill=SOFT))
    return "".join(drawn)


def words(series: ReadingSeries) -> str:
    """Return the result in words, with published agreement and sources, as HTML."""
    off = [said - true for said, true in zip(series.scores, series.truth, strict=True)]
    high, low = sum(o > 0 for o in off), sum(o < 0 for o in off)
    lean = (
        "You call too high more often."
        if high > low
        else "You call too low more often."
        if low > high
        else "Your errors are even."
    )
    rows = "".join(f"<li>{escape(_published(figure(id)))}</li>" for id in PUBLISHED)
    wrong = ", ".join(
        f"{series.patient.lesions[n].id} ({series.said[n][0]}, true {series.keys[n].verdict}"
        f"{', borderline' if 'borderline' in series.keys[n].flags else ''})"
        for n in sorted(series.said)
        if series.said[n][0] != series.keys[n].score
    )
    return (
        f"<p><strong>{escape(series.result)}.</strong> {high} too high, {low} too low."
        f" {lean}</p><p>Above liver or not, against the truth: kappa"
        f" {escape(str(series.kappa(therapy=True)))}. Alpha of the panel with you:"
        f" {escape(str(series.alpha()))}.</p>"
        + (f"<p>To look at again: {escape(wrong)}.</p>" if wrong else "")
        + "<p>Published readers agreed so"
        f" far:</p><ul>{rows}</ul><p>{with_mark(statement('RD14'))}</p>"
        f"<p>{with_mark(statement('RD15'))}</p><p><small>{DISCLAIMER}.</small></p>"
    )


def _published(found: Figure) -> str:
    around = (
        f" ({found.low:g} to {found.high:g})"
        if found.low is not None and found.high is not None
        else ""
    )
    return f"{found.label}: {found.value:g}{around} {found.unit} [{found.mark}]"
