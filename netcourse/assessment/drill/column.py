"""The column of the drill's page, and what it tells after signing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import anywidget
import traitlets as t
from IPython.core.getipython import get_ipython

from netcourse.assessment.drill.curve import Curve
from netcourse.assessment.drill.scoring import CaseScore
from netcourse.assessment.drill.told import decision_told, told

_HERE = Path(__file__).parent


class Column(anywidget.AnyWidget):
    """Referral, marks, scores and Sign; after signing what was found, missed and false."""

    _esm = _HERE / "screen.js"
    _css = _HERE / "screen.css"

    state = t.Dict().tag(sync=True)

    def __repr__(self) -> str:
        return f"Column({self.state.get('phase', 'waiting')})"


def told_at_signing(curve: Curve, at: int | None) -> dict[str, Any]:
    """Return what the column shows of the case signed last; `at` is the finding being looked at."""
    last, latest = curve.scores[-1], curve.blocks[-1]
    return {
        "worth": f"{100 * last.share:.0f} %",
        "counts": f"{len(last.found)} of {len(last.case.targets)} found, {len(last.false)} false",
        "errors": list(last.errors),
        "decision": decision_told(last),
        "overall": last.case.overall,
        "findings": [
            {"sign": one.sign, "what": one.what, "rule": one.rule, "flip": one.flip}
            for one in told(last)
        ],
        "at": at,
        "curve": (
            f"Cases {latest.first}–{latest.last}: sensitivity {latest.sensitivity}, false marks"
            f" per case {latest.false.value:.1f}. {curve.line}"
        ),
    }


def told_of_round(scores: Sequence[CaseScore]) -> str:
    """Return what came of a round, in one sentence.

    >>> from netcourse.assessment.drill import drill_case, perfect, score
    >>> key = perfect(drill_case(1), "sure", 40, "2026-01-01T00:00:00+00:00")
    >>> told_of_round([score(key)])
    'Your round: 1 of 1 lesions found, 0 false marks, 0 of 1 cases with an error of management.'
    """
    there, found, false = (
        sum(map(len, rows))
        for rows in zip(*((one.case.targets, one.found, one.false) for one in scores), strict=True)
    )
    wrong = sum(bool(one.errors) for one in scores)
    return (
        f"Your round: {found} of {there} lesions found, {false} false marks,"
        f" {wrong} of {len(scores)} cases with an error of management."
    )


def later(act: Callable[[], None]) -> None:
    """Act in the kernel's own thread, which alone talks to the browser; at once where no kernel
    runs.
    """
    kernel = getattr(get_ipython(), "kernel", None)
    if kernel is None:
        act()
    else:
        kernel.io_loop.add_callback(act)
