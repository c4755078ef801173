"""What `netcourse start` serves: the course opens with its pictures, and nothing that came from a
stranger runs.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

import nbformat
import pytest
from conftest import ROOT, Desk, free_port

pytestmark = pytest.mark.browser

SCRIPT = 'window.NETCOURSE_STRANGER = "ran"'
HTML = {"text/html": f"<b>note</b><script>{SCRIPT}</script>", "text/plain": "note"}


class Started:
    """The course's own JupyterLab, started by its command on a learner's folder."""

    def __init__(self, work: Path) -> None:
        self.work, self.folder = work, work / "course"
        self.command("--lay-out-only").communicate(timeout=60)

    def command(self, *options: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "netcourse", "start", str(self.folder), *options],
            env=os.environ
            | {
                "PYTHONPATH": str(ROOT),
                "JUPYTER_TOKEN": "t",
                "JUPYTER_CONFIG_DIR": str(self.config()),
                "JUPYTER_DATA_DIR": str(self.work / "data"),
                "IPYTHONDIR": str(self.work / "ipython"),
            },
            stdout=subprocess.PIPE,
            text=True,
        )

    def config(self) -> Path:
        """The tests ask the page's own application what it holds."""
        folder = self.work / "config"
        folder.mkdir(exist_ok=True)
        (folder / "jupyter_lab_config.json").write_text(
            '{"LabApp": {"expose_app_in_browser": true}}'
        )
        return folder

    def start(self) -> None:
        self.process = self.command("--no-browser", f"--port={free_port()}")
        assert self.process.stdout is not None
        address = next(line for line in self.process.stdout if "http://" in line)
        self.url = re.sub(r"/lab.*", "", address.strip())

    def stop(self) -> None:
        self.process.terminate()
        self.process.communicate(timeout=20)

    def stranger(self, name: str, notebook: Any) -> str:
        """Put a notebook of somebody else into the folder."""
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
        nbformat.write(notebook, self.folder / name)
        return name


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    course = Started(tmp_path_factory.mktemp("started"))
    write_strangers(course)
    course.start()
    try:
        yield course
    finally:
        course.stop()


def write_strangers(course: Started) -> None:
    display = nbformat.v4.new_output("display_data", HTML)
    noted = nbformat.v4.new_code_cell("1", outputs=[display], execution_count=1)
    course.stranger("exercises/stored_script.ipynb", nbformat.v4.new_notebook(cells=[noted]))

    # The cells are the lesson's, and so is their fingerprint: only what running them left is not.
    lesson = nbformat.read(course.folder / "notebooks" / "03_krenning.ipynb", as_version=4)
    for cell in lesson.cells:
        if cell.cell_type == "code":
            cell.outputs = [display]
    course.stranger("notebooks/lesson_by_mail.ipynb", lesson)

    layout = {"model_name": "LayoutModel", "model_module": "@jupyter-widgets/base"}
    models = {
        "m": {
            "model_name": "AnyModel",
            "model_module": "anywidget",
            "model_module_version": "*",
            "state": {
                "_esm": f"{SCRIPT}; export default {{ render() {{}} }}",
                "_anywidget_id": "stranger",
                "_model_module": "anywidget",
                "_model_module_version": "*",
                "_model_name": "AnyModel",
                "_view_module": "anywidget",
                "_view_module_version": "*",
                "_view_name": "AnyView",
                "layout": "IPY_MODEL_l",
            },
        },
        "l": layout | {"model_module_version": "2.0.0", "state": {}},
    }
    stored = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")])
    stored.metadata["widgets"] = {
        "application/vnd.jupyter.widget-state+json": {
            "version_major": 2,
            "version_minor": 0,
            "state": models,
        }
    }
    course.stranger("notebooks/stored_widget.ipynb", stored)
    (course.folder / "notebooks" / "numpy.py").write_text("raise SystemExit('a stranger')\n")


def open_page(course: Started, new_desk: Callable[..., Desk], name: str) -> Desk:
    made = new_desk(course)
    made.page.goto(f"{course.url}/lab/tree/{name}?reset&token=t")
    status = made.page.locator("#jp-main-statusbar").get_by_text("Python 3 (ipykernel) | Idle")
    status.wait_for(timeout=90_000)
    return made


