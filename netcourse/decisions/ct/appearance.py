"""Reading a CT: how a lesion stands out from its organ, in which phase, and what the size of a node
says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal, get_args

from netcourse.decisions.core.decision import (
    CANNOT_DECIDE,
    Decision,
    Reason,
    Status,
    Weight,
    reason,
)
from netcourse.decisions.core.sensitivity import Change, nearest_flips, numbers, options
from netcourse.evidence import Statement, figure, statement

Appearance = Literal["hyper", "iso", "hypo"]
NodeRegion = Literal["retrocrural", "portocaval", "mesenteric", "mesorectal"]
NODE_REGIONS: tuple[NodeRegion, ...] = get_args(NodeRegion)

_PHASES = {"arterial_delta": "late arterial", "portal_delta": "portal venous"}
_REPORT = {
    "local extent": "CR1",
    "vessels": "CR2",
    "nodes": "CR3",
    "visceral organs": "CR4",
    "bones": "CR5",
}
_STEP_MM = 0.1  # of a flip


def appearance(lesion_hu: float, organ_hu: float) -> Appearance:
    """Say whether a lesion is brighter than, like or darker than its organ, both in HU; at the
    threshold it differs (EP3).

    Raises ValueError for what no CT measures.

    >>> appearance(99, 76), appearance(106, 101), appearance(82, 101)
    ('hyper', 'iso', 'hypo')
    """
    for name, value in (("lesion_hu", lesion_hu), ("organ_hu", organ_hu)):
        if not -1024 <= value <= 3071:
            raise ValueError(f"{name} is {value:g}; it must be from -1024 to 3071 HU")
    return _class(lesion_hu - organ_hu)


def enhancement_pattern(arterial_delta: float | None, portal_delta: float | None) -> Decision:
    """Name the pattern of a lesion from its difference to the organ, HU, in the late arterial and
    portal venous phase.

    Verdict "hyper/hypo" and the like; "cannot decide" with the phase that was not scanned (None).
    Flags: `washout`, `no arterial enhancement`, `missed by the portal venous phase`. Sources:
    statements EP1–EP3, S10, S11.

    >>> enhancement_pattern(23, -19)
    Enhancement pattern: hyper/hypo (washout); EP3, S10, S11
    >>> enhancement_pattern(None, 5)
    Enhancement pattern: cannot decide, need late arterial phase; EP3, EP2
    """
    deltas = {"arterial_delta": arterial_delta, "portal_delta": portal_delta}
    for name, delta in deltas.items():
        if delta is not None and not abs(delta) <= 4095:
            raise ValueError(f"{name} is {delta:g}; it must be from -4095 to 4095 HU")
    reasons = [_seen(name, delta) for name, delta in deltas.items()]
    if missing := tuple(
        f"{_PHASES[name]} phase" for name, delta in deltas.items() if delta is None
    ):
        if arterial_delta is None:
            reasons.append(
                reason("EP2", statement("EP2").in_words, Status.UNKNOWN, Weight.INFORMATION)
            )
        return Decision("Enhancement pattern", CANNOT_DECIDE, tuple(reasons), missing)
    assert arterial_delta is not None
    assert portal_delta is not None
    arterial, portal = _class(arterial_delta), _class(portal_delta)
    verdict, flags = f"{arterial}/{portal}", []
    if arterial == "hyper":
        reasons.append(
            reason(
                "S10",
                "Bright in the arterial phase, as most liver metastases of NET are.",
                Status.MET,
                Weight.INFORMATION,
            )
        )
    else:
        flags.append("no arterial enhancement")
        reasons.append(reason("EP1", statement("EP1").in_words, Status.MET, Weight.INFORMATION))
    if verdict == "hyper/hypo":
        flags.append("washout")
        reasons.append(
            reason("S11", "Washed out in the portal venous phase.", Status.MET, Weight.INFORMATION)
        )
    if verdict == "hyper/iso":
        flags.append("missed by the portal venous phase")
        reasons.append(reason("EP2", statement("EP2").in_words, Status.MET, Weight.INFORMATION))
    return Decision(
        "Enhancement pattern",
        verdict,
        tuple(reasons),
        (),
        tuple(flags),
        search=lambda: nearest_flips(
            verdict,
            _other_deltas((arterial_delta, portal_delta)),
            lambda deltas: "/".join(map(_class, deltas)),
        ),
    )


def node_by_size(short_axis_mm: float, region: NodeRegion | None = None) -> Decision:
    """Say whether a node is "enlarged" or "not enlarged" by its short axis; at the threshold it is
    not (D23).

    A region's own size is information, flagged `other by region` where it disagrees. Raises
    ValueError for a size that is not above 0 or an unknown region. Sources: statements D23, S14.

    >>> node_by_size(10), node_by_size(7, "mesenteric")
    (Node by size: not enlarged; D23, S14, Node by size: not enlarged (other by region); D23, S14)
    """
    _check_size(short_axis_mm)
    if region is not None and region not in NODE_REGIONS:
        raise ValueError(f"region is '{region}'; it must be one of {', '.join(NODE_REGIONS)}")
    limit, target = figure("node.short_axis"), figure("node.target")
    enlarged = short_axis_mm > limit.value
    text = (
        f"Short axis {short_axis_mm:g} mm {'exceeds' if enlarged else 'does not exceed'}"
        f" {limit.value:g} mm."
    )
    reasons, flags = (
        [reason("D23", text, Status.MET if enlarged else Status.NOT_MET, figure_id=limit.id)],
        [],
    )
    if short_axis_mm >= target.value:
        text = f"From {target.value:g} mm it can be a target of RECIST."
        reasons.append(reason("D23", text, Status.MET, Weight.INFORMATION, figure_id=target.id))
    if region is not None:
        local = figure(f"node.region.{region}")
        least = local.statistic == "at least"
        abnormal = short_axis_mm >= local.value if least else short_axis_mm > local.value
        flags += ["other by region"] if abnormal != enlarged else []
        text = (
            f"{local.label} {local.value:g} mm: by its region"
            f" {'abnormal' if abnormal else 'normal'}."
        )
        reasons.append(
            reason(
                "D23",
                text,
                Status.MET if abnormal else Status.NOT_MET,
                Weight.INFORMATION,
                figure_id=local.id,
            )
        )
    reasons.append(reason("S14", statement("S14").in_words, Status.MET, Weight.INFORMATION))
    verdicts = ("enlarged", "not enlarged")
    return Decision(
        "Node by size",
        verdicts[not enlarged],
        tuple(reasons),
        (),
        tuple(flags),
        search=lambda: nearest_flips(
            verdicts[not enlarged],
            _other_sizes((short_axis_mm,)),
            lambda case: verdicts[case[0] <= limit.value],
        ),
    )


def ct_occult(
    short_axis_mm: float, krenning_score: int | None, physiologic: bool = False
) -> Decision:
    """Say whether a node is a metastasis that CT calls normal: small for CT, positive on receptor
    PET; "yes" or "no".

    "cannot decide" where the size leaves it to a score that is not known. Raises ValueError for a
    size not above 0 or a score outside 0–4. Sources: statements D23, S13–S15, KP2.

    >>> ct_occult(7, 3).verdict, ct_occult(14, 3).verdict, ct_occult(7, 1).verdict
    ('yes', 'no', 'no')
    """
    if krenning_score is not None and krenning_score not in range(5):
        raise ValueError(f"krenning_score is {krenning_score}; it must be from 0 to 4")
    verdict, reasons = _occult(short_axis_mm, krenning_score, physiologic)
    missing = ("Krenning score",) if verdict == CANNOT_DECIDE else ()
    return Decision(
        "CT-occult metastasis",
        verdict,
        tuple(reasons),
        missing,
        search=lambda: nearest_flips(
            verdict,
            _other_nodes((short_axis_mm, krenning_score)),
            lambda case: _occult(case[0], case[1], physiologic)[0],
            open_counts=True,
        ),
    )


def report_checklist() -> dict[str, Statement]:
    """Return what a CT report must say, by item: local extent, vessels, nodes, visceral organs,
    bones (after S5 and S6).

    >>> list(report_checklist())
    ['local extent', 'vessels', 'nodes', 'visceral organs', 'bones']
    """
    return {item: statement(id) for item, id in _REPORT.items()}


def _class(delta: float) -> Appearance:
    edge, delta = figure("enhancement.class").value, round(delta, 6)
    return "hyper" if delta >= edge else "hypo" if delta <= -edge else "iso"


def _seen(name: str, delta: float | None) -> Reason:
    phase = _PHASES[name].capitalize()
    if delta is None:
        return reason(
            "EP3", f"{phase} phase: not scanned.", Status.UNKNOWN, figure_id="enhancement.class"
        )
    edge = figure("enhancement.class").value
    words = {"hyper": "brighter than", "iso": "like", "hypo": "darker than"}[_class(delta)]
    return reason(
        "EP3",
        f"{phase} phase: {delta:+g} HU, {words} the organ (±{edge:g} HU).",
        figure_id="enhancement.class",
    )


def _other_deltas(deltas: tuple[float, float]) -> Iterator[Change[tuple[float, float]]]:
    """Yield each phase's difference at the borders of the classes, in steps of 1 HU."""
    edge = figure("enhancement.class").value
    for place, (name, phase) in enumerate(_PHASES.items()):
        words = f"With {{then:+g}} HU in the {phase} phase"
        yield from numbers(deltas, str(place), (edge, -edge), 1, words, name=name, lowest=-4095)


