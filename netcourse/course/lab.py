"""JupyterLab on the learner's folder: opened for work, or tried out for a moment."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from netcourse.course.workspace import HIDDEN, PARTS, course_files, course_source

_NEWS = "@jupyterlab/apputils-extension/notification.jupyterlab-settings"
_SERVER = "netcourse.course.server"


def can_show_a_browser() -> bool:
    """Whether a browser window can open here: not on a server without screen."""
    import webbrowser

    if sys.platform.startswith("linux") and not any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    ):
        return False
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True


def open_lab(
    folder: Path,
    page: str,
    tell: Callable[[str], None],
    browser: bool = True,
    port: int | None = None,
) -> None:
    """Run JupyterLab on a folder, open at a page, until it is stopped; `tell` gets the address."""
    # JupyterLab reads these while it is imported. The course has its own, beside what the learner
    # set up elsewhere.
    own = folder / HIDDEN / "jupyterlab"
    os.environ.setdefault("JUPYTERLAB_SETTINGS_DIR", str(quiet_settings(own / "settings")))
    os.environ.setdefault("JUPYTERLAB_WORKSPACES_DIR", str(own / "workspaces"))
    from jupyterlab.labapp import LabApp

    from netcourse.course.server import EXTENSIONS, add_pages

    trust(folder)
    token = os.environ.get("JUPYTER_TOKEN") or secrets.token_hex(16)
    path = f"/lab/tree/{page}" if (folder / page).is_file() else "/lab"
    options = [
        *_options(folder, token),
        f"--LabApp.default_url={path}",
        f"--LabApp.extra_labextensions_path={EXTENSIONS}",
        f"--ServerApp.open_browser={browser}",
        "--ServerApp.answer_yes=True",
    ]
    server = LabApp.initialize_server(
        argv=[*options, *([f"--ServerApp.port={port}"] if port else [])]
    )
    add_pages(server.web_app)
    tell(f"{server.connection_url.rstrip('/')}{path}?token={token}")
    server.start()


def try_lab(folder: Path, seconds: float = 90) -> None:
    """Start JupyterLab on a folder, wait for its page, stop it.

    Raises RuntimeError with the end of its log when it dies or stays silent.
    """
    with tempfile.TemporaryDirectory() as scratch, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port, token = free.getsockname()[1], secrets.token_hex(16)
        free.close()
        log = Path(scratch) / "log.txt"
        options = [
            *_options(folder, token),
            f"--ServerApp.port={port}",
            "--ServerApp.port_retries=0",
            "--no-browser",
        ]
        env = os.environ | {
            "JUPYTERLAB_SETTINGS_DIR": str(quiet_settings(Path(scratch) / "settings"))
        }
        with log.open("wb") as out:
            server = subprocess.Popen(
                [sys.executable, "-m", "jupyterlab", *options],
                stdout=out,
                stderr=subprocess.STDOUT,
                env=env,
            )
        try:
            _wait_for_page(
                server,
                f"http://127.0.0.1:{port}/lab?token={token}",
                time.monotonic() + seconds,
                log,
            )
        finally:
            server.terminate()
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def try_kernel(seconds: float = 90) -> str:
    """Start a notebook's Python, let it load the reading room, and return the Python that answered.

    Raises RuntimeError when it does not.
    """
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(
        startup_timeout=seconds, kernel_name="python3", stderr=subprocess.DEVNULL
    )
    said: list[str] = []
    try:
        reply = client.execute_interactive(
            "import sys, netcourse.reading; print(sys.executable)",
            timeout=seconds,
            output_hook=lambda message: said.append(str(message["content"].get("text", ""))),
        )
        if reply["content"]["status"] != "ok":
            raise RuntimeError(str(reply["content"].get("evalue", "it answered with an error")))
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    return "".join(said).strip()


def quiet_settings(folder: Path) -> Path:
    """Return a settings folder for JupyterLab that asks nothing of the internet; what a learner set
    there stays.
    """
    news = folder / _NEWS
    if not news.exists():
        news.parent.mkdir(parents=True, exist_ok=True)
        news.write_text(
            json.dumps({"fetchNews": "false", "checkForUpdates": False}), encoding="utf-8"
        )
    return folder


def trust(folder: Path) -> None:
    """Sign the notebooks in a folder that are the course's own, byte for byte, so that JupyterLab
    shows their stored pictures before anything is run.

    Every other notebook opens untrusted: one from a colleague may carry a script.
    """
    import nbformat
    from nbformat.sign import NotebookNotary

    own = {file.read_bytes() for file in course_files(course_source()).values()}
    notary = NotebookNotary()  # type: ignore[no-untyped-call]  # nbformat carries no types
    for part in PARTS:
        for file in (folder / part).glob("*.ipynb"):
            if (content := file.read_bytes()) in own:
                page = nbformat.reads(content.decode(), as_version=4)  # type: ignore[no-untyped-call]
                notary.sign(page)  # type: ignore[no-untyped-call]


def _options(folder: Path, token: str) -> list[str]:
    """Options every run needs: root only where one is root, quiet below errors, kernels encrypted
    where they can be, notebooks and kernels as `netcourse.course.server` keeps them.
    """
    import zmq

    curve = ["--KernelManager.transport_encryption=auto"] if zmq.has("curve") else []
    root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return [
        f"--ServerApp.root_dir={folder}",
        f"--IdentityProvider.token={token}",
        "--Application.log_level=ERROR",
        f"--ServerApp.contents_manager_class={_SERVER}.CourseContents",
        f"--AsyncMappingKernelManager.kernel_manager_class={_SERVER}.CourseKernel",
        *curve,
        *root,
    ]


def _wait_for_page(
    server: subprocess.Popen[bytes], address: str, deadline: float, log: Path
) -> None:
    # A clinic's proxy must not be asked for this computer's own address.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with opener.open(address, timeout=5) as page:
                if page.status == 200 and b"jupyter-config-data" in page.read():
                    return
        except OSError:
            time.sleep(0.2)
    end = " ".join(log.read_text(encoding="utf-8", errors="replace").split())[-300:]
    raise RuntimeError(end or "it gave no answer in time")
