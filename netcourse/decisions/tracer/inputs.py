"""What could be otherwise in a question of tracer choice: its inputs, with their limits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from netcourse.decisions.core.sensitivity import Change, numbers, options
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
    "proven": "histology",
    "biochemical_evidence": "biochemical evidence",
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


def tracer_changes(question: TracerQuestion) -> Iterator[Change[TracerQuestion]]:
    """Yield every single change of what is known that leaves a question in itself sound.

    >>> [change.words for change in tracer_changes(TracerQuestion(site="ileum", ki67_percent=8))][:2]
    ['With a Ki-67 of 9.9 % instead of 8', 'With a Ki-67 of 10 % instead of 8']
    """
    for field, (ids, step) in _LIMITS.items():
        words = f"With {_NUMBER_WORDS[field].format('{then:g}')} instead of {{now:g}}"
        limits = [figure(id).value for id in ids]
        yield from numbers(question, field, limits, step, words, lowest=step, check=True)
    for field, phrase in _WORDS.items():
        now = getattr(question, field)
        if now is not None:
            words_of = {
                then: f"With {phrase.format(_plain(then))} instead of {_plain(now)}"
                for then in _choices(field)
            }
            yield from options(question, field, words_of, name=f"{field}: {{then}}", check=True)
    truths = {field: (f"With {what}", f"Without {what}") for field, what in _TRUTHS.items()}
    truths["biopsy_possible"] = ("If it can be biopsied", "If it cannot be biopsied")
    truths["presumed_benign"] = ("If it looks benign", "If it looks malignant")
    for field, (with_it, without) in truths.items():
        if getattr(question, field) is not None:
            yield from options(question, field, {True: with_it, False: without}, check=True)
    if question.department is not None:
        for field, what in _AT_HAND.items():
            truth = {True: f"With {what}", False: f"Without {what}"}
            yield from options(question, f"department.{field}", truth)


def _plain(word: object) -> str:
    return str(word).replace("_", "/")


def _choices(field: str) -> tuple[str, ...]:
    annotation = TracerQuestion.model_fields[field].annotation
    literals = [part for part in get_args(annotation) if part is not type(None)]
    return (
        tuple(literals)
        if all(isinstance(part, str) for part in literals)
        else tuple(get_args(literals[0]))
    )
