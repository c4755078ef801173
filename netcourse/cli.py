"""The netcourse command. Each command loads what it needs when it is called, so that help comes at
once.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from netcourse.course.author_commands import explain, new_exercise, schema
from netcourse.course.certificate_command import certificate
from netcourse.course.class_commands import cohort, grade, hub, nbgrader, pack, run_sheet, slides
from netcourse.course.file_commands import anonymise, export
from netcourse.course.plainly import plainly
from netcourse.course.study_commands import app as study

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
    from netcourse.course.opening import open_course
    from netcourse.course.workspace import FIRST_PAGE

    with plainly():
        open_course(folder, FIRST_PAGE, typer.echo, browser, lay_out_only, port)


@app.command(rich_help_panel=LEARN)
def drill(
    folder: Folder = None,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open a browser window.")
    ] = True,
    csv: Annotated[
        bool, typer.Option("--csv", help="Print what you signed so far as CSV and stop there.")
    ] = False,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="The port to use.", show_default=False)
    ] = None,
) -> None:
    """Read unmarked scans, sign them one by one, and see how you learn.

    Every signed case is kept in drill.json of your folder; the same command goes on where you
    stopped. Ends with status 0, or 1 when the folder cannot be laid out or the file not be read.
    """
    from netcourse.course.workspace import DRILL_PAGE, default_folder

    with plainly():
        if not csv:
            from netcourse.course.opening import open_course

            open_course(folder, DRILL_PAGE, typer.echo, browser, port=port)
            return
        from netcourse.assessment.drill import Curve, DrillLog, score
        from netcourse.assessment.drill.log import NAME

        file = (folder or default_folder()) / NAME
        readings = DrillLog(file).readings if file.is_file() else ()
        typer.echo(Curve([score(one) for one in readings]).csv(), nl=False)


@app.command(rich_help_panel=LEARN)
def check(folder: Folder = None) -> None:
    """Check this computer: run it the day before the course. With a folder of your own cases,
    exercises, figures or rulebooks, check that.

    Ends with status 0 when the course will run here, 1 when something must be repaired first.
    """
    import os

    from netcourse.evidence.own import VARIABLE, looks_own

    own = folder is not None and looks_own(folder)
    if own:  # before anything of it is read
        os.environ[VARIABLE] = str(folder)
    from netcourse.course.own_folder import check_own_folder
    from netcourse.course.selftest import check_computer
    from netcourse.course.workspace import default_folder

    problems = 0
    words = {
        "ok": ("ok     ", typer.colors.GREEN),
        "note": ("note   ", typer.colors.YELLOW),
        "problem": ("PROBLEM", typer.colors.RED),
    }
    findings = check_own_folder() if own else check_computer(folder or default_folder())
    for finding in findings:
        word, colour = words[finding.verdict]
        typer.echo(f"{typer.style(word, fg=colour)}  {finding.about}: {finding.found}")
        if finding.do:
            typer.echo(f"         {finding.do}")
        problems += finding.verdict == "problem"
    if problems:
        if own:
            raise typer.Exit(1)
        typer.echo(
            f"\n{problems} {'thing needs' if problems == 1 else 'things need'} repair before the"
            " course. What to do stands above."
        )
        raise typer.Exit(1)
    if own:
        typer.echo(
            "\nThis folder can be used: set NETCOURSE_HOME to it, or put a netcourse.toml there."
        )
        return
    typer.echo("\nThis computer is ready for the course: netcourse start")


TEACHING: tuple[Callable[..., None], ...] = (
    grade,
    pack,
    cohort,
    nbgrader,
    hub,
    certificate,
    run_sheet,
    slides,
)
WRITING: tuple[Callable[..., None], ...] = (explain, new_exercise, export, anonymise, schema)
for command in TEACHING:
    app.command(rich_help_panel=TEACH)(command)
app.add_typer(study, name="study", rich_help_panel=TEACH)
for command in WRITING:
    app.command(rich_help_panel=WRITE)(command)
