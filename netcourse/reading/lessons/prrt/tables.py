"""Tables and card of lesson 05: who may have radioligand therapy, where sources part, what the
trials found, when to look again.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from netcourse.decisions.core import DISCLAIMER, Decision, Status, Weight
from netcourse.decisions.prrt import Profile, criteria, profile, profiles, prrt, prrt_table
from netcourse.decisions.prrt.disagreements import prrt_disagreements
from netcourse.decisions.prrt.response import surveillance, surveillance_notes
from netcourse.decisions.prrt.trials import trial_note, trial_results
from netcourse.evidence import Figure, figures, source, statement
from netcourse.patients import Patient, generate
from netcourse.reading.lab.prose import Prose, table, titles, with_mark

# a patient in whom every criterion is met: each says what it can do at most
_TEXTBOOK = "ileum_disseminated"
_DOES = {
    Weight.ABSOLUTE: "stops",
    Weight.DEFER: "waits",
    Weight.RELATIVE: "board",
    Weight.INFORMATION: "remark",
}
_SIGN = {
    "eligible": "✓",
    "conditional": "!",
    "defer": "…",
    "not eligible": "✕",
    "not indicated": "–",
    "cannot decide": "?",
}


def five_answers(*patients: Patient) -> Prose:
    """Return the verdict on each patient by every rulebook, with the criteria that carry it."""
    plain, rows = [], []
    for patient in patients:
        found = prrt_table(patient)
        cells = [_cell(id, one) for id, one in found.items()]
        plain.append(
            f"{patient.title}: "
            + "; ".join(f"{profile(id).name} {cell}" for id, cell in zip(found, cells, strict=True))
        )
        signed = (
            f"{_SIGN[one.verdict]} {escape(cell)}"
            for one, cell in zip(found.values(), cells, strict=True)
        )
        rows.append((f"<strong>{escape(patient.title)}</strong>", *signed))
    head = ("Patient", *(profile(id).name for id in profiles()))
    return Prose("\n".join(plain), table(head, rows) + f"<p><small>{DISCLAIMER}</small></p>")


def _cell(by: str, one: Decision) -> str:
    """A verdict as a table says it, with the criteria behind it; outside a trial with all that
    exclude from it.
    """
    book, rules = profile(by), list(one.carried_by or ())
    said = book.words(one.verdict)
    if said != one.verdict:
        rules = [
            r.rule
            for r in one.reasons
            if r.rule in rules or (r.status is Status.NOT_MET and r.weight is Weight.ABSOLUTE)
        ]
    return f"{said} ({', '.join(rules)})" if rules else said


def reasons(patient: Patient, by: str = "course") -> Prose:
    """Return why: the decision by one rulebook, as it prints and as it shows."""
    decision = prrt(patient, by)
    lines = [
        f"{one.rule} {one.status}: {one.text} [{one.mark}]"
        for one in decision.reasons
        if one.status != "met"
    ]
    return Prose("\n".join([repr(decision), *lines]), decision._repr_html_())


def rulebook_table() -> Prose:
    """Return the five rulebooks: what each is, and the numbers in which it differs from the
    course's.
    """
    plain, rows = [], []
    for id in profiles():
        one = profile(id)
        own = [_number(found) for found in figures(f"prrt.{id}").values()] if id != "course" else []
        sources = "; ".join(source(name).title for name in one.source)
        about = f"{one.about} Rules as of {one.as_of:%d %B %Y}."
        plain.append(f"{one.name}: {about} {'; '.join(own)}".rstrip())
        rows.append(
            (
                f"<strong>{escape(one.name)}</strong>",
                escape(about),
                "<br>".join(map(escape, own)) or "–",
                escape(sources),
            )
        )
    return Prose(
        "\n".join(plain), table(("Rulebook", "In a sentence", "Its own numbers", "Source"), rows)
    )


def column_table() -> Prose:
    """Return each criterion in three columns: what a label itself says, what this course adds, and
    what a trial required.
    """
    plain, rows = [], []
    books = [profile(id) for id in profiles()]
    course, labels = books[0], [book for book in books[1:] if not book.trial]
    trials = [book for book in books if book.trial]
    for id, criterion in criteria().items():
        names = criterion.limits
        own = "; ".join(
            f"{limit.label} {limit.value:g} {limit.unit}" for limit in map(course.limit, names)
        )
        own = own or statement(id).in_words
        said = [_stated(id, names, among) for among in (labels, trials)]
        plain.append(f"{id} {criterion.name} | {said[0]} | {own} | {said[1]}")
        name = f"<strong>{escape(criterion.name)}</strong> {id}"
        rows.append((name, escape(said[0]), escape(own), escape(said[1])))
    head = ("Criterion", "Label only", "What the course adds", "What trials required")
    as_of = f"<p><small>Rules as of {course.as_of:%d %B %Y}. {DISCLAIMER}</small></p>"
    return Prose("\n".join(plain), table(head, rows) + as_of)


def _stated(id: str, names: Sequence[str], books: Sequence[Profile]) -> str:
    """What some rulebooks state of a criterion, each with its paragraph and its own numbers."""
    found = []
    for book in books:
        if book.asks(id):
            numbers = [
                f"{limit.value:g} {limit.unit} [{limit.mark}]"
                for limit in map(book.own_limit, names)
                if limit is not None
            ]
            own = "; ".join(dict.fromkeys(numbers))
            found.append(f"{book.name} ({book.states[id]}){': ' if own else ''}{own}")
    return ". ".join(found) or "–"


def disagreement_table() -> Prose:
    """Return the questions on which sources part, every position with its year, and what the course
    takes.
    """
    left, top = (
        ' style="text-align: left; vertical-align: top"',
        ' style="text-align: left; vertical-align: top; border-top: 2px solid #c3ccd6"',
    )
    plain, rows = [], []
    for one in prrt_disagreements():
        plain.append(
            f"{one.id} {one.question}: {len(one.positions)} positions. {one.takes} {one.course}"
        )
        many = f' rowspan="{len(one.positions)}"'
        for n, position in enumerate(one.positions):
            said = (position.says, str(position.year or "–"), position.source, position.mark)
            cells = "".join(f"<td{left if n else top}>{escape(cell)}</td>" for cell in said)
            if n == 0:
                course = f"{escape(one.takes)}<br>{escape(one.course)} <small>{one.id}</small>"
                takes = f"<strong>{escape(one.question)}</strong><br>{course}"
                cells = f"<td{many}{top.replace('vertical', 'width: 34%; vertical')}>{takes}</td>{cells}"
            rows.append(f"<tr>{cells}</tr>")
    head = "".join(
        f"<th{left}>{name}</th>"
        for name in ("Question, and what the course takes", "Says", "Year", "Who", "Mark")
    )
    return Prose(
        "\n".join(plain),
        f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>",
    )


def trial_table() -> Prose:
    """Return what the trials found: both arms, the ratio with its interval, and whether it excludes
    no difference.
    """
    plain, rows = [], []
    for one in trial_results():
        arms = _number(one.radioligand, True) if one.radioligand else "not reached"
        arms += f" against {_number(one.control, True)}" if one.control else ""
        arms += f"; update {_number(one.update, True)}" if one.update else ""
        ratio = _ratio(one.ratio)
        open_ = "no comparison quoted" if one.ratio is None else "interval not known"
        said = {True: "differs significantly", False: "does not differ significantly", None: open_}[
            one.significant
        ]
        marks = ", ".join(dict.fromkeys(figure.mark.value for figure in one.figures))
        plain.append(f"{one.name} ({one.whom}): {arms} {ratio}; {said} [{marks}]")
        rows.append(
            (
                f"<strong>{escape(one.name)}</strong><br>{escape(one.whom)}",
                escape(arms),
                escape(ratio) or "–",
                said,
                marks,
            )
        )
    entries = [figure for one in trial_results() for figure in one.figures]
    foot = f"<p>{escape(trial_note())}</p><p><small>Sources: {escape(titles(entries))}.</small></p>"
    return Prose(
        "\n".join(plain),
        table(("Trial", "Median, months", "Hazard ratio", "Says", "Mark"), rows) + foot,
    )


def surveillance_table() -> Prose:
    """Return when to look after therapy, and with what."""
    rows = [(escape(when), escape(what)) for when, what in surveillance()]
    notes = "".join(f"<p>{escape(note)}</p>" for note in surveillance_notes())
    return Prose(
        "\n".join(f"{when}: {what}" for when, what in surveillance()),
        table(("When", "What"), rows) + notes,
    )


def prrt_card() -> Prose:
    """Return the card to keep of lesson 05: the checklist on one page, each criterion with what it
    does and its mark.
    """
    plain, rows = [], []
    most = {one.rule: _DOES[one.weight] for one in prrt(generate(_TEXTBOOK)).reasons}
    for id, criterion in criteria().items():
        name = criterion.name
        said, course = statement(id), profile("course")
        limits = "; ".join(
            f"{limit.label} {limit.value:g} {limit.unit} [{limit.mark}]"
            for limit in map(course.limit, criterion.limits)
        )
        plain.append(f"□ {id} {name} ({most[id]}): {said.in_words} [{said.mark}] {limits}".rstrip())
        words = (
            f"{with_mark(said)}<br><small>{escape(limits)}</small>" if limits else with_mark(said)
        )
        rows.append(
            ("□", f"<strong>{escape(name[0].upper() + name[1:])}</strong>", words, most[id], id)
        )
    order = (
        "First: is there a reason, and no cure? Then: does anything stop it? Must anything be put"
        " right first? Is anything for the board?"
    )
    foot = (
        f"<p>{order}</p><p><small>Sources: {escape(titles(_statements()))}."
        f" {DISCLAIMER}.</small></p>"
    )
    return Prose(
        "\n".join(plain),
        "<div><h4>Radioligand therapy: the"
        f" checklist</h4>{table(('', 'Criterion', 'Says', 'If not met', ''), rows)}{foot}</div>",
    )


def _statements() -> Sequence[object]:
    return [statement(id) for id in criteria()]


def _number(found: Figure, bare: bool = False) -> str:
    """A figure with its range; `bare` without what it is."""
    spread = (
        f" ({found.low:g}–{found.high:g})"
        if found.low is not None and found.high is not None
        else ""
    )
    value = f"{found.value:g}{spread}"
    if bare:
        return value
    name, _, says = found.label.rpartition(": ")
    name = name.split(",")[0]
    return f"{says if name.startswith('NETTER') else f'{name}: {says}'} {value} {found.unit}"


def _ratio(found: Figure | None) -> str:
    return "" if found is None else f"hazard ratio {_number(found, True)}"
