"""What an instructor asks everyone to run the day before: does this computer carry the course?"""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from netcourse.course.lab import can_show_a_browser, try_kernel, try_lab

# A lesson with its pictures takes up to 1.5 GB, of which two are awake at a time, JupyterLab 0.25 GB,
# a browser tab about as much again.
MEMORY_NEEDED_GB = 1.5
MEMORY_WANTED_GB = 3.0
DISK_NEEDED_GB = 0.2
# A scan takes 3 s on two cores; beyond this a learner thinks the page has died.
SCAN_PATIENCE_S = 15.0

Verdict = Literal["ok", "note", "problem"]


@dataclass(frozen=True)
class Finding:
    """One thing that was tried: what was found, and what to do about it."""

    about: str
    verdict: Verdict
    found: str
    do: str = ""


def check_computer(folder: Path) -> Iterator[Finding]:
    """Try everything the course needs of this computer and yield one finding after the other; about
    10 s.
    """
    trials: list[tuple[str, Callable[[], Finding], str]] = [
        ("Python", _python, "Install Python 3.11 or newer."),
        ("Packages", _packages, _INSTALL_AGAIN),
        ("Memory", _memory, "Close other programs."),
        (
            "Folder",
            lambda: _folder(folder),
            "Give another folder: netcourse check FOLDER, and the same to netcourse start.",
        ),
        ("Widgets", _widgets, _INSTALL_AGAIN),
        ("Viewer", _viewer, _INSTALL_AGAIN),
        (
            "Notebook",
            _kernel,
            (
                "A firewall or virus scanner may stop programs from talking to each other on this"
                " computer. Ask your IT desk."
            ),
        ),
        (
            "JupyterLab",
            lambda: _lab(folder),
            "A firewall may stop it, or the installation is damaged. "
            + "Install netcourse again or ask your IT desk.",
        ),
        ("Browser", _browser, ""),
    ]
    for about, trial, do in trials:
        try:
            yield trial()
        except metadata.PackageNotFoundError as error:
            yield Finding(
                about,
                "problem",
                f"{error.name} is not installed in this Python, {sys.executable}",
                _INSTALL_AGAIN,
            )
        except Exception as error:  # whatever breaks is a finding, and the other trials still run
            yield Finding(about, "problem", f"failed: {error or type(error).__name__}", do)


_INSTALL_AGAIN = (
    "Install netcourse again (pip install --force-reinstall with the course's folder or file)."
)


def _python() -> Finding:
    found = f"{platform.python_version()} on {platform.system()}, {sys.executable}"
    needed = metadata.metadata("netcourse")["Requires-Python"]
    from packaging.specifiers import SpecifierSet

    if not SpecifierSet(needed or "").contains(platform.python_version(), prereleases=True):
        return Finding(
            "Python",
            "problem",
            f"{found}; the course needs {needed}",
            "Install a newer Python and the course with it.",
        )
    return Finding("Python", "ok", found)


def _packages() -> Finding:
    wrong = list(unmet(metadata.requires("netcourse") or []))
    if wrong:
        return Finding("Packages", "problem", "; ".join(wrong), _INSTALL_AGAIN)
    return Finding("Packages", "ok", f"netcourse {metadata.version('netcourse')} and all it needs")


def unmet(requirements: list[str]) -> Iterator[str]:
    """Yield, in words, each requirement that this Python's packages do not meet; extras are left
    out.

    >>> list(unmet(["no-such-package>=1", "pytest; extra == 'test'"]))
    ['no-such-package is missing (needed: >=1)']
    """
    from packaging.requirements import Requirement

    for text in requirements:
        needed = Requirement(text)
        if needed.marker and not needed.marker.evaluate({"extra": ""}):
            continue
        try:
            there = metadata.version(needed.name)
        except metadata.PackageNotFoundError:
            yield f"{needed.name} is missing (needed: {needed.specifier or 'any version'})"
            continue
        if not needed.specifier.contains(there, prereleases=True):
            yield f"{needed.name} is {there} (needed: {needed.specifier})"


def _memory() -> Finding:
    import psutil

    free = psutil.virtual_memory().available / 1e9
    found = f"{free:.1f} GB free"
    if free < MEMORY_NEEDED_GB:
        return Finding(
            "Memory",
            "problem",
            f"{found}; the course needs {MEMORY_NEEDED_GB:g} GB",
            "Close other programs.",
        )
    if free < MEMORY_WANTED_GB:
        return Finding(
            "Memory",
            "note",
            f"{found}; {MEMORY_WANTED_GB:g} GB are comfortable",
            "Close what you do not need before you start.",
        )
    return Finding("Memory", "ok", found)


def _folder(folder: Path) -> Finding:
    import shutil

    folder = folder.expanduser().resolve()
    made = next(
        up for up in (folder, *folder.parents) if up.is_dir()
    )  # the folder itself may be laid out only tomorrow
    trial = made / f".netcourse-check-{os.getpid()}"
    try:
        trial.write_bytes(b"\x00" * 1_000_000)
        if trial.stat().st_size != 1_000_000:
            raise OSError("what was written did not arrive")
    finally:
        trial.unlink(missing_ok=True)
    free = shutil.disk_usage(made).free / 1e9
    if free < DISK_NEEDED_GB:
        return Finding(
            "Folder",
            "problem",
            f"{folder}: {free:.2f} GB free, {DISK_NEEDED_GB:g} GB needed",
            "Free some space.",
        )
    return Finding("Folder", "ok", f"{folder} can be written, {free:.0f} GB free")


def _widgets() -> Finding:
    import anywidget
    import ipywidgets

    slider = ipywidgets.IntSlider(value=3)
    slider.value = 4
    return Finding(
        "Widgets", "ok", f"ipywidgets {ipywidgets.__version__}, anywidget {anywidget.__version__}"
    )


def _viewer() -> Finding:
    from netcourse.patients import generate
    from netcourse.reading import Viewer
    from netcourse.scanner import scan

    start = time.perf_counter()
    frame = Viewer(scan(generate("reading_row"))).picture()
    seconds = time.perf_counter() - start
    if not frame.startswith(b"\x89PNG"):
        return Finding("Viewer", "problem", "drew no picture", _INSTALL_AGAIN)
    if seconds > SCAN_PATIENCE_S:
        return Finding(
            "Viewer",
            "note",
            f"a PET/CT scanned and drawn in {seconds:.0f} s: slow",
            "Close other programs; plug in a laptop.",
        )
    return Finding("Viewer", "ok", f"a PET/CT scanned and drawn in {seconds:.1f} s")


def _kernel() -> Finding:
    answered = try_kernel()
    if Path(answered).resolve().parent != Path(sys.executable).resolve().parent:
        return Finding(
            "Notebook",
            "note",
            f"notebooks run {answered}, not this Python",
            "Start the course only with netcourse start.",
        )
    return Finding("Notebook", "ok", "a notebook's Python starts and loads the course")


def _lab(folder: Path) -> Finding:
    folder = folder.expanduser().resolve()
    start = time.perf_counter()
    try_lab(next(up for up in (folder, *folder.parents) if up.is_dir()))
    return Finding(
        "JupyterLab",
        "ok",
        f"{metadata.version('jupyterlab')} starts, answers and stops in"
        f" {time.perf_counter() - start:.0f} s",
    )


def _browser() -> Finding:
    if can_show_a_browser():
        return Finding("Browser", "ok", "found")
    return Finding(
        "Browser",
        "note",
        "none can be opened from here",
        "netcourse start prints an address: open it in a browser.",
    )
