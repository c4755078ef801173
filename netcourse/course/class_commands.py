"""The commands for instructors: grade, pack, cohort, nbgrader, hub, run-sheet and slides."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from netcourse.course.options import Learners, Roster, ShortRoster
from netcourse.course.plainly import plainly


def grade(
    folder: Annotated[
        Path, typer.Argument(help="Where the learners' answers files or zip archives lie.")
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            help=(
                "Where gradebook, class page and feedback go; without it, only a summary is shown."
            ),
            show_default=False,
        ),
    ] = None,
    pictures: Annotated[
        bool,
        typer.Option(
            help="Pictures of the cases to discuss in the class page; a few seconds each."
        ),
    ] = True,
    names: Annotated[
        bool,
        typer.Option(
            help="List the marks by learner in the class page, which names nobody otherwise."
        ),
    ] = False,
    exercise: Annotated[
        list[str] | None,
        typer.Option(
            help="Grade only this exercise; may be given again for more.", show_default=False
        ),
    ] = None,
    key: Annotated[
        Path | None,
        typer.Option(
            help="The key.json of a graded pack: only answers with its tickets are graded.",
            show_default=False,
        ),
    ] = None,
    roster: Roster = None,
    drill_cases: Annotated[
        int,
        typer.Option(
            min=0,
            max=2000,
            help="How many cases of the drill everyone was asked to sign; the class page says who has.",
        ),
    ] = 0,
    lms: Annotated[
        Path | None,
        typer.Option(
            help=(
                "The CSV that Moodle, Canvas, Blackboard, ILIAS or Open edX exported: a copy of it,"
                " filled, goes into --out."
            ),
            show_default=False,
        ),
    ] = None,
    lms_column: Annotated[
        str | None, typer.Option(help="The column of it that takes the marks.", show_default=False)
    ] = None,
    preview: Annotated[
        bool,
        typer.Option(
            "--preview", help="Show which marks would go into which rows, and write none by name."
        ),
    ] = False,
) -> None:
    """Grade every answers file in a folder.

    Ends with status 0 when all were graded, 1 when some could not be (or, with a roster, are
    nobody's), 2 when nothing could.
    """
    import os

    # Matrices here are small: threads of theirs only get in each other's way.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with plainly(2):
        from netcourse.classroom import grade_folder, only, plan_hand_over, read_key, read_roster

        if (roster or lms) and out is None:
            raise ValueError("give --out RESULTS too: the marks by name go there")
        listed, pack = roster or lms, read_key(key) if key else None
        people = pack.people if pack and not roster else read_roster(listed) if listed else ()
        report = grade_folder(
            folder,
            out,
            only(exercise) if exercise else None,
            pictures,
            names,
            pack,
            people,
            workers=min(8, os.cpu_count() or 1),
            asked=drill_cases,
        )
        typer.echo(report)
        status = report.exit_status
        if people and out and status < 2:
            plan = plan_hand_over(report, people, lms, lms_column)
            typer.echo(plan)
            if preview:
                typer.echo("This was a preview: no mark was written by name.")
            elif not sys.stdin.isatty() or not lms or typer.confirm("Write these marks?", True):
                typer.echo(f"Written: {', '.join(str(path) for path in plan.write(out))}")
            left_over = plan.unknown or (plan.filled and plan.filled.missing)
            status = max(status, int(bool(left_over)))
    raise typer.Exit(status)


def pack(
    exercise: Annotated[
        str,
        typer.Argument(
            help="reading_test or marked_reading (made for this), an exercise of the course, or your own file."
        ),
    ],
    out: Annotated[Path, typer.Option(help="A new folder for packs, tickets and the key.")],
    ends: Annotated[
        str, typer.Option(help="When answers end to count, like 2026-12-01T17:00+01:00.")
    ],
    roster: Roster = None,
    learners: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=5000,
            help="Instead of a roster: how many, by pseudonym alone.",
            show_default=False,
        ),
    ] = None,
    variants: Annotated[
        int | None,
        typer.Option(
            min=1, max=200, help="How many variants; each takes seconds.", show_default=False
        ),
    ] = None,
    guessable: Annotated[
        bool,
        typer.Option(
            "--guessable",
            help="Make it even if a sheet filled in without looking earns much of it.",
        ),
    ] = False,
) -> None:
    """Make a graded set: questions and pictures without their key, in variants, with a ticket for
    everyone.

    The key stays with you: netcourse grade FOLDER --key OUT/key.json. Ends with status 0 when all
    was made, 1 when nothing was.
    """
    with plainly():
        from netcourse.classroom.collect.roster import participants
        from netcourse.classroom.pack.make import make_pack, read_end, set_page

        people = participants(roster, learners)
        made = make_pack(
            set_page(exercise),
            people,
            out,
            read_end(ends),
            variants,
            progress=lambda _, words: typer.echo(words, err=True),
            guessable=guessable,
        )
        typer.echo(made)


def cohort(
    folder: Annotated[
        Path, typer.Argument(help="The shared folder in which the learners' answers files lie.")
    ],
    exercise: Annotated[
        str | None,
        typer.Option(help="The exercise to follow; else the busiest.", show_default=False),
    ] = None,
    key: Annotated[
        Path | None, typer.Option(help="The key.json of a graded pack.", show_default=False)
    ] = None,
    browser: Annotated[
        bool, typer.Option(help="Open the page in the browser, or only print its address.")
    ] = True,
    notebook: Annotated[
        bool, typer.Option("--notebook", help="In JupyterLab, not as a plain page.")
    ] = False,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="The port to use.", show_default=False)
    ] = None,
) -> None:
    """Watch the class at work, on your screen or the projector: read again every few seconds, names
    off.

    Keys: arrows change the question, r shows the reference, b big type, d the dark room, o the
    overview, n names.
    Ends with Ctrl+C and status 0; with status 1 when the folder is none.
    """
    with plainly():
        from netcourse.course.cohort import run_cohort
        from netcourse.course.lab import can_show_a_browser

        if not folder.is_dir():
            raise ValueError(
                f"{folder} is no folder; give the one in which the learners' answers files lie"
            )

        def tell(address: str) -> None:
            typer.echo(f"The class is at\n\n    {address}\n\nTo stop, press Ctrl+C here.")

        run_cohort(folder, tell, exercise, key, browser and can_show_a_browser(), notebook, port)


def nbgrader(
    exercise: Annotated[str, typer.Argument(help="An exercise of the course, or your own file.")],
    course: Annotated[
        Path, typer.Option(help="nbgrader's course folder; made where it is missing.")
    ],
    assignment: Annotated[
        str | None,
        typer.Option(help="The assignment's name; else the exercise's.", show_default=False),
    ] = None,
) -> None:
    """Make an exercise an nbgrader assignment that is marked from its answers file, with no
    learner's code run.

    Writes source/<assignment>/<exercise>.ipynb and nbgrader_config.py. Ends with status 0, or 1
    when either is there already. Needs pip install 'netcourse[nbgrader]' where it is marked.
    """
    with plainly():
        from netcourse.assessment import find_exercise, load_exercise
        from netcourse.classroom.nbgrader.source import write_source

        page = find_exercise(exercise)
        notebook, config = write_source(load_exercise(page), exercise, course, assignment)
        name = notebook.parent.name
    typer.echo(f"Written: {notebook}\n         {config}\nNext, in {config.parent}:\n")
    typer.echo(
        f"    nbgrader generate_assignment {name}\n    nbgrader release_assignment {name}\n   "
        f" nbgrader collect {name}"
    )
    typer.echo(f"    nbgrader autograde {name}\n    nbgrader generate_feedback {name}")


def hub(
    out: Annotated[Path, typer.Argument(help="A new folder for the kit.")],
    roster: ShortRoster = None,
    learners: Learners = None,
    port: Annotated[
        int,
        typer.Option(
            min=1, max=65535, help="Where the class's view listens, on this machine alone."
        ),
    ] = 10101,
) -> None:
    """Write what it takes to run the course on a JupyterHub: configuration, codes to sign in,
    prewarming, sizes.

    Ends with status 0, or 1 when nothing was written. The kit can be written anywhere; it needs pip
    install 'netcourse[hub]' where it runs. HUB.md says how.
    """
    with plainly():
        from netcourse.classroom.collect.roster import participants
        from netcourse.classroom.hub.write import write_hub
        from netcourse.course.workspace import course_version

        people = participants(roster, learners)
        instructor, code, *written = write_hub(out, people, course_version(), port)
    typer.echo(
        f"Written to {out}: {', '.join(written)}\nYou sign in as {instructor} with the code {code}."
        " Begin with HUB.md."
    )


def run_sheet(
    exercise: Annotated[str, typer.Argument(help="An exercise of the course, or your own file.")],
    out: Annotated[
        Path | None,
        typer.Option(
            help="The page to write; else run-sheet-EXERCISE.html here.", show_default=False
        ),
    ] = None,
) -> None:
    """Write your sheet for the hour: minutes, right answers, the wrong ones to expect and what to
    say to them.

    Ends with status 0, or 1 when the exercise cannot be read.
    """
    with plainly():
        from netcourse.assessment import find_exercise, load_exercise
        from netcourse.assessment.answers.store import write_atomically
        from netcourse.classroom.report.run_sheet import run_sheet

        page = load_exercise(find_exercise(exercise))
        path = out or Path(f"run-sheet-{page.id}.html")
        write_atomically(path, run_sheet(page).encode())
    typer.echo(f"Written: {path}. Open it in a browser, or print it.")


def slides(
    notebook: Annotated[
        str, typer.Argument(help="A notebook of the course, like 03_krenning, or a file.")
    ],
    out: Annotated[
        Path | None,
        typer.Option(help="The page to write; else slides-NOTEBOOK.html here.", show_default=False),
    ] = None,
) -> None:
    """Write slides from a lesson's own notebook: prose, pictures and results, a screen for each
    heading, no code.

    Ends with status 0, or 1 when there is no such notebook.
    """
    with plainly():
        from netcourse.assessment.answers.store import write_atomically
        from netcourse.course.slides import find_notebook, slides

        found = find_notebook(notebook)
        path = out or Path(f"slides-{found.stem}.html")
        write_atomically(path, slides(found).encode())
    typer.echo(f"Written: {path}. Space goes on, Shift + Space back, F11 fills the screen.")
