"""What each question needs of a CT, as data: `protocols.toml`, with seconds, doses and volumes
from evidence.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Generic, Literal, Self, TypeVar, get_args

from pydantic import Field, ValidationError

from netcourse.evidence import Figure, figure, figures
from netcourse.patients import Pathology
from netcourse.patients.record import Model

Target = Literal[
    "pancreas",
    "small_bowel",
    "stomach_duodenum",
    "rectum",
    "lung",
    "follow_up",
    "pet_low_dose",
    "pet_diagnostic",
]
CtPhase = Literal[
    "unenhanced",
    "early_arterial",
    "late_arterial",
    "pancreatic",
    "enteric",
    "portal_venous",
    "delayed",
]
Oral = Literal["none", "water", "neutral", "positive"]
Spasmolytic = Literal["none", "butylscopolamine", "glucagon"]
Timing = Literal["fixed", "tracked"]

T = TypeVar("T")
TARGETS: tuple[Target, ...] = get_args(Target)
CT_PHASES: tuple[CtPhase, ...] = get_args(CtPhase)
PHASE_RULE: dict[CtPhase, str] = {
    "unenhanced": "CT1",
    "early_arterial": "CT2",
    "late_arterial": "CT3",
    "pancreatic": "CT3",
    "enteric": "CT4",
    "portal_venous": "CT5",
    "delayed": "CT6",
}
ORAL_RULE: dict[Oral, str] = {"water": "CO2", "neutral": "CO3", "positive": "S19"}
ORAL_WORDS: dict[Oral, str] = {
    "none": "nothing by mouth",
    "water": "water by mouth",
    "neutral": "a neutral agent by mouth",
    "positive": "positive oral contrast",
}
_FILE = "protocols.toml"
CLOCK: dict[Timing, str] = {
    "fixed": "after the start of the injection",
    "tracked": "after the trigger",
}


class OneOf(Model, Generic[T]):
    """What must be there: one of `any_of`; one of `instead` will do, with a remark."""

    any_of: tuple[T, ...] = Field(min_length=1)
    instead: tuple[T, ...] = ()

    @property
    def accepted(self) -> tuple[T, ...]:
        """All that will do, best first."""
        return self.any_of + self.instead

    def and_also(self, other: Self) -> Self | None:
        """What serves two questions at once: what is best for both, else what will do for both;
        None where nothing does.
        """
        common = tuple(one for one in self.accepted if one in other.accepted)
        best = tuple(one for one in self.any_of if one in other.any_of) or common
        return (
            self.model_copy(
                update={"any_of": best, "instead": tuple(one for one in common if one not in best)}
            )
            if best
            else None
        )


class Needs(Model):
    """What one question needs of a CT: a table of `protocols.toml`, which says what the fields
    mean.
    """

    code: str
    name: str
    statement: str
    sites: tuple[str, ...] = ()
    needs: tuple[OneOf[CtPhase], ...] = Field(min_length=1)
    optional: tuple[CtPhase, ...] = ()
    oral: OneOf[Oral]
    amounts: dict[Oral, str] = Field(default_factory=dict)
    slice: str | None = None
    spasmolytic: bool = False
    advice: tuple[str, ...] = ()

    @property
    def phases(self) -> tuple[CtPhase, ...]:
        """The phases that meet every need at its best, in time order."""
        best = {need.any_of[0] for need in self.needs}
        return tuple(phase for phase in CT_PHASES if phase in best)

    def and_also(self, other: Needs) -> Needs:
        """What two questions in one scan need; where nothing to drink serves both, the first
        decides. Statement and advice stay its own.
        """
        needs = list(self.needs)
        for need in other.needs:
            joined = {
                place: both for place, known in enumerate(needs) if (both := known.and_also(need))
            }
            for place, both in joined.items():
                needs[place] = both
            needs += [] if joined else [need]
        slices = sorted(
            (id for id in (self.slice, other.slice) if id), key=lambda id: figure(id).value
        )
        return self.model_copy(
            update={
                "code": f"{self.code} + {other.code}",
                "name": f"{self.name} and {other.name}",
                "needs": tuple(needs),
                "optional": tuple(dict.fromkeys(self.optional + other.optional)),
                "oral": self.oral.and_also(other.oral) or self.oral,
                "amounts": other.amounts | self.amounts,
                "slice": slices[0] if slices else None,
                "spasmolytic": self.spasmolytic or other.spasmolytic,
            }
        )


@cache
def ct_protocols() -> dict[Target, Needs]:
    """Return what each question needs, in the order of the file.

    Raises ValueError that names file, table and field where the file is wrong.

    >>> ct_protocols()["rectum"].code
    'P-REC'
    """
    return read_protocols((resources.files(__package__) / _FILE).read_text(encoding="utf-8"))


def read_protocols(text: str) -> dict[Target, Needs]:
    """Return what a text of the form of `protocols.toml` says; ValueError as in
    `ct_protocols`.
    """
    found = tomllib.loads(text)
    if set(found) != set(TARGETS):
        raise ValueError(
            f"{_FILE} has the tables {', '.join(found)}; there must be one for each of"
            f" {', '.join(TARGETS)}"
        )
    rows: dict[Target, Needs] = {}
    for target in sorted(TARGETS, key=list(found).index):
        try:
            rows[target] = Needs.model_validate(found[target])
        except ValidationError as error:
            lines = [
                f"{_FILE}, {'.'.join(map(str, (target, *e['loc'])))}: {e['msg']}"
                for e in error.errors()
            ]
            raise ValueError("\n".join(lines)) from None
    named = {site for row in rows.values() for site in row.sites}
    if unnamed := [
        site for site in get_args(Pathology.model_fields["site"].annotation) if site not in named
    ]:
        raise ValueError(f"{_FILE}: no table names the site {', '.join(unnamed)}")
    return rows


@cache
def window(phase: CtPhase, timing: Timing = "fixed", usable: bool = False) -> Figure:
    """Return the figure of when a phase starts; `usable` gives the wider window where there is one.
    KeyError for unenhanced.

    >>> window("portal_venous"), window("portal_venous", usable=True).low
    (Figure phase.portal_venous.start = 68 s [K: Bae10, ENETS17], 60)
    """
    there, clock = figures(f"phase.{phase}"), {"fixed": "", "tracked": "_after_trigger"}[timing]
    wide = there.get(f"usable{clock}")
    return (
        wide
        if usable and wide
        else figure(f"phase.{phase}.{'start' if timing == 'fixed' else 'after_trigger'}")
    )


def spread(found: Figure, unit: bool = True) -> str:
    """Write a figure's range, or its value where it has none, with or without its unit.

    >>> spread(window("late_arterial")), spread(figure("slice.pancreas")), spread(figure("contrast.egfr"))
    ('35–40 s', '1–1.5 mm', '30 mL/min/1.73 m²')
    """
    numbers = (
        f"{found.value:g}"
        if found.low is None or found.high is None
        else f"{found.low:g}–{found.high:g}"
    )
    return f"{numbers} {found.unit}" if unit else numbers


def phase_words(phase: CtPhase) -> str:
    """Name a phase as readers do.

    >>> phase_words("portal_venous"), phase_words("unenhanced")
    ('portal venous phase', 'unenhanced scan')
    """
    return "unenhanced scan" if phase == "unenhanced" else f"{phase.replace('_', ' ')} phase"
