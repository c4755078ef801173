"""What the screen in front of the class shows of a moment: all questions at a glance, or one of
them in big type.
"""

from __future__ import annotations

from html import escape

from netcourse.classroom.live.moment import Moment, one_of
from netcourse.classroom.report.analysis import ItemAnalysis
from netcourse.classroom.report.class_page import answer_bars, bar_row, variant_told
from netcourse.decisions.core import DISCLAIMER

MOST_ROWS = 60


def overview(moment: Moment, names: bool = False) -> str:
    """Return who has answered what: a row for each learner, nameless unless asked for, a column for
    each question.
    """
    found = moment.analysis
    head = "".join(
        f'<th scope="col" title="{escape(one.item.title, quote=True)}">{one.n}</th>'
        for one in found.items
    )
    rows = []
    for n, learner in enumerate(moment.learners[:MOST_ROWS], 1):
        result = one_of(learner, moment.exercise)
        cells = "".join(
            f'<td class="{"nc-co-done" if item.answered else ""}">{"●" if item.answered else "·"}</td>'
            for item in result.items
        )
        name = escape(learner.pseudonym) if names else f"{n}"
        rows.append(f'<tr><th scope="row">{name}</th>{cells}<td>{result.answered}</td></tr>')
    more = len(moment.learners) - MOST_ROWS
    rest = f"<p>and {more} more</p>" if more > 0 else ""
    total = "".join(f"<td>{one.answered}</td>" for one in found.items)
    of = f'<th scope="col">of {len(found.items)}</th>'
    return (
        f'{_head(moment, whole=True)}<table class="nc-co-grid"><thead><tr><th'
        f' scope="col">Learner</th>{head}{of}</tr>'
        '<tr class="nc-co-total"><th'
        f' scope="row">All</th>{total}<td></td></tr></thead><tbody>{"".join(rows)}</tbody></table>{rest}'
    )


def question(moment: Moment, item: str, reference: bool = False) -> str:
    """Return one question with what the class has answered so far; the right answer shows with the
    `reference` only.
    """
    one = next(one for one in moment.analysis.items if one.item.id == item)
    if not one.answered:
        return f"{_head(moment)}<h2>{_title(one)}</h2><p>Nobody has answered yet.</p>"
    truth = moment.exercise.truth(one.item, variant_told(moment.analysis.results, one.item))
    bars = "".join(
        bar_row(words, n, of, right and reference)
        for words, n, of, right in answer_bars(one, truth)
    )
    several = len({right for right, _ in one.grid.counts})
    note = ""
    if several > 1:
        note = (
            f"<p>The variants of this question have {several} different right answers; ✓ is right"
            " in the one told here.</p>"
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