@pytest.mark.parametrize(
    "name",
    [
        "exercises/stored_script.ipynb",
        "notebooks/lesson_by_mail.ipynb",
        "notebooks/stored_widget.ipynb",
    ],
)
def test_a_notebook_from_a_colleague_runs_nothing_when_it_is_opened(
    started: Started, new_desk: Callable[..., Desk], name: str
) -> None:
    desk = open_page(started, new_desk, name)
    desk.page.wait_for_timeout(3000)
    assert desk.page.evaluate("() => window.NETCOURSE_STRANGER ?? null") is None
    desk.clear()


def test_a_file_of_a_librarys_name_beside_a_lesson_is_not_imported(
    started: Started, new_desk: Callable[..., Desk]
) -> None:
    desk = open_page(started, new_desk, "notebooks/00_start.ipynb")
    assert "site-packages" in desk.ask_kernel("__import__('numpy').__file__")
    desk.clear()


def test_the_courses_own_pages_open_with_their_stored_pictures(
    started: Started, new_desk: Callable[..., Desk]
) -> None:
    desk = open_page(started, new_desk, "notebooks/03_krenning.ipynb")
    desk.page.locator(".jp-RenderedSVG img").first.wait_for()
    trusted = "() => [...window.jupyterapp.shell.currentWidget.content.widgets].every((cell) => cell.model.type !== 'code' || cell.model.trusted)"
    assert desk.page.evaluate(trusted)
    desk.clear()


# ---------------------------------------------------------------- a page that runs itself

BAR = ".nc-page-bar"


def counts(desk: Desk) -> list[int | None]:
    return desk.progress()[1]


def wait_until_awake(desk: Desk, seconds: float = 400) -> None:
    desk.wait_until_run(seconds)
    hidden = f"() => window.jupyterapp.shell.currentWidget.node.querySelector('{BAR}')?.hidden"
    desk.page.wait_for_function(hidden, timeout=90_000)


def kill(desk: Desk) -> None:
    """End the page's Python, as a computer that ran out of memory does."""
    desk.page.evaluate(
        "() => void window.jupyterapp.shell.currentWidget.sessionContext.session.kernel"
        ".requestExecute({ code: 'import os; os._exit(1)' }).done.catch(() => {})"
    )


def save_by_hand(desk: Desk) -> None:
    """Save the page as a learner does, who is asked nothing."""
    desk.page.evaluate(
        "() => void window.jupyterapp.commands.execute('docmanager:save')"
        ".then(() => { window.NETCOURSE_SAVED = true; })"
    )
    desk.page.wait_for_function("() => window.NETCOURSE_SAVED", timeout=30_000)


def test_a_lesson_shows_its_picture_and_runs_with_nothing_to_press(
    started: Started, new_desk: Callable[..., Desk]
) -> None:
    desk = open_page(started, new_desk, "notebooks/03_krenning.ipynb")
    page = desk.page
    assert page.locator(".jp-RenderedImage img, .jp-RenderedSVG img, .nc-viewer").count()
    wait_until_awake(desk)
    assert desk.error_outputs() == []
    assert page.locator(".nc-viewer").count() >= 2
    assert page.get_by_text("Error displaying widget").count() == 0
    assert not page.locator("#filebrowser").is_visible(), "the side bar is open"
    assert page.evaluate("() => document.querySelector('.jp-WindowedPanel-outer').scrollTop") == 0
    assert page.locator(".jp-InputPlaceholder:visible").count() == 0, "a bar of folded code"
    desk.screenshot("start-lesson")
    cells = desk.cells()
    for key in ("Escape", "x", "d", "d"):
        page.keyboard.press(key)
    assert desk.cells() == cells, "a stray key cut a part of the lesson away"
    desk.clear()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("notebooks/00_start.ipynb", 200),
        ("notebooks/absent.ipynb", 404),
        ("../config/jupyter_lab_config.json", 404),
        ("../../page.ipynb", 404),
    ],
)
def test_the_server_answers_for_notebooks_of_its_folder_alone(
    started: Started, path: str, status: int
) -> None:
    (started.work.parent / "page.ipynb").write_text("{}")
    address = f"{started.url}/netcourse/page?path={quote(path)}"
    for token, expected in (("t", status), ("stranger", 403)):
        assert ask(address, token)[0] == expected
    assert status == 404 or ask(address, "t")[1] == {"own": True}


