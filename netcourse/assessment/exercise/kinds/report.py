"""`report`: a structured read of a whole scan, marked lesion by lesion: found, missed, invented,
mis-scored.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from netcourse.assessment.exercise.item import RIGHT, YOURS, Judgement, Key
from netcourse.assessment.exercise.kinds.choice import ChoiceOption
from netcourse.assessment.exercise.kinds.options import OptionsItem
from netcourse.assessment.keys.expressions import ExpressionError
from netcourse.assessment.keys.truth import Truth
from netcourse.decisions.core import DISCLAIMER
from netcourse.decisions.somatostatin import CATEGORIES
from netcourse.decisions.somatostatin.sstr_rads_patient import rads_number
from netcourse.decisions.somatostatin.structured_report import (
    MOST_ROWS,
    OVERALL,
    Compared,
    StructuredReport,
    compare_report,
    overall_right,
    report_text,
    reportable,
    sites_by_organ,
    true_report,
)
from netcourse.evidence import figure

_SCORES = (0, 1, 2, 3, 4)


def _share(name: str) -> float:
    return figure(f"assessment.report.{name}").value


class ReportItem(OptionsItem):
    """A form for the whole scan: a line per lesion, the overall score, and one of the
    recommendations in `options`.

    The key is the patient: every lesion that is not benign, its scores by the rules, the overall
    score, and the one option that holds. What each part is worth is in the figures
    assessment.report.…; a share is never below 0.
    """

    how_to_answer: ClassVar[str] = (
        "a list of lines: 'overall|recommendation', then 'site|mm|SUVmax|Krenning|SSTR-RADS' per"
        " lesion"
    )
    shows_decision: ClassVar[bool] = True
    one_option: ClassVar[str] = "recommendation"
    measure: ClassVar[str] = "suv_max"
    unit: ClassVar[str] = "SUV"

    kind: Literal["report"]
    options: list[ChoiceOption] = Field(
        min_length=2,
        max_length=8,
        description="2 to 8 recommendations, each with id and text; exactly one holds (when)",
    )

    @property
    @override
    def all_options(self) -> Sequence[ChoiceOption]:
        return self.options

    @property
    @override
    def at_stake(self) -> str:
        return "the patient would be managed otherwise"

    @property
    @override
    def lesions(self) -> tuple[str, ...]:
        return tuple(self.shown or ())

    @override
    def expressions(self) -> Iterator[tuple[str, str]]:
        for option in self.options:
            if isinstance(option.holds, str):
                yield self.place(option), option.holds

    @override
    def problems(self, lesions: Sequence[str] | None) -> Iterator[tuple[str, str]]:
        yield from super().problems(lesions)
        if self.case is None:
            yield "case", "is missing; a report needs a patient"
        if not any(option.when for option in self.options):
            yield "options", 'none holds; give one of them when = "expression", or when = true'

    @override
    def key(self, truth: Truth) -> Key:
        held = [option.id for option in self.options if self._holds(option, truth)]
        if len(held) != 1:
            raise ExpressionError(
                f"{len(held)} recommendations hold in this case ({', '.join(held) or 'none'});"
                " exactly one must"
            )
        _, asked = truth.asked("overall_rads()")
        return Key(true_report(truth.patient, held[0]).lines, asked)

    def _holds(self, option: ChoiceOption, truth: Truth) -> bool:
        return (
            truth.asked(option.holds)[0] is True if isinstance(option.holds, str) else option.holds
        )

    @override
    def accept(self, value: object) -> tuple[str, ...]:
        report = StructuredReport.from_lines(value)
        if report.overall is None:
            raise ValueError("the overall score is missing")
        self.known(report.recommendation)
        return report.lines

    @override
    def judge(self, value: tuple[str, ...], key: Key, truth: Truth) -> Judgement:
        report, right = StructuredReport.from_lines(value), StructuredReport.from_lines(key.value)
        compared = compare_report(report, truth.patient)
        lesions = _lesion_share(compared, len(reportable(truth.patient)))
        overall, advice = (
            overall_right(report, truth.patient),
            report.recommendation == right.recommendation,
        )
        share = (
            _share("lesions") * lesions
            + _share("overall") * overall
            + _share("recommendation") * advice
        )
        share = 1.0 if share > 1 - 1e-9 else max(0.0, share)
        return Judgement(
            share,
            f"{_counted(compared)}.",
            changes_management=not advice or not _same_side(report, right),
        )

    @override
    def told(
        self, value: tuple[str, ...], key: Key, truth: Truth, correct: bool
    ) -> Iterator[tuple[str, str]]:
        report, right = StructuredReport.from_lines(value), StructuredReport.from_lines(key.value)
        yield (
            YOURS,
            (
                f"{_lesions(report)}, overall {report.overall}:"
                f" {self.text_of(report.recommendation or '', truth)}"
            ),
        )
        if not correct:
            yield (
                RIGHT,
                (
                    f"{_lesions(right)}, overall {right.overall}:"
                    f" {self.text_of(right.recommendation or '', truth)}"
                ),
            )

    @override
    def in_detail(
        self, value: tuple[str, ...], key: Key, truth: Truth
    ) -> Iterator[tuple[str, str]]:
        report = StructuredReport.from_lines(value)
        for one in compare_report(report, truth.patient):
            yield _HEADINGS[one.outcome], in_words(one, report, truth)
        if why := self.because([report.recommendation or ""], truth):
            yield "Recommendation", why

    @override
    def compared(self, value: Any, error: str) -> Hashable:
        return next(iter(self.picked(value)))

    @override
    def possible(self, truth: Truth) -> Mapping[Hashable, str]:
        return {option.id: truth.fill(option.text) for option in self.options}

    @override
    def words(self, value: tuple[str, ...], truth: Truth | None = None) -> str:
        report = StructuredReport.from_lines(value)
        rows = (
            "; ".join(f"{row.where} Krenning {row.krenning}, {row.rads}" for row in report.rows)
            or "no lesion"
        )
        return (
            f"{rows}; overall {report.overall}; {self.text_of(report.recommendation or '', truth)}"
        )

    @override
    def as_text(self, value: tuple[str, ...], truth: Truth) -> str:
        texts = {option.id: self.text_of(option.id, truth) for option in self.options}
        return report_text(StructuredReport.from_lines(value), truth.patient, texts)

    @override
    def picked(self, value: tuple[str, ...]) -> set[str]:
        return {StructuredReport.from_lines(value).recommendation or ""}

    @override
    def control(self, truth: Truth) -> Mapping[str, Any]:
        return {**super().control(truth), **form_control(), "foot": DISCLAIMER}


def form_control() -> dict[str, Any]:
    """Return what a report's form must know to be drawn: sites by organ, scores, categories."""
    sites = [
        {"organ": organ, "sites": [{"id": id, "text": text} for id, text in rows]}
        for organ, rows in sites_by_organ()
    ]
    return {
        "sites": sites,
        "levels": list(_SCORES),
        "categories": list(CATEGORIES),
        "overall": list(OVERALL),
        "most": MOST_ROWS,
    }


