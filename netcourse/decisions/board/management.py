"""What to do about heterogeneity: management by NETPET class and number of discordant lesions, and
the lines of chemotherapy.

The parts: `grade` (WHO), `fdg_indication`, `dual_tracer` (one lesion on two scans),
`scan_interval`, `netpet`, `scales` (Karfis, Zidan, discordance), `biopsy`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netcourse.decisions.core.decision import (
    CANNOT_DECIDE,
    Decision,
    Reason,
    Status,
    Weight,
    reason,
)
from netcourse.decisions.core.grade import CARCINOMA, Grade, grade_of
from netcourse.decisions.core.proof import is_proven
from netcourse.decisions.heterogeneity.dual_tracer import FDG_SCAN, Cuts, DualUptake, reads
from netcourse.decisions.heterogeneity.netpet import Classed, classed, read_flips
from netcourse.decisions.prrt.disease import times_liver
from netcourse.decisions.somatostatin.standing import Standing, tumour_lesions, unsettled_lesions
from netcourse.evidence import figure, statement
from netcourse.patients import Lesion, Pathology, Patient

CHEMOTHERAPY = "chemotherapy"
CHEMOTHERAPY_FIRST = "chemotherapy first, then image again"
LOCAL_AND_PRRT = "local treatment and PRRT: tumour board"
SEVERAL = "several discordant, no PRRT alone: tumour board"
OTHERS = "no PRRT alone, the others are not all P1 or P2: tumour board"
BELOW_LIVER = "uptake below liver, no PRRT alone: tumour board"
TISSUE_FIRST = "biopsy or MRI of what is negative on both, then tumour board"
PRRT_AND_MORE = "PRRT with another therapy: tumour board"
PRRT_OR_BOTH = "PRRT with or without chemotherapy: tumour board"
PRRT = "PRRT possible"
ANALOGUE = "analogue, PRRT when needed"
TISSUE = "biopsy or MRI"
BIOPSY_FIRST = "biopsy first, then tumour board"
CURE = "resection or local ablation for cure"
MANAGEMENTS = (
    CHEMOTHERAPY,
    BIOPSY_FIRST,
    CURE,
    CHEMOTHERAPY_FIRST,
    LOCAL_AND_PRRT,
    SEVERAL,
    OTHERS,
    BELOW_LIVER,
    TISSUE_FIRST,
    PRRT_AND_MORE,
    PRRT_OR_BOTH,
    PRRT,
    ANALOGUE,
    TISSUE,
)

FIRST_LINE, SECOND_LINE = "carboplatin + etoposide", "irinotecan + fluoropyrimidine"
NOT_NEC = "not for this tumour"
_LINES = {1: (FIRST_LINE, "S62"), 2: (SECOND_LINE, "S63")}
_PATTERN_RULE = {0: "JR5", 1: "JR1", 2: "JR2", 3: "JR2"}


def management(patient: Patient, cuts: Cuts | None = None) -> Decision:
    """Say what heterogeneity asks for, one of `MANAGEMENTS`; "cannot decide" while a lesion that
    might be discordant is not measured.

    A neuroendocrine carcinoma has chemotherapy whatever the scans show. A lesion without histology
    that is intense at an atypical site or has no receptors (SSTR-RADS 3C, 3D) is biopsied first,
    since it may be another tumour; what can be resected or ablated for cure is. What E4 and E5 stop is
    never offered here; whether radioligand therapy may be given at all is another question: this
    one knows no laboratory. Flags: `small lesion left aside`, `uptake below liver` (what E4 leaves
    to the board). Sources: statements RD6, RD7, HB4–HB7, S47, S49, D11, E4, JR1–JR5, NP4, FP2.

    >>> from netcourse.patients import generate
    >>> [management(generate(name)).verdict for name in ("colon_nec", "cold_half", "pancreas_g3")]
    ['chemotherapy', 'local treatment and PRRT: tumour board', 'PRRT with another therapy: tumour board']
    """
    cuts = cuts or Cuts()
    if grade_of(patient.pathology) in CARCINOMA:
        line = nec_chemotherapy(patient.pathology)
        return Decision(
            "Management", CHEMOTHERAPY, (reason("HB6", statement("HB6").in_words), *line.reasons)
        )
    if not is_proven(patient):
        text = f"No histology. {statement('TR26').in_words}"
        return Decision("Management", BIOPSY_FIRST, (reason("TR26", text),), ("histology",))
    if unsettled := unsettled_lesions(patient):
        return Decision("Management", BIOPSY_FIRST, tuple(_doubts(unsettled)))
    if patient.history.resectable and tumour_lesions(patient):
        return Decision("Management", CURE, (reason("E1", statement("E1").in_words),))
    found = reads(patient)
    now = classed(found, cuts)
    low = _below_liver(found, cuts, now, fdg=False)
    flags = ("small lesion left aside",) * bool(now.small) + ("uptake below liver",) * bool(low)
    verdict = _verdict(patient, found, cuts)
    if verdict is None:
        unknown = reason(
            "S49",
            f"Not known whether discordant: {', '.join((*now.open, *now.small))}.",
            Status.UNKNOWN,
        )
        return Decision(
            "Management",
            CANNOT_DECIDE,
            (unknown,),
            (FDG_SCAN if now.open else "biopsy or MRI",),
            flags,
        )
    return Decision(
        "Management",
        verdict,
        tuple(_reasons(patient, found, cuts, verdict)),
        (),
        flags,
        search=lambda: read_flips(
            found, verdict, lambda other: _verdict(patient, other, cuts), cuts
        ),
    )


def _doubts(unsettled: Sequence[tuple[Lesion, Standing]]) -> Iterator[Reason]:
    """Why each lesion that is not settled asks for tissue."""
    for lesion, doubt in unsettled:
        rule = "RD6" if doubt is Standing.ATYPICAL else "RD7"
        yield reason(rule, f"{lesion.id}, {lesion.where}: {statement(rule).in_words}")


def nec_chemotherapy(pathology: Pathology, line: int = 1) -> Decision:
    """Name the first or second line of chemotherapy of a neuroendocrine carcinoma; "not for this
    tumour" in a NET.

    Flag: `answers less to platinum` at a Ki-67 up to 55 %. Raises ValueError for another line.
    Sources: statements S62, S63, HB6.

    >>> nec_chemotherapy(Pathology(site="colon", differentiation="poor", ki67_percent=80), 2)
    Chemotherapy, line 2: irinotecan + fluoropyrimidine; S63
    """
    if line not in _LINES:
        raise ValueError(f"line is {line}; the course knows lines 1 and 2")
    question = f"Chemotherapy, line {line}"
    grade = grade_of(pathology)
    if grade not in CARCINOMA:
        text = (
            f"{grade.value if grade and grade is not Grade.NONE else 'This tumour'} is no neuroendocrine"
            f" carcinoma (NEC). {statement('HB6').in_words}"
        )
        return Decision(question, NOT_NEC, (reason("HB6", text, Status.NOT_MET),))
    verdict, rule = _LINES[line]
    reasons, limit, ki67 = (
        [reason(rule, statement(rule).in_words)],
        figure("nec.platinum.ki67"),
        pathology.ki67_percent,
    )
    flags: tuple[str, ...] = ()
    if line == 1 and ki67 is not None and ki67 <= limit.value:
        flags = ("answers less to platinum",)
        text = (
            f"Ki-67 {ki67:g} % does not exceed {limit.value:g} %: such tumours answer less to"
            " platinum."
        )
        reasons.append(reason("HB6", text, Status.MET, Weight.INFORMATION, figure_id=limit.id))
    return Decision(question, verdict, tuple(reasons), (), flags)


def _verdict(patient: Patient, found: Sequence[DualUptake], cuts: Cuts) -> str | None:
    """What to do by class, number and uptake of lesions; None when it is open."""
    now = classed(found, cuts)
    if not found:
        return TISSUE
    cold, top = now.of(5), now.top
    if cold:
        if len(cold) >= figure("discordance.many").value or (
            len(cold) > 1 and _mostly_liver(patient, cold)
        ):
            return CHEMOTHERAPY_FIRST
        if len(cold) > 1:
            return SEVERAL
        others = [level for level in now.levels.values() if level != 5]
        clear = bool(others) and set(others) <= {1, 2} and not _below_liver(found, cuts, now)
        return LOCAL_AND_PRRT if not now.open and (clear or _only_part(patient, now)) else OTHERS
    if top is None:
        return None
    if _below_liver(found, cuts, now):
        return BELOW_LIVER
    if top and _bare(found, cuts):
        return TISSUE_FIRST
    if top == 4:
        return PRRT_AND_MORE if now.grade == "P4b" else PRRT_OR_BOTH
    return {3: PRRT, 2: PRRT, 1: ANALOGUE, 0: TISSUE}[top]


def _below_liver(
    found: Sequence[DualUptake], cuts: Cuts, now: Classed, fdg: bool = True
) -> list[DualUptake]:
    """Reads that are large enough to judge, not discordant, and that E4 stops: clearly below the
    liver and FDG-positive.

    With `fdg` False those that E4 sends to the board: at all below the liver and not stopped.
    """
    ok, margin = figure("prrt.course.ssr_ratio").value, figure("prrt.course.ssr_margin").value
    low = []
    for read in found:
        ratio = times_liver(read)
        if (
            ratio is None
            or ratio >= ok
            or read.is_small
            or now.levels.get(read.lesion) in (None, 5)
        ):
            continue
        if (ratio < margin and bool(read.fdg_positive(cuts))) is fdg:
            low.append(read)
    return low


def _bare(found: Sequence[DualUptake], cuts: Cuts) -> list[str]:
    """Lesions, or parts of them, that are negative on both scans and large enough for that to be
    believed.
    """
    return [read.name for read in found if not read.is_small and read.level(cuts) == 0]


def _only_part(patient: Patient, now: Classed) -> bool:
    """Whether the one discordant lesion is the only one there is and is discordant in a part
    alone.
    """
    return len(now.levels) == 1 and len(patient.lesion(now.of(5)[0]).parts) > 1


def _mostly_liver(patient: Patient, cold: Sequence[str]) -> bool:
    """Whether discordant lesions are more than a share of the liver's tumour volume."""
    liver = {lesion.id: lesion.size_mm**3 for lesion in tumour_lesions(patient) if lesion.in_liver}
    return bool(liver) and sum(liver.get(id, 0.0) for id in cold) > figure(
        "discordance.liver"
    ).value * sum(liver.values())


