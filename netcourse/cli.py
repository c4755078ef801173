"""The netcourse command. Each command loads what it needs when it is called, so that help comes at
once.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help=(
        "A reading room in a notebook: imaging of neuroendocrine neoplasms on synthetic PET/CT. For"
        " education, not for patient care."
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
LEARN, TEACH, WRITE = "For learners", "For instructors", "For authors of cases and exercises"

Folder = Annotated[
    Path | None,
    typer.Argument(
        help="The course folder; without it, netcourse-course in your home folder.",
        show_default=False,
    ),
]


@app.callback(invoke_without_command=True)
def _main(
    show_version: Annotated[
        bool, typer.Option("--version", help="Show the version of the course.")
    ] = False,
) -> None:
    for stream in (
        sys.stdout,
        sys.stderr,
    ):  # an old Windows console has no '×'; better a '?' than no answer
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    if show_version:
        from netcourse.course.workspace import course_version

        typer.echo(f"netcourse {course_version()}")
        raise typer.Exit


@app.command(rich_help_panel=LEARN)
def start(
    folder: Folder = None,
    browser: Annotated[
        bool, typer.Option(help="Open the course in the browser, or only print its address.")
    ] = True,
    lay_out_only: Annotated[
        bool, typer.Option("--lay-out-only", help="Lay out or renew the folder and stop there.")
    ] = False,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="The port to use.", show_default=False)
    ] = None,
) -> None:
    """Lay out the course in your folder and open it.

    Come back with the same command: your changes and answers stay, the rest of the course is
    brought up to date. Ends with status 0, or 1 when the folder cannot be laid out.
    """
    from netcourse.course.workspace import FIRST_PAGE, default_folder, lay_out

    with _plainly():
        laid = lay_out(folder or default_folder())
    typer.echo(f"The course lies in {laid.folder}")
    if laid.renewed:
        typer.echo(f"Brought up to date: {', '.join(laid.renewed)}")
    for yours, new in laid.beside:
        typer.echo(f"You changed {yours}: it stays as it is. The new version lies beside it: {new}")
    if lay_out_only:
        return
    from netcourse.course.lab import can_show_a_browser, open_lab

    with_browser = browser and can_show_a_browser()

    def tell(address: str) -> None:
        opening = (
            "Your browser opens it. If not, go to"
            if with_browser
            else "Open this address in a browser on this computer:"
        )
        typer.echo(f"{opening}\n\n    {address}\n\nTo stop, press Ctrl+C here.")

    with _plainly():
        open_lab(laid.folder, FIRST_PAGE, tell, with_browser, port)


@app.command(rich_help_panel=LEARN)
def check(folder: Folder = None) -> None:
    """Check this computer: run it the day before the course.

    Ends with status 0 when the course will run here, 1 when something must be repaired first.
    """
    from netcourse.course.selftest import check_computer
    from netcourse.course.workspace import default_folder

    problems = 0
    words = {
        "ok": ("ok     ", typer.colors.GREEN),
        "note": ("note   ", typer.colors.YELLOW),
        "problem": ("PROBLEM", typer.colors.RED),
    }
    for finding in check_computer(folder or default_folder()):
        word, colour = words[finding.verdict]
        typer.echo(f"{typer.style(word, fg=colour)}  {finding.about}: {finding.found}")
        if finding.do:
            typer.echo(f"         {finding.do}")
        problems += finding.verdict == "problem"
    if problems:
        typer.echo(
            f"\n{problems} {'thing needs' if problems == 1 else 'things need'} repair before the"
            " course. What to do stands above."
        )
        raise typer.Exit(1)
    typer.echo("\nThis computer is ready for the course: netcourse start")


@app.command(rich_help_panel=TEACH)
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
    roster: Annotated[
        Path | None,
        typer.Option(
            help="Who takes part, as CSV: your own list or the one your platform exports.",
            show_default=False,
        ),
    ] = None,
    lms: Annotated[
        Path | None,
        typer.Option(
            help=(
                "The CSV that Moodle, Canvas or Open edX exported: a copy of it, filled, goes into"
                " --out."
            ),
            show_default=False,
        ),
    ] = None,
    lms_column: Annotated[
        str | None, typer.Option(help="The column of it that takes the marks.", show_default=False)
    ] = None,
) -> None:
    """Grade every answers file in a folder.

    Ends with status 0 when all were graded, 1 when some could not be (or, with a roster, are
    nobody's), 2 when nothing could.
    """
    with _plainly(2):
        from netcourse.classroom import grade_folder, hand_over, only, read_key, read_roster

        if (roster or lms) and out is None:
            raise ValueError("give --out RESULTS too: the marks by name go there")
        listed, pack = roster or lms, read_key(key) if key else None
        people = pack.people if pack and not roster else read_roster(listed) if listed else ()
        report = grade_folder(
            folder, out, only(exercise) if exercise else None, pictures, names, pack
        )
        typer.echo(report)
        status = report.exit_status
        if people and out and status < 2:
            handed = hand_over(report, out, people, lms, lms_column)
            typer.echo(handed)
            status = max(
                status, int(bool(handed.unknown) or bool(handed.filled and handed.filled.missing))
            )
    raise typer.Exit(status)


@app.command(rich_help_panel=TEACH)
def pack(
    exercise: Annotated[
        str,
        typer.Argument(
            help="reading_test (made for this), an exercise of the course, or your own file."
        ),
    ],
    out: Annotated[Path, typer.Option(help="A new folder for packs, tickets and the key.")],
    ends: Annotated[
        str, typer.Option(help="When answers end to count, like 2026-12-01T17:00+01:00.")
    ],
    roster: Annotated[
        Path | None,
        typer.Option(
            help="Who takes part, as CSV: your own list or the one your platform exports.",
            show_default=False,
        ),
    ] = None,
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
) -> None:
    """Make a graded set: questions and pictures without their key, in variants, with a ticket for
    everyone.

    The key stays with you: netcourse grade FOLDER --key OUT/key.json. Ends with status 0 when all
    was made, 1 when nothing was.
    """
    with _plainly():
        from netcourse.classroom import read_roster
        from netcourse.classroom.pack.make import make_pack, nobody, read_end, set_page

        if (roster is None) == (learners is None):
            raise ValueError("say who takes part: either --roster FILE or --learners NUMBER")
        people = read_roster(roster) if roster else nobody(learners or 0)
        made = make_pack(
            set_page(exercise),
            people,
            out,
            read_end(ends),
            variants,
            progress=lambda _, words: typer.echo(words, err=True),
        )
        typer.echo(made)


@app.command(rich_help_panel=TEACH)
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

    Keys: arrows change the question, r shows the reference, b big type, o the overview, n names.
    Ends with Ctrl+C and status 0; with status 1 when the folder is none.
    """
    with _plainly():
        from netcourse.course.cohort import run_cohort
        from netcourse.course.lab import can_show_a_browser

        if not folder.is_dir():
            raise ValueError(
                f"{folder} is no folder; give the one in which the learners' answers files lie"
            )

        def tell(address: str) -> None:
            typer.echo(f"The class is at\n\n    {address}\n\nTo stop, press Ctrl+C here.")

        run_cohort(folder, tell, exercise, key, browser and can_show_a_browser(), notebook, port)


@app.command(rich_help_panel=TEACH)
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
    with _plainly():
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


@app.command(rich_help_panel=TEACH)
def hub(
    out: Annotated[Path, typer.Argument(help="A new folder for the kit.")],
    roster: Annotated[
        Path | None, typer.Option(help="Who takes part, as CSV.", show_default=False)
    ] = None,
    learners: Annotated[
        int | None,
        typer.Option(min=1, max=5000, help="Instead of a roster: how many.", show_default=False),
    ] = None,
    port: Annotated[
        int,
        typer.Option(
            min=1, max=65535, help="Where the class's view listens, on this machine alone."
        ),
    ] = 10101,
) -> None:
    """Write what it takes to run the course on a JupyterHub: configuration, codes to sign in,
    prewarming, sizes.

    Ends with status 0, or 1 when nothing was written. Needs pip install 'netcourse[hub]' where it
    runs; HUB.md says how.
    """
    with _plainly():
        from netcourse.classroom import read_roster
        from netcourse.classroom.hub.write import write_hub
        from netcourse.classroom.pack.make import nobody
        from netcourse.course.workspace import course_version

        if (roster is None) == (learners is None):
            raise ValueError("say who takes part: either --roster FILE or --learners NUMBER")
        try:
            instructor, code, *written = write_hub(
                out,
                read_roster(roster) if roster else nobody(learners or 0),
                course_version(),
                port,
            )
        except ImportError:
            raise ValueError(
                "JupyterHub is not installed here: pip install 'netcourse[hub]'"
            ) from None
    typer.echo(
        f"Written to {out}: {', '.join(written)}\nYou sign in as {instructor} with the code {code}."
        " Begin with HUB.md."
    )


@app.command("run-sheet", rich_help_panel=TEACH)
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
    with _plainly():
        from netcourse.assessment import find_exercise, load_exercise
        from netcourse.assessment.answers.store import write_atomically
        from netcourse.classroom.report.run_sheet import run_sheet

        page = load_exercise(find_exercise(exercise))
        path = out or Path(f"run-sheet-{page.id}.html")
        write_atomically(path, run_sheet(page).encode())
    typer.echo(f"Written: {path}. Open it in a browser, or print it.")


@app.command(rich_help_panel=TEACH)
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
    with _plainly():
        from netcourse.assessment.answers.store import write_atomically
        from netcourse.course.slides import find_notebook, slides

        found = find_notebook(notebook)
        path = out or Path(f"slides-{found.stem}.html")
        write_atomically(path, slides(found).encode())
    typer.echo(f"Written: {path}. Space goes on, Shift + Space back, F11 fills the screen.")


@app.command(rich_help_panel=WRITE)
def explain(
    case: Annotated[
        str,
        typer.Argument(help="A patient file (.toml), or the name of one of the course's patients."),
    ],
    profile: Annotated[
        str | None,
        typer.Option(
            help=(
                "Only one definition of the score (pet, visual, planar) or one rulebook (course,"
                " ema, fda, netter1, netter2)."
            ),
            show_default=False,
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option(help="The variant to draw; 0 is the patient as written.")
    ] = 0,
    json: Annotated[bool, typer.Option("--json", help="As data, for programs.")] = False,
) -> None:
    """Check a patient file and show every key the course derives from it, with reasons.

    Ends with status 0, or 1 when the file has a mistake; every one is named with its field.
    """
    with _plainly():
        from netcourse.course.case_file import read_case
        from netcourse.course.explain import explanation, page

        patient = read_case(case, seed)
        if json:
            _print_json(explanation(patient, profile))
        else:
            from rich.console import Console

            Console(highlight=False, width=None if sys.stdout.isatty() else 120).print(
                page(patient, profile)
            )


@app.command("new-exercise", rich_help_panel=WRITE)
def new_exercise(
    path: Annotated[
        Path, typer.Argument(help="The file to write, such as exercises/07_my_cases.toml.")
    ],
) -> None:
    """Write a commented exercise to start from.

    Ends with status 0, or 1 when there is a file of that name already.
    """
    with _plainly():
        from netcourse.assessment import new_exercise

        written = new_exercise(path)
    typer.echo(
        f"{written} is a valid exercise of every kind of question. Change it in any text editor."
    )
    typer.echo(
        "To see it, run in a notebook:  from netcourse.assessment import open_exercise;"
        f' open_exercise("{written.as_posix()}")'
    )


@app.command(rich_help_panel=WRITE)
def schema(name: Annotated[str, typer.Argument(help="patient, exercise or answers.")]) -> None:
    """Print the JSON schema of a file, for editors that complete and check as you type.

    Ends with status 0, or 1 when there is no such schema.
    """
    with _plainly():
        from netcourse.course.schemas import schema_of

        _print_json(schema_of(name))


def _print_json(data: object) -> None:
    import json

    typer.echo(json.dumps(data, indent=2))


@contextmanager
def _plainly(status: int = 1) -> Iterator[None]:
    """Say what is wrong in words; a traceback is for defects of the course, not for slips of the
    person.
    """
    try:
        yield
    except FileExistsError as error:
        _give_up(
            f"{error.filename} is there already and stays as it is. Give another name.", status
        )
    except OSError as error:
        _give_up(
            (
                f"{error.filename}: {error.strerror}"
                if error.filename and error.strerror
                else str(error)
            ),
            status,
        )
    except ValueError as error:
        _give_up(str(error), status)


def _give_up(words: str, status: int) -> None:
    typer.secho(words, err=True, fg=typer.colors.RED)
    raise typer.Exit(status)
