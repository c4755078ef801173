"""The command that writes and checks certificates: netcourse certificate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from netcourse.course.plainly import plainly


def certificate(
    folder: Annotated[
        Path | None,
        typer.Argument(help="Where the learners' answers files lie.", show_default=False),
    ] = None,
    roster: Annotated[
        Path | None,
        typer.Option(
            help="Who takes part, as CSV with names; a pack's key has them too.", show_default=False
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Where the pages go.", show_default=False)
    ] = None,
    course: Annotated[
        str, typer.Option(help="What was taught.")
    ] = "Imaging of neuroendocrine neoplasms, a course on synthetic patients",
    date: Annotated[
        str, typer.Option(help="The day, like 2026-12-01, or first/last.", show_default=False)
    ] = "",
    hours: Annotated[float, typer.Option(help="Hours of teaching.", show_default=False)] = 0.0,
    organiser: Annotated[str, typer.Option(help="Who gives it.", show_default=False)] = "",
    signer: Annotated[str, typer.Option(help="Who signs it.", show_default=False)] = "",
    at_least: Annotated[
        float, typer.Option(min=0, max=100, help="Per cent of the points that it takes.")
    ] = 0.0,
    drill_cases: Annotated[
        int,
        typer.Option(
            min=0,
            help="Cases of the drill that it takes; whoever reached competency before has them.",
        ),
    ] = 0,
    key: Annotated[
        Path | None, typer.Option(help="The key.json of a graded pack.", show_default=False)
    ] = None,
    signing_key: Annotated[
        Path | None,
        typer.Option(
            help="What proves your certificates; else OUT/signing.key, made once. Keep it.",
            show_default=False,
        ),
    ] = None,
    verify: Annotated[
        str | None,
        typer.Option(
            help=(
                "Check a certificate: its page, or its code with --name, --course, --date and"
                " --hours as printed."
            ),
            show_default=False,
        ),
    ] = None,
    name: Annotated[str, typer.Option(help="Whose code to check.", show_default=False)] = "",
) -> None:
    """Write certificates for those who took part, with a code each that only your signing key gives;
    or check one.

    Ends with status 0; 1 when nothing was written or the certificate is not yours.
    """
    with plainly():
        from netcourse.classroom import certificate as made

        if verify is not None:
            if signing_key is None:
                raise ValueError("give the --signing-key that certificates were made with")
            secret = made.signing_key(signing_key)
            if name:
                one = made.Certificate(name, course, date, hours)
                sound = one.has(verify, secret)
            else:
                one, sound = made.verify(Path(verify), secret)
            said = f"{one.name}: {one.course}, {one.date}, {one.hours:g} h"
            if not sound:
                raise ValueError(f"NOT CERTIFIED with this key: {said}")
            typer.echo(f"Certified: {said}")
            return
        from netcourse.classroom import grade_folder, plan_hand_over, read_key, read_roster

        if folder is None or out is None:
            raise ValueError("give the folder of answers and --out for the certificates")
        pack = read_key(key) if key else None
        if not pack and not roster:
            raise ValueError("say who takes part: --roster FILE, or the --key of a pack")
        people = read_roster(roster) if roster else pack.people if pack else ()
        report = grade_folder(folder, key=pack, people=people, look_for_copies=False)
        if report.problem:
            raise ValueError(report.problem)
        works = plan_hand_over(report, people).works
        given, refused = made.earned(works, at_least, report.drilled, drill_cases)
        about = made.Course(course, date, hours, organiser, signer)
        asked = {
            f"At least {at_least:g} % of the points were reached.": at_least,
            f"{drill_cases} unmarked scans were read, or fewer as consistently as published"
            " readers.": drill_cases,
        }
        result = " ".join(words for words, least in asked.items() if least)
        place = signing_key or out / made.SIGNING_KEY
        written = made.issue(given, about, made.signing_key(place, make=True), out, result)
        for person, why in refused:
            typer.echo(f"no certificate for {person.shown}: {why}")
        typer.echo(f"{len(given)} certificates and {written[-1].name} written to {out}.")
        typer.echo(f"Keep {place}: it proves them, and nobody else can make more without it.")
