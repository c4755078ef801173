"""A commented exercise page to start from."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from netcourse.assessment.keys.registry import FUNCTIONS
from netcourse.patients import archetypes


def new_exercise(path: Path | str) -> Path:
    """Write a commented template, itself a valid exercise of all kinds, and return where.

    The file's name becomes the exercise's id. Raises ValueError for a name that can be no id,
    FileExistsError when the file is there already: nothing is overwritten.
    """
    path = Path(path)
    path = path if path.suffix == ".toml" else path.with_name(path.name + ".toml")
    if (
        not all(letter.isascii() and (letter.isalnum() or letter == "_") for letter in path.stem)
        or not 1 <= len(path.stem) <= 40
    ):
        raise ValueError(
            f"'{path.stem}' can be no exercise id; allowed is a word of letters, digits and _, at"
            " most 40, like 03_krenning"
        )
    text = (resources.files(__package__) / "template.toml").read_text(encoding="utf-8")
    with path.open("x", encoding="utf-8") as file:
        file.write(
            text.replace("@ID@", path.stem)
            .replace("@FUNCTIONS@", _functions())
            .replace("@ARCHETYPES@", _archetypes())
        )
    return path


def _functions() -> str:
    width = max(len(function.signature) for function in FUNCTIONS.values())
    return "\n".join(
        f"#   {function.signature:<{width}}  {function.about}" for function in FUNCTIONS.values()
    )


def _archetypes() -> str:
    width = max(map(len, archetypes()))
    return "\n".join(f"#   {id:<{width}}  {title}" for id, title in archetypes().items())
