"""The class while it works: what a shared folder says now, without names and without the right
answers until they are asked for.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import synthetic_class
from typer.testing import CliRunner

from netcourse.assessment import AnswersFile, grade
from netcourse.classroom.live import moment as live
from netcourse.classroom.live.moment import CohortReader
from netcourse.classroom.live.screen import overview, question
from netcourse.classroom.live.view import CohortView, watch
from netcourse.cli import app
from netcourse.course.cohort import cohort_notebook

SCORES = synthetic_class.course_exercise("score", "choice")


def put(folder: Path, n: int, answers: int | None = None, name: str | None = None) -> Path:
    """A learner's file with the first answers only."""
    whole = synthetic_class.learner(n, SCORES)
    path = folder / (name or f"{n}.json")
    path.write_text(
        whole.model_copy(update={"answers": whole.answers[:answers]}).to_json(), encoding="utf-8"
    )
    return path


def test_who_has_answered_what_grows_as_the_files_grow(tmp_path: Path) -> None:
    reader = CohortReader(tmp_path, SCORES)
    assert reader.look() is None or reader.look().answers == 0  # type: ignore[union-attr]
    put(tmp_path, 0, 3)
    put(tmp_path, 1, 1)
    first = reader.look()
    assert first is not None
    assert [one.pseudonym for one in first.learners] == ["amber-heron-1000", "amber-heron-1001"]
    assert first.answers == 4
    put(tmp_path, 1)
    then = reader.look()
    assert then is not None
    assert then.answers == 3 + len(synthetic_class.learner(1, SCORES).answers)
    assert then.learners[0].pseudonym == "amber-heron-1001", "who is furthest stands first"


def test_a_folder_in_which_nothing_changed_is_not_read_again(tmp_path: Path) -> None:
    put(tmp_path, 0, 3)
    reader = CohortReader(tmp_path, SCORES)
    assert reader.look() is reader.look()
    assert reader.reads == 1
    put(tmp_path, 1, 2)
    reader.look()
    assert reader.reads == 2


def test_only_the_learner_who_answered_is_marked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marked: list[int] = []

    def counted(exercise: Any, seed: int, answers: Any) -> Any:
        marked.append(seed)
        return grade(exercise, seed, answers)

    monkeypatch.setattr(live, "grade", counted)
    for n in range(6):
        put(tmp_path, n, 3)
    reader = CohortReader(tmp_path, SCORES)
    reader.look()
    assert len(marked) == 6
    put(tmp_path, 4, 5)
    then = reader.look()
    assert then is not None
    assert marked[6:] == [synthetic_class.learner(4).course_seed]
    assert then.answers == 5 * 3 + 5


def test_the_busiest_exercise_is_followed_where_none_is_named(tmp_path: Path) -> None:
    put(tmp_path, 0)
    moment = CohortReader(tmp_path).look()
    assert moment is not None
    assert moment.exercise.id == "03_krenning"


def test_nobody_is_named_until_asked(tmp_path: Path) -> None:
    put(tmp_path, 0, 3)
    view = CohortView(CohortReader(tmp_path, SCORES))
    assert "amber-heron" not in view.html
    view.names = True
    assert "amber-heron-1000" in view.html


def test_the_right_answer_shows_only_with_the_reference(tmp_path: Path) -> None:
    for n in range(12):
        put(tmp_path, n)
    view = CohortView(CohortReader(tmp_path, SCORES))
    for item in view.items:
        view.current, view.reference = item, False
        assert "nc-page-key" not in view.html
        assert "✓" not in view.html
        assert "Mean credit" not in view.html
        view.reference = True
        assert view.html.count("nc-page-key") == 1


def test_the_bars_of_a_question_hold_every_answer_to_it(tmp_path: Path) -> None:
    for n in range(9):
        put(tmp_path, n)
    moment = CohortReader(tmp_path, SCORES).look()
    assert moment is not None
    for one in moment.analysis.items:
        counts = [
            int(part.split("</span>")[0])
            for part in question(moment, one.item.id).split("</i><span>")[1:]
        ]
        assert sum(counts) == one.answered


