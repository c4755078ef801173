"""Figures, verdicts and weights against tables that were written by hand: what moves is caught."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path
from typing import Any

import pytest

import netcourse
from netcourse import evidence
from netcourse.decisions.core.sensitivity import changed
from netcourse.decisions.prrt import COURSE, criteria, prrt
from netcourse.evidence import figure, figures
from netcourse.patients import generate

HERE = Path(__file__).parent
PACKAGE = Path(netcourse.__file__).parent
GOLDEN: dict[str, tuple[float, str]] = {
    id: (float(value), unit)
    for id, (value, unit) in tomllib.loads(
        (HERE / "golden_figures.toml").read_text(encoding="utf-8")
    ).items()
}
DECIDING = ("prrt.course", "prrt.ema", "prrt.fda", "trial", "sstr_rads")


@pytest.mark.parametrize("id", GOLDEN)
def test_a_figure_has_the_value_and_unit_of_its_source(id: str) -> None:
    assert (figure(id).value, figure(id).unit) == GOLDEN[id]


@pytest.mark.parametrize("group", DECIDING)
def test_no_figure_of_a_deciding_group_is_left_out(group: str) -> None:
    assert {f"{group}.{name}" for name in figures(group)} <= set(GOLDEN)


def test_most_figures_that_the_rules_name_stand_in_the_table() -> None:
    known, named = set(evidence._figures()), set[str]()
    for path in (PACKAGE / "decisions").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                named |= {node.value} & known
    assert len(named - set(GOLDEN)) <= len(named) / 4, sorted(named - set(GOLDEN))


ROWS = tomllib.loads((HERE / "golden_reasons.toml").read_text(encoding="utf-8"))["row"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.get('by', COURSE)} {row['change']}")
def test_a_reason_has_its_status_weight_and_effect(row: dict[str, Any]) -> None:
    path, _, value = row["change"].partition(" = ")
    changed_to = tomllib.loads(f"value = {value}")["value"]
    patient = changed(generate("ileum_disseminated"), path, changed_to)
    decision = prrt(patient, row.get("by", COURSE))
    (found,) = (one for one in decision.reasons if one.rule == row["rule"])
    assert (str(found.status), str(found.weight), decision.verdict) == (
        row["status"],
        row["weight"],
        row["verdict"],
    )


def test_every_criterion_that_can_fail_stands_in_the_table_of_reasons() -> None:
    failing = {row["rule"] for row in ROWS if row["status"] == "not met"}
    by_scans_or_history = {"E4", "E5", "E18", "E25", "E28"}
    assert failing | by_scans_or_history == set(criteria())


UNKNOWN = {
    "E1": ("history.resectable", "absolute"),
    "E2": ("pathology.ki67_percent", "absolute"),
    "E7": ("condition.karnofsky_percent", "absolute"),
    "E8": ("labs.creatinine_mg_dl", "absolute"),
    "E9": ("labs.haemoglobin_g_dl", "defer"),
    "E10": ("labs.white_cells_1e9_l", "defer"),
    "E11": ("labs.platelets_1e9_l", "defer"),
    "E12": ("labs.bilirubin_times_uln", "absolute"),
    "E14": ("labs.alt_times_uln", "absolute"),
    "E21": ("condition.life_expectancy_months", "absolute"),
    "E23": ("condition.irradiated_marrow_percent", "relative"),
    "E24": ("condition.hydronephrosis", "defer"),
    "E27": ("condition.nyha", "absolute"),
    "E29": ("condition.diabetes", "relative"),
    "E30": ("condition.consent", "absolute"),
}
"""What a criterion weighs while its value is not known: the most that it may turn out to be."""


@pytest.mark.parametrize("rule", UNKNOWN)
def test_what_is_not_known_weighs_the_most_it_may_be(rule: str) -> None:
    path, weight = UNKNOWN[rule]
    decision = prrt(changed(generate("ileum_disseminated"), path, None))
    (found,) = (one for one in decision.reasons if one.rule == rule)
    assert (str(found.status), str(found.weight)) == ("unknown", weight)
    assert (decision.verdict, decision.carried_by) == ("cannot decide", (rule,))
    assert len(decision.missing) == 1