_HEADINGS = {
    "found": "Found",
    "missed": "Missed",
    "invented": "Not there",
    "over-called": "Over-called",
    "benign": "Rightly called benign",
}


def in_words(one: Compared, report: StructuredReport, truth: Truth) -> str:
    """Say how one line, or one lesion, of a report came out."""
    if one.lesion is None:
        row = report.rows[one.row or 0]
        return f"{row.where}: there is no lesion."
    lesion, patient = truth.lesions[one.lesion], truth.patient
    true = f"{lesion.where}, {lesion.size_mm:.0f} mm, SUVmax {patient.uptake(lesion).suv_max:.1f}"
    if one.outcome == "missed":
        return f"{true}: SSTR-RADS {one.rads_true}."
    if one.outcome in ("benign", "over-called"):
        return f"{lesion.where}: SSTR-RADS {one.rads_true}."
    wrong = [f"it lies in {lesion.where}"] if not one.site_right else []
    wrong += ["its size is off"] if one.size_right is False else []
    wrong += ["its SUVmax is off"] if one.suv_right is False else []
    if one.krenning_off is None:
        wrong.append("no Krenning score given")
    elif one.krenning_off:
        wrong.append(
            f"Krenning {abs(one.krenning_off)} too {'high' if one.krenning_off > 0 else 'low'}"
        )
    if not one.rads_right:
        wrong.append(f"SSTR-RADS is {one.rads_true}")
    return f"{true}{': ' + '; '.join(wrong) if wrong else ': as it is'}."


def _lesions(report: StructuredReport) -> str:
    return f"{len(report.rows)} lesion{'' if len(report.rows) == 1 else 's'}"


def _lesion_share(compared: Sequence[Compared], wanted: int) -> float:
    """The lesions' share, 0 to 1: credit for each to be reported, less what was invented or
    over-called.
    """
    credit = sum(_credit(one) for one in compared if one.outcome == "found")
    cost = _share("invented") * sum(one.outcome in ("invented", "over-called") for one in compared)
    if not wanted:
        return max(0.0, 1.0 - cost)
    return max(0.0, (credit - cost) / wanted)


def _credit(one: Compared) -> float:
    score = (
        0.0
        if one.krenning_off is None
        else {0: 1.0, 1: figure("assessment.score.one_off").value}.get(abs(one.krenning_off), 0.0)
    )
    return (
        _share("found")
        + _share("site") * one.site_right
        + _share("size") * (one.size_right is True)
        + _share("suv") * (one.suv_right is True)
        + _share("krenning") * score
        + _share("rads") * _alike(one)
    )


def _alike(one: Compared) -> float:
    """Credit for a category: full, or a part where only the letter differs."""
    if one.rads_said is None or one.rads_true is None:
        return 0.0
    same = rads_number(one.rads_said) == rads_number(one.rads_true)
    return 1.0 if one.rads_right else _share("same_number") * same


def _counted(compared: Sequence[Compared]) -> str:
    count = {outcome: sum(one.outcome == outcome for one in compared) for outcome in _HEADINGS}
    off = sum(one.outcome == "found" and not one.scored_right for one in compared)
    return (
        f"{count['found']} found, {count['missed']} missed,"
        f" {count['invented'] + count['over-called']} invented, {off} mis-scored"
    )


def _same_side(report: StructuredReport, right: StructuredReport) -> bool:
    """Whether both overall scores lie on one side of the border of radioligand therapy."""
    limit = figure("sstr_rads.prrt_from").value
    sides = [
        one.overall in CATEGORIES and rads_number(one.overall) >= limit
        for one in (report, right)
        if one.overall
    ]
    return len(set(sides)) == 1
