"""What the learner is told after an answer: what was seen, the rule with its numbers, its source,
and what would flip it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape

from netcourse.assessment.exercise.item import Item, Key, no_evidence
from netcourse.assessment.exercise.model import Exercise
from netcourse.assessment.keys.truth import Positions, Truth
from netcourse.assessment.marking.scoring import ItemResult
from netcourse.decisions.core import DISCLAIMER, Decision, Flip, Weight
from netcourse.evidence import Figure, Mark, Statement, figure, source, statement

MANAGEMENT = "Changes management"


@dataclass(frozen=True)
class Line:
    """One sentence of feedback under a heading; `cite` is the id of the statement, figure or rule
    behind it.
    """

    heading: str
    text: str
    cite: str = ""
    mark: Mark | None = None

    def __str__(self) -> str:
        cited = f" [{self.cite}, {self.mark}]" if self.mark else ""
        return f"{self.heading}: {self.text}{cited}" if self.heading else f"{self.text}{cited}"


@dataclass(frozen=True)
class Reference:
    """Where a cited id comes from and how sure we are."""

    cite: str
    titles: str
    mark: Mark
    link: str = ""

    def __str__(self) -> str:
        return f"{self.cite} ({self.mark}: {self.mark.meaning}): {self.titles}"


@dataclass(frozen=True)
class Feedback:
    """Feedback on one answer, as text (`str`) and as HTML; both say the same."""

    item: str
    title: str
    verdict: str
    points: float
    max_points: float
    lines: tuple[Line, ...] = ()
    references: tuple[Reference, ...] = ()
    practice: bool = False
    standing: str = "Your first answer counts"

    @property
    def headline(self) -> str:
        """The verdict and the points in one line."""
        if self.verdict == "kept":
            return "Kept. You can change it until you hand in."
        word = {
            "right": "Right",
            "partly": "Partly right",
            "wrong": "Not right",
            "open": "Not answered",
        }[self.verdict]
        points = (
            f"{round(self.points, 2):g} of {self.max_points:g}"
            f" {'point' if self.max_points == 1 else 'points'}"
        )
        return (
            f"{word}, for practice. {self.standing}: {points}"
            if self.practice
            else f"{word}: {points}"
        )

    def __str__(self) -> str:
        return "\n".join(
            [
                f"{self.item}: {self.headline}",
                *map(str, self.lines),
                *(f"  {one}" for one in self.references),
                DISCLAIMER,
            ]
        )

    __repr__ = __str__

    @property
    def html(self) -> str:
        """The feedback as HTML; everything that comes from a file or a learner is escaped."""
        rows, last = [], None
        for line in self.lines:
            heading = (
                f"<dt>{escape(line.heading)}</dt>" if line.heading and line.heading != last else ""
            )
            last = line.heading or last
            alarm = ' class="nc-fb-alarm"' if line.heading == MANAGEMENT else ""
            rows.append(f"{heading}<dd{alarm}>{escape(line.text)}{_cited(line)}</dd>")
        sources = "".join(map(_reference_html, self.references))
        sources = (
            '<details class="nc-fb-sources"><summary>Sources, and how sure we'
            f" are</summary><ul>{sources}</ul></details>"
            if sources
            else ""
        )
        return (
            f'<div class="nc-fb nc-fb-{self.verdict}"><p'
            f' class="nc-fb-head">{escape(self.headline)}</p><dl>{"".join(rows)}</dl>{sources}<p'
            f' class="nc-fb-foot">{DISCLAIMER}</p></div>'
        )

    def _repr_html_(self) -> str:
        return self.html


def feedback(
    exercise: Exercise,
    course_seed: int,
    result: ItemResult,
    positions: Positions | None = None,
    flips: bool = True,
) -> Feedback:
    """Return the feedback on one marked item; for an open item only that it is open.

    Without `flips` it does not say what would change the decision, which takes most of the time.
    """
    item = exercise.item(result.item)
    if not result.answered:
        return Feedback(item.id, item.title, "open", 0.0, result.max_points)
    truth = exercise.truth(item, course_seed, positions)
    verdict = "right" if result.correct else "partly" if result.share > 0 else "wrong"
    key = item.key(truth)
    reasons = list(_reasons(item, key, truth))
    cited = [id for id in item.evidence if id not in {line.cite for line, _ in reasons}]
    lines = [*_verdict(item, key, result, truth), *(line for line, _ in reasons)]
    if flips and item.shows_decision and key.asked:
        lines += _open_to_change(key.asked[0].decision)
    if item.explain:
        lines.append(Line("Remember", truth.fill(item.explain)))
    lines += [_evidence(id) for id in cited]
    references = [*(reference for _, reference in reasons), *map(_reference, cited)]
    if result.changes_management and (threshold := item.consequence()[1]):
        references.append(_reference(threshold.id))
    return Feedback(
        item.id,
        item.title,
        verdict,
        result.points,
        result.max_points,
        tuple(lines),
        tuple(dict.fromkeys(references)),
    )


def _verdict(item: Item, key: Key, result: ItemResult, truth: Truth) -> Iterator[Line]:
    """Say what was answered, what is right, and what kind of error it was."""
    for heading, text in item.told(result.value, key, truth, result.correct):
        yield Line(heading, text)
    if result.note:
        yield Line("", result.note)
    if result.changes_management:
        text, threshold = item.consequence()
        yield (
            Line(MANAGEMENT, text, threshold.id, threshold.mark)
            if threshold
            else Line(MANAGEMENT, text)
        )
    if result.hints and item.hint and item.hint_cost:
        yield Line("", f"The hint cost {item.hint_cost * 100:.0f} % of the points.")
    for heading, text in item.in_detail(result.value, key, truth):
        yield Line(heading, text)


def _reasons(item: Item, key: Key, truth: Truth) -> Iterator[tuple[Line, Reference]]:
    """Yield what the rules said while the key was worked out, with their numbers.

    A kind that shows its decision shows all of it. Another shows only the rules that it teaches:
    more would answer the next item.
    """
    for asked in key.asked:
        where = f"{asked.lesion} ({truth.lesions[asked.lesion].where}): " if asked.lesion else ""
        for reason in asked.decision.reasons:
            if item.shows_decision or (
                reason.rule in item.evidence and reason.weight is not Weight.ABSOLUTE
            ):
                line = Line(
                    "Seen" if asked.lesion else "Because",
                    f"{where}{reason.text}",
                    reason.rule,
                    reason.mark,
                )
                link = "" if no_evidence(reason.rule) else _link(_entry(reason.rule))
                yield line, Reference(reason.rule, reason.source, reason.mark, link)
                where = ""


def _open_to_change(decision: Decision) -> Iterator[Line]:
    """Say what a decision still needs, and what would flip it."""
    if decision.missing:
        yield Line("Needed", f"{', '.join(decision.missing)}.")
    if flip := nearest_flip(decision.flips):
        yield Line("Would change it", flip.text)


@cache
def _evidence(id: str) -> Line:
    entry = _entry(id)
    if isinstance(entry, Statement):
        return Line("Rule", entry.in_words, id, entry.mark)
    around = (
        f" ({entry.low:g} to {entry.high:g})"
        if entry.low is not None and entry.high is not None
        else ""
    )
    return Line("Figure", f"{entry.label}: {entry.value:g} {entry.unit}{around}.", id, entry.mark)


@cache
def _reference(id: str) -> Reference:
    entry = _entry(id)
    return Reference(
        id, "; ".join(source(one).title for one in entry.source), entry.mark, _link(entry)
    )


def nearest_flip(flips: Sequence[Flip]) -> Flip | None:
    """Return the flip with the smallest relative change, else the first that is told in words
    alone, or None.

    >>> near, far = Flip("suv_max", 4.6, 5.1, "3", "near"), Flip("liver", 5.0, 4.4, "3", "far")
    >>> nearest_flip([far, near]).text
    'near'
    """
    sized = [flip for flip in flips if flip.now and flip.then is not None]
    return min(
        sized,
        key=lambda flip: abs((flip.then or 0) - (flip.now or 0)) / (flip.now or 1),
        default=next(iter(flips), None),
    )


@cache
def _entry(id: str) -> Statement | Figure:
    try:
        return statement(id)
    except KeyError:
        return figure(id)


def _link(entry: Statement | Figure) -> str:
    """The address of the first source that has one."""
    for id in entry.source:
        found = source(id)
        if found.doi:
            return f"https://doi.org/{found.doi}"
        if found.url:
            return found.url
    return ""


def _cited(line: Line) -> str:
    if line.mark is None:
        return ""
    name = (
        "" if "." in line.cite else f"{escape(line.cite)} "
    )  # a figure's id says nothing to a reader; the list of sources has it
    return (
        f' <small class="nc-fb-cite">{name}<abbr'
        f' title="{escape(line.mark.meaning, quote=True)}">{line.mark}</abbr></small>'
    )


@cache
def _reference_html(reference: Reference) -> str:
    return (
        f"<li><b>{escape(reference.cite)}</b> {_titles_html(reference)}"
        f" <i>{escape(reference.mark.meaning)}</i></li>"
    )


def _titles_html(reference: Reference) -> str:
    if not reference.link.startswith("https://"):
        return escape(reference.titles)
    return (
        f'<a href="{escape(reference.link, quote=True)}" target="_blank" rel="noopener'
        f' noreferrer">{escape(reference.titles)}</a>'
    )
