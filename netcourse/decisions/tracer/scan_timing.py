"""When to scan: how long to wait between two tracers, how far apart two scans may lie, and what an
analogue means for the date.
"""

from __future__ import annotations

from collections.abc import Iterator

from netcourse.decisions.core.decision import (
    CANNOT_DECIDE,
    Decision,
    Reason,
    Status,
    Weight,
    reason,
)
from netcourse.decisions.core.sensitivity import Change, nearest_flips, numbers, options
from netcourse.evidence import figure
from netcourse.evidence.tracers import tracer_of

TOGETHER, WITH_A_WARNING, APART = "read together", "read together with a warning", "do not combine"
NO_DELAY = "do not delay"
_LATEST = 3650


def wait_hours(first: str) -> float:
    """Return how long to wait after a tracer before the next, hours: five half-lives. ValueError
    for an unknown tracer.

    >>> [round(wait_hours(tracer), 1) for tracer in ("ga68_dotatate", "f18_fdg", "cu64_dotatate")]
    [5.6, 9.2, 63.5]
    """
    return figure("spacing.half_lives").value * tracer_of(first).half_life_min / 60


def scan_spacing(first: str, second: str) -> Decision:
    """Say when a second tracer may follow a first: "same day", "next day", or "after n days".

    The same day where the wait fits into a working day (figure `planning.working_day`), else the
    first morning after it. Flag `the other order is shorter` where turning the two round saves
    time. Raises ValueError for an unknown tracer. Source: statement TL4.

    >>> scan_spacing("ga68_dotatate", "f18_fdg").verdict, scan_spacing("cu64_dotatate", "f18_fdg").verdict
    ('same day', 'after 3 days')
    """
    one, other = tracer_of(first), tracer_of(second)
    wait = wait_hours(first)
    left = 100 * 0.5 ** figure("spacing.half_lives").value
    text = (
        f"{one.name} first: wait {wait:.1f} h, {figure('spacing.half_lives').value:g} half-lives;"
        f" {left:.0f} % are left."
    )
    reasons = [reason("TL4", text)]
    flags = []
    if wait_hours(second) < wait:
        flags.append("the other order is shorter")
        text = f"The other way round, {other.name} first: {wait_hours(second):.1f} h."
        reasons.append(reason("TL4", text, Status.MET, Weight.INFORMATION))
    question = f"{other.name} after {one.name}"
    return Decision(
        question,
        _spaced(wait),
        tuple(reasons),
        (),
        tuple(flags),
        search=lambda: nearest_flips(
            _spaced(wait),
            options((first,), "0", {second: f"With {other.name} first"}, name="first: {then}"),
            lambda order: _spaced(wait_hours(order[0])),
        ),
    )


def dual_scan_interval(days: float, therapy_between: bool | None = None) -> Decision:
    """Say whether a receptor scan and an FDG scan may be read together: "read together", "… with a
    warning", or "do not combine".

    "cannot decide" where the interval would do and it is not known whether there was a therapy
    between. Raises ValueError for days below 0 or above 3650. Source: statement TL5.

    >>> [dual_scan_interval(days, False).verdict for days in (31, 32, 61)]
    ['read together', 'read together with a warning', 'do not combine']
    """
    if not 0 <= days <= _LATEST:
        raise ValueError(f"days is {days:g}; it must be from 0 to {_LATEST}")
    verdict, reasons = _interval(days, therapy_between)
    missing = ("whether there was a therapy between",) if verdict == CANNOT_DECIDE else ()
    return Decision(
        "Two scans read together",
        verdict,
        tuple(reasons),
        missing,
        search=lambda: nearest_flips(
            verdict, _other_intervals((days, therapy_between)), lambda case: _interval(*case)[0]
        ),
    )


