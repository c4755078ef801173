"""How a command says what went wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer


@contextmanager
def plainly(status: int = 1) -> Iterator[None]:
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
    # A file name or field may hold what a terminal obeys.
    plain = "".join(sign if sign.isprintable() or sign == "\n" else "?" for sign in words)
    typer.secho(plain, err=True, fg=typer.colors.RED)
    raise typer.Exit(status)
