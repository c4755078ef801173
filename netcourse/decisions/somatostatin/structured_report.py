"""A structured report of a whole receptor scan, and how it compares with the truth: found, missed,
invented, mis-scored.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import Field, field_validator

from netcourse.decisions.core.decision import DISCLAIMER
from netcourse.decisions.somatostatin.krenning import krenning
from netcourse.decisions.somatostatin.sstr_rads import (
    CATEGORIES,
    NO_FINDING,
    rads_categories,
    rads_finding,
    sstr_rads,
)
from netcourse.decisions.somatostatin.sstr_rads_patient import overall_rads, rads_findings
from netcourse.evidence import figure
from netcourse.patients import Lesion, Patient, places
from netcourse.patients.record import Model

MOST_ROWS = 12
OVERALL = (NO_FINDING, *CATEGORIES)
BENIGN = ("1A", "1B", "2")
_EMPTY = ""

Outcome = Literal["found", "missed", "invented", "over-called", "benign"]


class ReportRow(Model):
    """One lesion of a report: where, how large (mm), SUVmax, Krenning score, SSTR-RADS category;
    None is left open.
    """

    site: str
    size_mm: float | None = Field(default=None, gt=0, le=300)
    suv_max: float | None = Field(default=None, ge=0, le=200)
    krenning: int | None = Field(default=None, ge=0, le=4)
    rads: str | None = None

    @field_validator("site")
    @classmethod
    def _known_site(cls, site: str) -> str:
        if site not in places():
            raise ValueError(f"'{site}' is no site of this course")
        return site

    @field_validator("rads")
    @classmethod
    def _known_category(cls, rads: str | None) -> str | None:
        if rads is not None and rads not in CATEGORIES:
            raise ValueError(f"category is '{rads}'; it must be one of {', '.join(CATEGORIES)}")
        return rads

    @property
    def where(self) -> str:
        """The site in readers' words."""
        return places()[self.site].label


class StructuredReport(Model):
    """What a reader reports of a whole scan: the lesions, the overall score and the id of a
    recommendation; None is left open.
    """

    rows: tuple[ReportRow, ...] = Field(default=(), max_length=MOST_ROWS)
    overall: str | None = None
    recommendation: str | None = None

    @field_validator("overall")
    @classmethod
    def _known_overall(cls, overall: str | None) -> str | None:
        if overall is not None and overall not in OVERALL:
            raise ValueError(f"overall is '{overall}'; it must be one of {', '.join(OVERALL)}")
        return overall

    @property
    def lines(self) -> tuple[str, ...]:
        """The report as short lines, as an answers file keeps it: overall and recommendation, then
        a line per lesion.

        >>> StructuredReport(rows=(ReportRow(site="liver_s6", size_mm=24, krenning=2),), overall="3A").lines
        ('3A|', 'liver_s6|24||2|')
        """
        head = f"{self.overall or _EMPTY}|{self.recommendation or _EMPTY}"
        return (
            head,
            *(
                "|".join(_said(part) for part in (r.site, r.size_mm, r.suv_max, r.krenning, r.rads))
                for r in self.rows
            ),
        )

    @classmethod
    def from_lines(cls, lines: object) -> StructuredReport:
        """Read what `lines` wrote; ValueError in words for anything else.

        >>> StructuredReport.from_lines(["5|treat", "liver_s6|24|4.6|2|3A"]).rows[0].suv_max
        4.6
        """
        if (
            not isinstance(lines, list | tuple)
            or not lines
            or not all(isinstance(line, str) for line in lines)
        ):
            raise ValueError(
                "a report is a list of lines: 'overall|recommendation', then"
                " 'site|mm|SUVmax|Krenning|SSTR-RADS' per lesion"
            )
        if len(lines) - 1 > MOST_ROWS:
            raise ValueError(
                f"a report holds at most {MOST_ROWS} lesions; this one has {len(lines) - 1}"
            )
        head = lines[0].split("|")
        if len(head) != 2:
            raise ValueError(f"'{lines[0][:60]}' is no 'overall|recommendation'")
        return cls(
            rows=tuple(_row(number, line) for number, line in enumerate(lines[1:], 1)),
            overall=head[0] or None,
            recommendation=head[1] or None,
        )


