"""How the course's JupyterLab reads notebooks and starts kernels: the course's pages run by
themselves, and nothing that came from a stranger runs before the learner runs it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jupyter_server.base.handlers import APIHandler
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
from jupyter_server.services.kernels.kernelmanager import ServerKernelManager
from jupyter_server.utils import url_path_join
from tornado.web import Application, HTTPError, authenticated

from netcourse.course.workspace import is_course_page

EXTENSIONS = Path(__file__).parent / "labextension"
_WIDGET = "application/vnd.jupyter.widget-view+json"


class CourseContents(AsyncLargeFileManager):
    """Notebooks of the learner's folder, without the stored widgets of those nobody signed."""

    async def get(self, path: str, *args: Any, **kwargs: Any) -> Any:
        """Return a file; in a notebook that no kernel runs, stored pictures take the widgets' place."""
        model = await super().get(path, *args, **kwargs)  # type: ignore[no-untyped-call]
        if model["type"] == "notebook" and model["content"] and not await self._is_running(path):
            for cell in model["content"]["cells"]:
                for output in cell.get("outputs", ()):
                    output.get("data", {}).pop(_WIDGET, None)
        return model

    async def _is_running(self, path: str) -> bool:
        server: Any = self.parent
        sessions = await server.session_manager.list_sessions()
        return any(session["path"] == path.strip("/") for session in sessions)

    def mark_trusted_cells(self, nb: Any, path: str = "") -> None:
        """Mark the cells of a signed notebook as trusted; drop the widgets stored in any other.

        JupyterLab rebuilds stored widgets, and runs their scripts, whether it trusts the notebook
        or not.
        """
        if not self.notary.check_signature(nb):  # type: ignore[no-untyped-call]
            nb.metadata.pop("widgets", None)
        super().mark_trusted_cells(nb, path)  # type: ignore[no-untyped-call]


class CourseKernel(ServerKernelManager):
    """A notebook's Python that imports nothing from the folder in which the notebook lies.

    A file `numpy.py` beside a lesson would otherwise run in the place of the library.
    """

    def format_kernel_cmd(self, extra_arguments: list[str] | None = None) -> list[str]:
        """Return the kernel's command, told to leave its folder out of the import path."""
        return super().format_kernel_cmd(
            [*(extra_arguments or []), "--IPKernelApp.ignore_cwd=True"]
        )


class CoursePage(APIHandler):
    """Answers whether a notebook is a page of the course as it was published."""

    @authenticated
    def get(self) -> None:
        """Answer for the notebook at `path`; nothing else of the file is told."""
        path = self.get_query_argument("path")
        root = Path(self.settings["server_root_dir"]).expanduser().resolve()
        file = (root / path.strip("/")).resolve()
        if not (file.is_relative_to(root) and file.suffix == ".ipynb" and file.is_file()):
            raise HTTPError(404)
        self.finish({"own": is_course_page(file.read_bytes())})


def add_pages(web_app: Application) -> None:
    """Let a server answer the course's pages."""
    address = url_path_join(web_app.settings["base_url"], "netcourse/page")
    web_app.add_handlers(".*$", [(address, CoursePage)])
