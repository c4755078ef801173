"""Did radioligand therapy work? RECIST 1.1 by sums, what receptor scan and MRI add to one lesion,
and when to look again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field

from netcourse.decisions.core.decision import CANNOT_DECIDE, Decision, Reason, Status, reason
from netcourse.decisions.core.sensitivity import Change, changed, nearest_flips, numbers
from netcourse.evidence import figure, statement
from netcourse.patients.record import Model, Months, Suv

COMPLETE, PARTIAL, STABLE, PROGRESSION = (
    "complete response",
    "partial response",
    "stable disease",
    "progression",
)
RESPONSES = (COMPLETE, PARTIAL, STABLE, PROGRESSION)
RESPONDING, UNCHANGED, GROWING = "responding", "no clear change", "progression"
AGAIN, LOST_RECEPTORS = (
    "possible pseudoprogression: scan again",
    "possible loss of receptors: FDG PET",
)
MEANINGS = (RESPONDING, UNCHANGED, AGAIN, LOST_RECEPTORS, GROWING)
Millimetres = Annotated[float, Field(ge=0)]


def recist(
    baseline_mm: float, smallest_mm: float, now_mm: float, new_lesion: bool = False
) -> Decision:
    """Return the response by RECIST 1.1 from sums of target diameters: at baseline, the smallest so
    far, and now.

    Partial response is counted from the baseline, progression from the smallest sum; a new lesion
    is progression. ValueError for a baseline of 0 or a smallest sum above it. Source: statement
    FU1.

    >>> [recist(100, smallest, now).verdict for smallest, now in ((100, 70), (70, 84), (100, 119), (70, 85))]
    ['partial response', 'progression', 'stable disease', 'progression']
    >>> recist(20, 18, 22).verdict
    'stable disease'
    """
    if not baseline_mm > 0 or not 0 <= smallest_mm <= baseline_mm or now_mm < 0:
        raise ValueError(
            f"sums are {baseline_mm:g}, {smallest_mm:g}, {now_mm:g} mm; above 0 must be the"
            " baseline, and the smallest not above it"
        )
    verdict = _recist(baseline_mm, smallest_mm, now_mm, new_lesion)
    return Decision(
        "RECIST 1.1",
        verdict,
        tuple(_sums(baseline_mm, smallest_mm, now_mm, new_lesion)),
        (),
        search=lambda: nearest_flips(
            verdict,
            _other_sums((baseline_mm, smallest_mm, now_mm, new_lesion)),
            lambda sums: _recist(*sums),
        ),
    )


class LesionChange(Model):
    """One lesion before and after: size, SUVmax on the receptor scan with the same tracer, and how
    DWI changed.

    `months` counts from the first cycle. `markers_rising` None is not known.
    """

    size_before_mm: Millimetres
    size_now_mm: Millimetres
    suv_before: Suv | None = None
    suv_now: Suv | None = None
    diffusion: Literal["less restricted", "unchanged", "more restricted"] | None = None
    months: Months
    markers_rising: bool | None = None

    @property
    def grew(self) -> bool:
        """Whether it grew by more than measurement: the share and the millimetres of RECIST."""
        return _grew(self.size_before_mm, self.size_now_mm)

    @property
    def suv_change_percent(self) -> float | None:
        """The change of SUVmax, %; None where a scan is missing."""
        if not self.suv_before or self.suv_now is None:
            return None
        return 100 * (self.suv_now / self.suv_before - 1)


def lesion_response(change: LesionChange) -> Decision:
    """Say what a lesion's change under radioligand therapy means, one of `MEANINGS`; "cannot
    decide" without what tells growth apart.

    Smaller, darker on the receptor scan and less restricted are signs of response (S52). Growth
    with fewer receptors is no response (FU3); early growth with unchanged receptors and markers may
    pass (FU2).

    >>> smaller = LesionChange(size_before_mm=34, size_now_mm=24, suv_before=31, suv_now=14, months=12)
    >>> larger = LesionChange(size_before_mm=28, size_now_mm=60, suv_before=17, suv_now=2, months=9)
    >>> lesion_response(smaller).verdict, lesion_response(larger).verdict
    ('responding', 'possible loss of receptors: FDG PET')
    """
    verdict, reasons, missing = _meaning(change)
    return Decision(
        "Change under therapy",
        verdict,
        tuple(reasons),
        missing,
        search=lambda: nearest_flips(verdict, _other_changes(change), lambda c: _meaning(c)[0]),
    )


def surveillance() -> tuple[tuple[str, str], ...]:
    """Return when to look after the last cycle, and with what (FU4, D24)."""
    first, then, receptors = (
        figure(f"surveillance.{name}") for name in ("first", "then", "receptors")
    )
    return (
        ("between cycles", "laboratory; CT or MRI where the course is unclear"),
        (f"{first.value:g} months after the last cycle", f"CT or MRI [{first.mark}]"),
        (f"then every {then.value:g} months", f"CT or MRI [{then.mark}]"),
        (
            f"{receptors.value:g} months after the last cycle",
            f"receptor PET [{receptors.mark}], and whenever CT and the patient disagree",
        ),
    )


def surveillance_notes() -> tuple[str, ...]:
    """Return what the course says about when to look."""
    return tuple(statement(id).in_words for id in ("FU4", "D24"))


def _grew(before: float, now: float) -> bool:
    share, least = figure("recist.progressive").value / 100, figure("recist.progressive_mm").value
    return now >= round((1 + share) * before, 9) and now - before >= least


def _recist(baseline: float, smallest: float, now: float, new: bool) -> str:
    if new or _grew(smallest, now):
        return PROGRESSION
    if now == 0:
        return COMPLETE
    return (
        PARTIAL
        if now <= round((1 - figure("recist.partial").value / 100) * baseline, 9)
        else STABLE
    )


def _sums(baseline: float, smallest: float, now: float, new: bool) -> Iterator[Reason]:
    share, least, part = (
        figure("recist.progressive"),
        figure("recist.progressive_mm"),
        figure("recist.partial"),
    )
    if new:
        yield reason("FU1", "A new lesion: progression whatever the sum says.", Status.NOT_MET)
    rise = 100 * (now / smallest - 1) if smallest else 0.0
    said = (
        f"{now:g} mm against the smallest sum of {smallest:g}: {rise:+.0f} %,"
        f" {now - smallest:+.0f} mm"
    )
    text = f"{said}; progression from {share.value:+g} % and {least.value:g} mm."
    yield reason(
        "FU1", text, Status.NOT_MET if _grew(smallest, now) else Status.MET, figure_id=share.id
    )
    fall = 100 * (now / baseline - 1)
    text = (
        f"{now:g} mm against the baseline of {baseline:g}: {fall:+.0f} %; partial response from"
        f" −{part.value:g} %."
    )
    yield reason(
        "FU1", text, Status.MET if fall <= -part.value else Status.NOT_MET, figure_id=part.id
    )


def _other_sums(sums: tuple[float, float, float, bool]) -> Iterator[Change[Any]]:
    """Yield the sum at which the answer turns, in whole millimetres."""
    baseline, smallest, *_ = sums
    limits = [
        (1 - figure("recist.partial").value / 100) * baseline,
        (1 + figure("recist.progressive").value / 100) * smallest,
        smallest + figure("recist.progressive_mm").value,
    ]
    words = "With a sum of {then:g} instead of {now:g} mm"
    yield from numbers(sums, "2", map(int, limits), 1, words, name="now_mm")


def _meaning(change: LesionChange) -> tuple[str, list[Reason], tuple[str, ...]]:
    fall, limit = change.suv_change_percent, figure("response.suv_fall")
    said = f"{change.size_before_mm:g} → {change.size_now_mm:g} mm"
    darker = fall is not None and fall <= -limit.value
    suv = (
        ""
        if fall is None
        else f", SUVmax {change.suv_before:.1f} → {change.suv_now:.1f} ({fall:+.0f} %)"
    )
    if not change.grew:
        signs = [name for name, holds in _signs(change, darker) if holds]
        found = (
            f"{said}{suv}: {', '.join(signs) or 'none of the signs'}. {statement('S52').in_words}"
        )
        return (
            (RESPONDING if signs else UNCHANGED),
            [reason("S52", found, Status.MET if signs else Status.NOT_MET, figure_id=limit.id)],
            (),
        )
    if fall is None:
        text = f"{said}: it grew. Its receptors tell what that means."
        return (
            CANNOT_DECIDE,
            [reason("FU3", text, Status.UNKNOWN)],
            ("receptor PET with the same tracer",),
        )
    if darker:
        return (
            LOST_RECEPTORS,
            [
                reason(
                    "FU3",
                    f"{said}{suv}: {statement('FU3').in_words}",
                    Status.NOT_MET,
                    figure_id=limit.id,
                )
            ],
            (),
        )
    early, again = figure("response.early"), figure("response.again")
    if change.months <= early.value and not change.markers_rising:
        if change.markers_rising is None:
            return (
                CANNOT_DECIDE,
                [reason("FU2", f"{said}{suv}, early.", Status.UNKNOWN, figure_id=early.id)],
                ("tumour markers",),
            )
        when = (
            f"within {early.value:g} months: scan again after {again.low:g} to {again.high:g} weeks"
        )
        text = f"{said}{suv} {when}. {statement('FU2').in_words}"
        return AGAIN, [reason("FU2", text, Status.UNKNOWN, figure_id=early.id)], ()
    return (
        GROWING,
        [reason("FU1", f"{said}{suv}: it grew.", Status.NOT_MET, figure_id="recist.progressive")],
        (),
    )


def _signs(change: LesionChange, darker: bool) -> tuple[tuple[str, bool], ...]:
    part = figure("recist.partial").value / 100
    return (
        ("smaller", change.size_now_mm <= round((1 - part) * change.size_before_mm, 9)),
        ("fewer receptors", darker),
        ("less restricted diffusion", change.diffusion == "less restricted"),
    )


def _other_changes(change: LesionChange) -> Iterator[Change[LesionChange]]:
    """Yield the other answer of each input."""
    early = figure("response.early").value
    others = (
        ("with an unchanged SUVmax", "suv_now", change.suv_before),
        ("with half the SUVmax", "suv_now", (change.suv_before or 0.0) / 2),
        ("without growth", "size_now_mm", change.size_before_mm),
        (f"after {early + 3:g} months", "months", early + 3),
        ("with rising markers", "markers_rising", True),
    )
    for words, field, then in others:
        yield Change(words, None, None, words, changed(change, field, then))
