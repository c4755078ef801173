"""The class report: one HTML page to talk from and to print. It names nobody unless it is asked
to.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from statistics import median

from netcourse.assessment.exercise.item import RIGHT, YOURS, Bar, Item
from netcourse.assessment.exercise.kinds.score import LEVELS
from netcourse.assessment.exercise.model import Exercise
from netcourse.assessment.keys.truth import Truth
from netcourse.assessment.marking.agreement import PUBLISHED
from netcourse.assessment.marking.feedback import feedback
from netcourse.assessment.marking.scoring import Result, mark_value
from netcourse.classroom.report.analysis import ClassAnalysis, ItemAnalysis, analyse
from netcourse.classroom.report.drilled import drill_section
from netcourse.classroom.report.outcome import Graded, Report
from netcourse.classroom.report.pages import page
from netcourse.classroom.report.tables import row, table
from netcourse.evidence import figure, source

Pictures = Mapping[tuple[str, str], bytes]
"""A PNG by exercise and item."""


def class_page(report: Report, pictures: Pictures | None = None, names: bool = False) -> str:
    """Return the class report: what to discuss, each question, agreement, calibration, the drill,
    and the files that were rejected.

    `names` adds the marks by pseudonym.
    """
    parts: list[str] = []
    for exercise in report.exercises:
        results = [
            result
            for one in report.graded
            for result in one.results
            if result.exercise == exercise.id
        ]
        if results:
            parts += _exercise(analyse(exercise, results), pictures or {})
    parts.append(drill_section(report.drilled, report.asked, names))
    if names:
        parts.append(_marks(report.graded))
    if report.rejected:
        rows = "".join(
            row(escape(one.source), escape(one.reason), escape(one.text)) for one in report.rejected
        )
        parts.append(
            "<section><h2>Files that could not be"
            f" graded</h2>{table(('File', 'Reason', 'In full'), rows)}</section>"
        )
    return page(f"The class: {len(report.graded) or len(report.drilled)} learners", "".join(parts))


def to_picture(report: Report) -> Iterator[tuple[Exercise, Item, Truth]]:
    """Yield what the report shows a picture of: the questions to discuss, each in the variant that
    its text is told for.
    """
    for exercise in report.exercises:
        results = [
            result
            for one in report.graded
            for result in one.results
            if result.exercise == exercise.id
        ]
        for one in _discussed(analyse(exercise, results)) if results else ():
            if one.item.case is not None:
                yield exercise, one.item, exercise.truth(one.item, variant_told(results, one.item))


def _exercise(found: ClassAnalysis, pictures: Pictures) -> Iterator[str]:
    points = sorted(result.points for result in found.results)
    top = found.exercise.max_points
    complete = sum(result.answered == len(result.items) for result in found.results)
    cards = "".join(
        _card(found, one, pictures.get((found.exercise.id, one.item.id)))
        for one in _discussed(found)
    )
    yield (
        f"<section><h2>{escape(found.exercise.title)}</h2><p>{len(points)} learners, {complete} of"
        f" them answered everything. Half have {median(points):.1f} of {top:g} points or more;"
        f" lowest {points[0]:.1f}, highest {points[-1]:.1f}.</p></section>"
    )
    if cards:
        yield (
            "<section><h2>To discuss</h2><p>Where the class parted, the most divided question"
            f" first.</p>{cards}</section>"
        )
    yield f"<section><h2>Every question</h2>{_questions(found)}</section>"
    if found.scores.answers:
        yield f"<section><h2>Scores and agreement</h2>{_scores(found)}</section>"
    if found.calibration.brier is not None:
        yield f"<section><h2>How sure, how right</h2>{_calibration(found)}</section>"


# ---------------------------------------------------------------- to discuss


def _discussed(found: ClassAnalysis) -> list[ItemAnalysis]:
    return found.to_discuss[: int(figure("assessment.class.debrief").value)]


def variant_told(results: Sequence[Result], item: Item) -> int:
    """Return the variant that a question is told for: that of the first learner who answered it."""
    return next(result.course_seed for result in results if result[item.id].answered)


def _card(found: ClassAnalysis, one: ItemAnalysis, picture: bytes | None) -> str:
    exercise, item = found.exercise, one.item
    seed = variant_told(found.results, item)
    truth = exercise.truth(item, seed)
    said = "".join(bar_row(bar) for bar in item.bars(one.grid.counts, truth))
    shown = ""
    if picture is not None:
        alt = (
            f"One variant: {item.title or item.id},"
            f" {', '.join(truth.lesions[id].where for id in item.lesions)}"
        )
        shown = (
            f'<img class="nc-page-case" src="data:image/png;base64,{b64encode(picture).decode()}"'
            f' alt="{escape(alt, quote=True)}">'
        )
    right = (
        mark_value(exercise, item, item.key(truth).value, seed) if item.kind != "point" else None
    )
    rule = ""
    if right is not None:
        lines = [
            line
            for line in feedback(exercise, seed, right).lines
            if line.heading not in (YOURS, RIGHT)
        ]
        rule = "".join(
            f"<li>{escape(f'{line.heading}: ' if line.heading else '')}{escape(line.text)}</li>"
            for line in lines
        )
        rule = f"<details open><summary>The rule</summary><ul>{rule}</ul></details>"
    stakes = (
        f" {one.management} of {one.answered} would have changed management."
        if one.management
        else ""
    )
    sure = f" {one.sure_and_wrong} were sure and not right." if one.sure_and_wrong else ""
    return (
        f'<article class="nc-page-card"><h3>{one.n}. {escape(item.title or item.id)}</h3>{shown}<p'
        f' class="nc-page-prompt">{escape(truth.fill(item.prompt))}</p><div class="nc-page-bars"'
        f' role="list">{said}</div><p>{one.answered} answers, mean credit {one.share * 100:.0f}'
        f" %.{stakes}{sure}</p>{rule}</article>"
    )


def bar_row(bar: Bar) -> str:
    """Return one row of a bar chart as HTML; the right answer is marked."""
    share = 100 * bar.n / bar.of if bar.of else 0
    sign, kind = ("✓ ", " nc-page-key") if bar.right else ("", "")
    return (
        f'<div class="nc-page-bar{kind}" role="listitem"><span>{sign}{escape(bar.words)}</span>'
        f'<i aria-hidden="true"><b style="width:{share:.0f}%"></b></i><span>{bar.n}</span></div>'
    )


# ---------------------------------------------------------------- every question


def _questions(found: ClassAnalysis) -> str:
    head = (
        "Question",
        "Answers",
        "Mean credit",
        "Discrimi\u00adnation",
        "Disagree\u00adment",
        "Too high",
        "Too low",
        "Changes manage\u00adment",
        "Sure, not right",
    )
    rows = "".join(
        row(
            f"{one.n}. {escape(one.item.title or one.item.id)}",
            one.answered,
            _share(one),
            (
                "–"
                if one.discrimination is None
                else f"{one.discrimination:+.2f}{' ⚑' if one.weak else ''}"
            ),
            f"{one.disagreement * 100:.0f} %" if one.answered > 1 else "–",
            one.over if one.item.directed else "–",
            one.under if one.item.directed else "–",
            one.management if one.item.at_stake else "–",
            one.sure_and_wrong,
        )
        for one in found.hardest_first
    )
    weak, enough = figure("assessment.class.weak"), figure("assessment.class.enough")
    told = (
        "The hardest come first. Discrimination is the correlation of a question's credit with the"
        f" mean credit on all others, told from {enough.value:g} learners; ⚑ marks one below"
        f" {weak.value:g}: {weak.why or 'look at it'}. Disagreement is how often two learners with"
        " the same right answer gave different ones."
    )
    return f"{table(head, rows, 'nc-page-questions')}<p class='nc-page-small'>{escape(told)}</p>"


def _share(one: ItemAnalysis) -> str:
    if not one.answered:
        return "–"
    per_cent = 100 * one.share
    return (
        '<span class="nc-page-share"><i><span'
        f' style="width:{per_cent:.0f}%"></span></i>{per_cent:.0f} %</span>'
    )


# ---------------------------------------------------------------- scores and agreement


def _scores(found: ClassAnalysis) -> str:
    most = max(found.scores.counts.values())
    head = ("Reference", *(f"said {level}" for level in LEVELS))
    rows = "".join(
        row(
            str(right),
            *(_cell(found.scores.counts[right, said], most, right == said) for said in LEVELS),
        )
        for right in LEVELS
        if found.scores.row(right)
    )
    grid = table(head, rows, "nc-page-grid")
    own = (
        f"<li>With the reference: weighted kappa <b>{found.kappa}</b> (quadratic weights; interval"
        f" over {found.kappa.n} learners); {found.exact * 100:.0f} % of all scores were the very"
        f" class.</li><li>Among each other: Krippendorff's alpha <b>{found.alpha}</b> (ordinal;"
        f" interval over {found.alpha.n} lesions{', so wide' if found.alpha.n < 15 else ''}).</li>"
    )
    theirs = "".join(f"<li>{_benchmark(id)}</li>" for id in PUBLISHED)
    return (
        f"{grid}<p>How often each score was given (columns) where each was right (rows), all scored"
        f" lesions together.</p><ul>{own}</ul><p>For comparison, trained"
        f" readers:</p><ul>{theirs}</ul><p class='nc-page-small'>Learners read variants of the same"
        " patients; those with the same right score count as one lesion for alpha. A class need"
        " not reach 1: readers who do this daily do not.</p>"
    )


def _benchmark(id: str) -> str:
    entry = figure(id)
    around = (
        f" ({entry.low:.2f} to {entry.high:.2f})"
        if entry.low is not None and entry.high is not None
        else ""
    )
    titles = "; ".join(source(one).title for one in entry.source)
    return (
        f"{escape(entry.label)}: {escape(entry.unit)} <b>{entry.value:.2f}{around}</b>."
        f" <small>{escape(titles)} [{entry.mark}]</small>"
    )


def _cell(n: int, most: int, diagonal: bool) -> str:
    shade = 0 if not n else 12 + round(33 * n / most)
    return (
        f'<span class="nc-page-cell{" nc-page-diagonal" if diagonal else ""}"'
        f' style="--share:{shade}%">{n or "·"}</span>'
    )


# ---------------------------------------------------------------- calibration


def _calibration(found: ClassAnalysis) -> str:
    told = [level for level in found.calibration.levels if level.answers]
    head = ("They said", "It promises", "It was right", "Answers")
    rows = "".join(
        row(
            escape(level.confidence),
            f"{level.stated * 100:.0f} %",
            f"{level.right / level.answers * 100:.0f} %",
            level.answers,
        )
        for level in told
    )
    most = max(level.answers for level in told)
    dots = "".join(
        f'<circle cx="{30 + 160 * level.stated:.1f}"'
        f' cy="{170 - 160 * level.right / level.answers:.1f}"'
        f' r="{3 + 9 * (level.answers / most) ** 0.5:.1f}"/>'
        for level in told
    )
    chart = (
        '<svg class="nc-page-chart" viewBox="0 0 200 196" role="img" aria-label="Promised against'
        ' real share of right answers; the line is a perfect match"><path d="M30'
        f' 10V170H190"/><path class="nc-page-even" d="M30 170L190 10"/>{dots}<text x="110"'
        ' y="190">promised</text><text x="14" y="90" transform="rotate(-90 14'
        ' 90)">right</text></svg>'
    )
    brier = found.calibration.brier or 0.0
    said = (
        f"Below the line they were surer than right. Brier score of the class {brier:.2f} (0 is"
        " best, 1 is worst)."
    )
    return f'<div class="nc-page-two">{chart}<div>{table(head, rows)}<p>{said}</p></div></div>'


# ---------------------------------------------------------------- marks


def _marks(graded: Sequence[Graded]) -> str:
    rows = "".join(
        row(
            escape(one.pseudonym),
            f"{one.points:.1f}",
            f"{one.max_points:g}",
            escape("; ".join(one.notes)),
        )
        for one in sorted(graded, key=lambda one: one.pseudonym)
    )
    return f"<section><h2>Marks</h2>{table(('Learner', 'Points', 'Of', 'Notes'), rows)}</section>"
