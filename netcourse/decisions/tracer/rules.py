"""The rules of tracer choice as data, `rules.toml`, and which of them a question meets."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any

from pydantic import Field, ValidationError

from netcourse.decisions.core.facts import Fact
from netcourse.decisions.tracer.question import TracerQuestion
from netcourse.decisions.tracer.situations import CONDITIONS
from netcourse.evidence import figure, statement
from netcourse.patients.record import Model

_FILE = "rules.toml"
_FIGURE = re.compile(r"\{([\w.]+)\}")


class Step(Model):
    """A later test; with `when` only where that condition holds."""

    test: str
    when: str | None = None


class Addition(Model):
    """A test that joins the first ones where one of the conditions `when` holds."""

    test: str
    when: tuple[str, ...] = Field(min_length=1)
    id: str
    because: str


class TracerRule(Model):
    """A rule: a table of `rules.toml`, which says what the fields mean."""

    id: str
    name: str
    when: str
    first: tuple[str, ...] = Field(min_length=1)
    equal: tuple[str, ...] = ()
    second: tuple[Step, ...] = ()
    plus: tuple[Addition, ...] = ()
    optional: str | None = None
    because: str
    says: tuple[str, ...] = ()

    @property
    def in_words(self) -> str:
        """Its condition as a sentence."""
        return CONDITIONS[self.when].in_words

    @property
    def why(self) -> str:
        """What it says of the patient, with figures filled in."""
        return _FIGURE.sub(lambda found: f"{figure(found[1]).value:g}", self.because)

    def holds(self, question: TracerQuestion) -> Fact:
        """Whether its condition holds."""
        return CONDITIONS[self.when].holds(question)


@cache
def tracer_rules() -> tuple[TracerRule, ...]:
    """Return the rules in their order; ValueError that names file, rule and field where the file is
    wrong.

    >>> [rule.id for rule in tracer_rules()][:4], tracer_rules()[6].in_words
    (['TR27', 'TR26', 'TR1', 'TR2'], 'Rectal NET G1, small, without adverse features')
    """
    return read_rules(_text())[1]


@cache
def tracer_tests() -> tuple[str, ...]:
    """Return every test that a rule may ask for, in the order in which they are named together."""
    return read_rules(_text())[0]


def read_rules(text: str) -> tuple[tuple[str, ...], tuple[TracerRule, ...]]:
    """Return the tests and the rules of a text of the form of `rules.toml`; ValueError as in
    `tracer_rules`.
    """
    found = tomllib.loads(text)
    tests: tuple[str, ...] = tuple(found.get("tests", ()))
    rules: list[TracerRule] = []
    for n, row in enumerate(found.get("rule", ()), 1):
        name = f"{_FILE}, rule {n} '{row.get('name', '?')}'"
        try:
            rule = TracerRule.model_validate(row)
        except ValidationError as error:
            raise ValueError(
                "\n".join(
                    f"{name}, {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()
                )
            ) from None
        if problems := _problems(rule, tests):
            raise ValueError("\n".join(f"{name}: {problem}" for problem in problems))
        if rule.name in (earlier.name for earlier in rules):
            raise ValueError(f"{name}: the name stands twice")
        rules.append(rule)
    return tests, tuple(rules)


def tracer_path(
    question: TracerQuestion, rules: Sequence[TracerRule] | None = None
) -> tuple[tuple[TracerRule, Fact], ...]:
    """Return the rules that were asked, in order, and whether each holds; the last is the first
    that surely does.

    >>> path = tracer_path(TracerQuestion(site="ileum", ki67_percent=2))
    >>> len(path), path[-1][0].id, path[-1][1].holds
    (21, 'TR16', True)
    """
    asked = []
    for rule in tracer_rules() if rules is None else rules:
        asked.append((rule, rule.holds(question)))
        if asked[-1][1].holds:
            break
    return tuple(asked)


def _text() -> str:
    return (resources.files(__package__) / _FILE).read_text(encoding="utf-8")


def _problems(rule: TracerRule, tests: Sequence[str]) -> list[str]:
    """Say what a rule names that is not there."""
    steps = [
        *rule.first,
        *rule.equal,
        *(step.test for step in rule.second),
        *(addition.test for addition in rule.plus),
    ]
    conditions = [
        rule.when,
        *(step.when for step in rule.second if step.when),
        *(name for add in rule.plus for name in add.when),
    ]
    found = [f"'{test}' is not in the list of tests" for test in steps if test not in tests]
    found += [f"there is no condition '{name}'" for name in conditions if name not in CONDITIONS]
    said = (rule.id, *rule.says, *(add.id for add in rule.plus), rule.optional or rule.id)
    look_ups: list[tuple[Any, str]] = [(statement, id) for id in said]
    look_ups += [(figure, id) for id in _FIGURE.findall(rule.because)]
    for look_up, id in look_ups:
        try:
            look_up(id)
        except KeyError as error:
            found.append(error.args[0])
    return found
