"""What the screen in front of the class shows of a moment: all questions at a glance, or one of
them in big type.
"""

from __future__ import annotations

from html import escape

from netcourse.assessment.exercise.item import Bar
from netcourse.classroom.live.moment import Moment, one_of
from netcourse.classroom.report.analysis import ItemAnalysis
from netcourse.classroom.report.class_page import bar_row, variant_told
from netcourse.decisions.core import DISCLAIMER

MOST_ROWS = 24
"""So many learners fit the screen as rows; of a larger class each question has a row."""
MOST_NAMES = 60


def overview(moment: Moment, names: bool = False) -> str:
    """Return who has answered what, nameless unless asked for: a row for each learner, in a large
    class a row for each question.
    """
    rows = _by_learner if len(moment.learners) <= MOST_ROWS else _by_question
    return _head(moment, whole=True) + rows(moment, names)


def _by_learner(moment: Moment, names: bool) -> str:
    found = moment.analysis
    head = "".join(
        f'<th scope="col" title="{escape(one.item.title, quote=True)}">{one.n}</th>'
        for one in found.items
    )
    rows = []
    for n, learner in enumerate(moment.learners, 1):
        result = one_of(learner, moment.exercise)
        cells = "".join(
            f'<td class="{"nc-co-done" if item.answered else ""}">{"●" if item.answered else "·"}</td>'
            for item in result.items
        )
        name = escape(moment.name(learner)) if names else f"{n}"
        rows.append(f'<tr><th scope="row">{name}</th>{cells}<td>{result.answered}</td></tr>')
    total = "".join(f"<td>{one.answered}</td>" for one in found.items)
    of = f'<th scope="col">of {len(found.items)}</th>'
    return (
        '<table class="nc-co-grid"><thead><tr><th'
        f' scope="col">Learner</th>{head}{of}</tr>'
        '<tr class="nc-co-total"><th'
        f' scope="row">All</th>{total}<td></td></tr></thead><tbody>{"".join(rows)}</tbody></table>'
    )


def _by_question(moment: Moment, names: bool) -> str:
    of = len(moment.learners)
    rows = "".join(
        bar_row(Bar(f"{one.n}. {one.item.title or one.item.id}", one.answered, of))
        for one in moment.analysis.items
    )
    asked = len(moment.exercise.items)
    open_ones = {
        learner: asked - one_of(learner, moment.exercise).answered for learner in moment.learners
    }
    behind = [learner for learner, left in open_ones.items() if left]
    told = f"<p>{of - len(behind)} of {of} have answered everything.</p>"
    if names and behind:
        listed = "; ".join(
            f"{escape(moment.name(learner))} ({open_ones[learner]} open)"
            for learner in behind[::-1][:MOST_NAMES]
        )
        more = len(behind) - MOST_NAMES
        told += f"<p><small>{listed}{f' and {more} more' if more > 0 else ''}</small></p>"
    return f'<div class="nc-co-bars nc-co-dense" role="list">{rows}</div>{told}'


def question(moment: Moment, item: str, reference: bool = False) -> str:
    """Return one question with what the class has answered so far; the right answer shows with the
    `reference` only.
    """
    one = next(one for one in moment.analysis.items if one.item.id == item)
    if not one.answered:
        return f"{_head(moment)}<h2>{_title(one)}</h2><p>Nobody has answered yet.</p>"
    truth = moment.exercise.truth(one.item, variant_told(moment.analysis.results, one.item))
    counted = one.item.bars(one.grid.counts, truth, told=reference)
    bars = "".join(bar_row(bar) for bar in counted)
    several = len({right for right, _ in one.grid.counts})
    note = ""
    if several > 1:
        note = (
            f"<p>The variants of this question have {several} different right answers: each learner"
            " is held against their own.</p>"
        )
    told = (
        f"<p>Mean credit {one.share * 100:.0f} %; two learners disagree"
        f" {one.disagreement * 100:.0f} % of the time.</p>"
        if reference
        else ""
    )
    return (
        f"{_head(moment)}<h2>{_title(one)}</h2><p>{escape(truth.fill(one.item.prompt))}</p>"
        f'<div class="nc-co-bars" role="list">{bars}</div><p>{one.answered}'
        f" answers.</p>{note if reference else ''}{told}"
    )


def _title(one: ItemAnalysis) -> str:
    return f"{one.n}. {escape(one.item.title or one.item.id)}"


def _head(moment: Moment, whole: bool = False) -> str:
    found = moment.analysis
    agreed = (
        f" · agreement among each other (alpha) {found.alpha}"
        if whole and found.alpha.known
        else ""
    )
    agreed += f" · with the reference (kappa) {found.kappa}" if whole and found.kappa.known else ""
    bad = (
        f" · {len(moment.report.rejected)} files cannot be read"
        if whole and moment.report.rejected
        else ""
    )
    return (
        f'<p class="nc-co-head"><b>{escape(moment.exercise.title)}</b><br>{len(moment.learners)}'
        f" learners · {moment.answers} answers{agreed}{bad}<br><small>SYNTHETIC patients ·"
        f" {DISCLAIMER}</small></p>"
    )
