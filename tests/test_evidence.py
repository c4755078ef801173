"""The evidence store: every number has a unit, a source and a mark."""

import re
from pathlib import Path

import pytest

import netcourse
from netcourse import evidence
from netcourse.evidence import Mark, cite, figure, figures, source, statements

PACKAGE = Path(netcourse.__file__).parent


def test_every_figure_has_label_unit_mark_and_known_sources() -> None:
    for id, entry in figures_all().items():
        assert entry.label, id
        assert entry.unit, id
        assert entry.source, id
        assert isinstance(entry.mark, Mark), id
        assert cite(entry).count("[") == 1, id


def figures_all() -> dict[str, evidence.Figure]:
    return dict(evidence._figures())


def test_what_was_seen_in_an_excerpt_names_a_source_that_was_seen() -> None:
    """A V entry leans on at least one source with an excerpt; a K or T entry may lean on memory or
    the course.
    """
    for id, entry in [*figures_all().items(), *statements().items()]:
        if entry.mark is Mark.V:
            assert any(source(s).seen in ("excerpt", "stated") for s in entry.source), id
        if entry.mark is Mark.S:
            assert "review" in entry.source, id


def test_every_source_is_used_by_some_entry() -> None:
    used = {s for entry in [*figures_all().values(), *statements().values()] for s in entry.source}
    assert used | {evidence.LOCAL} == set(evidence._sources())


def test_intervals_enclose_their_value() -> None:
    for id, entry in figures_all().items():
        if entry.low is not None:
            assert entry.low <= entry.value, id
        if entry.high is not None:
            assert entry.value <= entry.high, id


def test_an_unknown_figure_is_refused_with_those_that_are_near() -> None:
    with pytest.raises(KeyError, match=r"krenning\.borderline"):
        figure("krenning.bordeline")


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        (
            {"value": 1, "unit": "SUV", "mark": "X", "source": ["course"], "label": "a"},
            "mark is 'X'",
        ),
        ({"value": 1, "unit": "SUV", "mark": "T", "source": ["nobody"], "label": "a"}, "nobody"),
        (
            {"value": 1, "unit": "SUV", "mark": "T", "source": ["course"], "label": "a", "valu": 2},
            "valu",
        ),
        ({"value": 1, "mark": "T", "source": ["course"], "label": "a"}, "unit"),
    ],
)
def test_a_faulty_entry_is_refused_naming_file_entry_and_field(
    row: dict[str, object], complaint: str
) -> None:
    with pytest.raises(ValueError, match=re.escape("here.toml, [x.y]")) as error:
        evidence._build(evidence.Figure, "x.y", row, "here.toml")
    assert complaint in str(error.value)


def test_thresholds_of_the_score_stand_in_evidence_and_not_in_the_rule() -> None:
    """No decimal number in the rule's code: each comes from a figure."""
    code = (PACKAGE / "decisions" / "somatostatin" / "krenning.py").read_text(encoding="utf-8")
    body = re.sub(r'""".*?"""', "", code, flags=re.S)
    numbers = set(re.findall(r"(?<![\w.])\d+\.\d+", re.sub(r"\{[^{}]*\}", "", body))) - {
        "0.1"
    }  # 0.1 is the step of a flip
    assert not numbers - {"1.0"}, numbers


def test_the_figures_of_one_prefix_come_together() -> None:
    assert set(figures("uptake.ga68_dotatate")) == set(figures("uptake.ga68_dotatoc"))
