"""The answers file: it survives a kill at any instant, never loses a learner's work, and says what
is wrong in words.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netcourse.assessment import (
    Answer,
    AnswersError,
    AnswersFile,
    StoredAnswers,
    answers_schema,
    parse_answers,
    read_answers,
)
from netcourse.assessment.answers.model import DEEPEST, LARGEST_FILE, MOST_DIGITS, SCHEMA
from netcourse.assessment.answers.store import write_atomically

HERE = Path(__file__).parent
KILLS = 1000


def answer(n: int = 0, **how: Any) -> Answer:
    return Answer(
        **{
            "exercise": "03_krenning",
            "version": 1,
            "item": "q2",
            "value": n,
            "time": "2026-05-04T10:00:00+00:00",
        }
        | how
    )


@pytest.mark.skipif(
    not hasattr(os, "fork"), reason="the killed writer is forked, which this system cannot"
)
def test_a_thousand_kills_of_the_writer_lose_no_answer_that_was_called_safe(tmp_path: Path) -> None:
    command = [sys.executable, str(HERE / "killed_writer.py"), str(tmp_path), str(KILLS)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    assert found["kills"] == KILLS
    assert found["mid_write"] > KILLS / 50, f"kills that never hit a write prove nothing: {found}"
    assert found["answers"] > KILLS, found


def test_answers_are_there_after_a_restart_with_the_same_patient_seed_and_name(
    tmp_path: Path,
) -> None:
    first = StoredAnswers(tmp_path / "answers.json")
    first.add(
        answer(
            3,
            confidence="sure",
            voi={"centre_mm": [1.0, 2.0, 3.0], "diameter_mm": 30.0, "suv_max": 5.5},
        )
    )
    again = StoredAnswers(tmp_path / "answers.json")
    assert again.file == first.file
    assert again.file.answers[0].voi is not None
    assert not again.notice


def test_two_notebooks_that_write_at_once_keep_each_others_answers(tmp_path: Path) -> None:
    path = tmp_path / "answers.json"
    stores = [StoredAnswers(path) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda job: stores[job % 4].add(answer(job)), range(40)))
    assert sorted(one.value for one in read_answers(path).answers) == list(range(40))
    assert len(stores[0].file.answers) == 40


@pytest.mark.parametrize(
    "damage", [b"", b"\0" * 500, b"{", b"no json", b'{"schema_version": 1}', b"[1]"]
)
def test_a_damaged_file_is_set_aside_untouched_and_the_learner_is_told(
    tmp_path: Path, damage: bytes
) -> None:
    path = tmp_path / "answers.json"
    path.write_bytes(damage)
    store = StoredAnswers(path)
    (kept,) = tmp_path.glob("answers.unreadable-*.json")
    assert kept.read_bytes() == damage
    assert kept.name in store.notice
    store.add(answer())
    assert len(read_answers(path).answers) == 1
    assert kept.read_bytes() == damage


def test_half_a_file_is_set_aside_whole_and_a_second_damage_does_not_overwrite_the_first(
    tmp_path: Path,
) -> None:
    path = tmp_path / "answers.json"
    store = StoredAnswers(path)
    for n in range(3):
        store.add(answer(n))
    whole = path.read_bytes()
    for cut in (10, len(whole) // 2, len(whole) - 4):
        path.write_bytes(whole[:cut])
        StoredAnswers(path)
    assert sorted(len(kept.read_bytes()) for kept in tmp_path.glob("*unreadable*")) == [
        10,
        len(whole) // 2,
        len(whole) - 4,
    ]


def test_an_open_notebook_restores_answers_when_the_file_is_damaged_under_it(
    tmp_path: Path,
) -> None:
    path = tmp_path / "answers.json"
    store = StoredAnswers(path)
    store.add(answer(1))
    path.write_text("spilt coffee", encoding="utf-8")
    assert len(store.file.answers) == 1
    store.add(answer(2))
    assert [one.value for one in read_answers(path).answers] == [1, 2]
    assert "restored" in store.notice
    path.unlink()
    store.add(answer(3))
    assert [one.value for one in read_answers(path).answers] == [1, 2, 3]


def test_a_file_of_a_newer_version_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "answers.json"
    StoredAnswers(path)
    newer = path.read_text(encoding="utf-8").replace(
        f'"schema_version": {SCHEMA}', f'"schema_version": {SCHEMA + 1}'
    )
    path.write_text(newer, encoding="utf-8")
    with pytest.raises(
        AnswersError, match=r"newer netcourse.*update netcourse.*Nothing was changed"
    ):
        StoredAnswers(path)
    assert path.read_text(encoding="utf-8") == newer
    assert not list(tmp_path.glob("*unreadable*"))


def test_a_full_file_says_so_and_keeps_what_it_has(tmp_path: Path) -> None:
    store = StoredAnswers(tmp_path / "answers.json")
    filled = store.file.model_copy(
        update={"answers": (answer(value="x" * 200, item="q" * 40),) * 700}
    )
    while len(filled.to_json()) < LARGEST_FILE - 500:
        filled = filled.model_copy(update={"answers": (*filled.answers, answer(value="x" * 200))})
    write_atomically(store.path, filled.to_json().encode())
    before = len(store.file.answers)
    with pytest.raises(AnswersError, match="is full"):
        _add_five(store)
    assert before <= len(read_answers(store.path).answers) < before + 5


def _add_five(store: StoredAnswers) -> None:
    for _ in range(5):
        store.add(answer(value="x" * 200))


def test_a_write_that_fails_leaves_the_old_file_and_no_remains(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = StoredAnswers(tmp_path / "answers.json")
    store.add(answer(1))
    monkeypatch.setattr(os, "fsync", _full_disk)
    with pytest.raises(AnswersError, match=r"No space left.*not kept"):
        store.add(answer(2))
    assert [one.value for one in read_answers(store.path).answers] == [1]
    assert not list(tmp_path.glob(".*.tmp"))


def _full_disk(_handle: int) -> None:
    raise OSError(28, "No space left on device")


def test_remains_of_a_killed_writer_are_cleared_away_by_the_next(tmp_path: Path) -> None:
    store = StoredAnswers(tmp_path / "answers.json")
    remains = tmp_path / ".answers.json.99999.tmp"
    remains.write_text("half", encoding="utf-8")
    store.add(answer())
    assert not remains.exists()


def test_the_file_can_be_read_by_eye_one_answer_to_a_line(tmp_path: Path) -> None:
    store = StoredAnswers(tmp_path / "answers.json", course_seed=7)
    for n in range(3):
        store.add(answer(n))
    lines = store.path.read_text(encoding="utf-8").splitlines()
    assert sum('"item": "q2"' in line for line in lines) == 3
    assert json.loads("\n".join(lines))["course_seed"] == 7


# ---------------------------------------------------------------- files that nobody can be trusted
# to have written


def text(**changes: Any) -> bytes:
    rows = json.loads(
        AnswersFile(pseudonym="amber-heron-4821", course_seed=7, answers=(answer(),)).to_json()
    )
    return json.dumps(rows | changes).encode()


def with_answer(**changes: Any) -> bytes:
    return text(answers=[answer().model_dump(exclude_none=True) | changes])


HOSTILE = {
    "a list": b"[]",
    "nothing": b"   ",
    "no version": b"{}",
    "a truth value for a number": with_answer(version=True),
    "a truth value for the schema": text(schema_version=True),
    "a number as text": with_answer(version="1"),
    "NaN": with_answer(value=float("nan")),
    "Infinity": with_answer(value=float("inf")),
    "1e999": with_answer(value=0).replace(b'"value": 0', b'"value": 1e999'),
    "too many digits": with_answer(value=0).replace(
        b'"value": 0', b'"value": ' + b"9" * (MOST_DIGITS + 1)
    ),
    "five thousand digits": with_answer(value=0).replace(b'"value": 0', b'"value": ' + b"9" * 5000),
    "a key twice": text().replace(b'"course_seed"', b'"pseudonym"', 1),
    "an unknown field": text(score=100),
    "a path as name": text(pseudonym="../../etc/passwd"),
    "a formula as name": text(pseudonym="=cmd|' /C calc'!A0"),
    "a name with a newline": text(pseudonym="amber-heron-4821\n"),
    "a negative seed": text(course_seed=-1),
    "a time without zone": with_answer(time="2026-05-04T10:00:00"),
    "no time": with_answer(time="yesterday"),
    "a table for a value": with_answer(value={"a": 1}),
    "a long text": with_answer(value="x" * 201),
    "a lone surrogate": with_answer(value="\ud800"),
    "an unknown confidence": with_answer(confidence="certain"),
    "a negative hint": with_answer(hints=-1),
    "no UTF-8": text() + b"\xff",
    "UTF-16": text().decode().encode("utf-16"),
    "nested deep": b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1),
    "nested very deep": b'{"a":' * 100_000,
    "brackets in a text then garbage": b'{"schema_version": 1, "a": "[[[[[[[[[[[[[["',
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(AnswersError) as told:
        parse_answers(data)
    assert told.value.reason in ("malformed", "empty", "too large")
    assert 5 < len(str(told.value)) < 400


def test_a_file_too_large_a_link_a_folder_and_a_pipe_are_not_opened(tmp_path: Path) -> None:
    real = tmp_path / "real.json"
    real.write_bytes(text())
    assert read_answers(real).pseudonym == "amber-heron-4821"
    (tmp_path / "link.json").symlink_to(real)
    (tmp_path / "folder.json").mkdir()
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "large.json").write_bytes(b" " * (LARGEST_FILE + 1))
    reasons = {
        "link": "link",
        "folder": "no file",
        "pipe": "no file",
        "large": "too large",
        "none": "missing",
    }
    for name, reason in reasons.items():
        with pytest.raises(AnswersError) as told:
            read_answers(tmp_path / f"{name}.json")
        assert told.value.reason == reason, name


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_whatever_bytes_stand_in_a_file_they_are_answers_or_refused(data: bytes) -> None:
    _answers_or_refused(data)


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["schema_version", "course", "pseudonym", "course_seed", "answers"]),
        json_values,
    )
)
def test_whatever_stands_in_the_fields_of_a_file_it_is_answers_or_refused(
    changes: dict[str, Any],
) -> None:
    _answers_or_refused(text(**changes))


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(
            ["exercise", "version", "item", "value", "confidence", "hints", "voi", "time"]
        ),
        json_values,
    )
)
def test_whatever_stands_in_an_answer_it_is_one_or_refused(changes: dict[str, Any]) -> None:
    _answers_or_refused(with_answer(**changes))


def _answers_or_refused(data: bytes) -> None:
    try:
        file = parse_answers(data)
    except AnswersError:
        return
    assert parse_answers(file.to_json().encode()) == file, (
        "what was read can be written and read again"
    )


def test_the_schema_of_the_file_names_its_fields() -> None:
    assert {"schema_version", "pseudonym", "course_seed", "answers"} <= set(
        answers_schema()["properties"]
    )
