"""Affinity and accuracy: how strongly a ligand binds, and how many lesions its scan finds."""

from __future__ import annotations

from netcourse.evidence import Figure, figure
from netcourse.reading.lab.drawing import INK, LINE, SOFT, LogAxis, circle, line, rect, text
from netcourse.reading.lab.parameters import Choice, LabFigure, Model
from netcourse.reading.lab.prose import cited

_LIGANDS = ("ga_dotatate", "ga_dotatoc", "ga_dotanoc", "sitate", "in_octreotide")
_PAIR = {"dotatate": "68Ga-DOTATATE", "dotatoc": "68Ga-DOTATOC"}
_BARS = {"dotatate": "#7fabd3", "dotatoc": "#1f5f99"}
_TOP, _ROW = 46.0, 34.0


class Affinity(Model):
    """IC50 of the ligands at a receptor subtype beside what two of them found in the same patients.

    >>> lab = Affinity()
    >>> lab.result
    'sst2: Ga-DOTA-TATE 0.2 nM, Ga-DOTA-TOC 2.5 nM; in the same patients 254 and 262 lesions'
    >>> lab.tried(subtype="sst5")
    'sst5: Ga-DOTA-TATE 377 nM, Ga-DOTA-TOC 73 nM; in the same patients 254 and 262 lesions'
    """

    title = "Strong binding, better scan?"
    look = (
        "Left: the further left, the stronger the ligand binds. Right: what two of them found in"
        " the same patients."
    )

    subtype = Choice(
        "Receptor subtype", {f"sst{number}": f"sst{number}" for number in range(1, 6)}, "sst2"
    )

    @property
    def result(self) -> str:
        bound = ", ".join(
            f"{_name(self._ic50(id))} {_words(self._ic50(id))}" for id in _LIGANDS[:2]
        )
        found = " and ".join(f"{found.value:g}" for found in self.lesions_found().values())
        return f"{self.subtype}: {bound}; in the same patients {found} lesions"

    @staticmethod
    def lesions_found() -> dict[str, Figure]:
        """Return what the two peptides found in the same patients.

        >>> {peptide: found.value for peptide, found in Affinity.lesions_found().items()}
        {'dotatate': 254, 'dotatoc': 262}
        """
        return {id: figure(f"head_to_head.lesions.{id}") for id in _PAIR}

    def _ic50(self, ligand: str) -> Figure:
        return figure(f"affinity.{ligand}.{self.subtype}")

    def draw(self) -> LabFigure:
        axis = LogAxis(0.1, 10000, 150, 480)
        drawn = [
            text(14, 18, f"IC50 at {self.subtype}, nM", size=14, weight=600),
            text(axis.left, 36, "◂ binds more strongly", size=12, fill=SOFT),
        ]
        for row, ligand in enumerate(_LIGANDS):
            ic50, y = self._ic50(ligand), _TOP + _ROW * (row + 0.5)
            x, above = axis(ic50.value), ic50.statistic == "above"
            drawn += [
                line(axis.left, y, axis.right, y, stroke=LINE),
                text(axis.left - 12, y + 5, _name(ic50), size=13, anchor="end"),
            ]
            if ic50.sd:
                drawn.append(
                    line(
                        axis(max(0.01, ic50.value - ic50.sd)),
                        y,
                        axis(ic50.value + ic50.sd),
                        y,
                        stroke=INK,
                        width=2,
                    )
                )
            drawn.append(
                circle(x, y, 6, fill="#ffffff" if above else "#1f5f99", stroke="#1f5f99", width=2)
            )
            beside, anchor = (-12, "end") if x > 400 else (12, "start")
            drawn.append(text(x + beside, y - 7, _words(ic50), size=13, anchor=anchor, weight=600))
        low = _TOP + _ROW * len(_LIGANDS)
        drawn += [axis.ticks(low, (0.1, 1, 10, 100, 1000, 10000)), self._found(540, low)]
        words = (
            f"<p><small>IC50: {cited(self._ic50('ga_dotatate'))}; lesions:"
            f" {cited(figure('head_to_head.patients'))}</small></p>"
        )
        return LabFigure("".join(drawn), (860, round(low) + 26), self.result, words)

    @staticmethod
    def _found(left: float, low: float) -> str:
        """Two pairs of bars: lesions found, and how hot they were."""
        drawn = [
            text(
                left,
                18,
                f"{figure('head_to_head.patients').value:g} patients, both scans",
                size=14,
                weight=600,
            )
        ]
        for group, (of, name) in enumerate(
            (("lesions", "lesions found"), ("suv_max", "SUVmax, mean ± SD"))
        ):
            found = {id: figure(f"head_to_head.{of}.{id}") for id in _PAIR}
            top = max(one.value + (one.sd or 0) for one in found.values())
            for place, (id, one) in enumerate(found.items()):
                x, scale = left + 10 + 150 * group + 56 * place, (low - _TOP - 22) / top
                high = one.value * scale
                ink = "#ffffff" if place else INK
                drawn += [
                    rect(x, low - high, 44, high, fill=_BARS[id]),
                    text(
                        x + 20,
                        low - 12,
                        f"{one.value:g}",
                        size=14,
                        anchor="middle",
                        weight=700,
                        fill=ink,
                    ),
                ]
                if one.sd:
                    drawn.append(
                        line(
                            x + 36,
                            low - high - one.sd * scale,
                            x + 36,
                            low - high + one.sd * scale,
                            stroke=INK,
                            width=1.5,
                        )
                    )
            drawn.append(
                text(left + 60 + 150 * group, low + 18, name, size=12, fill=SOFT, anchor="middle")
            )
        for place, (id, name) in enumerate(_PAIR.items()):
            drawn += [
                rect(left + 140 * place, 27, 12, 12, fill=_BARS[id]),
                text(left + 18 + 140 * place, 38, name, size=12),
            ]
        return "".join(drawn)


def _name(ic50: Figure) -> str:
    """The ligand out of a label like "Ga-DOTA-TATE: IC50 at sst2"."""
    return ic50.label.split(":")[0]


def _words(ic50: Figure) -> str:
    return f"{'above ' if ic50.statistic == 'above' else ''}{ic50.value:g} nM"
