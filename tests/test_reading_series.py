"""A series of readers: your agreement, the simulated panel and its calibration to what was
published.
"""

from __future__ import annotations

from statistics import fmean

import numpy as np
import pytest

from netcourse.assessment.marking.agreement import mean_kappa
from netcourse.assessment.sheet.reading_series import ReadingSeries
from netcourse.evidence import Mark, figure, statement
from netcourse.patients import generate
from netcourse.simulation.readers.panel import LEVELS, panel_scores

SERIES = [generate("reading_series", seed) for seed in range(1, 25)]
UPTAKES = [[patient.uptake(lesion) for lesion in patient.lesions] for patient in SERIES]


@pytest.mark.covers("RD15")
def test_the_simulated_panel_agrees_as_published_readers_do() -> None:
    panels = [panel_scores(uptakes, seed=seed) for seed, uptakes in enumerate(UPTAKES)]
    published, score = (
        figure("krenning.reader.prrt_kappa"),
        figure("benchmark.rads_dotatoc.overall").value,
    )
    therapy, ordinal = (fmean(mean_kappa(panel, cut) for panel in panels) for cut in (True, False))
    assert published.low is not None
    assert published.high is not None
    assert published.low <= therapy <= published.high
    assert figure("benchmark.dotatate.positive").value - 0.03 <= ordinal <= score
    assert statement("RD15").mark is Mark.T
    assert figure("panel.slip").mark is Mark.T


def test_two_simulated_readers_see_livers_as_far_apart_as_was_published() -> None:
    from netcourse.patients import Draws
    from netcourse.simulation.readers.panel import _factor

    liver = figure("uptake.ga68_dotatate.liver").value
    seen = [
        [liver * _factor(Draws("panel", seed, reader), "liver") for reader in (0, 1)]
        for seed in range(2000)
    ]
    apart = fmean(abs(one - other) for one, other in seen)
    assert apart == pytest.approx(figure("krenning.reader.liver_difference").value, rel=0.06)


def test_a_panel_without_slips_still_differs_and_more_slips_lower_agreement() -> None:
    none, some, many = (
        fmean(mean_kappa(panel_scores(u, seed=1, slip=slip)) for u in UPTAKES[:6])
        for slip in (0.0, 0.2, 0.5)
    )
    assert 1 > none > some > many
    assert (
        panel_scores(UPTAKES[0], seed=4)
        == panel_scores(UPTAKES[0], seed=4)
        != panel_scores(UPTAKES[0], seed=5)
    )
    assert all(score in LEVELS for row in panel_scores(UPTAKES[0], slip=1.0) for score in row)


@pytest.mark.covers("RD14")
def test_a_series_tells_nothing_before_there_is_enough_to_tell() -> None:
    series = ReadingSeries(SERIES[0])
    least = int(figure("panel.series").value)
    for n in range(least - 1):
        series.set(score=series.keys[n].verdict, sure="sure")
    assert series.result == f"{least - 1} of 24 scored"
    assert "kappa" not in series.draw().words
    series.set(score=series.keys[least - 1].verdict, sure="sure")
    assert "kappa 1.00" in series.result
    assert "No published agreement was found for the Krenning score as such" in series.draw().words
    assert "0.64 (0.57 to 0.7) kappa [V]" in series.draw().words


def test_the_next_open_finding_comes_by_itself_and_a_score_can_be_mended() -> None:
    series = ReadingSeries(SERIES[0])
    series.set(score="3")
    assert series.at == 0, "without how sure it is not yet given"
    series.set(sure="guess")
    assert (series.at, series.score, series.sure) == (1, None, None)
    series.set(finding=1)
    assert (series.score, series.sure) == ("3", "guess")
    series.set(score="2")
    assert series.said[0] == (2, "guess")
    assert series.at == 0, "mended, not moved on"


def test_over_and_undercalls_calibration_and_kappa_come_from_what_was_said() -> None:
    series = ReadingSeries(SERIES[0])
    truth = [key.score for key in series.keys]
    series.read([min(4, score + 1) for score in truth], "sure")
    assert " 0 too low" in series.result
    word, promised, said, right = series.calibration[2]
    assert (word, said, right) == ("sure", 24, sum(score == 4 for score in truth))
    assert promised > right / said
    low = series.kappa().value
    series.read(truth, "sure")
    assert series.kappa().value == pytest.approx(1.0)
    assert series.kappa(therapy=True).value == pytest.approx(1.0)
    assert low < 1
    assert series.alpha().value < 1, "the panel does not agree wholly"
    assert all(-1 <= value <= 1 for value in series.with_others if np.isfinite(value))


def test_series_and_scores_that_are_none_are_refused_in_words() -> None:
    with pytest.raises(ValueError, match="a series needs at least 20"):
        ReadingSeries(generate("ileum_disseminated"))
    series = ReadingSeries(SERIES[0])
    with pytest.raises(ValueError, match="23 scores for 24"):
        series.read([1] * 23)
    with pytest.raises(ValueError, match="from 0 to 4"):
        series.read([9] * 24)
