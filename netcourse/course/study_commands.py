"""The commands of a study of learning: netcourse study."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from netcourse.course.options import Learners, ShortRoster
from netcourse.course.plainly import plainly

app = typer.Typer(
    help="A study of learning: tests before, after and later, and what was gained.",
    no_args_is_help=True,
)
Study = Annotated[Path, typer.Argument(help="The folder that study init laid out.")]


@app.command("init")
def study_init(
    out: Annotated[Path, typer.Argument(help="A new folder for the study.")],
    ends: Annotated[
        str, typer.Option(help="When answers end to count, like 2026-12-01T17:00+01:00.")
    ],
    exercise: Annotated[
        str, typer.Option(help="reading_test, an exercise of the course, or your own file.")
    ] = "reading_test",
    roster: ShortRoster = None,
    learners: Learners = None,
    sessions: Annotated[
        str, typer.Option(help="The tests in their order, with commas.")
    ] = "pre,post,retention",
    variants: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=200,
            help="How many variants of each; each takes seconds.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Lay out a study: a graded set for each test, of other patients and the same difficulty, under
    one pseudonym per learner.

    Names stand in who.csv alone. Ends with status 0, or 1 when nothing was made.
    """
    with plainly():
        from netcourse.classroom.collect.roster import participants
        from netcourse.classroom.pack.make import read_end, set_page
        from netcourse.classroom.study import init_study

        people = participants(roster, learners)
        typer.echo(
            init_study(
                set_page(exercise),
                people,
                out,
                read_end(ends),
                [one.strip() for one in sessions.split(",")],
                variants,
                progress=lambda _, words: typer.echo(words, err=True),
            )
        )


@app.command("merge")
def study_merge(
    folder: Study,
    out: Annotated[
        Path | None,
        typer.Option(help="The table to write; else study.csv there.", show_default=False),
    ] = None,
) -> None:
    """Write all answers as one table: learner, session, question, key, answer, credit, confidence,
    seconds.

    Ends with status 0, or 1 when the folder holds no study.
    """
    with plainly():
        from netcourse.assessment.answers.store import PRIVATE, write_atomically
        from netcourse.classroom.study import merge, read_study, tidy_csv

        text = tidy_csv(merge(read_study(folder)))
        path = out or folder / "study.csv"
        write_atomically(path, text.encode(), PRIVATE)
    typer.echo(f"Written: {path}, {text.count(chr(10)) - 1} rows.")


@app.command("report")
def study_report(
    folder: Study,
    beside: Annotated[
        Path | None,
        typer.Option(help="Another cohort's study, to compare with.", show_default=False),
    ] = None,
) -> None:
    """Say what was gained, with intervals, and how well learners agreed before and after.

    Ends with status 0, or 1 when the folder holds no study.
    """
    with plainly():
        from netcourse.classroom.study import compare, merge, read_study, report
        from netcourse.classroom.study.report import gain

        mine = merge(read_study(folder))
        typer.echo(report(mine))
        if beside:
            theirs = merge(read_study(beside))
            typer.echo(f"\n{beside}:\n{report(theirs)}\n")
            typer.echo(compare(gain(mine[0], mine[1]), gain(theirs[0], theirs[1])))


@app.command("size")
def study_size(
    gain: Annotated[float, typer.Option(help="The gain to find, in per cent of the points.")],
    sd: Annotated[float, typer.Option(help="Standard deviation of learners' gains, in the same.")],
    power: Annotated[float, typer.Option(help="How surely it is found.")] = 0.8,
    loss: Annotated[float, typer.Option(help="The share who will miss the last test.")] = 0.0,
    cohorts: Annotated[int, typer.Option(min=1, max=2, help="2: against another cohort.")] = 1,
) -> None:
    """Say how many learners a study needs (two-sided t test at 5 %)."""
    with plainly():
        from netcourse.classroom.study import learners_needed

        n = learners_needed(gain, sd, power, loss=loss, cohorts=cohorts)
        typer.echo(f"Invite {n} learners{' in each cohort' if cohorts == 2 else ''}.")
