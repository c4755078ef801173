"""One file for each learner: copies are passed over, later states continue earlier ones, and where
two files in one name disagree what was received first stands.

Anyone can hand in a file in a classmate's name. So nothing that comes later takes an answer away or
changes it, and every conflict is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from netcourse.assessment.answers.model import Answer, AnswersFile
from netcourse.classroom.collect.submissions import Rejected, Submission

SAME_TIME_S = 120
MOST_FILES = 50
"""How many files in one name are looked at, those received first."""


@dataclass(frozen=True)
class Settled:
    """What counts for a learner, and what the instructor should know of how it came about."""

    submission: Submission
    notes: tuple[str, ...] = ()


def settle(found: Iterable[Submission]) -> tuple[list[Settled], list[Rejected]]:
    """Return what counts for each pseudonym, and the files that do not count or not alone.

    Files without answers never count where others have some. Of the rest the first received counts;
    one that only adds to it takes its place; answers of others are taken where the first has none
    and both are of the same cases.
    """
    by_learner: dict[str, list[Submission]] = {}
    for one in found:
        by_learner.setdefault(one.file.pseudonym, []).append(one)
    settled, rejected = [], []
    for mine in by_learner.values():
        in_order = sorted(mine, key=lambda one: (not one.file.answers, one.received))
        kept, refused = _settle(in_order[:MOST_FILES])
        settled.append(kept)
        rejected += refused
        rejected += [
            Rejected(one.source, "too many", f"more than {MOST_FILES} files in one name")
            for one in in_order[MOST_FILES:]
        ]
    return settled, rejected


def _settle(order: Sequence[Submission]) -> tuple[Settled, list[Rejected]]:
    kept = _first(order)
    others = [one for one in order if one is not kept]
    refused: list[Rejected] = []
    notes: list[str] = []
    for one in sorted(others, key=lambda one: len(one.file.answers)):
        if _continues(one.file, kept.file):
            refused.append(_duplicate(kept, f"this is an earlier state of {one.source}"))
            others = [other for other in others if other is not one]
            kept = one
    counted = kept.file
    for one in others:
        if one.file == kept.file:
            refused.append(_duplicate(one, f"this is the same file as {kept.source}"))
        elif _same_cases(one.file, kept.file) and _begins(one.file, kept.file):
            refused.append(_duplicate(one, f"this is an earlier state of {kept.source}"))
        else:
            counted, added = _merge(counted, one.file)
            text = _conflict(one, kept, added)
            refused.append(Rejected(one.source, "conflict", text))
            notes.append(f"there is another file in this name: {one.source}")
    return Settled(replace(kept, file=counted), tuple(notes)), refused


def _first(order: Sequence[Submission]) -> Submission:
    """The file received first.

    Within minutes the order is chance (a copied folder). Then a file that another continues came
    before it, and of those that have nothing in common the one that grew longest is taken.
    """
    batch = [
        one
        for one in order
        if bool(one.file.answers) == bool(order[0].file.answers)
        and one.received - order[0].received <= SAME_TIME_S
    ]
    begun = [
        one
        for one in batch
        if not any(
            len(other.file.answers) < len(one.file.answers)
            and _same_cases(one.file, other.file)
            and _begins(other.file, one.file)
            for other in batch
        )
    ]

    def grown(one: Submission) -> int:
        states = [other for other in batch if _continues(other.file, one.file)]
        return max(len(other.file.answers) for other in [one, *states])

    return max(begun, key=grown)


def _conflict(one: Submission, kept: Submission, added: int) -> str:
    """What to tell of a file that disagrees with the one received first."""
    pseudonym = kept.file.pseudonym
    more = f"; {added} answers to questions open there were added from this" if added else ""
    if not one.file.answers:
        return f"{pseudonym} stands in this empty file too: {kept.source} counts"
    if _same_cases(one.file, kept.file) and _begins(kept.file, one.file):
        return (
            f"this answers questions again that {pseudonym} had answered in {kept.source}: what was"
            f" received first counts{more}"
        )
    return (
        f"{pseudonym} stands in two files that disagree: {kept.source} was received first and"
        f" counts{more}. Ask the learner which is theirs"
    )


def _duplicate(one: Submission, text: str) -> Rejected:
    return Rejected(one.source, "duplicate", text)


def _begins(short: AnswersFile, long: AnswersFile) -> bool:
    return long.answers[: len(short.answers)] == short.answers


def _same_cases(one: AnswersFile, other: AnswersFile) -> bool:
    """Whether both answer the same patients: by the ticket, which was checked, or by the seed."""
    if one.ticket or other.ticket:
        return one.ticket == other.ticket
    return one.course_seed == other.course_seed


def _continues(long: AnswersFile, short: AnswersFile) -> bool:
    """Whether the longer file is the shorter with answers added to questions that were open in it,
    as an honest file grows.
    """
    if long.answers == short.answers or not (_same_cases(long, short) and _begins(short, long)):
        return False
    answered = _answered(short.answers)
    return not any(_of(answer) in answered for answer in long.answers[len(short.answers) :])


def _merge(first: AnswersFile, other: AnswersFile) -> tuple[AnswersFile, int]:
    """The first with the other's answers to questions that are open in it, and how many those
    are.
    """
    if not _same_cases(first, other):
        return first, 0
    answered = _answered(first.answers)
    more = tuple(answer for answer in other.answers if _of(answer) not in answered)
    more = tuple(answer for answer in more if answer not in first.answers)
    return first.model_copy(update={"answers": (*first.answers, *more)}), len(_answered(more))


def _answered(answers: Iterable[Answer]) -> set[tuple[str, str]]:
    return {_of(answer) for answer in answers if answer.value is not None}


def _of(answer: Answer) -> tuple[str, str]:
    return answer.exercise, answer.item


__all__ = ["Settled", "settle"]
