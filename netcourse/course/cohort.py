"""Running the view of the class: as a plain page with Voilà where it is installed, else as a
notebook in JupyterLab.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from netcourse.course.lab import open_lab

PAGE = "cohort.ipynb"
# Voilà's own page loads two style sheets from a CDN; this one does not.
_TEMPLATE = (
    "{% extends 'voila/templates/lab/index.html.j2' %}{% block notebook_css %}{% if frontend =="
    " 'voila' %}{{ resources.include_js('static/voila-style.js') }}{% endif %}{{ super.super() }}{%"
    " endblock %}"
)


def cohort_notebook(folder: Path, exercise: str | None, key: Path | None) -> str:
    """Return the notebook behind the page as JSON text.

    >>> "watch(" in cohort_notebook(Path("in"), "03_krenning", None)
    True
    """
    given = ", ".join(repr(one) for one in (str(folder), exercise, str(key) if key else None))
    source = f"from netcourse.classroom.live.view import watch\n\nwatch({given})"
    cell: dict[str, object] = {
        "cell_type": "code",
        "id": "cohort",
        "metadata": {},
        "source": source,
        "execution_count": None,
        "outputs": [],
    }
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return json.dumps(
        {"cells": [cell], "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5},
        indent=1,
    )


def run_cohort(
    folder: Path,
    tell: Callable[[str], None],
    exercise: str | None = None,
    key: Path | None = None,
    browser: bool = True,
    notebook: bool = False,
    port: int | None = None,
) -> None:
    """Show the class until it is stopped; `tell` gets the address, which holds a secret token."""
    with tempfile.TemporaryDirectory(prefix="netcourse-cohort-") as scratch:
        work = Path(scratch)
        (work / PAGE).write_text(
            cohort_notebook(folder.resolve(), exercise, key.resolve() if key else None),
            encoding="utf-8",
        )
        if notebook or find_spec("voila") is None:
            open_lab(work, PAGE, tell, browser, port)
            return
        template = work / "data" / "voila" / "templates" / "bare"
        template.mkdir(parents=True)
        (template / "conf.json").write_text('{"base_template": "lab"}', encoding="utf-8")
        (template / "index.html.j2").write_text(_TEMPLATE, encoding="utf-8")
        token, place = secrets.token_hex(16), port or 8866
        options = [
            str(work / PAGE),
            f"--port={place}",
            "--Voila.ip=127.0.0.1",
            f"--token={token}",
            "--template=bare",
            "--enable_nbextensions=False",
            "--VoilaConfiguration.extension_denylist=['@jupyter/nbgrader', 'jupyterlab-jupytext', '@jupyter-notebook/lab-extension']",
            *([] if browser else ["--no-browser"]),
        ]
        tell(f"http://127.0.0.1:{place}/?token={token}")
        signal.signal(
            signal.SIGTERM, lambda *_: sys.exit(0)
        )  # else Voilà would outlive a stopped command
        page = subprocess.Popen(
            [sys.executable, "-m", "voila", *options],
            env=os.environ | {"JUPYTER_PATH": str(work / "data")},
        )
        try:
            page.wait()
        except KeyboardInterrupt:
            pass  # how one stops it
        finally:
            page.terminate()
            page.wait(30)