def _other_sizes(node: tuple[Any, ...]) -> Iterator[Change[tuple[Any, ...]]]:
    limit = figure("node.short_axis").value
    yield from numbers(node, "0", [limit], _STEP_MM, "At {then:g} mm", name="short_axis_mm")


def _other_nodes(node: tuple[Any, ...]) -> Iterator[Change[tuple[Any, ...]]]:
    yield from _other_sizes(node)
    positive = int(figure("node.ssr_positive").value)
    for score in (positive, positive - 1):
        words = {score: f"With a Krenning score of {score}"}
        for change in options(node, "1", words, name="krenning_score", group=str(score)):
            yield replace(change, now=node[1], then=score)


def _occult(short_axis_mm: float, score: int | None, physiologic: bool) -> tuple[str, list[Reason]]:
    _check_size(short_axis_mm)
    limit, positive = figure("node.short_axis"), figure("node.ssr_positive")
    small = short_axis_mm <= limit.value
    text = (
        f"Short axis {short_axis_mm:g} mm {'does not exceed' if small else 'exceeds'}"
        f" {limit.value:g} mm: CT calls it "
    )
    reasons = [
        reason(
            "D23",
            f"{text}{'normal' if small else 'enlarged'}.",
            Status.MET if small else Status.NOT_MET,
            figure_id=limit.id,
        )
    ]
    if score is None:
        reasons.append(reason("S13", "Without receptor PET the node stays open.", Status.UNKNOWN))
        return CANNOT_DECIDE if small and not physiologic else "no", reasons
    hot = score >= positive.value and not physiologic
    text = (
        f"Krenning score {score}{', physiologic' if physiologic else ''}; positive from"
        f" {positive.value:g}."
    )
    reasons.append(
        reason("S13", text, Status.MET if hot else Status.NOT_MET, figure_id=positive.id)
    )
    if small and hot:
        found = figure("detection.nodes")
        text = (
            f"Conventional imaging finds and recognises about {found.value:g} % of PET-positive"
            " nodes: this is one of the others."
        )
        reasons.append(reason("S15", text, Status.MET, Weight.INFORMATION))
        reasons.append(reason("S14", statement("S14").in_words, Status.MET, Weight.INFORMATION))
    elif (
        small
        and not physiologic
        and short_axis_mm < figure("partial_volume.factor").value * figure("pet.fwhm.ga68").value
    ):
        reasons.append(reason("KP2", statement("KP2").in_words, Status.MET, Weight.INFORMATION))
    return "yes" if small and hot else "no", reasons


def _check_size(short_axis_mm: float) -> None:
    if not 0 < short_axis_mm <= 300:
        raise ValueError(
            f"short_axis_mm is {short_axis_mm:g}; it must be above 0 and at most 300 mm"
        )
