"""Rulebooks of radioligand therapy as data: the course's own, two labels and two trials
(`rulebooks.toml`).
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Literal

from pydantic import ValidationError

from netcourse.decisions.core.decision import Weight
from netcourse.evidence import Figure, figure, figures
from netcourse.patients.clinical import Site
from netcourse.patients.record import Model

Route = Literal["progression", "symptoms", "first_line", "any"]
_FILE = "rulebooks.toml"
COURSE = "course"
OUTSIDE, _NOT_INDICATED = "outside the trial", "not indicated"


class Profile(Model):
    """A rulebook; `rulebooks.toml` says what the fields mean."""

    id: str
    name: str
    about: str
    year: int
    trial: bool
    source: tuple[str, ...]
    sites: tuple[Site, ...]
    other_site: Weight
    g3: Weight
    routes: tuple[Route, ...]
    under_analogue: bool
    uptake: Literal["graded", "liver", "positive"]
    fdg_dominance: Weight
    another_prrt: Weight
    liver_therapy: Weight

    def limit(self, name: str) -> Figure:
        """Return a limit, this rulebook's own or the course's; KeyError where neither has one.

        >>> [profile(id).limit("crcl_stop").value for id in ("course", "ema", "netter1")]
        [30, 40, 50]
        """
        return self.own_limit(name) or _own(COURSE).get(name) or figure(f"prrt.{COURSE}.{name}")

    def words(self, verdict: str) -> str:
        """Return a verdict as tables say it: whom a trial did not take lies outside the trial,
        which is no advice.

        >>> profile("netter1").words("not indicated"), profile("ema").words("not indicated")
        ('outside the trial', 'not indicated')
        """
        return OUTSIDE if self.trial and verdict == _NOT_INDICATED else verdict

    def own_limit(self, name: str) -> Figure | None:
        """Return the limit that only this rulebook has, None where it has none."""
        return _own(self.id).get(name)


def profiles() -> tuple[str, ...]:
    """Return the ids of all rulebooks, the course's first.

    >>> profiles()
    ('course', 'ema', 'fda', 'netter1', 'netter2')
    """
    return tuple(_profiles())


def profile(id: str | Profile) -> Profile:
    """Return the rulebook of that id; ValueError names those there are."""
    if isinstance(id, Profile):
        return id
    if id not in _profiles():
        raise ValueError(f"there is no rulebook '{id}'; there are {', '.join(_profiles())}")
    return _profiles()[id]


@cache
def _own(id: str) -> dict[str, Figure]:
    return figures(f"prrt.{id}")


@cache
def _profiles() -> dict[str, Profile]:
    return read_profiles((resources.files(__package__) / _FILE).read_text(encoding="utf-8"))


def read_profiles(text: str) -> dict[str, Profile]:
    """Return the rulebooks of a text of the form of `rulebooks.toml`; ValueError that names
    file, rulebook and field.
    """
    rows = tomllib.loads(text)
    if COURSE not in rows:
        raise ValueError(
            f"{_FILE}: [{COURSE}] is missing; the others take from it what they do not say"
        )
    found = {}
    for id, row in rows.items():
        try:
            found[id] = Profile.model_validate(rows[COURSE] | row | {"id": id})
        except ValidationError as error:
            raise ValueError(
                "\n".join(
                    f"{_FILE}, [{id}], {'.'.join(map(str, e['loc']))}: {e['msg']}"
                    for e in error.errors()
                )
            ) from None
    return found
