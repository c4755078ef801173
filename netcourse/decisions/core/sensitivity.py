"""What would change a verdict: a rule names its inputs with their limits and steps, one input is
changed at a time, and the rule is asked again.

>>> size = numbers({"size_mm": 12}, "size_mm", [10], 0.1, "With {then:g} instead of {now:g} mm")
>>> nearest_flips("enlarged", size, lambda case: "enlarged" if case["size_mm"] > 10 else "normal")
(Flip(input='size_mm', now=12, then=10.0, verdict='normal', text='With 10 instead of 12 mm: normal.'),)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from netcourse.decisions.core.decision import CANNOT_DECIDE, Flip

C = TypeVar("C")
_DIGITS = 3


@dataclass(frozen=True)
class Change(Generic[C]):
    """One input of a case changed: from what to what (numbers only), in words, and the case after
    it.

    Changes of one `group` are alternatives to each other, the nearest first.
    """

    input: str
    now: float | None
    then: float | None
    words: str
    case: C
    group: str = ""


def value_at(case: Any, path: str) -> Any:
    """Return what stands at a dotted path of a case: a field, a key or a place of a tuple.

    >>> value_at({"reads": ({"suv": 4.6},)}, "reads.0.suv")
    4.6
    """
    for step in path.split("."):
        if isinstance(case, Mapping):
            case = case[step]
        elif isinstance(case, Sequence):
            case = case[int(step)]
        else:
            case = getattr(case, step)
    return case


def changed(case: C, path: str, value: Any) -> C:
    """Return a copy of a case with another value at a dotted path.

    >>> changed({"reads": ({"suv": 4.6},)}, "reads.0.suv", 5.0)
    {'reads': ({'suv': 5.0},)}
    """
    head, _, rest = path.partition(".")
    new = changed(value_at(case, head), rest, value) if rest else value
    made: Any
    if isinstance(case, BaseModel):
        made = case.model_copy(update={head: new})
    elif isinstance(case, Mapping):
        made = {**case, head: new}
    elif isinstance(case, tuple):
        made = (*case[: int(head)], new, *case[int(head) + 1 :])
    else:
        made = replace(case, **{head: new})  # type: ignore[type-var]
    return made  # type: ignore[no-any-return]


def numbers(
    case: C,
    path: str,
    limits: Iterable[float | None],
    step: float,
    words: str,
    *,
    name: str | None = None,
    group: str = "",
    unknown: str | None = None,
    lowest: float = 0.0,
    digits: int = _DIGITS,
    check: bool = False,
) -> Iterator[Change[C]]:
    """Yield a number at each limit and one step to either side of it, the nearest first.

    `words` is filled with `{now}` and `{then}`. A number that is not known is tried only with
    `unknown`, the words for it. `check` leaves out what makes a case that contradicts itself.
    """
    now = value_at(case, path)
    if now is None and unknown is None:
        return
    moves = (0.0,) if now is None else (0.0, -step, step)
    tried = dict.fromkeys(
        round(limit + move, digits) for limit in limits if limit is not None for move in moves
    )
    near = [then for then in tried if then >= lowest and then != now]
    if now is not None:
        near.sort(key=lambda then: (round(abs(then - now), 6), then))
    for then in near:
        text = (unknown or "") if now is None else words
        value = int(then) if isinstance(now, int) and then == int(then) else then
        after = _sound(changed(case, path, value)) if check else changed(case, path, value)
        if after is not None:
            input = name or path
            yield Change(input, now, then, text.format(now=now, then=then), after, group or input)


def options(
    case: C,
    path: str,
    words: Mapping[Any, str],
    *,
    name: str | None = None,
    group: str = "",
    check: bool = False,
) -> Iterator[Change[C]]:
    """Yield each other value of a choice with its words.

    `name` may hold `{then}`. `check` leaves out what makes a case that contradicts itself.
    """
    now = value_at(case, path)
    for then, text in words.items():
        after = None if then == now else changed(case, path, then)
        if after is not None and check:
            after = _sound(after)
        if after is not None:
            input = (name or path).format(then=then)
            yield Change(input, None, None, text, after, group or path)


def nearest_flips(
    verdict: str,
    changes: Iterable[Change[C]],
    ask: Callable[[C], str | None],
    *,
    rank: Callable[[str], int] | None = None,
    best: bool = False,
    sort: bool = False,
    most: int | None = None,
    open_counts: bool = False,
    says: str = "",
) -> tuple[Flip, ...]:
    """Return, per group of changes, the nearest that gives another verdict, found by asking again.

    `ask` gives the verdict of a case, None where it stays open; that is a flip only with
    `open_counts`. With a `rank` of verdicts the nearest that betters comes before any that worsens,
    and what betters stands first; `best` takes the best of a group before the nearest. `sort` orders by distance, `most` limits the number (of better
    and of worse ones each), `says` stands before the verdict in the text.
    """
    nearest: dict[str, Flip] = {}
    for change in changes:
        group = change.group or change.input
        held = nearest.get(group)
        if held and not best and (rank is None or rank(held.verdict) > rank(verdict)):
            continue
        then = ask(change.case)
        if then is None or then == verdict or (then == CANNOT_DECIDE and not open_counts):
            continue
        if held and rank is not None:
            least = max(rank(verdict), rank(held.verdict)) if best else rank(verdict)
            if rank(then) <= least:
                continue
        text = f"{change.words[0].upper()}{change.words[1:]}: {says}{then}."
        nearest[group] = Flip(change.input, change.now, change.then, then, text)
    flips = sorted(nearest.values(), key=_distance) if sort else list(nearest.values())
    if rank is None:
        return tuple(flips[:most])
    better = [flip for flip in flips if rank(flip.verdict) > rank(verdict)]
    if best:
        better.sort(key=lambda flip: -rank(flip.verdict))
    worse = [flip for flip in flips if flip not in better]
    return tuple(better[:most] + worse[:most])


def _distance(flip: Flip) -> float:
    """How far a change is, as a share of the value; a fact that turns round counts as a whole."""
    if flip.now is None or flip.then is None:
        return 1.0
    return abs(flip.then - flip.now) / max(flip.now, flip.then, 1e-9)


def _sound(case: C) -> C | None:
    """The case where it agrees with itself, else None."""
    if isinstance(case, BaseModel):
        try:
            return type(case).model_validate(case.model_dump())
        except ValidationError:
            return None
    return case
