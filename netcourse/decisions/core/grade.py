"""The one rule of the WHO grade: of digestive neoplasms the higher of Ki-67 and mitoses, of lung and
thymus mitoses and necrosis; paraganglioma and medullary thyroid carcinoma have no such grade.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from netcourse.decisions.core.decision import (
    CANNOT_DECIDE,
    Decision,
    Reason,
    Status,
    Weight,
    reason,
)
from netcourse.decisions.core.sensitivity import Change, nearest_flips, numbers
from netcourse.evidence import figure, statement
from netcourse.patients import Pathology


class Grade(StrEnum):
    """WHO 2019/2022: the grade of a digestive neoplasm, the class of one of lung or thymus, or that
    the tumour has no Ki-67 grade.
    """

    G1 = "NET G1"
    G2 = "NET G2"
    G3 = "NET G3"
    NEC = "NEC"
    TYPICAL = "typical carcinoid"
    ATYPICAL = "atypical carcinoid"
    LUNG_CARCINOMA = "LCNEC or SCLC"
    NONE = "no Ki-67 grade"


CARCINOMA = (Grade.NEC, Grade.LUNG_CARCINOMA)
NOT_GRADED = ("phaeochromocytoma", "paraganglioma", "medullary_thyroid_carcinoma")
_BY_LUNG_RULE = ("lung", "thymus")
_STEP = 0.1
_WORDS = {"ki67_percent": ("Ki-67", "%"), "mitoses_per_2mm2": ("mitoses", "per 2 mm²")}


def who_grade(pathology: Pathology) -> Decision:
    """Grade a neoplasm by WHO 2019/2022: "NET G1", "NET G2", "NET G3" or "NEC"; of lung and thymus
    "typical carcinoid", "atypical carcinoid" or "LCNEC or SCLC"; "no Ki-67 grade" for
    phaeochromocytoma, paraganglioma and medullary thyroid carcinoma.

    "cannot decide" with the count that is missing. Flags: `mitoses not known` or `Ki-67 not known`
    where the other count decided alone and might be outdone, `NET or NEC` where morphology can be
    unclear, `other by older tables`. Sources: statements GW1–GW5, GW7, D27.

    >>> who_grade(Pathology(site="ileum", ki67_percent=1.5, mitoses_per_2mm2=3))
    WHO grade: NET G2; GW1
    >>> who_grade(Pathology(site="lung", ki67_percent=25, mitoses_per_2mm2=1, necrosis=False)).verdict
    'typical carcinoid'
    """
    verdict, reasons, missing, flags = _graded(pathology)
    question = "WHO grade"
    if verdict is None:
        return Decision(question, CANNOT_DECIDE, tuple(reasons), tuple(missing), tuple(flags))
    return Decision(
        question,
        verdict,
        tuple(reasons),
        (),
        tuple(flags),
        search=lambda: nearest_flips(verdict, _changes(pathology), lambda other: _graded(other)[0]),
    )


Graded = tuple[str | None, list[Reason], list[str], list[str]]


def grade_of(pathology: Pathology) -> Grade | None:
    """Return the grade alone; None where a count is missing.

    >>> grade_of(Pathology(site="adrenal", tumour="phaeochromocytoma", ki67_percent=5)).value
    'no Ki-67 grade'
    """
    found = _graded(pathology)[0]
    return None if found is None else Grade(found)


def grade_needs(pathology: Pathology) -> tuple[str, ...]:
    """Return what is missing for a grade."""
    return tuple(_graded(pathology)[2])


def _graded(pathology: Pathology) -> Graded:
    if pathology.tumour in NOT_GRADED:
        return Grade.NONE.value, [reason("GW7", statement("GW7").in_words)], [], []
    return _lung(pathology) if pathology.site in _BY_LUNG_RULE else _digestive(pathology)


def _digestive(pathology: Pathology) -> Graded:
    ki67, mitoses = pathology.ki67_percent, pathology.mitoses_per_2mm2
    overlap = (figure("grade.overlap.from").value, figure("grade.overlap.to").value)
    if pathology.differentiation == "poor":
        reasons, flags = [reason("GW2", statement("GW2").in_words)], []
        if ki67 is not None and ki67 <= overlap[1]:
            flags.append("NET or NEC")
            text = (
                f"Ki-67 {ki67:g} % is low for a neuroendocrine carcinoma (NEC)."
                f" {statement('GW5').in_words}"
            )
            reasons.append(
                reason("GW5", text, Status.MET, Weight.INFORMATION, figure_id="grade.overlap.to")
            )
        return Grade.NEC.value, reasons, [], flags
    if ki67 is None and mitoses is None:
        unknown = reason("GW1", "Neither Ki-67 nor mitoses are known.", Status.UNKNOWN)
        return (
            None,
            [
                unknown,
                reason(
                    "GW4", _counting(), Status.UNKNOWN, Weight.INFORMATION, figure_id="grade.cells"
                ),
            ],
            ["Ki-67", "mitoses"],
            [],
        )
    high, low, m_low = (figure(f"grade.g2.{name}").value for name in ("to", "from", "mitoses_from"))
    steps = [
        (value > high, value >= from_)
        for value, from_ in ((ki67, low), (mitoses, m_low))
        if value is not None
    ]
    grade = Grade.G1
    if any(above for above, _ in steps):
        grade = Grade.G3
    elif any(within for _, within in steps):
        grade = Grade.G2
    said = (
        f"Ki-67 {_said(ki67)}, G2 from {low:g} to {high:g} %; mitoses {_said(mitoses)}, G2 from"
        f" {m_low:g} to {high:g} per 2 mm²."
    )
    reasons, flags = (
        [reason("GW1", f"{said} {statement('GW1').in_words}", figure_id="grade.g2.from")],
        [],
    )
    if grade is not Grade.G3 and mitoses is None:
        flags.append("mitoses not known")
    if grade is not Grade.G3 and ki67 is None:
        flags.append("Ki-67 not known")
    if flags:
        text = f"The other count might raise the grade. {_counting()}"
        reasons.append(
            reason("GW4", text, Status.UNKNOWN, Weight.INFORMATION, figure_id="grade.cells")
        )
    if ki67 is not None and figure("grade.g1_older").value < ki67 < low:
        flags.append("other by older tables")
        reasons.append(reason("D27", statement("D27").in_words, Status.MET, Weight.INFORMATION))
    if ki67 is not None and ki67 > overlap[0]:
        flags.append("NET or NEC")
        text = f"Ki-67 {ki67:g} %. {statement('GW5').in_words}"
        reasons.append(
            reason("GW5", text, Status.MET, Weight.INFORMATION, figure_id="grade.overlap.from")
        )
    return grade.value, reasons, [], flags


def _lung(pathology: Pathology) -> Graded:
    mitoses, necrosis = pathology.mitoses_per_2mm2, pathology.necrosis
    low, high = figure("grade.lung.atypical_from"), figure("grade.lung.atypical_to")
    ki67 = [
        reason(
            "GW3",
            f"Ki-67 {_said(pathology.ki67_percent)}: not part of the definition.",
            Status.MET,
            Weight.INFORMATION,
        )
    ]
    if pathology.differentiation == "poor" or (mitoses is not None and mitoses > high.value):
        by = (
            reason("GW2", statement("GW2").in_words)
            if pathology.differentiation == "poor"
            else None
        )
        found = by or reason(
            "GW3", f"Mitoses {_said(mitoses)} exceed {high.value:g} per 2 mm².", figure_id=high.id
        )
        return Grade.LUNG_CARCINOMA.value, [found, *ki67], [], []
    if necrosis or (mitoses is not None and mitoses >= low.value):
        text = (
            "Necrosis."
            if necrosis
            else (
                f"Mitoses {_said(mitoses)}; atypical from {low.value:g} to {high.value:g} per 2"
                " mm²."
            )
        )
        flags = ["mitoses not known"] if mitoses is None else []
        return Grade.ATYPICAL.value, [reason("GW3", text, figure_id=low.id), *ki67], [], flags
    missing = ["mitoses"] * (mitoses is None) + ["necrosis"] * (necrosis is None)
    if missing:
        text = f"{' and '.join(missing).capitalize()} not known. {statement('GW3').in_words}"
        return None, [reason("GW3", text, Status.UNKNOWN, figure_id=low.id), *ki67], missing, []
    return (
        Grade.TYPICAL.value,
        [
            reason(
                "GW3",
                f"Mitoses {_said(mitoses)}, below {low.value:g}, and no necrosis.",
                figure_id=low.id,
            ),
            *ki67,
        ],
        [],
        [],
    )


def _said(count: float | None) -> str:
    return "not known" if count is None else f"{count:g}"


def _counting() -> str:
    return f"{statement('GW4').in_words} At least {figure('grade.cells').value:g} cells."


def _changes(pathology: Pathology) -> Iterator[Change[Pathology]]:
    """Yield each count at the borders of the grades."""
    if pathology.tumour in NOT_GRADED:
        return
    lung = pathology.site in _BY_LUNG_RULE
    limits = {
        "ki67_percent": () if lung else ("grade.g2.from", "grade.g2.to"),
        "mitoses_per_2mm2": (
            ("grade.lung.atypical_from", "grade.lung.atypical_to")
            if lung
            else ("grade.g2.mitoses_from", "grade.g2.to")
        ),
    }
    for field, ids in limits.items():
        word, unit = _WORDS[field]
        words = f"With {word} {{then:g}} {unit} instead of {{now:g}}"
        yield from numbers(pathology, field, [figure(id).value for id in ids], _STEP, words)
