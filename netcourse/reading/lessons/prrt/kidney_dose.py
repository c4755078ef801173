"""What the kidneys have had after each cycle, and how many cycles stay within their limit."""

from __future__ import annotations

from netcourse.decisions.prrt.dosimetry import OrganDose, cycles_left
from netcourse.evidence import figure
from netcourse.patients import Patient, generate
from netcourse.reading.lab.drawing import INK, LINE, SOFT, line, rect, text
from netcourse.reading.lab.parameters import Choice, LabFigure, Model, Range, Switch

_LEFT, _RIGHT, _TOP, _HIGH = 60.0, 840.0, 24.0, 190.0
_MOST = 10
_HALF, _FULL = "half", "full"


class KidneyDose(Model):
    """Add up cycles until a limit is reached; the limit depends on the risk of the kidneys.

    >>> lab = KidneyDose()
    >>> lab.result
    '4 cycles: kidneys 19.2 Gy, 21.1 Gy BED of 40; marrow 1.0 Gy; 7 cycles within the limit'
    >>> lab.tried(risk=True, kidney=0.9).split("; ")[-1]
    '3 cycles within the limit'
    """

    shows_start = True

    title = "The kidneys over the cycles"
    look = (
        "Give this patient four cycles. Then change the uptake of the kidneys to what other"
        " patients have, and add a risk factor."
    )

    cycles = Range("Cycles", 4, 1, _MOST, 1)
    kidney = Range("Kidney dose", 0.65, 0.2, 1.2, 0.01, "Gy/GBq")
    activity = Choice("A cycle", {_FULL: "full activity", _HALF: "half, after toxicity"}, _FULL)
    risk = Switch("Hypertension or diabetes", False)

    @property
    def dose(self) -> OrganDose:
        """The dose of this patient's organs."""
        gbq = figure("administration.half" if self.activity == _HALF else "therapy.activity").value
        return OrganDose(activity_gbq=gbq, kidney_gy_per_gbq=self.kidney)

    @property
    def patient(self) -> Patient:
        """A patient with or without risk factors of the kidney."""
        base = generate("ileum_disseminated")
        return base.model_copy(
            update={"condition": base.condition.model_copy(update={"hypertension": self.risk})}
        )

    @property
    def limit(self) -> float:
        """The limit of biologically effective dose, Gy."""
        return figure("kidney.limit.with_risk" if self.risk else "kidney.limit.without_risk").value

    @property
    def result(self) -> str:
        dose, cycles = self.dose, int(self.cycles)
        left = cycles_left(self.patient, dose)
        return (
            f"{cycles} cycles: kidneys {dose.kidney_gy(cycles):.1f} Gy,"
            f" {dose.kidney_bed_gy(cycles):.1f} Gy BED of {self.limit:g}; marrow"
            f" {dose.marrow_gy(cycles):.1f} Gy; {left.verdict} cycles within the limit"
        )

    def draw(self) -> LabFigure:
        dose, cycles, limit = self.dose, int(self.cycles), self.limit
        top = max(45.0, 1.08 * dose.kidney_bed_gy(cycles))
        wide = (_RIGHT - _LEFT) / _MOST

        def y(gy: float) -> float:
            return _TOP + _HIGH * (1 - gy / top)

        drawn = [text(_LEFT - 8, 14, "Gy", size=12, fill=SOFT, anchor="end")]
        for tick in range(0, int(top) + 1, 10):
            drawn += [
                line(_LEFT, y(tick), _RIGHT, y(tick), stroke="#e3e8ee"),
                text(_LEFT - 8, y(tick) + 4, f"{tick}", size=12, fill=SOFT, anchor="end"),
            ]
        for n in range(1, _MOST + 1):
            x = _LEFT + wide * (n - 1)
            drawn.append(
                text(
                    x + wide / 2,
                    _TOP + _HIGH + 17,
                    f"{n}",
                    size=13,
                    fill=INK if n <= cycles else SOFT,
                    anchor="middle",
                )
            )
            if n > cycles:
                continue
            bed, gy, over = (
                dose.kidney_bed_gy(n),
                dose.kidney_gy(n),
                dose.kidney_bed_gy(n) > limit + 1e-9,
            )
            drawn += [
                rect(
                    x + 12,
                    y(bed),
                    wide / 2 - 12,
                    y(0) - y(bed),
                    fill="#8c1d18" if over else "#1f5f99",
                ),
                rect(x + wide / 2, y(gy), wide / 2 - 12, y(0) - y(gy), fill="#9fb6cc"),
                text(
                    x + 12 + (wide / 2 - 12) / 2,
                    y(bed) + 14,
                    f"{bed:.0f}",
                    size=12,
                    fill="#ffffff",
                    anchor="middle",
                    weight=600,
                ),
            ]
        limits = (
            ("ebrt", "from external beams, Gy"),
            ("with_risk", "with risk, BED"),
            ("without_risk", "without risk, BED"),
        )
        for name, words in limits:
            value = figure(f"kidney.limit.{name}").value
            mine = value == limit and name != "ebrt"
            drawn += [
                line(
                    _LEFT,
                    y(value),
                    _RIGHT,
                    y(value),
                    stroke="#8c1d18" if mine else SOFT,
                    width=2 if mine else 1,
                    dash="" if mine else "5 4",
                ),
                text(
                    _RIGHT,
                    y(value) - 4,
                    f"{value:g}: {words}",
                    size=12,
                    fill="#8c1d18" if mine else SOFT,
                    anchor="end",
                    weight=600 if mine else 400,
                ),
            ]
        low = _TOP + _HIGH + 38
        drawn += [
            line(_LEFT, y(0), _RIGHT, y(0), stroke=LINE),
            text(
                _LEFT,
                low,
                "after this many cycles; left bar: biologically effective dose, right bar: absorbed"
                " dose",
                size=12,
                fill=SOFT,
            ),
        ]
        return LabFigure(
            "".join(drawn),
            (860, round(low + 10)),
            self.result,
            cycles_left(self.patient, dose)._repr_html_(),
        )
