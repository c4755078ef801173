"""Radioligand therapy in exercises and on the author's page: the rulebook as a key, and the reasons that carry a verdict."""

from __future__ import annotations

import pytest

from netcourse.assessment.functions import check_decision, check_expression
from netcourse.assessment.truth import Truth
from netcourse.course.explain import explanation
from netcourse.decisions import creatinine_clearance, prrt, prrt_table
from netcourse.patients import generate

OBSTRUCTED = Truth(generate("ileum_obstructed"))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("prrt()", "defer"),
        ('prrt("ema")', "not eligible"),
        ('prrt("ema") == "not eligible" and prrt("fda") == "defer"', True),
        ("round(creatinine_clearance(), 1)", round(creatinine_clearance(generate("ileum_obstructed")) or 0, 1)),
        ('round(cockcroft_gault(70, 68, "male", 1.4), 1)', 47.2),
        ('haemoglobin_g_dl(4.9) < figure("prrt.course.hb_min")', True),
        ("times_liver(L1) > 5", True),
    ],
)
def test_the_rulebooks_can_be_a_key(key: str, value: object) -> None:
    assert check_expression(key, ["L1"]) == []
    found, _ = OBSTRUCTED.asked(key)
    assert getattr(found, "verdict", found) == value


def test_an_unknown_rulebook_is_refused_before_the_exercise_opens() -> None:
    assert '"ema", "fda", "netter1", "netter2"' in " ".join(check_decision('prrt("enets")', ["L1"]))


def test_the_authors_page_has_every_rulebook_or_the_one_asked_for() -> None:
    patient = generate("ileum_obstructed")
    every = explanation(patient)["radioligand_therapy"]
    assert {id: one["verdict"] for id, one in every.items()} == {id: one.verdict for id, one in prrt_table(patient).items()}
    assert list(explanation(patient, "ema")["radioligand_therapy"]) == ["ema"]


def test_the_page_folds_what_is_met_and_shows_what_is_not() -> None:
    html = prrt(generate("ileum_obstructed"))._repr_html_()
    open_, _, folded = html.partition("more are met")
    assert "Hydronephrosis" in open_
    assert "Bilirubin" in folded
    assert "Bilirubin" not in open_