def ssa_before_scan(
    days_since_long_acting: int | None = None,
    hours_since_short_acting: float | None = None,
    tracer: str = "ga68_dotatate",
    started_between_scans: bool | None = None,
) -> Decision:
    """Say whether an analogue delays a receptor scan: never; it is recorded, and a label that asks
    for more is named.

    Verdict "do not delay". Flags: `analogue on board`, `label asks to wait`, and `compare SUV, not
    ratios` where the analogue was started between two scans that are compared. Without any date
    `missing` asks for it. Raises ValueError for an unknown tracer or a negative time. Sources:
    statements D12, KP1.

    >>> ssa_before_scan(14, started_between_scans=True)
    Analogue before the scan: do not delay (analogue on board, compare SUV, not ratios); D12, KP1
    """
    for name, value in (
        ("days_since_long_acting", days_since_long_acting),
        ("hours_since_short_acting", hours_since_short_acting),
    ):
        if value is not None and not 0 <= value <= 24 * _LATEST:
            raise ValueError(f"{name} is {value:g}; it must be 0 or more")
    row = tracer_of(tracer)
    reasons, flags = (
        [reason("D12", "Do not delay the scan; record drug and date of the last dose.")],
        [],
    )
    if days_since_long_acting is not None:
        on_board = days_since_long_acting <= figure("ssa.washout").value
        flags += ["analogue on board"] if on_board else []
        text = (
            f"Long-acting analogue {days_since_long_acting:g} days ago: taken to be"
            f" {'' if on_board else 'no longer '}on board."
        )
        reasons.append(
            reason(
                "D12",
                text,
                Status.MET if on_board else Status.NOT_MET,
                Weight.INFORMATION,
                figure_id="ssa.washout",
            )
        )
    asks = list(_label(row.nuclide, days_since_long_acting, hours_since_short_acting))
    flags += ["label asks to wait"] if asks else []
    reasons += asks
    if started_between_scans:
        flags.append("compare SUV, not ratios")
        up, liver = figure("ssa.lesion_to_liver_up"), figure("ssa.liver")
        text = (
            f"Started between the scans: the liver falls by about {-liver.value:g} % and the"
            f" lesion-to-liver ratio rose in {up.value:g} % of stable lesions, so compare the"
            " tumour's SUV."
        )
        reasons.append(reason("KP1", text, Status.MET, Weight.RELATIVE, figure_id=up.id))
    known = days_since_long_acting is not None or hours_since_short_acting is not None
    return Decision(
        "Analogue before the scan",
        NO_DELAY,
        tuple(reasons),
        () if known else ("date of the last dose",),
        tuple(flags),
    )


def _spaced(hours: float) -> str:
    """A wait as a department plans it: within a working day, else full days."""
    if hours <= figure("planning.working_day").value:
        return "same day"
    days = -int(-hours // 24)
    return "next day" if days == 1 else f"after {days} days"


def _interval(days: float, therapy: bool | None) -> tuple[str, list[Reason]]:
    best, last = figure("spacing.dual_best"), figure("spacing.dual_last")
    inside = days <= best.value
    text = (
        f"{days:g} days apart; up to {best.value:g} are read together, up to {last.value:g} with a"
        " warning."
    )
    reasons = [
        reason(
            "TL5",
            text,
            Status.MET if inside else Status.NOT_MET,
            figure_id=best.id if inside else last.id,
        )
    ]
    if days > last.value:
        return APART, reasons
    if therapy:
        return APART, [
            *reasons,
            reason(
                "TL5",
                "A therapy lies between: the second scan shows another disease.",
                Status.NOT_MET,
            ),
        ]
    if therapy is None:
        return CANNOT_DECIDE, [
            *reasons,
            reason("TL5", "It is not known whether a therapy lies between.", Status.UNKNOWN),
        ]
    return TOGETHER if inside else WITH_A_WARNING, [
        *reasons,
        reason("TL5", "No therapy lies between."),
    ]


def _other_intervals(
    case: tuple[float, bool | None],
) -> Iterator[Change[tuple[float, bool | None]]]:
    limits = [figure(f"spacing.{name}").value for name in ("dual_best", "dual_last")]
    yield from numbers(case, "0", limits, 1, "{then:g} days apart", name="days")
    if case[1] is not None:
        words = {True: "With a therapy between", False: "Without a therapy between"}
        yield from options(case, "1", words, name="therapy_between")


def _label(nuclide: str, days: int | None, hours: float | None) -> Iterator[Reason]:
    """Yield what the US label of the tracer asks for beyond the course's rule, where it is not
    fulfilled.
    """
    if nuclide == "cu64":
        long, short = figure("ssa_scan.cu64_long"), figure("ssa_scan.cu64_short")
        if days is not None and days < long.value:
            text = (
                f"The label asks for {long.value:g} days after a long-acting dose; it was {days:g}."
            )
            yield reason("D12", text, Status.NOT_MET, Weight.RELATIVE, figure_id=long.id)
    else:
        short = figure("ssa_scan.short_label")
    if hours is not None and hours < short.value:
        text = f"The label asks for {short.value:g} h after a short-acting dose; it was {hours:g}."
        yield reason("D12", text, Status.NOT_MET, Weight.RELATIVE, figure_id=short.id)
