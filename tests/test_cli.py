"""The netcourse command, as a person types it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import tomllib
import urllib.request
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from typer.main import get_command_name
from typer.testing import CliRunner

from netcourse.assessment import Session, StoredAnswers, find_exercise, load_exercise
from netcourse.cli import app
from netcourse.course import selftest
from netcourse.course.case_file import read_case
from netcourse.course.lab import quiet_settings
from netcourse.course.schemas import SCHEMAS, patient_schema
from netcourse.decisions.somatostatin import VARIANTS, krenning
from netcourse.patients import archetypes, generate

ARCHETYPES = resources.files("netcourse.patients") / "archetypes"
PAGE = (ARCHETYPES / "rectum_low_expression.toml").read_text(encoding="utf-8")


def run(*words: str) -> Any:
    return CliRunner().invoke(app, list(words))


def loaded_by(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; import sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.splitlines()[-1].split())


@pytest.fixture
def case(tmp_path: Path) -> Path:
    file = tmp_path / "my_case.toml"
    file.write_text(PAGE, encoding="utf-8")
    return file


def test_help_names_every_command_and_that_it_is_not_for_patient_care() -> None:
    said = run("--help").stdout
    assert all(one.name in said for one in app.registered_commands if one.name)
    assert "not for patient care" in " ".join(said.split())


@pytest.mark.parametrize(
    "command",
    [
        one.name or get_command_name(one.callback.__name__)
        for one in app.registered_commands
        if one.callback
    ],
)
def test_every_command_says_with_which_status_it_ends(command: str) -> None:
    done = run(command, "--help")
    assert done.exit_code == 0
    assert "status 0" in " ".join(done.stdout.split())


def test_help_loads_nothing_heavy() -> None:
    assert not loaded_by("import netcourse.cli") & {
        "numpy",
        "pydantic",
        "matplotlib",
        "ipywidgets",
        "jupyterlab",
        "netcourse.assessment",
    }


def test_explain_gives_the_key_of_every_lesion_in_every_profile(case: Path) -> None:
    found = json.loads(run("explain", str(case), "--json").stdout)
    patient = read_case(case)
    assert [lesion["id"] for lesion in found["lesions"]] == [
        lesion.id for lesion in patient.lesions
    ]
    for row, lesion in zip(found["lesions"], patient.lesions, strict=True):
        uptake = patient.uptake(lesion)
        assert row["uptake"]["suv_max"] == uptake.suv_max
        for variant in VARIANTS:
            decision = krenning(uptake, variant)
            assert row["krenning"][variant]["verdict"] == decision.verdict
            assert [flip["text"] for flip in row["krenning"][variant]["flips"]] == [
                flip.text for flip in decision.flips
            ]


@pytest.mark.parametrize("name", archetypes())
def test_explain_reads_every_patient_of_the_course_and_shows_reasons_and_sources(name: str) -> None:
    result = run("explain", name, "--profile", "pet", "--seed", "3")
    assert result.exit_code == 0
    said = " ".join(result.stdout.split())
    patient = generate(name, 3)
    for lesion in patient.lesions:
        for reason in krenning(patient.uptake(lesion)).reasons:
            assert " ".join(reason.text.split()) in said
    assert "planar" not in said
    assert "Sources" in said


def test_a_patient_score_leaves_out_physiologic_uptake(tmp_path: Path) -> None:
    page = (ARCHETYPES / "uncinate_and_node.toml").read_text(encoding="utf-8")
    case = tmp_path / "hot_node.toml"
    case.write_text(page.replace("ssr_suv_max = 12", "ssr_suv_max = 20"), encoding="utf-8")
    found = json.loads(run("explain", str(case), "--json").stdout)
    scores = {
        lesion["id"]: (lesion["nature"], lesion["krenning"]["pet"]["verdict"])
        for lesion in found["lesions"]
    }
    assert scores == {"U1": ("physiologic", "3"), "N1": ("net", "4")}
    assert found["patient_scores"]["pet"] == {"highest": 4, "lowest": 4, "open": []}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "ki67_percent = 8",
            "ki67_percent = 140",
            "pathology.ki67_percent: is 140; allowed is a number from 0 to 100",
        ),
        ('site = "rectum"', "", "pathology.site: is missing"),
        ("ki67_percent = 8", "ki67_percent = nan", "pathology.ki67_percent"),
        (
            'place = "liver_s6"',
            'place = "liver_s9"',
            "lesion L1, place: is 'liver_s9'; allowed are liver_s2",
        ),
        (
            "size_mm = 24",
            "size_mm = -1",
            "lesion L1, size_mm: is -1; allowed is a number from 2 to 150",
        ),
        (
            "size_mm = 24",
            "size_mm = { low = 20, hi = 30 }",
            "lesion L1, size_mm.hi: is no field here; did you mean high?",
        ),
        (
            "ssr_suv_max = 4.6",
            "ssr_suv = 4\nssr_suv_max = 4",
            "lesion L1: give its uptake in exactly one way",
        ),
        (
            "ssr_suv_max = 4.6",
            'ssr_times = { of = "thumb", low = 2 }',
            "lesion L1, ssr_times.of: is 'thumb'; allowed are",
        ),
        ("liver = 5.0", "livr = 5.0", "ssr.livr: is no field here; did you mean liver?"),
        ("age_y = 58", 'age_y = "58"', "age_y: is '58'; allowed is a whole number from 12 to 100"),
        ('id = "N1"', 'id = "L1"', "lesion id L1 is used twice"),
        (
            "{age}",
            "{years}",
            "history.story: {years} cannot be filled in; allowed are {age} and {person}",
        ),
        ("[labs]", "[labs", "cannot be read as TOML"),
        ("[history]", "[past]", "history: is missing"),
    ],
)
def test_a_slip_in_a_patient_file_is_named_with_file_field_and_what_is_allowed(
    case: Path, old: str, new: str, said: str
) -> None:
    assert old in PAGE
    case.write_text(PAGE.replace(old, new, 1), encoding="utf-8")
    result = run("explain", str(case))
    assert result.exit_code == 1
    assert "my_case.toml" in result.stderr
    assert said in result.stderr
    assert "Traceback" not in result.output


def test_all_slips_are_named_at_once(case: Path) -> None:
    case.write_text(
        PAGE.replace("ki67_percent = 8", "ki67_percent = 140").replace(
            "size_mm = 24", "size_mm = 1"
        ),
        encoding="utf-8",
    )
    assert len(run("explain", str(case)).stderr.strip().splitlines()) == 2


def test_an_unknown_patient_or_profile_says_which_there_are() -> None:
    assert "did you mean splenectomy?" in run("explain", "splenectomi").stderr
    assert "pet, visual, planar" in run("explain", "splenectomy", "--profile", "enets").stderr


@pytest.mark.parametrize("name", SCHEMAS)
def test_schemas_are_schemas(name: str) -> None:
    Draft202012Validator.check_schema(json.loads(run("schema", name).stdout))


def test_the_patient_schema_holds_every_patient_of_the_course() -> None:
    judge = Draft202012Validator(patient_schema())
    for name in archetypes():
        judge.validate(tomllib.loads((ARCHETYPES / f"{name}.toml").read_text(encoding="utf-8")))


def test_the_answers_schema_is_what_an_answers_file_is_written_in(tmp_path: Path) -> None:
    exercise = load_exercise(find_exercise("03_krenning"))
    store = StoredAnswers(tmp_path / "answers.json")
    Session(exercise, store).answer(exercise.items[0].id, 3)
    judge = Draft202012Validator(json.loads(run("schema", "answers").stdout))
    written = json.loads((tmp_path / "answers.json").read_text(encoding="utf-8"))
    judge.validate(written)
    assert not judge.is_valid(written | {"answers": [{"item": "q1"}]})


def test_an_unknown_schema_says_which_there_are() -> None:
    assert "patient, exercise, answers" in run("schema", "study").stderr


def test_a_new_exercise_is_valid_and_never_overwrites(tmp_path: Path) -> None:
    page = tmp_path / "07_mine.toml"
    assert run("new-exercise", str(page)).exit_code == 0
    assert load_exercise(page).id == "07_mine"
    page.write_text("mine", encoding="utf-8")
    again = run("new-exercise", str(page))
    assert again.exit_code == 1
    assert "is there already" in again.stderr
    assert page.read_text(encoding="utf-8") == "mine"


def test_grading_ends_with_0_1_or_2(tmp_path: Path) -> None:
    assert run("grade", str(tmp_path / "nowhere")).exit_code == 2
    assert run("grade", str(tmp_path)).exit_code == 2


def test_laying_out_says_what_it_did_and_keeps_the_learners_file(tmp_path: Path) -> None:
    assert run("start", str(tmp_path / "w"), "--lay-out-only").exit_code == 0
    mine = tmp_path / "w" / "exercises" / "03_krenning.toml"
    mine.write_text("mine", encoding="utf-8")
    assert run("start", str(tmp_path / "w"), "--lay-out-only").exit_code == 0
    assert mine.read_text(encoding="utf-8") == "mine"


def test_a_requirement_that_is_not_met_is_named_with_what_is_there() -> None:
    assert list(selftest.unmet(["numpy>=1"])) == []
    (said,) = selftest.unmet(["numpy>=99"])
    assert said.startswith("numpy is ")
    assert said.endswith("(needed: >=99)")


def test_one_broken_part_is_a_problem_with_advice_and_the_other_trials_still_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OSError("no sockets here")

    monkeypatch.setattr(selftest, "try_kernel", broken)
    monkeypatch.setattr(selftest, "try_lab", broken)
    monkeypatch.setattr(selftest, "DISK_NEEDED_GB", 1e9)
    monkeypatch.setattr(selftest, "MEMORY_NEEDED_GB", 1e9)
    result = run("check", str(tmp_path))
    assert result.exit_code == 1
    assert [
        line.split()[1] for line in result.stdout.splitlines() if line.startswith("PROBLEM")
    ] == [
        "Memory:",
        "Folder:",
        "Notebook:",
        "JupyterLab:",
    ]
    assert "firewall" in result.stdout
    assert "4 things need repair" in result.stdout


def test_a_sound_computer_passes_the_check_and_nothing_is_left_behind(tmp_path: Path) -> None:
    result = run("check", str(tmp_path / "later"))
    assert result.exit_code == 0, result.stdout
    assert "ready for the course" in result.stdout
    assert list(tmp_path.iterdir()) == []


def test_start_opens_jupyterlab_on_the_first_page_without_a_screen_and_stops(
    tmp_path: Path,
) -> None:
    env = {
        key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY")
    } | {"PYTHONUNBUFFERED": "1"}
    screenless = [] if sys.platform == "linux" else ["--no-browser"]
    command = [sys.executable, "-m", "netcourse", "start", str(tmp_path / "w"), *screenless]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env
    ) as server:
        try:
            assert server.stdout is not None
            address = next(
                line.strip() for line in server.stdout if line.strip().startswith("http")
            )
            assert "/lab/tree/notebooks/00_start.ipynb?token=" in address
            assert b"jupyter-config-data" in _page(address)
        finally:
            server.terminate()
    assert (tmp_path / "w" / "notebooks" / "00_start.ipynb").is_file()


def test_the_drill_prints_what_was_signed_as_a_table_and_nothing_where_nothing_was(
    tmp_path: Path,
) -> None:
    from netcourse.assessment.drill import DrillLog, drill_case, perfect

    none = run("drill", str(tmp_path), "--csv")
    assert none.exit_code == 0
    assert none.stdout.count("\n") == 1
    assert not (tmp_path / "drill.json").exists()
    key = perfect(drill_case(3), "sure", 41, "2026-01-01T00:00:00+00:00")
    DrillLog(tmp_path / "drill.json", first_seed=1).add(key)
    told = run("drill", str(tmp_path), "--csv").stdout.splitlines()
    assert told[0].startswith("case,signed,seed")
    assert told[1].startswith("1,2026-01-01T00:00:00+00:00,3,normal,0,0,0")


def test_jupyterlab_asks_the_internet_for_nothing_and_a_learners_own_settings_stay(
    tmp_path: Path,
) -> None:
    (file,) = (path for path in quiet_settings(tmp_path).rglob("*") if path.is_file())
    assert json.loads(file.read_text(encoding="utf-8")) == {
        "fetchNews": "false",
        "checkForUpdates": False,
    }
    file.write_text("{}", encoding="utf-8")
    quiet_settings(tmp_path)
    assert file.read_text(encoding="utf-8") == "{}"


def _page(address: str) -> bytes:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for _ in range(100):
        try:
            with opener.open(address, timeout=10) as page:
                return bytes(page.read())
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"{address} never answered")