def ask(address: str, token: str) -> tuple[int, Any]:
    """What a server answers, as status and content."""
    try:
        with urlopen(Request(address, headers={"Authorization": f"token {token}"})) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        with error:
            return error.code, None


def test_a_page_whose_python_died_says_so_and_wakes_with_what_was_filled_in(
    started: Started, new_desk: Callable[..., Desk]
) -> None:
    desk = open_page(started, new_desk, "notebooks/03_krenning.ipynb")
    wait_until_awake(desk)
    lab = desk.page.get_by_role("region", name="Three definitions, one lesion", exact=True)
    lab.get_by_role("radio", name="three different scores").check()
    kill(desk)
    bar = desk.page.locator(BAR)
    bar.get_by_text("This page is asleep").wait_for(timeout=90_000)
    assert desk.page.locator(".nc-viewer canvas").first.is_visible(), "the picture is gone"
    assert desk.page.get_by_text("Error displaying widget").count() == 0
    desk.screenshot("start-asleep")
    bar.get_by_role("button", name="Wake it up").click()
    bar.get_by_role("progressbar").wait_for(timeout=90_000)
    wait_until_awake(desk)
    again = desk.page.get_by_role("region", name="Three definitions, one lesion", exact=True)
    assert again.get_by_role("radio", name="three different scores").is_checked()
    again.get_by_role("button", name="This is my prediction").click()
    again.locator(".nc-verdict").get_by_text("Your prediction").wait_for()
    desk.problems.clear()  # what the browser says of a connection that was cut
    desk.clear()


def test_a_page_that_was_changed_runs_when_its_reader_says_so(
    started: Started, new_desk: Callable[..., Desk]
) -> None:
    page = nbformat.read(started.folder / "notebooks" / "00_start.ipynb", as_version=4)
    page.cells.insert(1, nbformat.v4.new_code_cell("ran = 'netcourse, but not of the course'"))
    for cell in page.cells:
        if cell.cell_type == "code":
            cell.execution_count = None
    desk = open_page(started, new_desk, started.stranger("notebooks/changed.ipynb", page))
    press = desk.page.locator(BAR).get_by_role("button", name="Run this page")
    press.wait_for()
    desk.page.wait_for_timeout(2000)
    assert not any(counts(desk))
    press.click()
    wait_until_awake(desk)
    desk.clear()


def test_next_morning_a_saved_page_shows_pictures_and_runs_again(
    tmp_path: Path, new_desk: Callable[..., Desk]
) -> None:
    course = Started(tmp_path)
    course.start()
    try:
        desk = open_page(course, new_desk, "notebooks/00_start.ipynb")
        wait_until_awake(desk)
        assert "widget-view" in (course.folder / "notebooks" / "00_start.ipynb").read_text()
        save_by_hand(desk)
        desk.clear()
    finally:
        course.stop()
    course.start()
    try:
        desk = open_page(course, new_desk, "notebooks/00_start.ipynb")
        assert desk.page.get_by_text("Error displaying widget").count() == 0
        wait_until_awake(desk)
        assert desk.page.get_by_text("Error displaying widget").count() == 0
        assert desk.page.locator(".nc-viewer").count() == 1
        desk.page.reload()
        desk.page.locator(".nc-viewer").wait_for()
        desk.page.wait_for_timeout(1500)
        assert desk.page.locator(BAR).is_hidden(), "a page that is awake runs again on reloading"
        desk.clear()
    finally:
        course.stop()


def test_of_many_open_pages_two_run_and_the_others_sleep(
    started: Started, new_desk: Callable[..., Desk]
) -> None:
    desk = open_page(started, new_desk, "notebooks/00_start.ipynb")
    names = ["00_start", "03_krenning", "05_prrt_eligibility"]
    for name in names:
        desk.page.evaluate(
            "(path) => window.jupyterapp.commands.execute('docmanager:open', { path })",
            f"notebooks/{name}.ipynb",
        )
        wait_until_awake(desk)
    kernels = "async () => { const all = window.jupyterapp.serviceManager.sessions; await all.refreshRunning(); return [...all.running()].map((one) => one.path); }"
    desk.page.wait_for_timeout(2000)
    assert sorted(desk.page.evaluate(kernels)) == sorted(f"notebooks/{n}.ipynb" for n in names[1:])
    desk.problems.clear()
    desk.clear()