def test_a_question_nobody_answered_and_an_empty_folder_say_so(tmp_path: Path) -> None:
    assert "No answers yet" in CohortView(CohortReader(tmp_path)).html
    put(tmp_path, 0, 1)
    moment = CohortReader(tmp_path, SCORES).look()
    assert moment is not None
    assert "Nobody has answered yet" in question(moment, SCORES.items[-1].id)


def test_broken_and_hostile_files_are_counted_and_harm_nothing(tmp_path: Path) -> None:
    put(tmp_path, 5, 3)
    for name, content, _ in synthetic_class.hostile():
        (tmp_path / name).write_bytes(content)
    evil = AnswersFile(
        pseudonym="evil-one-1",
        course_seed=5,
        answers=synthetic_class.learner(0, SCORES).answers[:1],
    )
    (tmp_path / "evil.json").write_text(
        evil.to_json().replace('"q2"', '"<img src=x onerror=alert(1)>"'), encoding="utf-8"
    )
    moment = CohortReader(tmp_path, SCORES).look()
    assert moment is not None
    page = overview(moment, names=True)
    assert "files cannot be read" in page
    assert "<img" not in page
    assert "amber-heron-1005" in [one.pseudonym for one in moment.learners]


def test_a_large_class_has_a_row_for_each_question_and_a_small_one_for_each_learner(
    tmp_path: Path,
) -> None:
    for n in range(24):
        put(tmp_path, n, 2)
    moment = CohortReader(tmp_path, SCORES).look()
    assert moment is not None
    assert overview(moment).count('<th scope="row">') == 1 + 24
    for n in range(24, 70):
        put(tmp_path, n)
    moment = CohortReader(tmp_path, SCORES).look()
    assert moment is not None
    page = overview(moment)
    assert page.count('role="listitem"') == len(SCORES.items)
    assert "70 learners" in page
    assert "amber-heron" not in page
    behind = [one for one in moment.learners if one.results[0].answered < len(SCORES.items)]
    assert f"{70 - len(behind)} of 70 have answered everything" in page
    assert "amber-heron-1003 (" in overview(moment, names=True)


def test_names_are_the_real_ones_where_the_packs_list_has_them(tmp_path: Path) -> None:
    put(tmp_path, 0, 2)
    put(tmp_path, 1, 2)
    moment = CohortReader(tmp_path, SCORES).look()
    assert moment is not None
    named = replace(moment, names={"amber-heron-1000": "Eva Ott"})
    page = overview(named, names=True)
    assert "Eva Ott" in page
    assert "amber-heron-1001" in page
    assert "amber-heron-1000" not in page
    assert "Eva Ott" not in overview(named)


def test_the_view_looks_again_by_itself_while_the_notebook_lives(tmp_path: Path) -> None:
    async def class_at_work() -> str:
        view = watch(tmp_path, SCORES, every_s=0.02)
        assert "0 learners" in view.html
        put(tmp_path, 0, 2)
        for _ in range(200):
            await asyncio.sleep(0.02)
            if "1 learners" in view.html:
                break
        view.stop()
        return view.html

    assert "1 learners · 2 answers" in asyncio.run(class_at_work())


def test_a_folder_that_is_none_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is no folder"):
        CohortReader(tmp_path / "none").look()
    done = CliRunner().invoke(app, ["cohort", str(tmp_path / "none")])
    assert done.exit_code == 1
    assert "is no folder" in done.stderr


def test_the_notebook_behind_the_page_runs_and_prints_in_a_line(tmp_path: Path) -> None:
    put(tmp_path, 0, 2)
    (cell,) = json.loads(cohort_notebook(tmp_path, "03_krenning", None))["cells"]
    scope: dict[str, object] = {}
    *lines, last = cell["source"].splitlines()
    exec("\n".join(lines), scope)  # as the notebook does
    assert repr(eval(last, scope)) == "Cohort: 1 learners, 2 answers"
