"""Checking an institution's own folder before anybody works with it: every case, exercise, figure and
rulebook in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from netcourse.course.selftest import Finding
from netcourse.evidence.own import CASES, EXERCISES, FIGURES, MARKER, RULEBOOKS, own_folder

VARIANTS = 5


def check_own_folder() -> Iterator[Finding]:
    """Yield a finding for each page of the own folder (`own_folder`), figures first: everything else
    rests on them.
    """
    folder = own_folder()
    if folder is None:
        yield Finding(
            "Own folder", "note", "there is none", f"Set NETCOURSE_HOME or write {MARKER}."
        )
        return
    found = 0
    for part, trial in _PARTS.items():
        pages = sorted((folder / part).glob("*.toml"))
        if part == RULEBOOKS:
            pages = [folder / part] if (folder / part).is_file() else []
        for path in pages:
            found += 1
            name = path.relative_to(folder).as_posix()
            try:
                yield Finding(name, "ok", trial(path))
            except (ValueError, KeyError, OSError) as error:
                said = str(error.args[0] if isinstance(error, KeyError) and error.args else error)
                yield Finding(name, "problem", said, "Mend it and check again.")
                if part == FIGURES:  # nothing else can be read before that
                    return
    if not found:
        places = ", ".join(_PARTS)
        yield Finding("Own folder", "problem", f"{folder} holds no page", f"They go into {places}.")


def _figures(path: Path) -> str:
    from netcourse.evidence import course_figure, own_figures

    lines = []
    for id, one in own_figures(path).items():
        known = course_figure(id)
        was = f"was {known.value:g}" if known else "new: no rule of the course reads it"
        lines.append(f"{id} = {one.value:g} {one.unit} ({was})")
    return "; ".join(lines)


def _case(path: Path) -> str:
    from netcourse.course.case_file import read_case

    for seed in range(VARIANTS):
        read_case(path, seed)
    return f"{VARIANTS} variants drawn"


def _exercise(path: Path) -> str:
    from netcourse.assessment.exercise.load import check_exercise, load_exercise

    exercise = load_exercise(path)
    if problems := check_exercise(exercise, VARIANTS):
        raise ValueError("\n".join(map(str, problems)))
    return f"{len(exercise.items)} questions, keys on {VARIANTS} variants"


def _rulebooks(path: Path) -> str:
    from netcourse.decisions.prrt.rulebook import COURSE, own_profiles, profile

    return ", ".join(one.name for one in own_profiles(path, profile(COURSE)).values())


_PARTS: dict[str, Callable[[Path], Any]] = {
    FIGURES: _figures,
    RULEBOOKS: _rulebooks,
    CASES: _case,
    EXERCISES: _exercise,
}
