"""What the rulebooks of radioligand therapy say of a patient, with every criterion that is not met
and what would change it.
"""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from netcourse.decisions.core import Status
from netcourse.decisions.prrt import profiles, prrt
from netcourse.patients import Patient


def rulebooks(profile: str | None) -> tuple[str, ...]:
    """Return the rulebooks to show: the one asked for, or all.

    >>> rulebooks("ema"), len(rulebooks("pet"))
    (('ema',), 5)
    """
    return (profile,) if profile in profiles() and profile is not None else profiles()


def prrt_page(patient: Patient, profile: str | None = None) -> RenderableType:
    """Return the verdicts as a page to read: by one rulebook with all its criteria, by several with
    what is not met.
    """
    parts: list[RenderableType] = [Text("\nRadioligand therapy", style="bold")]
    shown = rulebooks(profile)
    for id in shown:
        decision = prrt(patient, id)
        text = Text(f"{decision}")
        for one in decision.reasons:
            if len(shown) == 1 or one.status is not Status.MET:
                text.append(f"\n  {one.rule} ({one.status}, {one.weight}) {one.text} [{one.mark}]")
        for flip in decision.flips:
            text.append(f"\n  would change it: {flip.text}")
        parts.append(Padding(text, (0, 0, 0, 2)))
    return Group(*parts)
