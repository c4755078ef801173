"""What could be otherwise in a question of tracer choice: one known thing changed at a time, the
nearest first, for flips.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import ValidationError

from netcourse.decisions.tracer.question import TracerQuestion
from netcourse.evidence import figure

_LIMITS: dict[str, tuple[tuple[str, ...], float]] = {
    "ki67_percent": (
        ("grade.g2.from", "grade.g2.to", "choice.fdg_ki67", "choice.nec_ssr_ki67"),
        0.1,
    ),
    "mitoses_per_2mm2": (("grade.g2.mitoses_from", "grade.g2.to", "grade.lung.atypical_from"), 1),
    "size_mm": (
        (
            "choice.gastric_size",
            "choice.rectal_size",
            "choice.appendix_small",
            "choice.appendix_large",
        ),
        1,
    ),
    "calcitonin_ng_l": (("choice.calcitonin_recurrence", "choice.calcitonin_staging"), 1),
    "calcitonin_doubling_months": (("choice.calcitonin_doubling",), 1),
    "marker_change_percent": (("choice.marker_rise",), 1),
}
_NUMBER_WORDS = {
    "ki67_percent": "a Ki-67 of {} %",
    "mitoses_per_2mm2": "{} mitoses per 2 mm²",
    "size_mm": "{} mm",
    "calcitonin_ng_l": "a calcitonin of {} ng/L",
    "calcitonin_doubling_months": "calcitonin doubling in {} months",
    "marker_change_percent": "a marker risen by {} %",
}
_WORDS = {
    "differentiation": "{} differentiation",
    "stage": "{} disease",
    "gastric_type": "gastric type {}",
    "genotype": "genotype {}",
    "margin": "margin {}",
}
_TRUTHS = {
    "necrosis": "necrosis",
    "lymphovascular_invasion": "lymphovascular invasion",
    "node_positive": "a positive node",
    "muscularis_invasion": "invasion of the muscularis propria",
    "multifocal": "several tumours",
    "cea_rising": "a rising CEA",
    "mesoappendix_over_3_mm": "deep invasion of the mesoappendix",
    "residual_risk": "significant risk of remaining disease",
    "fast_growth": "fast growth",
    "ssr_positive": "receptors",
    "lesion_without_receptors": "a lesion without receptors",
}
_AT_HAND = {
    "pet": "a PET scanner",
    "ga68": "68Ga",
    "f18_ssr": "an 18F receptor tracer",
    "cu64": "64Cu-DOTATATE",
    "hynic_toc": "99mTc-HYNIC-TOC",
    "exendin": "exendin PET",
}


@dataclass(frozen=True)
class TracerChange:
    """One thing changed: which input, from what to what (numbers only), in words, and the question
    after it.

    `input` is a field of the question, or `stage: metastatic` for a word. Changes of one `group`
    are alternatives.
    """

    group: str
    input: str
    now: float | None
    then: float | None
    words: str
    question: TracerQuestion


def tracer_changes(question: TracerQuestion) -> Iterator[TracerChange]:
    """Yield every single change of what is known that leaves a question in itself sound.

    >>> [change.words for change in tracer_changes(TracerQuestion(site="ileum", ki67_percent=8))][:2]
    ['With a Ki-67 of 9.9 % instead of 8', 'With a Ki-67 of 10 % instead of 8']
    """
    yield from _numbers(question)
    yield from _other_words(question)
    for field, what in _TRUTHS.items():
        there = getattr(question, field)
        if there is not None:
            yield from _changed(
                question, field, field, None, not there, f"{'Without' if there else 'With'} {what}"
            )
    if question.presumed_benign is not None:
        words = "If it looks malignant" if question.presumed_benign else "If it looks benign"
        yield from _changed(
            question,
            "presumed_benign",
            "presumed_benign",
            None,
            not question.presumed_benign,
            words,
        )
    if question.department is not None:
        for field, what in _AT_HAND.items():
            there = getattr(question.department, field)
            other = question.department.model_copy(update={field: not there})
            words = f"{'Without' if there else 'With'} {what}"
            yield from _changed(question, "department", f"department.{field}", None, other, words)


def _numbers(question: TracerQuestion) -> Iterator[TracerChange]:
    """Yield each number at its limits and one step to either side of them, nearest first."""
    for field, (ids, step) in _LIMITS.items():
        now = getattr(question, field)
        if now is not None:
            steps = {
                round(figure(id).value + move, 3) for id in ids for move in (0, -step, step)
            } - {now}
            for then in sorted(
                (value for value in steps if value > 0),
                key=lambda value: (round(abs(value - now), 6), value),
            ):
                words = f"With {_NUMBER_WORDS[field].format(f'{then:g}')} instead of {now:g}"
                yield from _changed(question, field, field, now, then, words)


def _other_words(question: TracerQuestion) -> Iterator[TracerChange]:
    """Yield each other word of what is known."""
    for field, phrase in _WORDS.items():
        now = getattr(question, field)
        if now is not None:
            for then in _options(field):
                if then != now:
                    words = (
                        f"With {phrase.format(then.replace('_', '/'))} instead of"
                        f" {str(now).replace('_', '/')}"
                    )
                    yield from _changed(question, field, f"{field}: {then}", None, then, words)


def _options(field: str) -> tuple[str, ...]:
    annotation = TracerQuestion.model_fields[field].annotation
    literals = [part for part in get_args(annotation) if part is not type(None)]
    return (
        tuple(literals)
        if all(isinstance(part, str) for part in literals)
        else tuple(get_args(literals[0]))
    )


def _changed(
    question: TracerQuestion, field: str, input: str, now: float | None, then: Any, words: str
) -> Iterator[TracerChange]:
    """Yield the change, unless it contradicts the rest."""
    try:
        other = TracerQuestion.model_validate({**question.model_dump(), field: then})
    except ValidationError:
        return
    number = then if isinstance(then, int | float) and not isinstance(then, bool) else None
    yield TracerChange(field if field != "department" else input, input, now, number, words, other)
