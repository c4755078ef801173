"""A verdict that shows its work: reasons, what is missing, and what would flip it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import cached_property
from html import escape
from typing import Any

from netcourse.evidence import Figure, Mark, Statement, figure, source, statement

DISCLAIMER = "for education, not for patient care"


class Status(StrEnum):
    """Whether a criterion holds for this patient."""

    MET = "met"
    NOT_MET = "not met"
    UNKNOWN = "unknown"


class Weight(StrEnum):
    """What a reason does to the verdict."""

    ABSOLUTE = "absolute"
    RELATIVE = "relative"
    DEFER = "defer"
    INFORMATION = "information"


@dataclass(frozen=True)
class Reason:
    """One rule applied to one patient, in a sentence with the numbers filled in."""

    rule: str
    text: str
    status: Status
    weight: Weight
    source: str
    mark: Mark


@dataclass(frozen=True)
class Flip:
    """The nearest change of one input that changes the verdict."""

    input: str
    now: float | None
    then: float | None
    verdict: str
    text: str


@dataclass(frozen=True)
class Decision:
    """The answer to one clinical question.

    `flags` are short names of warnings that go with the verdict (`borderline`, `partial volume`,
    …). `carried_by` are the rules that make the verdict where a decision asks many that do not.
    `search` finds what would change it, only when `flips` is read. Printing gives one stable line; a
    notebook shows HTML; `to_dict` gives JSON.
    """

    question: str
    verdict: str
    reasons: tuple[Reason, ...] = ()
    missing: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    carried_by: tuple[str, ...] | None = None
    search: Callable[[], Iterable[Flip]] = field(default=tuple, repr=False, compare=False)

    @cached_property
    def flips(self) -> tuple[Flip, ...]:
        """The nearest change of each input that gives another verdict."""
        return tuple(self.search())

    @property
    def decided(self) -> bool:
        """Whether there was enough to decide."""
        return self.verdict != CANNOT_DECIDE

    @property
    def score(self) -> int:
        """The verdict as a number; ValueError where it is none."""
        if not self.decided:
            raise ValueError(f"{self.question}: cannot decide, need {', '.join(self.missing)}")
        return int(self.verdict)

    def __repr__(self) -> str:
        tail = f", need {', '.join(self.missing)}" if self.missing else ""
        flags = f" ({', '.join(self.flags)})" if self.flags else ""
        rules = (
            dict.fromkeys(r.rule for r in self.reasons)
            if self.carried_by is None
            else self.carried_by
        )
        return (
            f"{self.question}: {self.verdict}{flags}{tail}{'; ' if rules else ''}{', '.join(rules)}"
        )

    __str__ = __repr__

    def to_dict(self) -> dict[str, Any]:
        """Return the decision as plain data, ready for JSON."""
        return {
            "question": self.question,
            "verdict": self.verdict,
            "reasons": tuple(asdict(reason) for reason in self.reasons),
            "missing": self.missing,
            "flips": tuple(asdict(flip) for flip in self.flips),
            "flags": self.flags,
            "carried_by": self.carried_by,
            "disclaimer": DISCLAIMER,
        }

    def _repr_html_(self) -> str:
        head = f"<strong>{escape(self.question)}: {escape(self.verdict)}</strong>"
        flags = "".join(f' <span class="nc-flag">{escape(flag)}</span>' for flag in self.flags)
        open_first = sorted(
            self.reasons,
            key=lambda r: (r.status is Status.MET, r.rule not in (self.carried_by or ())),
        )
        signed = any(r.status is not Status.MET for r in self.reasons)
        rows = [
            f"<li>{_sign(r) if signed else ''}{escape(r.text)} {_marked(r)}</li>"
            for r in open_first
        ]
        shown = (
            len(rows)
            if self.carried_by is None
            else sum(r.status is not Status.MET for r in self.reasons)
        )
        remarks = sum(
            r.status is Status.MET and r.weight is Weight.INFORMATION for r in self.reasons
        )
        met = f"{len(rows) - shown} more are met" if shown else f"All {len(rows)} criteria are met"
        if remarks > 1:
            met = f"{len(rows) - shown - remarks} {'more ' if shown else ''}are met, {remarks} are remarks"
        folded = f"<details><summary>{met}</summary><ul>{''.join(rows[shown:])}</ul></details>"
        need = f"<p>Needed: {escape(', '.join(self.missing))}</p>" if self.missing else ""
        flips = "".join(f"<li>{escape(flip.text)}</li>" for flip in self.flips)
        flips = f"<p>What would change it:</p><ul>{flips}</ul>" if flips else ""
        cited: dict[str, list[str]] = {}
        for r in self.reasons:
            for title in r.source.split("; "):
                cited.setdefault(title, []).append(r.rule)
        sources = "; ".join(
            f"{escape(title)} ({', '.join(dict.fromkeys(rules))})" for title, rules in cited.items()
        )
        foot = f"<p><small>Sources: {sources}.</small></p>"
        if self.carried_by is not None:
            foot = f"<details><summary>Sources</summary>{foot}</details>"
        foot += f"<p><small>{DISCLAIMER}</small></p>"
        kind, more = (
            "nc-decision nc-signed" if signed else "nc-decision",
            folded if rows[shown:] else "",
        )
        return (
            "<div"
            f' class="{kind}"><p>{head}{flags}</p><ul>{"".join(rows[:shown])}</ul>{more}{need}{flips}{foot}</div>'
        )


def _sign(r: Reason) -> str:
    """Whether a criterion holds, as a sign that reads without colour; none before a general
    statement, which is no finding.
    """
    if r.status is Status.MET and r.weight is Weight.INFORMATION:
        return '<span class="nc-sign"></span> '
    if r.status is Status.MET:
        return '<span class="nc-sign nc-met" title="met">✓</span> '
    if r.status is Status.UNKNOWN:
        return '<span class="nc-sign nc-unknown" title="unknown">?</span> '
    stops = r.weight is Weight.ABSOLUTE
    return (
        '<span class="nc-sign nc-unmet" title="not met,'
        f' {r.weight}">{"✕" if stops else "!"}</span> '
    )


def _marked(r: Reason) -> str:
    """The rule behind a reason and how sure we are of it."""
    return f'<small>{escape(r.rule)} <abbr title="{escape(r.mark.meaning)}">{r.mark}</abbr></small>'


CANNOT_DECIDE = "cannot decide"


def reason(
    rule: str,
    text: str,
    status: Status = Status.MET,
    weight: Weight = Weight.ABSOLUTE,
    figure_id: str | None = None,
) -> Reason:
    """Make a reason whose source and mark come from evidence.

    `rule` is a statement id (KP2, D1, …); `figure_id` names the figure that carries the number
    where that is another entry.
    """
    entry: Figure | Statement = figure(figure_id) if figure_id else statement(rule)
    return Reason(
        rule, text, status, weight, "; ".join(source(id).title for id in entry.source), entry.mark
    )
