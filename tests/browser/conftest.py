"""Real JupyterLab, real Chromium, for every test that must see what a learner sees.

    @pytest.mark.browser
    def test_…(desk):
        desk.open_notebook("notebooks/03_krenning.ipynb")   # a copy of notebooks/ and exercises/ is
        served desk.run_all()                            # waits until every cell has run; fails on
        an error output desk.page.get_by_role("slider", name="Uptake").press("ArrowRight")
        desk.screenshot("krenning-uptake")        # into $NETCOURSE_SCREENSHOTS, or the test's
        temporary folder

One server and one browser serve the whole run; each `desk` is a fresh page of 1280 × 720. When a
desk is cleared away it fails the test if the page wrote an error to the console or sent a request
off this machine; `new_desk` makes desks for wider fixtures. `notebook7` and `voila` serve the same
folder as `lab`; `reading` is one viewer of the phantom, shared by all its tests. Without Chromium
the tests are skipped with that reason, or fail where CI is set.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import nbformat
import pytest
from viewer_page import SETUP, Reading

from netcourse.scanner.study import Study

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))  # the phantom lives beside the other tests
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--js-flags=--expose-gc",
]
LOOPBACK = (
    "http://127.0.0.1",
    "http://localhost",
    "ws://127.0.0.1",
    "ws://localhost",
    "data:",
    "blob:",
    "about:",
)


def unavailable(reason: str) -> None:
    """Skip on a laptop; fail where the whole proof must run."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """A Jupyter server on a folder of notebooks: JupyterLab, Notebook 7 or Voilà."""

    def __init__(
        self,
        folder: Path,
        work: Path,
        command: list[str],
        environment: dict[str, str] | None = None,
    ) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        settings = work / "settings" / "@jupyterlab" / "apputils-extension"
        settings.mkdir(parents=True, exist_ok=True)
        (settings / "notification.jupyterlab-settings").write_text(
            '{"fetchNews": "false", "checkForUpdates": false}'
        )
        path = os.pathsep.join([str(ROOT), str(ROOT / "tests"), os.environ.get("PYTHONPATH", "")])
        env = (
            os.environ
            | {
                "JUPYTERLAB_SETTINGS_DIR": str(work / "settings"),
                "JUPYTERLAB_WORKSPACES_DIR": str(work / "workspaces"),
                "IPYTHONDIR": str(work / "ipython"),
                "PYTHONPATH": path.rstrip(os.pathsep),
            }
            | (environment or {})
        )
        self.log = (work / f"server-{self.port}.log").open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-m", *command, f"--port={self.port}"],
            cwd=folder,
            env=env,
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )

    def wait(self, path: str = "/api", seconds: float = 60) -> Server:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                urllib.request.urlopen(self.url + path, timeout=2).close()
                return self
            except urllib.error.HTTPError:
                return self
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"the server did not answer at {self.url}; see {self.log.name}")

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.log.close()


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """JupyterLab on a copy of the course's notebooks and exercises."""
    work = tmp_path_factory.mktemp("lab")
    folder = work / "course"
    folder.mkdir()
    for part in ("notebooks", "exercises"):
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, folder / part)
    server = Server(
        folder, work, ["jupyterlab", *server_options(folder), "--LabApp.expose_app_in_browser=True"]
    )
    try:
        yield server.wait()
    finally:
        server.stop()