@dataclass(frozen=True)
class Compared:
    """How one line of a report, or one lesion of the patient, comes out; what was left open is
    None.

    `row` counts from 0, `lesion` is an id. `krenning_off` is reported minus true; `suv_right` and
    `size_right` are within tolerance.
    """

    outcome: Outcome
    row: int | None = None
    lesion: str | None = None
    site_right: bool = False
    size_right: bool | None = None
    suv_right: bool | None = None
    krenning_off: int | None = None
    rads_said: str | None = None
    rads_true: str | None = None

    @property
    def rads_right(self) -> bool:
        """Whether the category is the true one."""
        return self.rads_said is not None and self.rads_said == self.rads_true

    @property
    def scored_right(self) -> bool:
        """Whether both scores are those of the truth."""
        return self.krenning_off == 0 and self.rads_right


def true_report(patient: Patient, recommendation: str | None = None) -> StructuredReport:
    """Return the report of a careful reader: every lesion that is not benign, and the overall
    score.

    >>> from netcourse.patients import generate
    >>> true_report(generate("breast_and_spleen"), "ultrasound").lines
    ('3C|ultrasound', 'breast_left|15|8.5|3|3C')
    """
    rows = tuple(_true_row(patient, one) for one in reportable(patient))
    overall = overall_rads(rads_findings(patient))
    return StructuredReport(
        rows=rows, overall=overall.verdict.split(", ")[-1], recommendation=recommendation
    )


def reportable(patient: Patient) -> tuple[Lesion, ...]:
    """Return the lesions that a report must hold: those that are not benign or likely benign, the
    largest first.
    """
    scored = [(one, sstr_rads(rads_finding(patient, one)).verdict) for one in patient.lesions]
    kept = [one for one, verdict in scored if verdict in CATEGORIES and verdict not in BENIGN]
    return tuple(sorted(kept, key=lambda one: -one.size_mm))[:MOST_ROWS]


def compare_report(report: StructuredReport, patient: Patient) -> tuple[Compared, ...]:
    """Match a report's lines with the patient's lesions, by site, then by size and SUVmax, and say
    how each comes out.

    First every lesion to be reported (found or missed), then lines on something benign (`benign`
    where called 1A to 2, else `over-called`), then lines where nothing is (`invented`).
    """
    wanted = reportable(patient)
    harmless = [one for one in patient.lesions if one not in wanted]
    pairs = sorted(
        (
            (_alike(row, one, patient), one in wanted, n, one)
            for n, row in enumerate(report.rows)
            for one in patient.lesions
        ),
        key=lambda pair: (-pair[0], not pair[1], pair[2], pair[3].id),
    )
    taken: dict[str, int] = {}
    for likeness, _, n, one in pairs:
        if likeness > 0 and n not in taken.values() and one.id not in taken:
            taken[one.id] = n
    found = [
        _compared(report.rows[taken[one.id]], taken[one.id], one, patient)
        for one in wanted
        if one.id in taken
    ]
    missed = [
        Compared("missed", lesion=one.id, rads_true=_category(patient, one))
        for one in wanted
        if one.id not in taken
    ]
    benign = [
        _benign(report.rows[taken[one.id]], taken[one.id], one, patient)
        for one in harmless
        if one.id in taken
    ]
    invented = [
        Compared("invented", row=n) for n in range(len(report.rows)) if n not in taken.values()
    ]
    return (*found, *missed, *benign, *invented)


def overall_right(report: StructuredReport, patient: Patient) -> bool:
    """Whether the overall score is the true one; any of its letters counts."""
    return report.overall in overall_rads(rads_findings(patient)).verdict.split(", ")


def report_text(
    report: StructuredReport, patient: Patient, recommendations: Mapping[str, str]
) -> str:
    """Return the report as a page of plain text, ready to copy: technique, references, findings,
    impression.

    `recommendations` gives each one's sentence. Nothing in it is right or wrong: it says what was
    filled in.
    """
    organs = patient.ssr.suv
    spleen = "absent" if patient.history.splenectomy else f"{organs['spleen']:.1f}"
    head = [
        f"SSR PET/CT, {patient.ssr.words}. {patient.watermark} PATIENT, {DISCLAIMER}.",
        f"History: {patient.history.story}",
        (
            f"References (SUVmean): blood pool {organs['blood_pool']:.1f}, liver"
            f" {organs['liver']:.1f}, spleen {spleen}."
        ),
        "",
        "FINDINGS",
    ]
    rows = [f"{n}. {_sentence(row, organs['liver'])}" for n, row in enumerate(report.rows, 1)] or [
        "No lesion."
    ]
    overall = report.overall
    meaning = f" ({rads_categories()[overall].meaning})" if overall in rads_categories() else ""
    impression = [f"SSTR-RADS 1.0 overall: {overall or 'left open'}{meaning}."]
    impression.append(
        recommendations.get(report.recommendation or _EMPTY, "Recommendation: left open.")
    )
    return "\n".join([*head, *rows, "", "IMPRESSION", *impression])


