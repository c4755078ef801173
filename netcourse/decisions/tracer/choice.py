"""Which tracer for which patient: the first rule that holds decides (`rules.toml`), and this
says why and what comes next.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from netcourse.decisions.core.decision import (
    CANNOT_DECIDE,
    Decision,
    Reason,
    Status,
    Weight,
    reason,
)
from netcourse.decisions.core.sensitivity import nearest_flips
from netcourse.decisions.tracer.facts import GRADE, KI67, exception
from netcourse.decisions.tracer.inputs import tracer_changes
from netcourse.decisions.tracer.question import PURPOSE_WORDS, TracerQuestion
from netcourse.decisions.tracer.rules import Addition, TracerRule, tracer_path, tracer_tests
from netcourse.decisions.tracer.situations import CONDITIONS
from netcourse.decisions.tracer.supply import REFER, ssr_by_spect, which_ssr_tracer
from netcourse.evidence import figure, statement

FDG_TOO, FDG_OPTIONAL = "FDG too", "FDG optional"
_PET, _SPECT, _FDG, _EXENDIN = "SSR PET/CT", "SSR SPECT/CT", "FDG PET/CT", "exendin PET/CT"


@dataclass(frozen=True)
class Plan:
    """What one rule asks for: the tests done now, those that follow in order, what was added.

    `undecided` is what would have to be known to say whether the rule holds, `wanted` what might
    add a test or end an exception.
    """

    rule: TracerRule
    first: tuple[str, ...]
    second: tuple[str, ...]
    added: tuple[Addition, ...]
    undecided: tuple[str, ...]
    wanted: tuple[str, ...]

    @property
    def verdict(self) -> str:
        """The tests done now, in the order of the list of tests."""
        return " + ".join(self.first)


def tracer(question: TracerQuestion) -> Decision:
    """Say what to do first: "SSR PET/CT", "FDG PET/CT", "SSR PET/CT + FDG PET/CT", "none", …
    (`tracer_tests`).

    The first rule that holds decides. Where it is not known whether an earlier rule holds, what all
    of them ask for is done first, and what is `missing` decides whether more joins; where they share
    no plan, "cannot decide" with what is missing.
    What would only add a later test is `missing` beside a verdict. Flags: `FDG too`, `FDG
    optional`. Sources: statements TR1–TR25, S29–S37, S54–S61, D10.

    >>> tracer(TracerQuestion(site="ileum", ki67_percent=5))
    What to do first (baseline): SSR PET/CT (FDG optional); TR16, D10, S55, S29, S23
    >>> tracer(TracerQuestion(site="pancreas", ki67_percent=12)).verdict
    'SSR PET/CT + FDG PET/CT'
    >>> tracer(TracerQuestion(site="ileum")).verdict, tracer(TracerQuestion(site="ileum")).missing
    ('SSR PET/CT', ('Ki-67 or mitotic count',))
    """
    asked = f"What to do first ({PURPOSE_WORDS[question.purpose]})"
    plans, sure = _plans(question)
    plan = _shared(plans)
    if plan is None:
        reasons = [
            reason(plan.rule.id, f"{plan.rule.in_words}? Then {plan.verdict}.", Status.UNKNOWN)
            for plan in plans
        ]
        return Decision(
            asked,
            CANNOT_DECIDE,
            tuple(reasons),
            _named(need for plan in plans for need in plan.undecided),
        )
    sure = sure and plan is plans[0]
    needs = _named(need for other in plans for need in (*other.undecided, *other.wanted))
    return Decision(
        asked,
        plan.verdict,
        (*_reasons(question, plan, sure), *_more(plan, plans)),
        needs,
        tuple(_flags(plan)),
        search=lambda: nearest_flips(plan.verdict, tracer_changes(question), _verdict),
    )


def second_tests(question: TracerQuestion) -> tuple[str, ...]:
    """Return the tests that follow the first, in order; none where the first is not decided.

    >>> second_tests(TracerQuestion(site="adrenal", tumour="phaeochromocytoma", genotype="sporadic", multifocal=False, stage="localised"))
    ('SSR PET/CT', 'FDG PET/CT')
    """
    plan = _shared(_plans(question)[0])
    return plan.second if plan else ()


def place_in_plan(question: TracerQuestion, test: str) -> int | None:
    """Return the place of a test in the plan, 1 for what is done first; None where it has none.
    ValueError for an unknown test.

    >>> insulinoma = TracerQuestion(site="pancreas", tumour="insulinoma", presumed_benign=True)
    >>> [place_in_plan(insulinoma, test) for test in ("exendin PET/CT", "MRI and EUS", "SSR PET/CT", "FDG PET/CT")]
    [1, 2, 3, None]
    """
    if test not in tracer_tests():
        raise ValueError(f"no test '{test}'; tests are {', '.join(tracer_tests())}")
    plan = _shared(_plans(question)[0])
    if plan is None:
        return None
    later = {name: n for n, name in enumerate(plan.second, 2)}
    return 1 if test in plan.first else later.get(test)


def _plans(
    question: TracerQuestion, rules: Sequence[TracerRule] | None = None
) -> tuple[list[Plan], bool]:
    """Return what every rule that may decide asks for, in order, and whether the first of them
    surely decides.
    """
    path = tracer_path(question, rules)
    may = [(rule, fact) for rule, fact in path if fact.holds is not False]
    if not may:
        raise ValueError(f"no rule of tracer choice speaks of this question: {question!r}")
    return [_plan(question, rule, fact.needs) for rule, fact in may], may[0][1].holds is True


def _named(needs: Iterable[str]) -> tuple[str, ...]:
    """Name each thing once, and Ki-67 not beside what includes it."""
    once = tuple(dict.fromkeys(needs))
    return tuple(need for need in once if need != KI67 or GRADE not in once)


def _plan(question: TracerQuestion, rule: TracerRule, undecided: tuple[str, ...]) -> Plan:
    """Work out what a rule asks for here."""
    wanted: list[str] = []
    added = []
    for addition in rule.plus:
        facts = [CONDITIONS[name].holds(question) for name in addition.when]
        if any(fact.holds for fact in facts):
            added.append(addition)
        else:
            wanted += [need for fact in facts for need in fact.needs]
    second = []
    for step in rule.second:
        fact = CONDITIONS[step.when].holds(question) if step.when else None
        if fact is None or fact.holds:
            second.append(step.test)
        else:
            wanted += fact.needs
    spared = exception(question)
    if spared and spared[0] == rule.id:
        wanted += [need for trigger in spared[1] for need in trigger.fact.needs]
    names = {*rule.first, *(addition.test for addition in added)}
    if _EXENDIN in names and question.department is None:
        wanted.append("whether exendin PET is to be had")
    first = sorted({_here(question, test) for test in names}, key=tracer_tests().index)
    later = dict.fromkeys(_here(question, test) for test in second)
    return Plan(
        rule,
        tuple(first),
        tuple(test for test in later if test not in first),
        tuple(added),
        undecided,
        tuple(wanted),
    )


def _here(question: TracerQuestion, test: str) -> str:
    """What stands in for a test in this department."""
    return _SPECT if test == _PET and ssr_by_spect(question.department) else test


def _flags(plan: Plan) -> Iterator[str]:
    if any(addition.test == _FDG for addition in plan.added):
        yield FDG_TOO
    elif _FDG in plan.second and plan.rule.optional:
        yield FDG_OPTIONAL


def _reasons(question: TracerQuestion, plan: Plan, sure: bool) -> Iterator[Reason]:
    """Yield the rule itself, then what it adds, what follows, what is no exception, what is at
    hand, and what goes with it.
    """
    rule = plan.rule
    status = Status.MET if sure else Status.UNKNOWN
    yield reason(rule.id, f"{question.name}: {rule.why}.", status)
    yield from _additions(question, plan)
    if rule.equal:
        yield reason(
            rule.id, f"Or instead: {', '.join(rule.equal)}.", Status.MET, Weight.INFORMATION
        )
    if plan.second:
        yield reason(
            rule.id,
            f"Then, in this order: {', '.join(plan.second)}.",
            Status.MET,
            Weight.INFORMATION,
        )
    yield from _exception(question, rule)
    yield from _department(question, plan)
    for id in rule.says:
        yield reason(id, statement(id).in_words, Status.MET, Weight.INFORMATION)


def _additions(question: TracerQuestion, plan: Plan) -> Iterator[Reason]:
    """Yield why FDG or another test joins, or that it may."""
    for addition in plan.added:
        why = [
            _said(question, name)
            for name in addition.when
            if CONDITIONS[name].holds(question).holds
        ]
        yield reason(
            addition.id, f"{'; '.join(why)}: {addition.because}.", Status.MET, Weight.RELATIVE
        )
    if plan.rule.optional and FDG_OPTIONAL in _flags(plan):
        limit = figure("choice.fdg_ki67").value
        low = (
            plan.rule.optional == "D10"
            and question.ki67_percent is not None
            and question.ki67_percent < limit
        )
        said = (
            f"Ki-67 {question.ki67_percent:g} % is below {limit:g} % and nothing else asks for it"
            if low
            else "Nothing asks for it"
        )
        yield reason(
            plan.rule.optional, f"{said}: FDG is optional.", Status.NOT_MET, Weight.INFORMATION
        )
        yield reason("S55", statement("S55").in_words, Status.MET, Weight.INFORMATION)


def _said(question: TracerQuestion, name: str) -> str:
    """A condition in words, with this patient's number where it has one."""
    if name == "high_ki67":
        return (
            f"Ki-67 {question.ki67_percent:g} % is at least {figure('choice.fdg_ki67').value:g} %"
        )
    if name == "calcitonin_doubles_fast":
        limit = figure("choice.calcitonin_doubling")
        return (
            f"Calcitonin doubles in {question.calcitonin_doubling_months:g} months, less than"
            f" {limit.value:g}"
        )
    return CONDITIONS[name].in_words


