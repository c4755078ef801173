"""What a class sees: a graded pack opened, answered and revealed in JupyterLab, the class at work,
and the report, in a real browser.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import synthetic_class
from conftest import ROOT, free_port
from sheet_page import Sheet

from netcourse.classroom import grade_folder, read_key
from netcourse.classroom.collect.roster import nobody
from netcourse.classroom.pack.make import make_pack, set_page

pytestmark = pytest.mark.browser


def test_a_learner_opens_a_pack_answers_changes_an_answer_and_later_sees_why(
    desk: Any, tmp_path: Path
) -> None:
    made = make_pack(
        set_page("marked_reading"),
        nobody(1),
        tmp_path / "set",
        datetime.now(UTC) + timedelta(hours=1),
        guessable=True,
    )
    folder = desk.server.folder / "graded"
    shutil.copytree(made.out / "for_learners", folder, dirs_exist_ok=True)
    (ticket,) = (made.out / "tickets").iterdir()
    shutil.copy(ticket, folder)
    desk.open_notebook("graded/START.ipynb")
    desk.page.keyboard.press("Control+b")
    desk.run_all()
    sheet = Sheet(desk)
    assert "0 of 10 answered" in sheet.root.inner_text()
    assert "points" not in sheet.root.locator(".nc-progress").inner_text(), "nothing tells a mark"
    desk.screenshot("pack-start")
    sheet.button("Start").click()
    sheet.pictures()
    key = read_key(made.key)
    right = key.exercise.items[0].key(key.exercise.truth(key.exercise.items[0], 1)).value
    for value in ((right + 1) % 5, right):
        if sheet.button("Change this answer").count():
            sheet.button("Change this answer").click()
        sheet.root.get_by_role("radio", name=str(value), exact=True).check()
        sheet.root.get_by_role("radio", name="sure 19 in 20").check()
        sheet.button("Keep").click()
        sheet.root.get_by_role("region", name="Feedback").get_by_text(
            "You can change it until you hand in"
        ).wait_for()
    assert "Right" not in sheet.root.locator(".nc-feedback").inner_text()
    desk.screenshot("pack-kept")
    (file,) = folder.glob("answers-*.json")
    answers = json.loads(file.read_text(encoding="utf-8"))["answers"]
    assert [answer["value"] for answer in answers] == [(right + 1) % 5, right]
    (tmp_path / "in").mkdir()
    shutil.copy(file, tmp_path / "in")
    assert grade_folder(tmp_path / "in", key=key).graded[0].results[0]["f1"].correct
    told = desk.ask_kernel(
        f"str(__import__('netcourse.assessment').assessment.reveal({made.code!r}).check('f1'))"
    )
    assert told.startswith("f1: Right")


def test_the_class_at_work_is_worked_by_keys_alone(desk: Any) -> None:
    folder = desk.server.folder / "shared"
    folder.mkdir(exist_ok=True)
    for n in range(12):
        (folder / f"{n}.json").write_text(synthetic_class.learner(n).to_json(), encoding="utf-8")
    source = (
        f"from netcourse.classroom.live.view import watch\nview = watch({str(folder)!r},"
        " '03_krenning', every_s=0.5)\nview"
    )
    desk.write_notebook("cohort.ipynb", [source])
    desk.open_notebook("cohort.ipynb")
    desk.run_all()
    root = desk.page.locator(".nc-co")
    root.get_by_text("12 learners").wait_for()
    root.focus()
    before = desk.cells()
    for press in ("ArrowRight", "ArrowRight", "b"):
        desk.page.keyboard.press(press)
    root.get_by_role("heading", name="2. A metastasis above liver").wait_for()
    assert root.locator(".nc-page-key").count() == 0
    desk.page.keyboard.press("r")
    root.locator(".nc-page-key").wait_for()
    assert desk.cells() == before, "the keys are the view's, not the notebook's"
    size = float(
        root.evaluate(
            "(e) => getComputedStyle(e.querySelector('.nc-co-body p')).fontSize"
        ).removesuffix("px")
    )
    assert size >= 24
    desk.screenshot("cohort-question")
    (folder / "12.json").write_text(synthetic_class.learner(12).to_json(), encoding="utf-8")
    root.get_by_text("13 learners").wait_for(timeout=15_000)


def test_the_class_report_reads_on_a_screen_and_needs_nothing_from_elsewhere(
    new_desk: Callable[..., Any], axe: str, tmp_path: Path
) -> None:
    synthetic_class.lay_out(tmp_path / "in", 30)
    grade_folder(tmp_path / "in", tmp_path / "out", pictures=True)
    desk = new_desk(width=1280, height=900)
    for page in ("class.html", "feedback/amber-heron-1001.html"):
        bare = (
            (tmp_path / "out" / page)
            .read_text(encoding="utf-8")
            .replace("Content-Security-Policy", "X-None")
        )  # axe is a script
        desk.page.set_content(bare)
        desk.page.add_script_tag(content=axe)
        found = desk.page.evaluate(
            "async () => (await axe.run()).violations.filter((v) => ['serious',"
            " 'critical'].includes(v.impact))"
        )
        assert [(one["id"], one["nodes"][0]["html"][:120]) for one in found] == []
        assert desk.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), (
            "nothing is cut off at the right"
        )
        desk.screenshot(page.replace("/", "-").removesuffix(".html"))
    desk.clear()


def test_the_class_as_a_plain_page_needs_its_secret_address_and_nothing_else(
    new_desk: Callable[..., Any], tmp_path: Path
) -> None:
    for n in range(5):
        (tmp_path / f"{n}.json").write_text(synthetic_class.learner(n).to_json(), encoding="utf-8")
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "netcourse",
        "cohort",
        str(tmp_path),
        "--no-browser",
        "--port",
        str(port),
    ]
    env = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    with (tmp_path / "page.log").open("wb") as log:
        page = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=env)
    desk = new_desk()
    try:
        for _ in range(300):
            said = (tmp_path / "page.log").read_text(encoding="utf-8")
            if "is running at" in said:
                break
            desk.page.wait_for_timeout(200)
        desk.page.goto(next(word for word in said.split() if word.startswith("http")))
        desk.page.locator(".nc-co").get_by_text("5 learners").wait_for(timeout=60_000)
        assert "amber-heron" not in desk.page.content()
        stranger = new_desk()
        stranger.page.goto(f"http://127.0.0.1:{port}/")
        assert stranger.page.locator(".nc-co").count() == 0, (
            "without the token nobody sees the class"
        )
        stranger.context.close()
    finally:
        desk.context.close()
        page.terminate()
        page.wait(30)
    assert not [problem for problem in desk.problems if "left the machine" in problem]