def _sentence(row: ReportRow, liver: float) -> str:
    told = [row.where[:1].upper() + row.where[1:]]
    told += [f"{row.size_mm:g} mm"] if row.size_mm is not None else []
    told += (
        [f"SUVmax {row.suv_max:.1f} (lesion / liver {row.suv_max / liver:.1f})"]
        if row.suv_max is not None
        else []
    )
    told += [f"Krenning {row.krenning}"] if row.krenning is not None else []
    told += (
        [f"SSTR-RADS {row.rads} ({rads_categories()[row.rads].meaning})"]
        if row.rads is not None
        else []
    )
    return f"{', '.join(told)}."


def _true_row(patient: Patient, lesion: Lesion) -> ReportRow:
    score = krenning(patient.uptake(lesion))
    return ReportRow(
        site=lesion.place,
        size_mm=round(lesion.size_mm, 1),
        suv_max=round(patient.uptake(lesion).suv_max, 1),
        krenning=score.score if score.decided else None,
        rads=_category(patient, lesion),
    )


def _category(patient: Patient, lesion: Lesion) -> str:
    return sstr_rads(rads_finding(patient, lesion)).verdict


def _alike(row: ReportRow, lesion: Lesion, patient: Patient) -> float:
    """How well a line fits a lesion: 0 where it lies in another organ; the same site, size and
    SUVmax count most.
    """
    site, there = places()[row.site], places()[lesion.place]
    if site.part_of != there.part_of:
        return 0.0
    likeness = 1.0 + 2.0 * (site.id == there.id)
    for said, true in (
        (row.size_mm, lesion.size_mm),
        (row.suv_max, patient.uptake(lesion).suv_max),
    ):
        if said is not None:
            likeness += max(0.0, 1 - abs(said - true) / max(true, 1.0))
    return likeness


def _compared(row: ReportRow, number: int, lesion: Lesion, patient: Patient) -> Compared:
    true = _true_row(patient, lesion)
    within = figure("assessment.report.tolerance").value
    off = None if row.krenning is None or true.krenning is None else row.krenning - true.krenning
    return Compared(
        "found",
        number,
        lesion.id,
        row.site == true.site,
        _close(row.size_mm, true.size_mm, within),
        _close(row.suv_max, true.suv_max, within),
        off,
        row.rads,
        true.rads,
    )


def _benign(row: ReportRow, number: int, lesion: Lesion, patient: Patient) -> Compared:
    called = row.rads in BENIGN
    outcome: Outcome = "benign" if called else "over-called"
    return Compared(
        outcome,
        number,
        lesion.id,
        row.site == lesion.place,
        rads_said=row.rads,
        rads_true=_category(patient, lesion),
    )


def _close(said: float | None, true: float | None, within: float) -> bool | None:
    return None if said is None or true is None else abs(said - true) <= max(within * true, 1.0)


def _said(part: object) -> str:
    return _EMPTY if part is None else f"{part:g}" if isinstance(part, float) else str(part)


def _row(number: int, line: str) -> ReportRow:
    parts = line.split("|")
    if len(parts) != 5:
        raise ValueError(
            f"lesion {number}: '{line[:60]}' is no 'site|mm|SUVmax|Krenning|SSTR-RADS'"
        )
    site, size, suv, score, rads = (part.strip() for part in parts)
    try:
        return ReportRow(
            site=site,
            size_mm=float(size) if size else None,
            suv_max=float(suv) if suv else None,
            krenning=int(score) if score else None,
            rads=rads or None,
        )
    except ValueError as error:
        raise ValueError(f"lesion {number}: {_plain(error)}") from None


def _plain(error: ValueError) -> str:
    """The first thing that is wrong, without pydantic's own words."""
    errors = getattr(error, "errors", None)
    first = errors()[0] if callable(errors) else None
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}" if first else str(error)


def sites_by_organ() -> Iterator[tuple[str, Sequence[tuple[str, str]]]]:
    """Yield every organ with its sites, each as id and label, in the order of the table of
    places.
    """
    found: dict[str, list[tuple[str, str]]] = {}
    for id, place in places().items():
        found.setdefault(place.part_of, []).append((id, place.label))
    yield from found.items()
