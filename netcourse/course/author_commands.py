"""The commands for authors of cases and exercises: explain, new-exercise and schema."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from netcourse.course.plainly import plainly


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
    with plainly():
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


def new_exercise(
    path: Annotated[
        Path, typer.Argument(help="The file to write, such as exercises/07_my_cases.toml.")
    ],
) -> None:
    """Write a commented exercise to start from.

    Ends with status 0, or 1 when there is a file of that name already.
    """
    with plainly():
        from netcourse.assessment import new_exercise

        written = new_exercise(path)
    typer.echo(
        f"{written} is a valid exercise of every kind of question. Change it in any text editor."
    )
    typer.echo(
        "To see it, run in a notebook:  from netcourse.assessment import open_exercise;"
        f' open_exercise("{written.as_posix()}")'
    )


def schema(name: Annotated[str, typer.Argument(help="patient, exercise or answers.")]) -> None:
    """Print the JSON schema of a file, for editors that complete and check as you type.

    Ends with status 0, or 1 when there is no such schema.
    """
    with plainly():
        from netcourse.course.schemas import schema_of

        _print_json(schema_of(name))


def _print_json(data: object) -> None:
    import json

    typer.echo(json.dumps(data, indent=2))
