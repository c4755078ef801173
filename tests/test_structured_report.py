"""A structured report: found, missed, invented and mis-scored lesions; what it is worth; the text
that comes out.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netcourse.assessment.answers.store import MemoryAnswers
from netcourse.assessment.exercise.kinds.report import ReportItem
from netcourse.assessment.exercise.load import read_exercise
from netcourse.assessment.keys.truth import Truth
from netcourse.assessment.pack.model import bare, without_key
from netcourse.assessment.sheet.session import Session
from netcourse.assessment.sheet.state import sheet_state
from netcourse.decisions.somatostatin import CATEGORIES
from netcourse.decisions.somatostatin.structured_report import (
    OVERALL,
    ReportRow,
    StructuredReport,
    compare_report,
    report_text,
    true_report,
)
from netcourse.evidence import figures
from netcourse.patients import generate, places
from netcourse.reading.lessons.sstr_rads import ReportForm, ReportLab

BONE = generate("bone_mimics")  # one true metastasis, a fracture, a haemangioma
MIXED = generate("dedifferentiated_metastasis")  # two hot lesions and a 3D
OPTIONS = [
    {
        "id": "board",
        "text": "FDG PET, biopsy and tumour board",
        "when": 'flagged(overall_rads(), "3D lesion")',
    },
    {
        "id": "treat",
        "text": "Radioligand therapy",
        "when": 'not flagged(overall_rads(), "3D lesion")',
        "because": "A lesion is cold.",
    },
]


def item(points: float = 4) -> ReportItem:
    page = {
        "id": "one",
        "version": 1,
        "title": "One report",
        "cases": [{"id": "case", "archetype": "dedifferentiated_metastasis"}],
        "items": [
            {
                "id": "q1",
                "kind": "report",
                "case": "case",
                "prompt": "Report.",
                "points": points,
                "options": OPTIONS,
            }
        ],
    }
    found = read_exercise(page).items[0]
    assert isinstance(found, ReportItem)
    return found


def share(lines: tuple[str, ...], truth: Truth | None = None) -> float:
    asked, truth = item(), truth or Truth(MIXED)
    return asked.judge(asked.accept(list(lines)), asked.key(truth), truth).share


def test_a_careful_report_earns_everything_and_an_empty_one_nothing() -> None:
    right = item().key(Truth(MIXED)).value
    assert right == (
        "5|board",
        "pancreas_tail|35|21|4|5",
        "liver_s5|30|17|3|5",
        "liver_s7|28|1.3|1|3D",
    )
    assert share(right) == 1.0
    assert share(("no finding|treat",)) == 0.0


def test_each_kind_of_error_costs_its_part() -> None:
    right = list(item().key(Truth(MIXED)).value)
    worth = {name: found.value for name, found in figures("assessment.report").items()}
    each = worth["lesions"] / 3
    missed = right[:3]
    assert share(tuple(missed)) == pytest.approx(1 - each)
    invented = [*right, "lung_right_lower|12|6|3|4"]
    assert share(tuple(invented)) == pytest.approx(1 - worth["invented"] * each)
    wrong_score = [right[0], "pancreas_tail|35|21|3|5", *right[2:]]
    assert share(tuple(wrong_score)) == pytest.approx(1 - 0.5 * worth["krenning"] * each)
    wrong_site = [*right[:2], "liver_s6|30|17|3|5", right[3]]
    assert share(tuple(wrong_site)) == pytest.approx(1 - worth["site"] * each)
    wrong_letter = [*right[:3], "liver_s7|28|1.3|1|3A"]
    assert share(tuple(wrong_letter)) == pytest.approx(
        1 - (1 - worth["same_number"]) * worth["rads"] * each
    )
    assert share(("4|board", *right[1:])) == pytest.approx(1 - worth["overall"])
    assert share(("5|treat", *right[1:])) == pytest.approx(1 - worth["recommendation"])
    assert share((right[0], "pancreas_tail|35||4|5", *right[2:])) == pytest.approx(
        1 - worth["suv"] * each
    ), "an open field earns nothing"


def test_shares_of_a_report_add_up_to_the_whole() -> None:
    worth = {name: found.value for name, found in figures("assessment.report").items()}
    assert worth["lesions"] + worth["overall"] + worth["recommendation"] == pytest.approx(1)
    assert sum(
        worth[part] for part in ("found", "site", "size", "suv", "krenning", "rads")
    ) == pytest.approx(1)


def test_an_error_that_turns_therapy_is_marked() -> None:
    asked, truth = item(), Truth(MIXED)
    right = list(asked.key(truth).value)
    judged = asked.judge(asked.accept(["5|treat", *right[1:]]), asked.key(truth), truth)
    assert judged.changes_management
    assert "3 found, 0 missed, 0 invented, 0 mis-scored" in judged.note
    low = asked.judge(asked.accept(["3D|board", *right[1:]]), asked.key(truth), truth)
    assert low.changes_management, "3D on one side of the border of therapy, 5 on the other"
    assert not asked.judge(
        asked.accept(["4|board", *right[1:]]), asked.key(truth), truth
    ).changes_management


def test_something_benign_may_be_mentioned_as_such_and_costs_when_called_tumour() -> None:
    true = true_report(BONE)
    assert [row.site for row in true.rows] == ["iliac_right"]
    named = StructuredReport(rows=(*true.rows, ReportRow(site="rib_left", rads="1B")), overall="5")
    assert [one.outcome for one in compare_report(named, BONE)] == ["found", "benign"]
    called = StructuredReport(rows=(*true.rows, ReportRow(site="rib_left", rads="3B")), overall="5")
    assert [one.outcome for one in compare_report(called, BONE)] == ["found", "over-called"]


def test_a_line_goes_to_the_lesion_it_fits_best_and_to_one_only() -> None:
    liver = [row for row in true_report(MIXED).rows if row.site.startswith("liver")]
    swapped = StructuredReport(rows=tuple(reversed(liver)), overall="5")
    found = {one.lesion: one for one in compare_report(swapped, MIXED) if one.outcome == "found"}
    assert found["L1"].row == 1
    assert found["L2"].row == 0
    twice = StructuredReport(rows=(liver[0], liver[0], liver[0]))
    assert [one.outcome for one in compare_report(twice, MIXED)].count("invented") == 1, (
        "three lines, two lesions in the liver"
    )


rows = st.builds(
    ReportRow,
    site=st.sampled_from(list(places())),
    size_mm=st.none() | st.floats(1, 200),
    suv_max=st.none() | st.floats(0, 90),
    krenning=st.none() | st.integers(0, 4),
    rads=st.none() | st.sampled_from(CATEGORIES),
)
reports = st.builds(
    StructuredReport,
    rows=st.lists(rows, max_size=9).map(tuple),
    overall=st.sampled_from(OVERALL),
    recommendation=st.sampled_from(["board", "treat"]),
)
ITEM, TRUTH = item(), Truth(MIXED)


@settings(deadline=None)
@given(reports)
def test_no_report_earns_less_than_nothing_or_more_than_all_and_every_line_is_accounted_for(
    report: StructuredReport,
) -> None:
    value = ITEM.accept(list(report.lines))
    judged = ITEM.judge(value, ITEM.key(TRUTH), TRUTH)
    assert 0 <= judged.share <= 1
    compared = compare_report(StructuredReport.from_lines(value), MIXED)
    assert sorted(one.row for one in compared if one.row is not None) == list(
        range(len(report.rows))
    )
    assert {one.lesion for one in compared if one.outcome in ("found", "missed")} == {
        "P1",
        "L1",
        "L2",
    }
    assert list(ITEM.in_detail(value, ITEM.key(TRUTH), TRUTH))


@settings(deadline=None)
@given(reports)
def test_a_report_reads_back_as_it_was_written(report: StructuredReport) -> None:
    again = StructuredReport.from_lines(list(report.lines))
    assert again.lines == report.lines
    assert all(len(line) <= 200 for line in report.lines), "an answers file holds no longer word"


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        (3, "a list of lines"),
        ([], "a list of lines"),
        (["5"], "overall"),
        (["9|board"], "overall is '9'"),
        (["5|dance"], "'dance' is no recommendation here"),
        (["|board"], "overall score is missing"),
        (["5|board", "moon|3|4|2|5"], "lesion 1: site: Value error, 'moon' is no site"),
        (["5|board", "liver_s5|3|4|7|5"], "lesion 1: krenning"),
        (["5|board", "liver_s5|3|4"], "lesion 1: 'liver_s5"),
        (["5|board", *["liver_s5||||"] * 13], "at most 12 lesions"),
        (["5|board", "liver_s5|nan|4|3|5"], "lesion 1"),
    ],
)
def test_what_is_no_report_is_refused_in_words(lines: object, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        ITEM.accept(lines)


def test_the_text_says_what_was_filled_in_and_no_more() -> None:
    report = StructuredReport(
        rows=(ReportRow(site="iliac_right", size_mm=17, suv_max=14, krenning=3, rads="5"),),
        overall="5",
    )
    text = report_text(report, BONE, {})
    assert (
        "1. Right iliac bone, 17 mm, SUVmax 14.0 (lesion / liver 2.8), Krenning 3, SSTR-RADS 5 (NET"
        " almost certain)." in text
    )
    assert "SYNTHETIC PATIENT, for education, not for patient care" in text
    assert "rib" not in text.split("FINDINGS")[1]
    assert "Recommendation: left open." in text


def test_a_report_is_answered_marked_and_explained_in_a_sitting() -> None:
    page = {
        "id": "one",
        "version": 1,
        "title": "One report",
        "cases": [{"id": "case", "archetype": "dedifferentiated_metastasis"}],
        "items": [
            {
                "id": "q1",
                "kind": "report",
                "case": "case",
                "prompt": "Report.",
                "points": 4,
                "options": OPTIONS,
            }
        ],
    }
    session = Session(read_exercise(page), MemoryAnswers(course_seed=5))
    truth = session.truth(session.exercise.item("q1"))
    lines = list(session.exercise.item("q1").key(truth).value)
    told = session.answer("q1", ["5|treat", *lines[1:3]], confidence="sure")
    assert told.verdict == "partly"
    assert "Missed" in str(told)
    assert "Changes management" in str(told)
    assert "A lesion is cold." in str(told)
    (shown,) = sheet_state(session)["items"]
    assert shown["text"].startswith("SSR PET/CT")
    assert "Radioligand therapy" in shown["text"]
    assert "Missed" not in shown["text"], "it is the learner's own report"


def test_a_report_can_be_asked_in_a_graded_set_without_its_key() -> None:
    told = bare(ITEM, TRUTH, ())
    assert "when" not in str(told)
    assert not {"board|", "5|"} & set(str(told).split("'"))
    asked = without_key(told)
    right = ITEM.key(TRUTH).value
    assert asked.accept(list(right)) == right
    assert asked.control(TRUTH)["options"]
    with pytest.raises(ValueError, match="no recommendation here"):
        asked.accept(["5|dance"])


def test_a_run_sheet_takes_the_right_recommendation_for_right() -> None:
    assert ITEM.picked(ITEM.key(TRUTH).value) == {"board"}


def test_a_class_is_compared_by_what_its_reports_recommend() -> None:
    truth = Truth(MIXED)
    for said in ("board", "treat"):
        assert ITEM.compared((f"5|{said}", *ITEM.key(truth).value[1:]), "right") == said


def test_a_page_whose_recommendations_do_not_part_is_refused() -> None:
    both = [
        {"id": "a", "text": "A", "when": "size_mm(L1) > 0"},
        {"id": "b", "text": "B", "when": "size_mm(L2) > 0"},
    ]
    page = {
        "id": "one",
        "version": 1,
        "title": "One",
        "cases": [{"id": "case", "archetype": "dedifferentiated_metastasis"}],
        "items": [
            {"id": "q1", "kind": "report", "case": "case", "prompt": "Report.", "options": both}
        ],
    }
    with pytest.raises(ValueError, match="2 recommendations hold"):
        read_exercise(page)


def test_the_lab_tells_the_outcome_and_keeps_it_folded_until_asked() -> None:
    lab = ReportLab(ReportForm(BONE, {"treat": "Go on.", "biopsy": "Biopsy the rib."}, "treat"))
    lab.model.set(report=["5|treat", "iliac_right|17|14|3|5", "rib_left|15|3.6|2|3B"])
    assert "over-called" not in lab._figure
    assert "Right iliac bone" in lab._text
    lab.model.set(compare=True)
    assert "over-called" in lab._figure
    assert (
        repr(lab)
        == "Lab Structured report: 2 lesions, 1 found, 0 missed, 1 invented, 0 mis-scored; overall"
        " right"
    )
    with pytest.raises(ValueError, match="must be one of treat"):
        ReportForm(BONE, {"treat": "Go on."}, "dance")
    lab._hear_voi({"do": "take"}, None)  # no viewer: nothing to take, nothing breaks
