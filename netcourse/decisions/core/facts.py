"""Three-valued truth: a fact holds, does not hold, or is not known, and then says what would have
to be known.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fact:
    """Whether something holds; None when that is not known, and then `needs` names what is
    missing.
    """

    holds: bool | None
    needs: tuple[str, ...] = ()


def known(value: bool | None, name: str) -> Fact:
    """Return the fact that a value is true; None makes it unknown for want of `name`.

    >>> known(None, "size"), known(True, "size")
    (Fact(holds=None, needs=('size',)), Fact(holds=True, needs=()))
    """
    return Fact(value, () if value is not None else (name,))


def all_of(*facts: Fact) -> Fact:
    """Return whether all hold: no as soon as one does not, whatever is unknown besides.

    >>> all_of(known(None, "size"), known(False, "margin")).holds
    False
    >>> all_of(known(None, "size"), known(True, "margin"), known(None, "node"))
    Fact(holds=None, needs=('size', 'node'))
    """
    if any(fact.holds is False for fact in facts):
        return Fact(False)
    needs = tuple(dict.fromkeys(need for fact in facts for need in fact.needs))
    return Fact(None, needs) if any(fact.holds is None for fact in facts) else Fact(True)


def no(fact: Fact) -> Fact:
    """Return the opposite; what is unknown stays so.

    >>> no(known(True, "size")).holds, no(known(None, "size")).needs
    (False, ('size',))
    """
    return Fact(None if fact.holds is None else not fact.holds, fact.needs)


def any_of(*facts: Fact) -> Fact:
    """Return whether at least one holds.

    >>> any_of(known(None, "size"), known(True, "margin")), any_of(known(None, "size"), known(False, "margin"))
    (Fact(holds=True, needs=()), Fact(holds=None, needs=('size',)))
    """
    return no(all_of(*(no(fact) for fact in facts)))
