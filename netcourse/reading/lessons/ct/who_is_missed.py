"""Who is missed: a virtual cohort read by a stated model, while the node threshold, the phases and
the dose are changed.
"""

from __future__ import annotations

from functools import lru_cache

from netcourse.decisions.core import DISCLAIMER
from netcourse.evidence import Figure, figure
from netcourse.reading.lab.drawing import INK, LESION, LINE, SOFT, line, rect, text
from netcourse.reading.lab.parameters import LabFigure, Model, Range, Switch
from netcourse.scanner import CtScan
from netcourse.scanner.acquisition import Phase
from netcourse.simulation.cohort import Cohort, cohort
from netcourse.simulation.proportion import Proportion
from netcourse.simulation.readers.ct_detection import CtReader, Reading, read

_PATIENTS = 2000
_BAR, _TOP, _LEFT, _RIGHT = 30, 44, 330.0, 700.0
_ROWS: tuple[tuple[str, tuple[str, ...], bool | None, str | None], ...] = (
    ("Nodal metastases found", ("node",), None, "detection.nodes"),
    ("Benign nodes called enlarged", ("benign_node",), None, None),
    ("Primary tumours found", ("primary",), None, "detection.ct.primary"),
    ("Liver metastases found", ("liver",), None, "detection.ct.liver"),
    ("… of pancreatic origin", ("liver",), True, None),
    ("… of small-bowel origin", ("liver",), False, None),
    (
        "Extrahepatic metastases found",
        ("node", "bone", "peritoneum"),
        None,
        "detection.ct.extrahepatic",
    ),
)


class WhoIsMissed(Model):
    """What CT finds of a cohort of 2,000 synthetic patients.

    >>> lab = WhoIsMissed()
    >>> lab.tried(node_mm=10).split(";")[0], lab.tried(node_mm=15).split(";")[0]
    ('nodes 66%', 'nodes 30%')
    """

    title = "Which lesions does CT miss?"
    look = "Move the threshold for nodes. Then leave out the arterial phase, then lower the dose."

    node_mm = Range("A node counts from a short axis above", 10, 4, 20, 1, "mm")
    ctdi_vol_mgy = Range("Radiation dose (CTDIvol)", 11, 1, 22, 1, "mGy")
    late_arterial = Switch("Late arterial phase", True)
    portal_venous = Switch("Portal venous phase", True)

    @property
    def reader(self) -> CtReader:
        """How the cohort is scanned and read now; without any phase, unenhanced counts as the
        portal one that was left out.
        """
        chosen: list[Phase] = []
        if self.late_arterial:
            chosen.append("late arterial")
        if self.portal_venous or not chosen:
            chosen.append("portal venous")
        return CtReader(tuple(chosen), self.node_mm, CtScan(ctdi_vol_mgy=self.ctdi_vol_mgy))

    @property
    def reading(self) -> Reading:
        """What the reader found."""
        return _read(self.reader)

    @property
    def result(self) -> str:
        found = self.reading.table
        return "; ".join(f"{name} {share.value:.0%}" for name, share in found.items())

    def draw(self) -> LabFigure:
        before, now = _read(CtReader()), self.reading
        drawn = []
        for percent in range(0, 101, 25):
            x = _x(percent / 100)
            drawn += [
                line(x, _TOP - 12, x, _TOP + _BAR * len(_ROWS), stroke=LINE),
                text(x, _TOP - 18, f"{percent} %", size=12, fill=SOFT, anchor="middle"),
            ]
        for row, (name, kinds, pancreatic, published) in enumerate(_ROWS):
            usual, share = (one.share(*kinds, pancreatic=pancreatic) for one in (before, now))
            drawn.append(
                _bar(
                    _TOP + _BAR * row, name, share, usual, figure(published) if published else None
                )
            )
        high = _TOP + _BAR * len(_ROWS) + 12
        tumour = ~now.cohort.of("benign_node")
        lost, gained = (
            int((one.found & ~other.found & tumour).sum())
            for one, other in ((before, now), (now, before))
        )
        usual_protocol = (
            f"both phases, {figure('node.short_axis').value:g} mm, {CtScan().ctdi_vol_mgy:g} mGy"
        )
        words = (
            f"<p>Against the usual protocol ({usual_protocol}) this one loses"
            f" <strong>{lost}</strong> of {int(tumour.sum())} tumour lesions and gains"
            f" <strong>{gained}</strong>.</p><p><small>Dashed: the usual protocol. ◆ published. A"
            f" model of {_PATIENTS} synthetic patients, calibrated here to the published figures"
            f" (T); {DISCLAIMER}.</small></p>"
        )
        alt = "Share of lesions found on CT: " + "; ".join(
            f"{name} {now.share(*kinds, pancreatic=pancreatic).value:.0%}"
            for name, kinds, pancreatic, _ in _ROWS
        )
        return LabFigure("".join(drawn), (860, high), alt, words)


@lru_cache(maxsize=1)
def _cohort() -> Cohort:
    return cohort(_PATIENTS)


@lru_cache(maxsize=128)
def _read(reader: CtReader) -> Reading:
    return read(_cohort(), reader)


def _x(share: float) -> float:
    return _LEFT + (_RIGHT - _LEFT) * share


def _bar(
    y: float, name: str, share: Proportion, usual: Proportion, published: Figure | None
) -> str:
    """One row: the share as a bar with its interval, where it stood before, and what is
    published.
    """
    low, high = share.interval
    middle = y + _BAR / 2 - 4
    drawn = [
        text(_LEFT - 12, middle + 5, name, size=14, anchor="end"),
        rect(_LEFT, y, _x(share.value) - _LEFT, _BAR - 9, fill="#7fabd3"),
        line(_x(low), middle, _x(high), middle, stroke=INK, width=2),
        line(_x(usual.value), y - 2, _x(usual.value), y + _BAR - 7, stroke=SOFT, dash="3 2"),
        text(
            _RIGHT + 14,
            middle + 5,
            f"{share.value:.0%} ({low:.0%}–{high:.0%})",
            size=13,
            weight=600,
        ),
    ]
    if published:
        if published.low is not None and published.high is not None:
            drawn.append(
                line(
                    _x(published.low / 100),
                    y + _BAR - 6,
                    _x(published.high / 100),
                    y + _BAR - 6,
                    stroke=LESION,
                )
            )
        drawn.append(
            text(_x(published.value / 100), middle + 6, "◆", size=15, fill=LESION, anchor="middle")
        )
    return "".join(drawn)