@pytest.fixture(scope="session")
def notebook7(lab: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Notebook 7 on the same folder."""
    options = [*server_options(lab.folder), "--JupyterNotebookApp.expose_app_in_browser=True"]
    server = Server(lab.folder, tmp_path_factory.mktemp("notebook7"), ["notebook", *options])
    try:
        yield server.wait()
    finally:
        server.stop()


@pytest.fixture(scope="session")
def voila(lab: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Voilà on the same folder: a notebook is at `{voila.url}/voila/render/NAME`."""
    work = tmp_path_factory.mktemp("voila")
    # Voilà's own page loads two style sheets from a CDN; this one does not.
    template = work / "data" / "voila" / "templates" / "bare"
    template.mkdir(parents=True)
    (template / "conf.json").write_text('{"base_template": "lab"}')
    (template / "index.html.j2").write_text(
        "{% extends 'voila/templates/lab/index.html.j2' %}{% block notebook_css %}{% if frontend =="
        " 'voila' %}{{ resources.include_js('static/voila-style.js') }}{% endif %}{{ super.super()"
        " }}{% endblock %}"
    )
    options = [
        "--no-browser",
        "--Voila.ip=127.0.0.1",
        "--token=",
        "--template=bare",
        "--enable_nbextensions=False",
        "--VoilaConfiguration.extension_denylist=['@jupyter/nbgrader', 'jupyterlab-jupytext', '@jupyter-notebook/lab-extension']",
    ]
    server = Server(lab.folder, work, ["voila", *options], {"JUPYTER_PATH": str(work / "data")})
    try:
        yield server.wait("/")
    finally:
        server.stop()


def server_options(folder: Path) -> list[str]:
    """What JupyterLab and Notebook 7 are started with."""
    return [
        "--no-browser",
        "--ip=127.0.0.1",
        "--ServerApp.port_retries=0",
        "--IdentityProvider.token=",
        "--allow-root",
        f"--ServerApp.root_dir={folder}",
    ]


def chromium_path() -> str | None:
    """The system's Chromium or Chrome."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((found for name in names if (found := shutil.which(name))), None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The system's Chromium, driven by Playwright."""
    try:
        from playwright import sync_api
    except ImportError:
        unavailable(
            "Playwright is not installed: the browser tests need it (pip install netcourse[test])"
        )
    path = chromium_path()
    if path is None:
        unavailable(
            "no Chromium on this machine: the browser tests need one (apt-get install chromium)"
        )
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


class Desk:
    """One page of a learner's browser, with the Jupyter server behind it."""

    def __init__(
        self, browser: Any, server: Server, pictures: Path, width: int = 1280, height: int = 720
    ) -> None:
        self.server, self.pictures = server, pictures
        self.workspace = f"desk-{uuid.uuid4().hex}"  # JupyterLab brings back this desk's tabs only
        self.context = browser.new_context(viewport={"width": width, "height": height})
        self.page = self.context.new_page()
        self.problems: list[str] = []
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.problems.append(f"page error: {error}"))
        self.page.on("request", self._requested)

    def _heard(self, message: Any) -> None:
        if message.type == "error":
            self.problems.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _requested(self, request: Any) -> None:
        if not request.url.startswith(LOOPBACK):
            self.problems.append(f"request left the machine: {request.url}")

    def write_notebook(self, name: str, cells: list[str]) -> str:
        """Put a notebook of code cells into the served folder."""
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(source) for source in cells]
        )
        notebook.metadata["kernelspec"] = {
            "name": "python3",
            "display_name": "Python 3 (ipykernel)",
            "language": "python",
        }
        nbformat.write(notebook, self.server.folder / name)
        return name

    def open_notebook(self, name: str) -> Any:
        """Open a notebook in JupyterLab and wait until its kernel is really there (the toolbar says
        so too early).
        """
        self.page.goto(f"{self.server.url}/lab/workspaces/{self.workspace}/tree/{name}?reset")
        status = self.page.locator("#jp-main-statusbar").get_by_text("Python 3 (ipykernel) | Idle")
        status.wait_for(timeout=60_000)
        return self.page

    def reload(self) -> None:
        """Save the open notebook, load its page anew, and wait until it is back in front."""
        name = self.page.evaluate(
            """async () => { await window.jupyterapp.commands.execute('docmanager:save');
                return window.jupyterapp.shell.currentWidget.context.path; }"""
        )
        self.page.reload()
        self.page.wait_for_function(
            "(name) => window.jupyterapp?.shell.currentWidget?.context?.path === name", arg=name
        )

    def run_all(self, seconds: float = 400) -> None:
        """Run every cell, wait for the last, and fail on an error output."""
        self.start_all()
        self.wait_until_run(seconds)
        assert (errors := self.error_outputs()) == [], errors

    def start_all(self) -> None:
        """Choose Run All Cells; once more when JupyterLab lost it, which it does while the kernel
        is still connecting.
        """
        for _ in range(4):
            self.page.get_by_role("menuitem", name="Run", exact=True).click()
            self.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
            for _ in range(20):
                status, counts = self.progress()
                if status == "busy" or any(counts):
                    return
                self.page.wait_for_timeout(100)
        raise AssertionError(f"Run All Cells starts nothing: the kernel is {status}")

    def wait_until_run(self, seconds: float = 400) -> None:
        """Wait until every code cell has run."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            status, counts = self.progress()
            if status == "idle" and all(counts):
                return
            self.page.wait_for_timeout(100)
        raise AssertionError(
            f"after {seconds:g} s the kernel is {status} and the cells' execution counts are"
            f" {counts}"
        )

    def progress(self) -> tuple[str, list[int | None]]:
        """The kernel's status and each code cell's execution count, None where it has not run."""
        status, counts = self.page.evaluate(
            """() => { const tab = window.jupyterapp.shell.currentWidget;
                const cells = tab.content.widgets.filter((cell) => cell.model.type === "code" && cell.model.sharedModel.source.trim());
                return [tab.sessionContext.session?.kernel?.status ?? "absent", cells.map((cell) => cell.model.executionCount)]; }"""
        )
        return status, counts

    def error_outputs(self) -> list[str]:
        """What cells raised, as one string each."""
        found: list[str] = self.page.evaluate(
            """() => window.jupyterapp.shell.currentWidget.content.widgets.filter((cell) => cell.model.type === "code").flatMap((cell) =>
                cell.model.outputs.toJSON().filter((out) => out.output_type === "error").map((out) => `${out.ename}: ${out.evalue}`))"""
        )
        return found

    def cells(self) -> int:
        """How many cells the open notebook has."""
        return int(
            self.page.evaluate("() => window.jupyterapp.shell.currentWidget.content.widgets.length")
        )

    def ask_kernel(self, expression: str) -> Any:
        """Evaluate a Python expression in the notebook's kernel; what it gives must fit into
        JSON.
        """
        code = f"import json as _json; print(_json.dumps({expression}))"
        text = self.page.evaluate(
            """async (code) => { const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
                let text = ""; const future = kernel.requestExecute({ code, store_history: false });
                future.onIOPub = (m) => { if (m.header.msg_type === "stream") text += m.content.text;
                    if (m.header.msg_type === "error") text += `${m.content.ename}: ${m.content.evalue}`; };
                await future.done; return text; }""",
            code,
        )
        try:
            return json.loads(text)
        except json.JSONDecodeError:
            raise AssertionError(f"the kernel answered {text!r} to {expression}") from None

    def screenshot(self, name: str, of: Any = None) -> Path:
        """Keep a picture of the page, or of one locator."""
        self.pictures.mkdir(parents=True, exist_ok=True)
        path = self.pictures / f"{name}.png"
        (of or self.page).screenshot(path=path)
        return path

    def clear(self) -> None:
        """Close the page and end its Pythons, which hold a gigabyte each; fail when it
        misbehaved.
        """
        problems = list(self.problems)  # not what the page says of Pythons that were ended here
        for page in self.context.pages:
            page.evaluate(
                "async () => { for (const tab of window.jupyterapp?.shell.widgets('main') ?? [])"
                " await tab.sessionContext?.shutdown(); }"
            )
        self.context.close()
        assert problems == [], "\n".join(problems)


@pytest.fixture(scope="session")
def new_desk(
    chromium: Any, lab: Server, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Desk]:
    """Make desks for fixtures that outlive one test; whoever makes one clears it."""
    pictures = Path(
        os.environ.get("NETCOURSE_SCREENSHOTS") or tmp_path_factory.mktemp("screenshots")
    )

    def make(server: Server = lab, width: int = 1280, height: int = 720) -> Desk:
        return Desk(chromium, server, pictures, width, height)

    return make


@pytest.fixture
def desk(new_desk: Callable[..., Desk]) -> Iterator[Desk]:
    """A fresh page for one test."""
    made = new_desk()
    try:
        yield made
    finally:
        made.clear()


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, the accessibility checker, out of the package that carries it."""
    return (resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def truth() -> Study:
    """The study that `reading` shows, as this process knows it."""
    from phantom import phantom_study

    return phantom_study()


@pytest.fixture(scope="session")
def desk_with_viewer(new_desk: Callable[..., Desk]) -> Iterator[Desk]:
    """One page with a viewer of the phantom and a cell below it."""
    made = new_desk()
    made.write_notebook(
        "viewer.ipynb", [SETUP, "viewer = Viewer(study, markers=True)\nviewer", "2 + 2"]
    )
    made.open_notebook("viewer.ipynb")
    made.run_all()
    try:
        yield made
    finally:
        made.clear()


@pytest.fixture
def reading(desk_with_viewer: Desk) -> Reading:
    """The viewer as at its start, at lesion 1, with the focus on the axial panel."""
    page = desk_with_viewer.page
    found = Reading(desk_with_viewer, page.locator(".nc-viewer"))
    page.evaluate("() => document.querySelector('.nc-viewer').scrollIntoView({ block: 'center' })")
    found.start_over()
    assert desk_with_viewer.problems == []
    return found
