"""The packages that read and write other people's formats, asked for when they are needed."""

from __future__ import annotations

from importlib import import_module
from os import PathLike
from pathlib import Path
from typing import Any


class MissingExtraError(ImportError, ValueError):
    """A package of an extra is not installed; the message says how to install it."""


def need(module: str) -> Any:
    """Return a module of the extra `dicom`; MissingExtraError with the command that installs it.

    >>> need("pydicom_of_tomorrow")
    Traceback (most recent call last):
    netcourse.scanner.doors.extra.MissingExtraError: pydicom_of_tomorrow is not installed: pip install 'netcourse[dicom]'
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"{error.name} is not installed: pip install 'netcourse[dicom]'"
        ) from None


def new_folder(folder: str | PathLike[str]) -> Path:
    """Return a folder that is new or empty, made where it is missing; FileExistsError else."""
    path = Path(folder)
    path.mkdir(parents=True, exist_ok=True)
    if any(path.iterdir()):
        raise FileExistsError(17, "there are files in it already; give another folder", str(path))
    return path
