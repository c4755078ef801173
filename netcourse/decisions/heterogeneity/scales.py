"""The other two scales of two tracers, Karfis and Zidan, where they part from NETPET, and
discordance.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from netcourse.decisions.core.decision import (
    CANNOT_DECIDE,
    Decision,
    Flip,
    Reason,
    Status,
    Weight,
    reason,
)
from netcourse.decisions.heterogeneity.dual_tracer import CLASSES, FDG_SCAN, Cuts, DualUptake, reads
from netcourse.decisions.heterogeneity.netpet import (
    A_LESION,
    NO_LESION,
    Classed,
    by_lesion,
    classed,
    read_flips,
)
from netcourse.evidence import figure, statement
from netcourse.patients import Patient

NO_CLASS = "no class"
DISCORDANT, CONCORDANT = "discordant", "concordant"
AGREE, DISAGREE = "agree", "disagree"
Of = Patient | Sequence[DualUptake]


def karfis(of: Of, cuts: Cuts | None = None) -> Decision:
    """Return the class of Karfis, "C1" to "C3"; "no class" where the scale has none (SD2), "cannot
    decide" without FDG.

    SSR is positive above background, as for NETPET. Sources: statements KF1–KF3, SD2.

    >>> from netcourse.patients import generate
    >>> karfis(generate("dedifferentiated_metastasis")), karfis(generate("pancreas_new")).verdict
    (Karfis class: C3; KF3, 'C2')
    """
    return _scale(
        "Karfis class",
        of,
        cuts or Cuts(),
        {"all SSR": ("C1", "KF1"), "some FDG": ("C2", "KF2"), "discordant": ("C3", "KF3")},
    )


def zidan(of: Of, cuts: Cuts | None = None) -> Decision:
    """Return the class of Zidan, "1" to "4"; everything else as `karfis`. SSR is positive only
    above liver.

    Sources: statements ZD1–ZD4, SD2.

    >>> from netcourse.patients import generate
    >>> zidan(generate("rectum_between_scales")), karfis(generate("rectum_between_scales")).verdict
    (Zidan class: 4; ZD4, 'C2')
    """
    table = {
        "none": ("1", "ZD1"),
        "all SSR": ("2", "ZD2"),
        "some FDG": ("3", "ZD3"),
        "discordant": ("4", "ZD4"),
    }
    return _scale("Zidan class", of, _zidan_cuts(cuts or Cuts()), table)


def discordant_lesions(of: Of, cuts: Cuts | None = None) -> tuple[str, ...]:
    """Return the lesions that take up FDG and no SSR tracer, in a part that can be resolved or as a
    whole.

    >>> from netcourse.patients import generate
    >>> discordant_lesions(generate("colon_nec")), discordant_lesions(generate("cold_half"))
    (('L1', 'L2', 'N1'), ('L1',))
    """
    return tuple(classed(of, cuts).of(5))


def discordance(of: Of, cuts: Cuts | None = None) -> Decision:
    """Say whether a patient has a discordant lesion: "discordant" or "concordant", "cannot decide"
    while a lesion is not measured.

    Flags: `one lesion`, `discordant part`, `small lesion left aside`. Sources: statements S47, S49,
    D11, NP9.

    >>> from netcourse.patients import generate
    >>> discordance(generate("cold_half"))
    Discordance: discordant (one lesion, discordant part); S49, S47, D11
    """
    cuts = cuts or Cuts()
    found = list(reads(of) if isinstance(of, Patient) else of)
    now = classed(found, cuts)
    cold = now.of(5)

    def ask(other: Sequence[DualUptake]) -> str:
        return DISCORDANT if classed(other, cuts).of(5) else CONCORDANT

    part = any(read.part and read.level(cuts) == 5 for read in found)
    flags = (
        ["one lesion"] * (len(cold) == 1)
        + ["discordant part"] * part
        + ["small lesion left aside"] * bool(now.small)
    )
    aside = (
        [
            reason(
                "NP9",
                f"{', '.join(now.small)}: {statement('NP9').in_words}",
                Status.UNKNOWN,
                Weight.RELATIVE,
            )
        ]
        if now.small
        else []
    )
    if cold:
        reasons = [
            reason(
                "S49",
                f"{', '.join(cold)}: FDG-positive and SSR-negative. {statement('S49').in_words}",
            ),
            reason("S47", statement("S47").in_words, Status.MET, Weight.INFORMATION),
            *(
                [reason("D11", statement("D11").in_words, Status.MET, Weight.RELATIVE)]
                if len(cold) == 1
                else []
            ),
        ]
        return Decision(
            "Discordance",
            DISCORDANT,
            (*reasons, *aside),
            (),
            tuple(flags),
            search=lambda: read_flips(found, DISCORDANT, ask, cuts),
        )
    if not found:
        unknown = reason("S49", NO_LESION, Status.UNKNOWN)
        return Decision("Discordance", CANNOT_DECIDE, (unknown,), (A_LESION,))
    if now.open:
        unknown = reason(
            "S49", f"Not measured on both scans: {', '.join(now.open)}.", Status.UNKNOWN
        )
        return Decision("Discordance", CANNOT_DECIDE, (unknown, *aside), (FDG_SCAN,), tuple(flags))
    none = reason("S49", "No lesion takes up FDG without SSR tracer.", Status.NOT_MET)
    return Decision(
        "Discordance",
        CONCORDANT,
        (none, *aside),
        (),
        tuple(flags),
        search=lambda: read_flips(found, CONCORDANT, ask, cuts),
    )


def schemes_disagree(of: Of, cuts: Cuts | None = None) -> Decision:
    """Say where NETPET, Karfis and Zidan part on a lesion, or on a patient's lesions: "agree" or
    "disagree", and why.

    They part where a lesion lies between background and liver (SD1), where their words leave a gap
    (SD2), and where only NETPET counts lesions (SD3). "cannot decide" where a lesion is not
    measured. Sources: statements SD1–SD3.

    >>> from netcourse.patients import generate
    >>> schemes_disagree(reads(generate("rectum_between_scales"), "L1"))
    Schemes on L1: disagree; SD1
    """
    cuts = cuts or Cuts()
    found = list(reads(of) if isinstance(of, Patient) else of)
    ids = list(by_lesion(found))
    question = f"Schemes on {ids[0]}" if len(ids) == 1 else "Schemes"
    if classed(found, cuts).open:
        unknown = reason("SD1", "Not every lesion is measured on both scans.", Status.UNKNOWN)
        return Decision(question, CANNOT_DECIDE, (unknown,), (FDG_SCAN,))
    reasons = [
        _between(read, cuts)
        for read in found
        if read.ssr_positive(cuts) and not read.ssr_positive(_zidan_cuts(cuts))
    ]
    now = classed(found, cuts)
    if not found:
        unknown = reason("SD1", NO_LESION, Status.UNKNOWN)
        return Decision(question, CANNOT_DECIDE, (unknown,), (A_LESION,))
    named = {"Karfis": karfis(found, cuts), "Zidan": zidan(found, cuts)}
    if gap := [name for name, scale in named.items() if scale.verdict == NO_CLASS]:
        text = (
            f"{' and '.join(gap)}: no class; NETPET {now.grade or 'open'}."
            f" {statement('SD2').in_words}"
        )
        reasons.append(reason("SD2", text))
    if now.grade == "P4b":
        reasons.append(reason("SD3", f"{', '.join(now.of(4))}: {statement('SD3').in_words}"))
    verdict = DISAGREE if reasons else AGREE

    def nearest() -> tuple[Flip, ...]:
        ask = partial(_parting, cuts=cuts)
        return read_flips(found, verdict, ask, cuts, _zidan_cuts(cuts))

    if not reasons:
        said = (
            f"NETPET {now.grade or 'open'}, Karfis {named['Karfis'].verdict}, Zidan"
            f" {named['Zidan'].verdict}: the same advice."
        )
        return Decision(question, AGREE, (reason("SD1", said, Status.NOT_MET),), (), search=nearest)
    return Decision(question, DISAGREE, tuple(reasons), (), search=nearest)


def _parting(found: Sequence[DualUptake], cuts: Cuts) -> str:
    """The verdict alone, for its flips."""
    strict = _zidan_cuts(cuts)
    between = any(read.ssr_positive(cuts) and not read.ssr_positive(strict) for read in found)
    gap = any(
        _state(classed(found, cut)) in cut_gap
        for cut, cut_gap in ((cuts, ("", "none")), (strict, ("",)))
    )
    return DISAGREE if between or gap or classed(found, cuts).grade == "P4b" else AGREE


def _between(read: DualUptake, cuts: Cuts) -> Reason:
    """Why a lesion is SSR-positive for NETPET and Karfis and not for Zidan."""
    level = read.level(cuts)
    fdg = read.fdg_positive(cuts)
    liver = f"liver {read.ssr.liver:.1f}" if read.ssr.liver is not None else "liver"
    text = (
        f"{read.name}: SSR SUVmax {read.ssr.suv_max:.1f} is above background and not above {liver}:"
        f" {CLASSES[level] if level is not None else 'open'} and {'C2' if fdg else 'C1'} for NETPET"
        f" and Karfis, {'discordant, 4,' if fdg else 'SSR-negative'} for Zidan."
    )
    return reason("SD1", text, figure_id="netpet.ssr_positive_zidan")


def _zidan_cuts(cuts: Cuts) -> Cuts:
    return cuts.model_copy(update={"ssr_score": int(figure("netpet.ssr_positive_zidan").value)})


def _scale(question: str, of: Of, cuts: Cuts, table: dict[str, tuple[str, str]]) -> Decision:
    """Class a patient by what holds of all lesions; small lesions that alone would be discordant
    are left aside.
    """
    found = list(reads(of) if isinstance(of, Patient) else of)
    now = classed(found, cuts)
    flags = ("small lesion left aside",) if now.small else ()
    state = _state(now)
    if state is None:
        waiting, need = statement("NP9").in_words, "biopsy or MRI"
        if now.open:
            waiting, need = f"Not measured on both scans: {', '.join(now.open)}.", FDG_SCAN
        elif not found:
            waiting, need = NO_LESION, A_LESION
        unknown = reason(table["some FDG"][1], waiting, Status.UNKNOWN)
        return Decision(question, CANNOT_DECIDE, (unknown,), (need,), flags)
    verdict, rule = table.get(state, (NO_CLASS, "SD2"))
    who = {
        "discordant": now.of(5),
        "all SSR": now.of(1),
        "some FDG": [id for id, level in now.levels.items() if level > 1],
    }
    text = f"{', '.join(who.get(state, now.of(0))) or 'No lesion'}: {statement(rule).in_words}"

    def ask(other: Sequence[DualUptake]) -> str | None:
        state = _state(classed(other, cuts))
        return None if state is None else table.get(state, (NO_CLASS, ""))[0]

    weight = Weight.RELATIVE if verdict == NO_CLASS else Weight.ABSOLUTE
    return Decision(
        question,
        verdict,
        (reason(rule, text, Status.MET, weight),),
        (),
        flags,
        search=lambda: read_flips(found, verdict, ask, cuts),
    )


def _state(now: Classed) -> str | None:
    """What holds of all lesions: "discordant", "all SSR", "some FDG", "none" or "" (some are
    negative on both); None when open or without lesions.
    """
    levels = set(now.levels.values())
    if 5 in levels:
        return "discordant"
    if now.open or not levels:
        return None
    if levels <= {0}:
        return "none"
    return "" if 0 in levels else "all SSR" if levels == {1} else "some FDG"
