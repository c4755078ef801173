"""What the trials of radioligand therapy found, as published: progression is one result, survival
another (S50, D16).
"""

from __future__ import annotations

from dataclasses import dataclass

from netcourse.evidence import Figure, figure, statement


@dataclass(frozen=True)
class TrialResult:
    """A trial: whom it took, the two arms' medians, the ratio where there is one, and what it may
    be quoted for.

    `radioligand` None is a median that was not reached; `update` is the median of a later report,
    to which `ratio` does not belong.
    """

    name: str
    whom: str
    radioligand: Figure | None
    control: Figure | None
    ratio: Figure | None
    means: str
    update: Figure | None = None

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Every number of it."""
        return tuple(
            one for one in (self.radioligand, self.control, self.ratio, self.update) if one
        )

    @property
    def significant(self) -> bool | None:
        """Whether the interval of the ratio leaves 1 out; None where there is no ratio with an
        interval.
        """
        if self.ratio is None or self.ratio.low is None or self.ratio.high is None:
            return None
        return not self.ratio.low <= 1 <= self.ratio.high


def trial_results() -> tuple[TrialResult, ...]:
    """Return the results that the course teaches, in the order of the lesson.

    >>> [(one.name, one.significant) for one in trial_results()][:3]
    [('NETTER-1, progression-free survival', True), ('NETTER-1, overall survival', False), ('NETTER-2, progression-free survival', True)]
    """
    return (
        TrialResult(
            "NETTER-1, progression-free survival",
            "midgut NET, progressive under octreotide",
            None,
            figure("trial.netter1.pfs_control"),
            figure("trial.netter1.pfs_ratio"),
            statement("S50").in_words,
            figure("trial.netter1.pfs_updated"),
        ),
        TrialResult(
            "NETTER-1, overall survival",
            "the same patients, final report",
            figure("trial.netter1.os_radioligand"),
            figure("trial.netter1.os_control"),
            figure("trial.netter1.os_ratio"),
            str(statement("S50").corrected),
        ),
        TrialResult(
            "NETTER-2, progression-free survival",
            "first line, G2 and G3",
            figure("trial.netter2.pfs_radioligand"),
            figure("trial.netter2.pfs_control"),
            figure("trial.netter2.pfs_ratio"),
            statement("D8").in_words,
        ),
        TrialResult(
            "NETTER-R, progression-free survival",
            "pancreatic NET, retrospective",
            figure("trial.netter_r.pfs"),
            None,
            None,
            "No control arm.",
        ),
        TrialResult(
            "Erasmus, progression-free survival",
            "one centre, all sites",
            figure("trial.erasmus.pfs"),
            None,
            None,
            "No control arm.",
        ),
        TrialResult(
            "COMPETE, progression-free survival",
            "G1 and G2, against everolimus",
            figure("trial.compete.pfs_radioligand"),
            figure("trial.compete.pfs_control"),
            figure("trial.compete.pfs_ratio"),
            "Against a targeted drug, not an analogue.",
        ),
        TrialResult(
            "COMPETE, overall survival",
            "the same patients, immature",
            figure("trial.compete.os_radioligand"),
            figure("trial.compete.os_control"),
            figure("trial.compete.os_ratio"),
            "Not significant: no proof that patients live longer.",
        ),
    )


def trial_note() -> str:
    """Return which of several published numbers the course takes (D16)."""
    return statement("D16").in_words
