"""The Krenning score: how hot is a lesion beside blood pool, liver and spleen?

Three definitions are in print (statement D1). The course reads PET with `"pet"`; `"visual"` and
`"planar"` stand beside it so that their disagreement can be seen. Equality always goes to the lower
class.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, get_args

from netcourse.decisions.core.decision import (
    CANNOT_DECIDE,
    Decision,
    Reason,
    Status,
    Weight,
    reason,
)
from netcourse.decisions.core.sensitivity import Change, nearest_flips, numbers
from netcourse.evidence import figure
from netcourse.patients import Uptake, true_suv

Variant = Literal["pet", "visual", "planar"]
VARIANTS: tuple[Variant, ...] = get_args(Variant)

_STEP, _HIGHEST = 0.1, 199  # SUV
_FIELDS = {
    "suv_max": "lesion SUVmax",
    "blood_pool": "blood-pool SUVmean",
    "liver": "liver SUVmean",
    "spleen": "spleen SUVmean",
    "kidney_cortex": "kidney-cortex SUVmean",
}


def krenning(uptake: Uptake, variant: Variant = "pet") -> Decision:
    """Score one lesion 0–4 from its measured uptake.

    Verdict "0" … "4", or "cannot decide" with the measurement that is missing. Flags: `borderline`,
    `partial volume`, `no spleen`, `capped at 3`, `liver unreliable`, `analogue on board`.
    Raises ValueError for an unknown variant. Sources: statements D1, KP1–KP5, S40.

    >>> krenning(Uptake(suv_max=6.2, blood_pool=1.5, liver=5.0, spleen=17.0))
    Krenning score (pet): 3; D1
    >>> [krenning(Uptake(suv_max=5.0, blood_pool=1.5, liver=5.0, spleen=17.0), v).verdict for v in VARIANTS]
    ['2', '2', '2']
    >>> krenning(Uptake(suv_max=4.0, liver=5.0, spleen=17.0))
    Krenning score (pet): cannot decide, need blood-pool SUVmean; D1
    """
    if variant not in VARIANTS:
        raise ValueError(f"variant is '{variant}'; it must be one of {', '.join(VARIANTS)}")
    question = f"Krenning score ({variant})"
    verdict, reasons, missing, flags = _score(uptake, variant)
    if verdict is None:
        return Decision(question, CANNOT_DECIDE, tuple(reasons), tuple(missing), tuple(flags))
    return Decision(
        question,
        str(verdict),
        tuple(reasons),
        (),
        tuple(flags),
        search=lambda: nearest_flips(
            str(verdict),
            _changes(uptake, variant),
            lambda other: _verdict(other, variant),
            says="score ",
        ),
    )


def visible(uptake: Uptake) -> bool | None:
    """Whether the lesion stands out from its surroundings; None when that was not measured.

    A reader's own call wins. Otherwise the local background decides; inside the liver a cold lesion
    stands out too (KP5).

    >>> visible(Uptake(suv_max=1.2, background=1.0)), visible(Uptake(suv_max=1.6, background=1.0))
    (False, True)
    >>> visible(Uptake(suv_max=1.3, liver=5.0, in_liver=True))
    True
    """
    if uptake.visible is not None:
        return uptake.visible
    if uptake.in_liver:
        return True
    if uptake.background is None:
        return None
    over = figure("krenning.visible.contrast").value * uptake.background
    clear = uptake.background + figure("krenning.visible.noise").value * uptake.background_sd
    return uptake.suv_max > over and uptake.suv_max > clear


def patient_scores(scores: dict[str, int]) -> tuple[int, int]:
    """Return the highest and the lowest score over a patient's lesions.

    Trials stratify by the highest; "every lesion" asks for the lowest. Raises ValueError without
    lesions.

    >>> patient_scores({"L1": 4, "L2": 1})
    (4, 1)
    """
    if not scores:
        raise ValueError("no lesion was scored: a patient score needs at least one")
    return max(scores.values()), min(scores.values())


def liver_reference(uptake: Uptake) -> float | None:
    """Return the liver SUVmean to compare with, or what stands in for a liver that is no reference
    (KP4); None without either.

    >>> liver_reference(Uptake(suv_max=9, liver=5)), liver_reference(Uptake(suv_max=9, liver=1, spleen=17.4))
    (5.0, 6.0)
    """
    return _liver(uptake, [], [])


def _score(
    uptake: Uptake, variant: Variant
) -> tuple[int | None, list[Reason], list[str], list[str]]:
    """Apply the rule; None when a measurement that it needs is missing."""
    reasons: list[Reason] = []
    flags: list[str] = []
    missing: list[str] = []
    suv = uptake.suv_max

    seen = visible(uptake)
    if seen is False:
        reasons.append(
            reason(
                "D1",
                f"Not visible: SUVmax {suv:.1f} does not stand out from its surroundings.",
                figure_id="krenning.visible.contrast",
            )
        )
        return 0, reasons, missing, flags

    liver = _liver(uptake, reasons, flags)
    top, top_name = _top(uptake, reasons, flags)
    if liver is None:
        missing.append(
            "liver SUVmean"
            if uptake.liver is None
            else "spleen SUVmean or the liver of an earlier scan"
        )
    if variant == "pet" and uptake.blood_pool is None and not (liver is not None and suv > liver):
        missing.append(_FIELDS["blood_pool"])
    if missing and not (
        variant == "pet" and uptake.blood_pool is not None and suv <= uptake.blood_pool
    ):
        reasons.append(
            reason("D1", f"Without {' and '.join(missing)} the class stays open.", Status.UNKNOWN)
        )
        return None, reasons, missing, flags
    missing.clear()

    verdict, text, by = _class(suv, uptake.blood_pool, liver, top, top_name, variant)
    reasons.insert(0, reason("D1", text, figure_id=by))
    if verdict >= 3 and top is None:
        flags.append("capped at 3")
        reasons.append(
            reason(
                "KP3",
                "Neither spleen nor kidney cortex can be used, so the score stops at 3.",
                Status.UNKNOWN,
                Weight.RELATIVE,
            )
        )
    _warn(uptake, liver, top, top_name, verdict, reasons, flags)
    return verdict, reasons, missing, flags


def _liver(uptake: Uptake, reasons: list[Reason], flags: list[str]) -> float | None:
    """The liver reference, or what stands in for it when the liver is none (KP4)."""
    low, high = figure("krenning.liver.lowest").value, figure("krenning.liver.highest").value
    if uptake.liver is None and not uptake.liver_replaced:
        return None
    if uptake.liver is not None and not uptake.liver_replaced and low <= uptake.liver <= high:
        return uptake.liver
    why = (
        "The liver is replaced by metastases"
        if uptake.liver_replaced
        else f"Liver SUVmean {uptake.liver:.1f} lies outside the normal {low:g}–{high:g}"
    )
    flags.append("liver unreliable")
    if uptake.earlier_liver is not None and low <= uptake.earlier_liver <= high:
        instead, how = (
            uptake.earlier_liver,
            f"the liver of the earlier scan ({uptake.earlier_liver:.1f}) is used",
        )
    elif uptake.spleen is not None:
        ratio = figure("krenning.liver.from_spleen").value
        instead = uptake.spleen / ratio
        how = f"spleen {uptake.spleen:.1f} ÷ {ratio:g} = {instead:.1f} is used"
    else:
        reasons.append(
            reason(
                "KP4", f"{why}, and nothing can stand in for it.", Status.UNKNOWN, Weight.RELATIVE
            )
        )
        return None
    reasons.append(reason("KP4", f"{why}: {how}.", Status.MET, Weight.RELATIVE))
    return instead


def _top(uptake: Uptake, reasons: list[Reason], flags: list[str]) -> tuple[float | None, str]:
    """The organ that class 4 is judged by: spleen, else kidney cortex (KP3)."""
    if uptake.spleen is not None:
        return uptake.spleen, "spleen"
    if uptake.kidney_cortex is not None:
        flags.append("no spleen")
        reasons.append(
            reason(
                "KP3",
                f"No usable spleen: kidney cortex {uptake.kidney_cortex:.1f} takes its place.",
                Status.MET,
                Weight.RELATIVE,
            )
        )
        return uptake.kidney_cortex, "kidney cortex"
    flags.append("no spleen")
    return None, ""


def _class(
    suv: float,
    blood_pool: float | None,
    liver: float | None,
    top: float | None,
    top_name: str,
    variant: Variant,
) -> tuple[int, str, str | None]:
    """The class, its sentence, and the figure that carries a number of it."""
    if variant == "pet" and blood_pool is not None and suv <= blood_pool:
        return 1, f"SUVmax {suv:.1f} does not exceed blood pool {blood_pool:.1f}.", None
    assert liver is not None
    band = figure("krenning.planar.band").value
    lower_edge = {
        "pet": blood_pool,
        "visual": figure("krenning.visual.much_lower").value * liver,
        "planar": (1 - band) * liver,
    }[variant]
    liver_edge = (1 + band) * liver if variant == "planar" else liver
    if top is not None and suv > top and suv > liver_edge:
        return 4, f"SUVmax {suv:.1f} exceeds {top_name} {top:.1f}.", None
    if suv > liver_edge:
        below = f" and does not exceed {top_name} {top:.1f}" if top is not None else ""
        return (
            3,
            f"SUVmax {suv:.1f} exceeds liver {liver:.1f}{below}.",
            "krenning.planar.band" if variant == "planar" else None,
        )
    if variant == "pet":
        return (
            2,
            (
                f"SUVmax {suv:.1f} exceeds blood pool {blood_pool:.1f} and does not exceed liver"
                f" {liver:.1f}."
            ),
            None,
        )
    assert lower_edge is not None
    if variant == "visual":
        if suv < lower_edge:
            return (
                1,
                f"SUVmax {suv:.1f} is much lower than liver {liver:.1f} (below {lower_edge:.1f}).",
                "krenning.visual.much_lower",
            )
        return (
            2,
            f"SUVmax {suv:.1f} is slightly below or equal to liver {liver:.1f}.",
            "krenning.visual.much_lower",
        )
    if suv < lower_edge:
        return 1, f"SUVmax {suv:.1f} is below liver {liver:.1f}.", "krenning.planar.band"
    return (
        2,
        f"SUVmax {suv:.1f} equals liver {liver:.1f} within {band * 100:.0f} %.",
        "krenning.planar.band",
    )


def _warn(
    uptake: Uptake,
    liver: float | None,
    top: float | None,
    top_name: str,
    verdict: int,
    reasons: list[Reason],
    flags: list[str],
) -> None:
    """Attach what a careful report would add: borderline, small lesion, cold liver lesion,
    analogue.
    """
    suv, band = uptake.suv_max, figure("krenning.borderline").value
    for reference, name in ((liver, "liver"), (top, top_name)):
        if reference and abs(suv / reference - 1) <= band:
            flags.append("borderline")
            text = (
                f"{suv:.1f} lies within {band * 100:.0f} % of {name} {reference:.1f}: another"
                " reader may score one class apart."
            )
            reasons.append(
                reason("D1", text, Status.MET, Weight.INFORMATION, figure_id="krenning.borderline")
            )
    if (
        uptake.diameter_mm
        and uptake.fwhm_mm
        and uptake.diameter_mm < figure("partial_volume.factor").value * uptake.fwhm_mm
    ):
        flags.append("partial volume")
        reasons.append(reason("KP2", _underread(uptake), Status.MET, Weight.RELATIVE))
    if uptake.in_liver and verdict == 1:
        reasons.append(
            reason(
                "KP5",
                "Colder than the liver around it: seen as a defect, so it scores 1, not 0.",
                Status.MET,
                Weight.INFORMATION,
            )
        )
    elif uptake.in_liver and "borderline" in flags and verdict <= 3:
        reasons.append(
            reason(
                "KP5",
                "Inside the liver an uptake like that of the liver is nearly invisible: read"
                " the CT.",
                Status.MET,
                Weight.INFORMATION,
            )
        )
    days = uptake.days_since_long_acting_ssa
    if days is not None and days <= figure("ssa.washout").value:
        flags.append("analogue on board")
        text = (
            f"Long-acting analogue {days} days ago: liver {figure('ssa.liver').value:+.0f} % and"
            f" spleen {figure('ssa.spleen').value:+.0f} % on average, so the score may be one class"
            " higher than without it."
        )
        reasons.append(reason("KP1", text, Status.MET, Weight.INFORMATION))


def _underread(uptake: Uptake) -> str:
    assert uptake.diameter_mm is not None
    assert uptake.fwhm_mm is not None
    text = f"{uptake.diameter_mm:.0f} mm is less than twice the resolution of {uptake.fwhm_mm:g} mm"
    around = (
        uptake.background
        if uptake.background is not None
        else (uptake.liver if uptake.in_liver else None)
    )
    if around is None:
        return f"{text}: the true uptake is higher than {uptake.suv_max:.1f}."
    real = true_suv(uptake.suv_max, around, uptake.diameter_mm, uptake.fwhm_mm)
    return f"{text}: an SUVmax of {uptake.suv_max:.1f} stands for about {real:.1f}."


def _verdict(uptake: Uptake, variant: Variant) -> str | None:
    score = _score(uptake, variant)[0]
    return None if score is None else str(score)


def _changes(uptake: Uptake, variant: Variant) -> Iterator[Change[Uptake]]:
    """Yield each measurement at the values where the class may change, in steps of 0.1 SUV."""
    for field, label in _FIELDS.items():
        if getattr(uptake, field) is not None:
            edges = [round(edge, 1) for edge in _edges(uptake, variant, field) if edge <= _HIGHEST]
            words = f"With {label} {{then:.1f}} instead of {{now:.1f}}"
            yield from numbers(uptake, field, edges, _STEP, words, digits=1)


def _edges(uptake: Uptake, variant: Variant, field: str) -> Iterator[float]:
    """Values of one measurement at which the class may change."""
    band, low = figure("krenning.planar.band").value, figure("krenning.visual.much_lower").value
    suv, ratio = uptake.suv_max, figure("krenning.liver.from_spleen").value
    liver_factors = {"pet": (1.0,), "visual": (1.0, low), "planar": (1 - band, 1 + band)}[variant]
    if field == "suv_max":
        liver = _liver(uptake, [], [])
        yield from (f * liver for f in liver_factors if liver is not None)
        yield from (
            edge for edge in (uptake.blood_pool, _top(uptake, [], [])[0]) if edge is not None
        )
        if uptake.background is not None:
            yield figure("krenning.visible.contrast").value * uptake.background
    elif field == "liver":
        yield from (suv / f for f in liver_factors)
        yield from (figure("krenning.liver.lowest").value, figure("krenning.liver.highest").value)
    else:
        yield suv
        if field == "spleen":
            yield from (suv * ratio / f for f in liver_factors)
