"""The house in order: rooms import only from rooms above them, and what must be equal in two files
is.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.markers import Marker, default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from typer.main import get_command_name

from netcourse.cli import app

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "netcourse"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCKS = ("requirements.lock", "requirements-test.lock")

# Each room and the rooms it may know; `reading` shows what others work out and is known only where
# it is shown. Of the simulations only the readers see pictures and score.
MODELS = {"evidence", "patients"}
MAY_KNOW = {
    "evidence": set(),
    "patients": {"evidence"},
    "simulation": MODELS,
    "simulation.readers": {*MODELS, "scanner", "decisions"},
    "scanner": MODELS,
    "decisions": MODELS,
    "reading": {*MODELS, "simulation", "scanner", "decisions"},
    "assessment": {*MODELS, "simulation", "scanner", "decisions", "reading"},
    "classroom": {*MODELS, "simulation", "scanner", "decisions", "assessment"},
    "course": {*MODELS, "simulation", "scanner", "decisions", "reading", "assessment", "classroom"},
    "__main__": {"cli"},
    "__init__": set(),
}
MAY_KNOW["cli"] = {*MAY_KNOW["course"], "course"}
# The topics of a room: each imports only from those before it.
TOPICS = {
    "decisions": ("core", "ct", "somatostatin", "tracer", "heterogeneity", "prrt", "board"),
    "reading": ("viewer", "lab", "lessons"),
    "assessment": ("keys", "answers", "exercise", "marking", "sheet", "pack", "drill", "summary"),
    "classroom": (
        "collect",
        "report",
        "pack",
        "grade",
        "live",
        "lms",
        "hub",
        "nbgrader",
        "certificate",
        "study",
    ),
}
LESSONS = (
    "start",
    "ct",
    "tracer",
    "krenning",
    "sstr_rads",
    "heterogeneity",
    "prrt",
    "board",
    "gallery",
)
# Import names that differ from the package's name, and packages that come with another by its own
# promise.
COMES_WITH = {
    "nbconvert": "jupyterlab",
    "jupyter_server": "jupyterlab",
    "tornado": "jupyterhub",
    "PIL": "pillow",
    "jupyter_client": "ipykernel",
    "zmq": "ipykernel",
    "traitlets": "ipywidgets",
    "IPython": "ipykernel",
    "pydantic_core": "pydantic",
    "typing_extensions": "pydantic",
}


def sources() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: imports are written in full here"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def place(file: Path) -> tuple[str, ...]:
    """Room, topic and so on down to the module of a file: ("decisions", "prrt", "timing")."""
    parts = file.relative_to(PACKAGE).with_suffix("").parts
    return parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts


def known(file: Path) -> set[tuple[str, ...]]:
    """What a file imports from the package, from the room down: ("patients", "generate")."""
    return {tuple(name.split(".")[1:]) for name in imported(file) if name.startswith("netcourse.")}


def arrows_upward(file: Path, here: tuple[str, ...]) -> set[str]:
    """The imports of a file at some place of the house that its room, topic or lesson may not
    have.
    """
    room, *below = here
    wrong = set()
    for name in known(file):
        if name[0] != room:
            allowed = name[0] in MAY_KNOW.get(".".join(here[:2]), MAY_KNOW[room])
        elif room in TOPICS and below:
            topics = TOPICS[room]
            allowed = name[1] in topics[: topics.index(below[0]) + 1]
            if below[0] == name[1] == "lessons" and below[1:]:
                allowed = {*name[2:3]} <= {below[1], "cards"}  # a lesson knows no other
        else:
            allowed = room != "simulation" or below[:1] == ["readers"] or name[1] != "readers"
        if not allowed:
            wrong.add(".".join(name))
    return wrong


@pytest.mark.parametrize("file", sources(), ids=lambda file: file.relative_to(PACKAGE).as_posix())
def test_rooms_topics_and_lessons_import_only_from_those_before_them(file: Path) -> None:
    assert arrows_upward(file, place(file)) == set()


@pytest.mark.parametrize(
    ("here", "line", "wrong"),
    [
        ("decisions.ct.needs", "from netcourse import scanner", "scanner"),
        ("decisions.ct.needs", "import netcourse.reading.viewer", "reading.viewer"),
        ("decisions.core.facts", "from netcourse.decisions.ct import needs", "decisions.ct.needs"),
        ("patients.model", "from netcourse.simulation import cohort", "simulation.cohort"),
        ("simulation.trial", "from netcourse.scanner import scan", "scanner.scan"),
        (
            "simulation.trial",
            "from netcourse.simulation.readers import panel",
            "simulation.readers.panel",
        ),
        ("reading.viewer.voi", "from netcourse.reading.lab import Lab", "reading.lab.Lab"),
        (
            "reading.lessons.ct.over_time",
            "from netcourse.reading.lessons.prrt import tables",
            "reading.lessons.prrt.tables",
        ),
        ("reading.lab.lab", "from netcourse.reading import Viewer", "reading.Viewer"),
        ("classroom.grade.folder", "from netcourse.reading import Viewer", "reading.Viewer"),
    ],
)
def test_an_arrow_upward_would_be_seen(here: str, line: str, wrong: str, tmp_path: Path) -> None:
    file = tmp_path / "rule.py"
    file.write_text(f"def f():\n    {line}\n", encoding="utf-8")
    assert arrows_upward(file, tuple(here.split("."))) == {wrong}


def folders(room: Path) -> set[str]:
    return {path.name for path in room.iterdir() if (path / "__init__.py").is_file()}


def test_every_file_of_a_room_with_topics_lies_in_one_of_them() -> None:
    for room, topics in TOPICS.items():
        assert folders(PACKAGE / room) == set(topics)
        assert [file.name for file in (PACKAGE / room).glob("*.*")] == ["__init__.py"]
    assert folders(PACKAGE / "reading" / "lessons") == set(LESSONS)


@pytest.mark.parametrize(
    "module",
    [
        *(f"netcourse.decisions.{topic}" for topic in ("", *TOPICS["decisions"])),
        "netcourse.patients",
        "netcourse.evidence",
    ],
)
def test_the_rules_run_where_there_is_no_numpy(module: str) -> None:
    code = f"import {module.rstrip('.')}, sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert not {"numpy", "scipy", "matplotlib", "ipywidgets", "anywidget", "IPython"} & set(
        done.stdout.split()
    )


def test_no_file_is_longer_than_450_lines() -> None:
    files = [file for file in PACKAGE.rglob("*") if file.suffix in (".py", ".js", ".css")]
    lengths = {
        file.relative_to(ROOT).as_posix(): len(file.read_text(encoding="utf-8").splitlines())
        for file in files
    }
    assert {name: length for name, length in lengths.items() if length > 450} == {}


def test_every_package_that_is_imported_is_a_declared_dependency() -> None:
    for_teachers = [
        line
        for extra in ("nbgrader", "hub", "cohort", "dicom")
        for line in PROJECT["optional-dependencies"][extra]
    ]
    declared = {
        canonicalize_name(Requirement(line).name)
        for line in [*PROJECT["dependencies"], *for_teachers]
    }
    tops = (
        {name.split(".")[0] for file in sources() for name in imported(file)}
        - sys.stdlib_module_names
        - {"netcourse"}
    )
    assert {canonicalize_name(COMES_WITH.get(name, name)) for name in tops} - declared == set()


def conda_lines() -> list[str]:
    return re.findall(
        r"^  - ([a-z].*?)$", (ROOT / "environment.yml").read_text(encoding="utf-8"), re.MULTILINE
    )


def test_the_conda_environment_asks_for_what_pyproject_asks_for() -> None:
    python = Requirement(f"python{PROJECT['requires-python']}")
    ours = {
        (Requirement(line).name, str(Requirement(line).specifier))
        for line in PROJECT["dependencies"]
    } | {(python.name, str(python.specifier))}
    theirs = {
        (name, limit)
        for name, _, limit in (line.partition(" ") for line in conda_lines())
        if name not in ("conda-forge", "pip", "pip:")
    }
    assert theirs == ours


def locked(name: str) -> dict[str, list[tuple[str, Marker | None]]]:
    """Packages of a lock with their versions and markers."""
    found: dict[str, list[tuple[str, Marker | None]]] = {}
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        if not line.startswith(" "):
            requirement = Requirement(line.removesuffix("\\").strip())
            (exact,) = requirement.specifier
            assert exact.operator == "=="
            found.setdefault(canonicalize_name(requirement.name), []).append(
                (exact.version, requirement.marker)
            )
    return found


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_is_versions_and_hashes_and_nothing_else(name: str) -> None:
    pinned, hash_ = r"[a-z0-9._-]+==[^ ]+( ; [^\\]+)? \\", r"    --hash=sha256:[0-9a-f]{64}( \\)?"
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not re.fullmatch(f"{pinned}|{hash_}", line)] == []
    assert len(lines) > 100


@pytest.mark.parametrize(("name", "extras"), [(LOCKS[0], ()), (LOCKS[1], ("test",))])
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
def test_a_lock_meets_every_dependency_on_every_system(
    name: str, extras: tuple[str, ...], python: str, system: str
) -> None:
    there = locked(name)
    where = default_environment() | {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": system,
    }
    wanted = [
        *PROJECT["dependencies"],
        "hatchling",
        *(line for extra in extras for line in PROJECT["optional-dependencies"][extra]),
    ]
    for line in wanted:
        requirement = Requirement(line)
        chosen = [
            v
            for v, marker in there.get(canonicalize_name(requirement.name), [])
            if marker is None or marker.evaluate(where)
        ]
        assert len(chosen) == 1, (
            f"{requirement.name} stands {len(chosen)} times in {name} for Python {python} on"
            f" {system}"
        )
        assert requirement.specifier.contains(chosen[0])


def test_both_locks_name_the_same_versions() -> None:
    learner, test = locked(LOCKS[0]), locked(LOCKS[1])
    assert {
        name
        for name in learner
        if [v for v, _ in learner[name]] != [v for v, _ in test.get(name, [])]
    } == set()


def test_version_stands_equal_in_changelog_citation_and_package() -> None:
    now = PROJECT["version"]
    assert version("netcourse") == now
    assert (
        re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)[
            1
        ]
        == now
    )  # type: ignore[index]
    assert f'version: "{now}"' in (ROOT / "CITATION.cff").read_text(encoding="utf-8")


@pytest.mark.parametrize("paper", ["README.md", "CONTRIBUTING.md", "HANDBOOK.md"])
def test_what_a_paper_names_is_there(paper: str) -> None:
    text = (ROOT / paper).read_text(encoding="utf-8")
    targets = set(
        re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert (
        set(
            re.findall(
                r"\bmake (course|test-full|test|lock|notebooks|platforms|atlas|clean)\b", text
            )
        )
        <= targets
    )
    commands = {
        command.name or get_command_name(command.callback.__name__)
        for command in app.registered_commands
        if command.callback
    } | {group.name for group in app.registered_groups}
    assert set(re.findall(r"(?:`|^ +)netcourse ([a-z-]+)", text, re.MULTILINE)) <= commands
    assert [
        link for link in re.findall(r"\]\(([^)]+)\)", text) if not (ROOT / link).is_file()
    ] == []


def product_files() -> list[Path]:
    """Every text file of the product; what was built or belongs to a tool is none."""
    kinds = {
        ".py",
        ".js",
        ".css",
        ".toml",
        ".md",
        ".yml",
        ".yaml",
        ".ipynb",
        ".lock",
        ".cff",
        ".html",
        "",
    }
    skipped = {
        ".git",
        ".venv",
        ".venv-platforms",
        "__pycache__",
        "build",
        "dist",
        "node_modules",
        ".hypothesis",
        ".ipynb_checkpoints",
        "screenshots",
    }
    found: list[Path] = []
    for folder, below, names in os.walk(ROOT):
        below[:] = [name for name in below if name not in skipped and not name.endswith("_cache")]
        found += [
            Path(folder, name)
            for name in names
            if Path(name).suffix in kinds and name not in skipped
        ]
    return found


def test_nothing_names_the_place_where_it_was_made() -> None:
    # Put together here, so that this file does not name them either.
    forbidden = [
        "/".join(("", *path))
        for path in (("work", "main"), ("work", "shared"), ("opt", "dev"), ("tmp", "clone"))
    ]
    forbidden += [
        ".".join(host)
        for host in (
            ("pypi", "org"),
            ("pythonhosted", "org"),
            ("registry", "npmjs"),
            ("deb", "debian"),
        )
    ]
    named = [
        (path.relative_to(ROOT).as_posix(), word)
        for path in product_files()
        for word in forbidden
        if word in path.read_text(encoding="utf-8")
    ]
    assert named == []
