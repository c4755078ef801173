"""Which receptor tracer a department uses: what it has, how many patients, how long the way, what
is approved.
"""

from __future__ import annotations

from collections.abc import Iterator

from netcourse.decisions.core.decision import Decision, Reason, Status, Weight, reason
from netcourse.decisions.core.sensitivity import Change, nearest_flips, numbers, options
from netcourse.decisions.tracer.approval import AGENCY
from netcourse.decisions.tracer.question import Department
from netcourse.evidence import figure, statement
from netcourse.evidence.tracers import tracers

REFER = "refer"

_HAS = {
    "ga68": "68Ga",
    "f18_ssr": "18F-SiTATE",
    "cu64": "64Cu-DOTATATE",
    "hynic_toc": "99mTc-HYNIC-TOC",
    "indium": "111In-octreotide",
}
_TRACER = {
    "f18_ssr": "f18_sitate",
    "cu64": "cu64_dotatate",
    "hynic_toc": "tc99m_hynic_toc",
    "indium": "in111_octreotide",
}


def which_ssr_tracer(department: Department) -> Decision:
    """Say which receptor tracer a department should use; "refer" where it has none.

    68Ga where one elution serves the day and the way is short, else an 18F or 64Cu compound, the
    approved one first; SPECT without PET, and 111In only where there is nothing else. Flags: `not
    approved here`, `SPECT`. Sources: statements TR24, TR25, S20, S21, S24, S25, S28, D19.

    >>> which_ssr_tracer(Department(ga68=True, region="ema"))
    SSR tracer: 68Ga-DOTATOC; S21, TR24, D19, S20
    >>> which_ssr_tracer(Department(ga68=True, f18_ssr=True, patients_a_day=8)).verdict
    '18F-SiTATE'
    """
    choice = chosen(department)
    reasons, flags = list(_reasons(department, choice)), []
    if choice and department.region and not _approved(department, choice):
        flags.append("not approved here")
    if choice in ("hynic_toc", "indium"):
        flags.append("SPECT")
    alternatives = department.f18_ssr or department.cu64
    missing = (
        ("patients a day",)
        if choice == "ga68" and alternatives and department.patients_a_day is None
        else ()
    )
    return Decision(
        "SSR tracer",
        _verdict(department, choice),
        tuple(reasons),
        missing,
        tuple(flags),
        search=lambda: nearest_flips(
            _verdict(department, choice),
            _changes(department),
            lambda other: _verdict(other, chosen(other)),
        ),
    )


def chosen(department: Department) -> str | None:
    """Return the field of the department that names what is used; None where it has nothing."""
    return next((field for field in _in_order(department) if getattr(department, field)), None)


def ssr_by_spect(department: Department | None) -> bool:
    """Whether a receptor scan can only be a SPECT here."""
    return department is not None and chosen(department) in ("hynic_toc", "indium")


def _in_order(department: Department) -> Iterator[str]:
    """Yield what to look for, best first."""
    if department.pet:
        long_lived = ("cu64", "f18_ssr") if department.region == "fda" else ("f18_ssr", "cu64")
        near = not _many(department) and not _far(department)
        yield from ("ga68", *long_lived) if near else (*long_lived, "ga68")
    yield from ("hynic_toc", "indium")


def _many(department: Department) -> bool:
    """Whether more patients come in a day than one elution of a new generator serves."""
    return (
        department.patients_a_day is not None
        and department.patients_a_day > figure("planning.patients.new").value
    )


def _far(department: Department) -> bool:
    """Whether 68Ga travels so long that too much of it is gone."""
    return (
        department.transport_min
        >= figure("planning.transport_half_lives").value * figure("nuclide.ga68.half_life").value
    )


def _names(department: Department, choice: str) -> tuple[str, ...]:
    """The tracers meant: all 68Ga peptides, of which those approved in the region count; else
    one.
    """
    if choice != "ga68":
        return (tracers()[_TRACER[choice]].name,)
    peptides = [row for row in tracers().values() if row.nuclide == "ga68" and row.target == "sst"]
    region = department.region
    allowed = [row.name for row in peptides if region and row.licence(region).status == "approved"]
    return tuple(allowed) or tuple(row.name for row in peptides)