def _reasons(
    patient: Patient, found: Sequence[DualUptake], cuts: Cuts, verdict: str
) -> Iterator[Reason]:
    now = classed(found, cuts)
    cold, top = now.of(5), now.top
    if cold:
        yield reason(
            "S49", f"{', '.join(cold)}: FDG-positive and SSR-negative. {statement('S49').in_words}"
        )
        yield reason("S47", statement("S47").in_words, Status.MET, Weight.INFORMATION)
        yield reason("JR4", statement("JR4").in_words, Status.MET, Weight.INFORMATION)
    if verdict == LOCAL_AND_PRRT:
        yield reason("D11", statement("D11").in_words, Status.MET, Weight.RELATIVE)
        yield reason("HB4", statement("HB4").in_words, Status.MET, Weight.RELATIVE)
    elif verdict == CHEMOTHERAPY_FIRST:
        limit, ki67 = figure("nec.platinum.ki67"), patient.pathology.ki67_percent
        drug = (
            "platinum"
            if ki67 is not None and ki67 > limit.value
            else "capecitabine with temozolomide, or FOLFIRI"
        )
        yield reason(
            "HB5",
            f"{len(cold)} discordant lesions: {drug} by Ki-67. {statement('HB5').in_words}",
            figure_id="discordance.many",
        )
    elif verdict == SEVERAL:
        many = figure("discordance.many")
        text = f"{len(cold)} are discordant; from {many.value:g} on chemotherapy comes first."
        yield reason("HB4", text, Status.NOT_MET, Weight.RELATIVE, figure_id=many.id)
    elif verdict == OTHERS:
        yield reason(
            "HB4",
            "One is discordant, but not all others are clearly receptor-positive.",
            Status.NOT_MET,
            Weight.RELATIVE,
        )
    elif verdict == BELOW_LIVER:
        yield from (_said(read) for read in _below_liver(found, cuts, now))
    elif verdict == TISSUE_FIRST:
        yield reason("JR5", f"{', '.join(_bare(found, cuts))}: {statement('JR5').in_words}")
    elif top == 4:
        yield reason("JR3", statement("JR3").in_words)
        weight = Weight.RELATIVE if verdict == PRRT_AND_MORE else Weight.INFORMATION
        yield reason(
            "NP4",
            f"{', '.join(now.of(4))}: {statement('NP4').in_words}",
            Status.MET,
            weight,
            figure_id="netpet.many",
        )
    elif top is not None:
        yield reason(_PATTERN_RULE[top], statement(_PATTERN_RULE[top]).in_words)
    for read in _below_liver(found, cuts, now, fdg=False):
        text = (
            f"{read.name} {times_liver(read):.2f} × liver: for the board, before radioligand"
            " therapy."
        )
        yield reason("E4", text, Status.NOT_MET, Weight.RELATIVE, figure_id="prrt.course.ssr_ratio")
    if verdict in (PRRT, PRRT_OR_BOTH, PRRT_AND_MORE):
        yield reason("FP2", statement("FP2").in_words, Status.MET, Weight.INFORMATION)
    if len(set(now.levels.values())) > 1:
        yield reason("HB7", statement("HB7").in_words, Status.MET, Weight.INFORMATION)


def _said(read: DualUptake) -> Reason:
    """What E4 says of a lesion below the liver that takes up FDG."""
    text = (
        f"{read.name} {times_liver(read):.2f} × liver and FDG-positive. {statement('E4').in_words}"
    )
    return reason("E4", text, Status.NOT_MET, figure_id="prrt.course.ssr_margin")
