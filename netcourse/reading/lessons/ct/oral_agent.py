"""What is drunk: the same primary in the wall of the ileum, its lumen filled with one agent after
another.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netcourse.decisions.core import DISCLAIMER
from netcourse.evidence import figure, statement
from netcourse.patients import Patient
from netcourse.reading.lab.drawing import LESION, ON_PICTURE, circle, line, n, raster, text
from netcourse.reading.lab.parameters import Choice, LabFigure, Model
from netcourse.reading.viewer.windowing import grey, windows
from netcourse.scanner import (
    CtScan,
    SliceMix,
    attenuation,
    lesion_hu,
    noise_sd,
    positions,
    slice_over_time,
)
from netcourse.scanner.attenuation import LUMEN

_AGENTS = {
    "none": "nothing (collapsed)",
    "water": "water",
    "neutral": "a neutral agent",
    "positive": "positive contrast",
}
_PHASES = {"enteric": "enteric", "portal venous": "portal venous"}
_FIELD_MM, _SIDE = 150.0, 330.0
_WALL = "bowel_wall"


class OralAgent(Model):
    """One lesion of the bowel wall, one slice, four agents; contrast-to-noise is that of lesion
    against lumen.

    >>> from netcourse.patients import generate
    >>> lab = OralAgent(generate("ileum_primary"), "P1")
    >>> [lab.tried(agent=agent) for agent in ("neutral", "positive")]
    ['neutral: P1 154 HU, lumen 16 HU, contrast-to-noise 13.8', 'positive: P1 154 HU, lumen 190 HU, contrast-to-noise −3.6']
    """

    title = "Oral contrast"
    look = (
        "Fill the bowel with one agent after another, then look in the other phase. Where is the"
        " primary best seen?"
    )

    agent = Choice("By mouth", _AGENTS, "neutral")
    phase = Choice("Phase", _PHASES, "enteric")

    def __init__(self, patient: Patient, lesion: str, **values: Any) -> None:
        self.patient, self.lesion = patient, patient.lesion(lesion)
        super().__init__(**values)

    @cached_property
    def mix(self) -> SliceMix:
        """The slice through the lesion, as a mixture of tissues."""
        return slice_over_time(self.patient, self._centre[0])

    @property
    def scan(self) -> CtScan:
        """The scan at the present settings."""
        return CtScan.phase(self.phase, oral=self.agent)  # type: ignore[arg-type]  # the parameters allow nothing else

    @property
    def tissues_hu(self) -> dict[str, float]:
        """HU of every tissue now. Nothing drunk, the loop is collapsed: most of its lumen is folded
        wall, which enhances as the lesion does.
        """
        hu = dict(attenuation(self.patient, self.scan))
        if self.agent == "none":
            folded = figure("ct.oral.folded").value
            hu[LUMEN] = folded * hu[_WALL] + (1 - folded) * hu[LUMEN]
        return hu

    @property
    def contrast_to_noise(self) -> float:
        """Lesion less lumen, in units of the noise; negative where the lumen is brighter."""
        own = lesion_hu(self.patient, self.lesion, self.scan)
        assert own is not None
        return (own - self.tissues_hu[LUMEN]) / noise_sd(self.scan)

    @property
    def worst(self) -> str:
        """The agent with which the lesion differs least from the lumen in this phase."""
        away = {
            agent: abs(
                OralAgent(
                    self.patient, self.lesion.id, agent=agent, phase=self.phase
                ).contrast_to_noise
            )
            for agent in _AGENTS
        }
        return min(away, key=away.__getitem__)

    @property
    def result(self) -> str:
        own, lumen = (
            lesion_hu(self.patient, self.lesion, self.scan),
            self.tissues_hu[LUMEN],
        )
        ratio = f"{self.contrast_to_noise:.1f}".replace("-", "−")
        return (
            f"{self.agent}: {self.lesion.id} {own:.0f} HU, lumen {lumen:.0f} HU, contrast-to-noise"
            f" {ratio}"
        )

    def picture(self) -> NDArray[np.uint8]:
        """Return the surroundings of the lesion, as grey levels in the soft-tissue window."""
        hu = self.mix.at(self.tissues_hu) + self.mix.noise
        (y0, x0), (dy, dx) = self.mix.origin_mm, self.mix.spacing_mm
        j, i, half = (
            round((self._centre[1] - y0) / dy),
            round((self._centre[2] - x0) / dx),
            round(_FIELD_MM / 2 / dx),
        )
        return grey(
            hu[max(j - half, 0) : j + half, max(i - half, 0) : i + half], windows()["soft tissue"]
        )

    def before(self) -> LabFigure:
        drawn = "".join(self._slice())
        return LabFigure(drawn, (round(_SIDE), round(_SIDE) + 26), "Axial CT of the terminal ileum")

    def draw(self) -> LabFigure:
        drawn = [*self._slice(), *self._bars(_SIDE + 60)]
        also = statement("CO1")
        words = (
            f"<p><strong>{self.result}.</strong></p><p><small>{also.in_words} {also.mark};"
            f" {DISCLAIMER}.</small></p>"
        )
        return LabFigure("".join(drawn), (860, round(_SIDE) + 26), self.result, words)

    def _slice(self) -> list[str]:
        """The surroundings of the lesion with the lesion ringed."""
        middle, scale = _SIDE / 2, _SIDE / _FIELD_MM
        radius = self.lesion.size_mm / 2 * scale
        return [
            raster(0, 18, _SIDE, _SIDE, self.picture()),
            circle(middle, 18 + middle, radius + 7, fill="none", stroke="#8fd3ff", dash="4 3"),
            text(6, 18 + middle, "R", fill=ON_PICTURE),
            text(_SIDE - 6, 18 + middle, "L", fill=ON_PICTURE, anchor="end"),
            text(6, 12 + _SIDE, "SYNTHETIC, not for patient care", size=12, fill=ON_PICTURE),
            line(
                _SIDE - 8 - 20 * scale,
                10 + _SIDE,
                _SIDE - 8,
                10 + _SIDE,
                stroke=ON_PICTURE,
                width=2,
            ),
            text(
                _SIDE - 8 - 10 * scale, 4 + _SIDE, "2 cm", size=11, fill=ON_PICTURE, anchor="middle"
            ),
        ]

    def _bars(self, left: float) -> list[str]:
        """Contrast-to-noise of every agent in this phase, from a common zero."""
        zero, unit = left + 240, 13.0
        drawn = [
            text(
                left, 40, f"Lesion against lumen, {self.phase} phase: contrast-to-noise", weight=600
            ),
            line(zero, 56, zero, 60 + 46 * len(_AGENTS), stroke="#4a5a6a"),
        ]
        for row, (agent, words) in enumerate(_AGENTS.items()):
            other = OralAgent(self.patient, self.lesion.id, agent=agent, phase=self.phase)
            value, y = other.contrast_to_noise, 70 + 46 * row
            chosen = agent == self.agent
            drawn.append(
                text(left, y + 17, words.capitalize(), size=14, weight=600 if chosen else 400)
            )
            drawn.append(
                f'<rect x="{n(zero + min(value, 0) * unit)}" y="{n(y)}"'
                f' width="{n(abs(value) * unit)}" height="24"'
                f' fill="{LESION if value < 0 else "#3f76ad"}"'
                f' fill-opacity="{1 if chosen else 0.45}"/>'
            )
            place = zero + value * unit + (6 if value >= 0 else -6)
            drawn.append(
                text(
                    place,
                    y + 17,
                    f"{value:.1f}".replace("-", "−"),
                    size=14,
                    anchor="start" if value >= 0 else "end",
                )
            )
        return drawn

    @cached_property
    def _centre(self) -> tuple[float, float, float]:
        return positions(self.patient)[self.lesion.id]
