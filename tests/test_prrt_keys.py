"""Radioligand therapy in exercises and on the author's page: the rulebook as a key, and the reasons
that carry a verdict.
"""

from __future__ import annotations

import pytest

from netcourse.assessment.keys.registry import check_decision, check_expression
from netcourse.assessment.keys.truth import Truth
from netcourse.course.explain import explanation
from netcourse.decisions.board import management
from netcourse.decisions.core import creatinine_clearance
from netcourse.decisions.prrt import prrt, prrt_table
from netcourse.patients import generate
from netcourse.reading.lessons.board.patient_sheet import sheet_in_writing

OBSTRUCTED = Truth(generate("ileum_obstructed"))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("prrt()", "defer"),
        ('prrt("ema")', "not eligible"),
        ('prrt("ema") == "not eligible" and prrt("fda") == "eligible"', True),
        (
            "round(creatinine_clearance(), 1)",
            round(creatinine_clearance(generate("ileum_obstructed")) or 0, 1),
        ),
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
    assert {id: one["verdict"] for id, one in every.items()} == {
        id: one.verdict for id, one in prrt_table(patient).items()
    }
    assert list(explanation(patient, "ema")["radioligand_therapy"]) == ["ema"]


def test_the_page_folds_what_is_met_and_shows_what_is_not() -> None:
    html = prrt(generate("ileum_obstructed"))._repr_html_()
    open_, _, folded = html.partition("more are met")
    assert "Hydronephrosis" in open_
    assert "Bilirubin" in folded
    assert "Bilirubin" not in open_


def test_a_page_on_which_all_is_met_says_so_and_a_general_statement_has_no_tick() -> None:
    html = prrt(generate("ileum_disseminated"))._repr_html_()
    assert "All 32 criteria are met" in html
    assert "more are met" not in html
    told = management(generate("rectum_between_scales"))._repr_html_()
    general, found = (
        next(line for line in told.split("<li>") if rule in line) for rule in ("HB7 ", "E4 ")
    )
    assert "✓" not in general
    assert "✕" in found


def test_a_sheet_of_many_lesions_lists_five_and_every_one_below_the_liver() -> None:
    patient = generate("liver_metastases_g2")
    said = sheet_in_writing(patient)
    assert said.endswith(f"and {len(patient.lesions) - 5} more, all above the liver.")
    last = patient.lesions[-1].model_copy(update={"ssr_suv": 2.0, "size_mm": 30.0})
    said = sheet_in_writing(patient.model_copy(update={"lesions": (*patient.lesions[:-1], last)}))
    assert f"{last.id} {last.where}" in said
    assert said.count(" × liver") == 5
