"""A learner with two computers is one learner: files that the roster gives to one person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from netcourse.assessment.marking.scoring import Result
from netcourse.classroom.collect.hand_in import hand_in, owner
from netcourse.classroom.collect.roster import Person
from netcourse.classroom.report.outcome import Graded


def one_each(graded: Sequence[Graded], people: Sequence[Person]) -> list[Graded]:
    """Return the learners with those put together whose files are one person's; the notes say so.

    Of each exercise the file with the most answers counts, the first of equals: which marks are
    better does not matter.
    """
    together, alone = by_person(graded, people)
    return [put_together(works) for works in together.values()] + alone


def by_person(
    graded: Sequence[Graded], people: Sequence[Person], listed: Sequence[Person] = ()
) -> tuple[dict[Person, list[Graded]], list[Graded]]:
    """Return the works of each person of the roster, and those that are nobody's for certain.

    Where the platform's numbers show that two of one name handed in, neither work is given to the
    one of that name in the roster. `listed` as in `whose`.
    """
    works: dict[Person, list[Graded]] = {}
    nobodys: list[Graded] = []
    for work in graded:
        person = whose(work, people, listed)
        if person is None:
            nobodys.append(work)
        else:
            works.setdefault(person, []).append(work)
    for person, mine in list(works.items()):
        if len({hand_in(work.source).number for work in mine} - {""}) > 1:
            nobodys += works.pop(person)
    return works, nobodys


def whose(graded: Graded, people: Sequence[Person], listed: Sequence[Person] = ()) -> Person | None:
    """Return whose work this is: by pseudonym, or by what a platform wrote into the file's path.

    `listed` are the people of the platform's own file: where it knows a path's number, who that is
    there decides who it is in the roster.
    """
    for person in people:
        if person.pseudonym and person.pseudonym == graded.pseudonym:
            return person
    there = owner(graded.source, listed)
    if there is None:
        return owner(graded.source, people)
    same = [person for person in people if person.is_also(there)]
    return same[0] if len(same) == 1 else None


def put_together(works: Sequence[Graded]) -> Graded:
    """Return the works of one person as one, with a note that says what was taken from where."""
    if len(works) == 1:
        return works[0]
    best: dict[str, tuple[Result, Graded]] = {}
    for work in works:
        for result in work.results:
            known = best.get(result.exercise)
            if known is None or result.answered > known[0].answered:
                best[result.exercise] = result, work
    notes = [note for work in works for note in work.notes]
    taken = "; ".join(
        f"{exercise} from {work.source} ({work.pseudonym}), {result.answered} answers"
        for exercise, (result, work) in best.items()
    )
    sources = ", ".join(work.source for work in works)
    notes.insert(0, f"{len(works)} files of one learner ({sources}) were put together: {taken}")
    results = tuple(result for result, _ in best.values())
    shown = {id: work.shown[id] for id, (_, work) in best.items() if id in work.shown}
    return replace(works[0], results=results, notes=tuple(notes), shown=shown)


__all__ = ["by_person", "one_each", "put_together", "whose"]
