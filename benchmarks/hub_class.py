"""A class on a real JupyterHub: servers prewarmed, then everyone runs lesson 3 and answers a
question; what it took, and what arrived.

python benchmarks/hub_class.py [LEARNERS]      needs netcourse[hub] and configurable-http-proxy;
prints one table
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path
from typing import Any

import nbformat
import psutil
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

ROOT = Path(__file__).resolve().parents[1]
LESSON = "notebooks/03_krenning.ipynb"
AT_ONCE = 2  # servers that start together
WORKING = 4  # learners who press Run All within the same moment
SPARE_BYTES = 2_500_000_000
ANSWER = """
from netcourse.assessment import open_exercise
exercise = open_exercise("03_krenning")
exercise.answer("q2", 3)
import time; time.sleep(2)
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Hub:
    """The kit of netcourse hub, running; its token may do what this script must."""

    def __init__(self, folder: Path, learners: int) -> None:
        self.folder, self.token, self.port, cohort = folder, "cd" * 32, free_port(), free_port()
        subprocess.run(
            [
                sys.executable,
                "-m",
                "netcourse",
                "hub",
                str(folder),
                "--learners",
                str(learners),
                "--port",
                str(cohort),
            ],
            check=True,
        )
        self.url, api = f"http://127.0.0.1:{self.port}", free_port()
        with (folder / "jupyterhub_config.py").open("a", encoding="utf-8") as config:
            config.write(
                f"c.JupyterHub.bind_url = '{self.url}'\nc.JupyterHub.hub_port ="
                f" {api}\nc.ConfigurableHTTPProxy.api_url ="
                f" 'http://127.0.0.1:{free_port()}'\nc.JupyterHub.load_roles.append({{'name':"
                " 'bench', 'scopes': ['access:servers'], 'services':"
                " ['prewarm']})\nc.Spawner.environment['PYTHONPATH'] ="
                f" {str(ROOT)!r}\nc.Spawner.args.append('--allow-root')\n"
            )
        env = os.environ | {"NETCOURSE_PREWARM_TOKEN": self.token, "PYTHONPATH": str(ROOT)}
        command = [
            sys.executable,
            "-m",
            "jupyterhub",
            "-f",
            "jupyterhub_config.py",
            "--log-level=WARN",
        ]
        self.log = (folder / "hub.log").open("wb")
        self.process = subprocess.Popen(
            command, cwd=folder, env=env, stdout=self.log, stderr=subprocess.STDOUT
        )
        names = list(json.loads((folder / "roster.json").read_text(encoding="utf-8")))
        self.learners = names[1:]

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Put a question to the Hub, or through it to a learner's server."""
        header = {"Authorization": f"token {self.token}"}
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(
            urllib.request.Request(self.url + path, data, header, method=method), timeout=120
        ) as answer:
            return json.loads(answer.read() or b"null")

    def wait(self) -> None:
        """Wait until the Hub answers."""
        for _ in range(300):
            try:
                self.ask("GET", "/hub/api/")
                return
            except (OSError, urllib.error.URLError):
                time.sleep(0.2)
        raise SystemExit((self.folder / "hub.log").read_text()[-2000:])

    def stop(self) -> None:
        """Stop all servers, then the Hub."""
        for name in self.learners:
            try:
                self.ask("DELETE", f"/hub/api/users/{name}/server")
            except OSError:
                continue
        time.sleep(5)
        self.process.terminate()
        self.process.wait(60)
        self.log.close()


