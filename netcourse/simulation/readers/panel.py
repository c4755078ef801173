"""A simulated panel of readers to stand beside: each sees the same lesions through references and
slips of their own.

The error model (T): a reader's liver and spleen differ from the true SUV by a factor of their own,
which is drawn so that two readers differ on average by what was published (0.62 and 1.10 SUV);
SUVmax is read alike (its published ICC is 0.99); and now and then a reader slips one class up or
down. How often is the one free number, set so that the panel agrees on uptake above liver as seven
published readers did on suitability for radioligand therapy (kappa 0.64, 0.57 to 0.70). Nothing of
it was measured on people.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import pi, sqrt
from statistics import NormalDist

from netcourse.decisions.somatostatin import krenning
from netcourse.evidence import figure
from netcourse.patients import Draws, Uptake

LEVELS = (0, 1, 2, 3, 4)
THERAPY_FROM = 3  # the lowest class above liver in the PET definition

_NORMAL = NormalDist()
_PER_DIFFERENCE = sqrt(pi) / 2
"""The standard deviation of one reader for a mean absolute difference of 1 between two."""


def panel_scores(
    uptakes: Sequence[Uptake], readers: int | None = None, seed: int = 0, slip: float | None = None
) -> list[list[int]]:
    """Return the Krenning scores of a simulated panel, [reader][lesion]; the same seed gives the
    same panel.

    `slip` is how often a reader is one class off for no reason (default: figure panel.slip).

    >>> lesion = Uptake(suv_max=12, blood_pool=1.5, liver=5.0, spleen=17.0)
    >>> panel_scores([lesion] * 3, readers=2, slip=0)
    [[3, 3, 3], [3, 3, 3]]
    """
    count = int(figure("panel.readers").value) if readers is None else readers
    often = figure("panel.slip").value if slip is None else slip
    return [_reader(uptakes, reader, seed, often) for reader in range(count)]


def _reader(uptakes: Sequence[Uptake], reader: int, seed: int, slip: float) -> list[int]:
    draws = Draws("panel", seed, reader)
    liver, spleen = (_factor(draws, organ) for organ in ("liver", "spleen"))
    return [_score(one, n, draws, liver, spleen, slip) for n, one in enumerate(uptakes)]


def _factor(draws: Draws, organ: str) -> float:
    """The factor by which one reader's reference differs from the truth: normal around 1, from the
    published mean difference.
    """
    usual = figure(f"uptake.ga68_dotatate.{organ}").value
    sd = figure(f"krenning.reader.{organ}_difference").value * _PER_DIFFERENCE / usual
    return max(0.3, 1 + sd * _NORMAL.inv_cdf(draws.unit(organ)))


def _score(uptake: Uptake, n: int, draws: Draws, liver: float, spleen: float, slip: float) -> int:
    seen = {
        "liver": None if uptake.liver is None else uptake.liver * liver,
        "spleen": None if uptake.spleen is None else uptake.spleen * spleen,
    }
    score = krenning(uptake.model_copy(update=seen)).score
    if draws.unit(f"slip {n}") < slip:
        score += 1 if draws.unit(f"way {n}") < 0.5 else -1
    return min(LEVELS[-1], max(LEVELS[0], score))
