"""Rulebooks of radioligand therapy as data: the course's own, two labels and two trials
(`rulebooks.toml`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from netcourse.decisions.core.decision import Weight
from netcourse.evidence import Figure, figure, figures
from netcourse.evidence.own import LOCAL, RULEBOOKS, own_folder, read_own
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
    as_of: date
    trial: bool
    source: tuple[str, ...]
    states: dict[str, str] = Field(default_factory=dict)
    inoperable: bool
    sites: tuple[Site, ...]
    other_site: Weight
    g3: Weight
    unsettled: Weight
    routes: tuple[Route, ...]
    under_analogue: bool
    uptake: Literal["graded", "liver", "above liver", "positive"]
    not_studied: Weight
    another_prrt: Weight
    liver_therapy: Weight

    def asks(self, criterion: str) -> bool:
        """Whether this rulebook's own source states a criterion; the course asks every one.

        >>> profile("fda").asks("E14"), profile("ema").states["E4"], profile("course").asks("E14")
        (False, '4.2', True)
        """
        return self.id == COURSE or criterion in self.states

    def holds_against(self, name: str) -> Figure | None:
        """Return the limit that a value is held against here: the rulebook's own, never the
        course's caution.
        """
        return self.limit(name) if self.id == COURSE else self.own_limit(name)

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
    course = read_profiles((resources.files(__package__) / _FILE).read_text(encoding="utf-8"))
    folder = own_folder()
    if folder is None or not (folder / RULEBOOKS).is_file():
        return course
    return course | own_profiles(folder / RULEBOOKS, course[COURSE])


def own_profiles(path: Path, course: Profile) -> dict[str, Profile]:
    """Return the rulebooks of an institution's own page, marked as local; what they do not say they
    take from the course's. ValueError as in `read_profiles`.
    """
    rows = {id: {"source": [LOCAL]} | row for id, row in read_own(path).items()}
    rest = course.model_dump(mode="python", exclude={"id"})
    found = read_profiles_of({COURSE: rest} | rows, path.name)
    return {id: found[id].model_copy(update={"name": f"{found[id].name} ({LOCAL})"}) for id in rows}


def read_profiles(text: str) -> dict[str, Profile]:
    """Return the rulebooks of a text of the form of `rulebooks.toml`; ValueError that names
    file, rulebook and field.
    """
    return read_profiles_of(tomllib.loads(text), _FILE)


def read_profiles_of(rows: Mapping[str, Mapping[str, Any]], file: str) -> dict[str, Profile]:
    """Return the rulebooks of a page's rows; errors as in `read_profiles`."""
    if COURSE not in rows:
        raise ValueError(
            f"{file}: [{COURSE}] is missing; the others take from it what they do not say"
        )
    found = {}
    for id, row in rows.items():
        try:
            found[id] = Profile.model_validate({**rows[COURSE], **row, "id": id})
        except ValidationError as error:
            raise ValueError(
                "\n".join(
                    f"{file}, [{id}], {'.'.join(map(str, e['loc']))}: {e['msg']}"
                    for e in error.errors()
                )
            ) from None
    return found