async def run_cells(hub: Hub, name: str, cells: list[str]) -> tuple[float, list[str]]:
    """Run code in a notebook session of a learner's own server; return the seconds and what went
    wrong.
    """
    session = await asyncio.to_thread(
        hub.ask,
        "POST",
        f"/user/{name}/api/sessions",
        {"path": LESSON, "type": "notebook", "name": "", "kernel": {"name": "python3"}},
    )
    kernel = session["kernel"]["id"]
    address = f"ws://127.0.0.1:{hub.port}/user/{name}/api/kernels/{kernel}/channels"
    request = HTTPRequest(address, headers={"Authorization": f"token {hub.token}"})
    socket_ = await websocket_connect(request, max_message_size=2**30)
    began, wrong = time.perf_counter(), []
    for code in cells:
        id = uuid.uuid4().hex
        header = {
            "msg_id": id,
            "username": "",
            "session": id,
            "msg_type": "execute_request",
            "version": "5.3",
        }
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
        }
        await socket_.write_message(
            json.dumps(
                {
                    "header": header,
                    "parent_header": {},
                    "metadata": {},
                    "content": content,
                    "channel": "shell",
                    "buffers": [],
                }
            )
        )
        while True:
            text = await socket_.read_message()
            if text is None:
                return time.perf_counter() - began, [*wrong, "the connection closed"]
            if isinstance(text, bytes):
                continue
            message = json.loads(text)
            if message["parent_header"].get("msg_id") != id:
                continue
            if message["msg_type"] == "error":
                wrong.append(f"{message['content']['ename']}: {message['content']['evalue']}"[:200])
            if message["msg_type"] == "execute_reply":
                break
    socket_.close()
    return time.perf_counter() - began, wrong


async def work(hub: Hub) -> dict[str, tuple[float, list[str]]]:
    book = nbformat.read(ROOT / LESSON, as_version=4)
    cells = [cell.source for cell in book.cells if cell.cell_type == "code"] + [ANSWER]
    gate = asyncio.Semaphore(WORKING)

    async def one(name: str) -> tuple[str, tuple[float, list[str]]]:
        async with gate:
            if psutil.virtual_memory().available < SPARE_BYTES:
                return name, (0.0, ["not run: too little memory left on this machine"])
            return name, await run_cells(hub, name, cells)

    return dict(await asyncio.gather(*(one(name) for name in hub.learners)))


def memory(hub: Hub) -> tuple[float, float]:
    """Mean unshared megabytes of a learner's server and kernel."""
    servers, kernels = [], []
    for process in psutil.Process(hub.process.pid).children(recursive=True):
        try:
            command = " ".join(process.cmdline())
            if "singleuser" in command:
                servers.append(process.memory_full_info().pss)
            elif "ipykernel_launcher" in command:
                kernels.append(process.memory_full_info().pss)
        except psutil.Error:
            continue
    return tuple(sum(found) / max(1, len(found)) / 1e6 for found in (servers, kernels))  # type: ignore[return-value]


def main(learners: int) -> None:
    if shutil.which("configurable-http-proxy") is None:
        raise SystemExit(
            "configurable-http-proxy is missing: npm install -g configurable-http-proxy"
        )
    with tempfile.TemporaryDirectory() as scratch:
        hub = Hub(Path(scratch) / "kit", learners)
        try:
            hub.wait()
            began = time.perf_counter()
            env = os.environ | {"NETCOURSE_PREWARM_TOKEN": hub.token}
            warm = [sys.executable, str(hub.folder / "prewarm.py"), f"{hub.url}/hub/api"]
            done = subprocess.run(warm, env=env, capture_output=True, text=True)
            print(done.stdout[-400:], done.stderr[-400:])
            warmed = time.perf_counter() - began
            began = time.perf_counter()
            found = asyncio.run(work(hub))
            worked = time.perf_counter() - began
            server, kernel = memory(hub)
            arrived = sum(
                (hub.folder / "answers" / f"{name}.json").exists() for name in hub.learners
            )
            wrong = {name: told for name, (_, told) in found.items() if told}
            slowest = max(seconds for seconds, _ in found.values())
            print(
                f"{learners} learners: all servers ready after {warmed:.0f} s ({AT_ONCE} at a"
                f" time), prewarm status {done.returncode}"
            )
            print(
                f"lesson 3 and an answer, {WORKING} at a time: {worked:.0f} s, slowest"
                f" {slowest:.0f} s, errors {wrong or 'none'}"
            )
            print(
                f"answers that arrived: {arrived} of {learners}; memory a learner: server"
                f" {server:.0f} MB, kernel {kernel:.0f} MB (PSS)"
            )
        finally:
            hub.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