def _exception(question: TracerQuestion, rule: TracerRule) -> Iterator[Reason]:
    """Yield what takes this tumour out of the exception of its site, or what would."""
    spared = exception(question)
    if spared is None:
        return
    id, triggers = spared
    if ending := [trigger.in_words for trigger in triggers if trigger.fact.holds]:
        yield reason(id, f"No exception: {', '.join(ending)}.", Status.NOT_MET, Weight.RELATIVE)
    elif id == rule.id and (
        open_ := [trigger.in_words for trigger in triggers if trigger.fact.holds is None]
    ):
        yield reason(
            id,
            f"Not known yet, and each would ask for a receptor scan: {', '.join(open_)}.",
            Status.UNKNOWN,
            Weight.RELATIVE,
        )


def _department(question: TracerQuestion, plan: Plan) -> Iterator[Reason]:
    """Yield which receptor tracer is used here, where one is wanted and the department is known."""
    if question.department is None or not {_PET, _SPECT} & set(plan.first):
        return
    supply = which_ssr_tracer(question.department)
    text = (
        "No receptor tracer here: refer."
        if supply.verdict == REFER
        else f"Here with {supply.verdict}."
    )
    yield reason(
        "TR24", text, Status.NOT_MET if supply.verdict == REFER else Status.MET, Weight.RELATIVE
    )
    yield from (r for r in supply.reasons if r.rule == "TR25")


def _verdict(question: TracerQuestion) -> str | None:
    """What to do first, None where it stays open."""
    plan = _shared(_plans(question)[0])
    return plan.verdict if plan else None


def _shared(plans: Sequence[Plan]) -> Plan | None:
    """The plan whose first tests every other one asks for as well; None where there is none."""
    shared = set.intersection(*(set(plan.first) for plan in plans))
    return next((plan for plan in plans if set(plan.first) == shared), None)


def _more(plan: Plan, plans: Sequence[Plan]) -> Iterator[Reason]:
    """Yield what another rule would add, once what is not known yet is known."""
    for other in plans:
        if added := [test for test in other.first if test not in plan.first]:
            text = f"{other.rule.in_words}? Then {' and '.join(added)} too."
            yield reason(other.rule.id, text, Status.UNKNOWN, Weight.RELATIVE)