def _approved(department: Department, choice: str) -> bool:
    region = department.region
    return any(
        row.licence(region).status == "approved"
        for row in tracers().values()
        if region and row.name in _names(department, choice)
    )


def _verdict(department: Department, choice: str | None) -> str:
    if choice is None:
        return REFER
    names = _names(department, choice)
    return (
        "a 68Ga-DOTA peptide"
        if choice == "ga68" and department.region is None
        else " or ".join(names)
    )


def _reasons(department: Department, choice: str | None) -> Iterator[Reason]:
    capacity, half_life = figure("planning.patients.new"), figure("nuclide.ga68.half_life")
    if choice is None:
        yield reason("TR24", "No receptor tracer is to be had here: refer.", Status.NOT_MET)
        return
    if choice == "ga68":
        yield reason("S21", "68Ga is to be had, and the three peptides are equally good.")
    elif choice in ("f18_ssr", "cu64"):
        yield reason("TR24", f"{_HAS[choice]} instead of 68Ga.")
        for id in ("S28", "S25") if choice == "f18_ssr" else ():
            yield reason(id, statement(id).in_words, Status.MET, Weight.INFORMATION)
    else:
        yield reason("TR24", f"No receptor PET here: SPECT with {_HAS[choice]}.")
    if department.pet and department.ga68:
        yield from _burden(department, choice, capacity.value, half_life.value)
    if department.indium and choice != "indium":
        yield reason(
            "TR25",
            "Leave 111In-octreotide: there is something better.",
            Status.MET,
            Weight.RELATIVE,
        )
    if department.region:
        yield _licence(department, choice)
    yield reason("S20", statement("S20").in_words, Status.MET, Weight.INFORMATION)


def _burden(
    department: Department, choice: str, capacity: float, half_life: float
) -> Iterator[Reason]:
    """Yield what number of patients and length of way say of 68Ga."""
    patients, minutes = department.patients_a_day, department.transport_min
    if patients is not None and _many(department):
        text = (
            f"{patients} patients a day are more than the {capacity:g} that one elution of a new"
            " generator serves."
        )
        yield reason("TR24", text, Status.MET, Weight.RELATIVE, figure_id="planning.patients.new")
    elif patients is not None:
        text = f"{patients} patients a day: one elution of a new generator serves {capacity:g}."
        yield reason(
            "TR24", text, Status.NOT_MET, Weight.RELATIVE, figure_id="planning.patients.new"
        )
    if minutes:
        left = 100 * 0.5 ** (minutes / half_life)
        status = Status.MET if _far(department) else Status.NOT_MET
        yield reason(
            "S24",
            f"After a way of {minutes:g} min {left:.0f} % of the 68Ga is left.",
            status,
            Weight.RELATIVE,
        )
    if choice == "ga68" and patients is None and not minutes:
        yield reason(
            "TR24",
            "One elution serves the day, as far as is known.",
            Status.UNKNOWN,
            Weight.INFORMATION,
        )


def _licence(department: Department, choice: str) -> Reason:
    assert department.region
    names, agency = " or ".join(_names(department, choice)), AGENCY[department.region]
    if _approved(department, choice):
        return reason("D19", f"Approved by the {agency}: {names}.", Status.MET, Weight.RELATIVE)
    return reason(
        "D19",
        f"{names} is not approved by the {agency}: use it under national law.",
        Status.NOT_MET,
        Weight.RELATIVE,
    )


def _changes(department: Department) -> Iterator[Change[Department]]:
    """Yield what a department has or lacks, and the numbers that decide about 68Ga."""
    for field, word in {"pet": "a PET scanner", **_HAS}.items():
        yield from options(department, field, {True: f"With {word}", False: f"Without {word}"})
    words = "With {then:g} instead of {now:g} patients a day"
    capacity = figure("planning.patients.new").value
    yield from numbers(department, "patients_a_day", [capacity], 1, words, lowest=1)
    limit = figure("planning.transport_half_lives").value * figure("nuclide.ga68.half_life").value
    words = "With a way of {then:g} instead of {now:g} min"
    yield from numbers(department, "transport_min", [limit], 1, words, digits=1)
