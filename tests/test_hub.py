"""A real JupyterHub on this machine: sign-in by code, a class that posts its answers, and a page
that only instructors see.
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
import urllib.parse
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from http.cookiejar import CookieJar
from importlib.util import find_spec
from pathlib import Path

import pytest
import synthetic_class
from test_pack import tiny
from typer.testing import CliRunner

from netcourse.assessment import MemoryAnswers, Session, read_answers
from netcourse.assessment.answers.upload import ADDRESS, TOKEN, SentAnswers, answers_kept
from netcourse.assessment.pack.session import open_session
from netcourse.assessment.sheet.widget import open_exercise
from netcourse.classroom import read_roster
from netcourse.classroom.collect.roster import nobody
from netcourse.classroom.pack import make
from netcourse.cli import app

PROXY = shutil.which("configurable-http-proxy")
LEARNERS, POSTS = 20, 100
needs_hub = pytest.mark.skipif(
    find_spec("jupyterhub") is None or PROXY is None,
    reason=(
        "needs JupyterHub and configurable-http-proxy: pip install 'netcourse[hub]', npm install -g"
        " configurable-http-proxy"
    ),
)
SCORES = synthetic_class.course_exercise("score", "choice")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Hub:
    """JupyterHub with the kit's own configuration, save for its ports."""

    def __init__(self, folder: Path) -> None:
        self.folder, port, api, cohort = folder, free_port(), free_port(), free_port()
        done = CliRunner().invoke(
            app, ["hub", str(folder), "--learners", str(LEARNERS), "--port", str(cohort)]
        )
        assert done.exit_code == 0, done.output
        rows = [
            line.replace('"', "").split(",")
            for line in (folder / "codes.csv").read_text(encoding="utf-8-sig").splitlines()[1:]
        ]
        self.codes = {name: code for _, name, code in rows}
        self.instructor, *self.learners = self.codes
        self.url, self.api = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{port}/hub/api"
        with (folder / "jupyterhub_config.py").open("a", encoding="utf-8") as config:
            config.write(
                f"c.JupyterHub.bind_url = '{self.url}'\nc.JupyterHub.hub_port ="
                f" {api}\nc.ConfigurableHTTPProxy.api_url ="
                f" 'http://127.0.0.1:{free_port()}'\nc.JupyterHub.load_roles.append({{'name':"
                " 'tokens', 'scopes': ['tokens'], 'services':"
                " ['prewarm']})\nc.ConfigurableHTTPProxy.command ="
                f" [{PROXY!r}]\nc.ConfigurableHTTPProxy.check_running_interval = 1\n"
            )
        self.root_token = "ab" * 32
        env = os.environ | {
            "PYTHONPATH": str(Path(__file__).resolve().parents[1]),
            "NETCOURSE_PREWARM_TOKEN": self.root_token,
        }
        self.log = (folder / "hub.log").open("wb")
        command = [
            sys.executable,
            "-m",
            "jupyterhub",
            "-f",
            "jupyterhub_config.py",
            "--log-level=WARN",
        ]
        self.process = subprocess.Popen(
            command, cwd=folder, env=env, stdout=self.log, stderr=subprocess.STDOUT
        )

    def wait(self) -> Hub:
        for _ in range(600):
            assert self.process.poll() is None, (self.folder / "hub.log").read_text()[-3000:]
            try:
                if self.ask("GET", "/services/cohort/healthz", base=self.url)[1] == b"ok":
                    return self
            except OSError:
                pass
            time.sleep(0.2)
        raise AssertionError((self.folder / "hub.log").read_text()[-3000:])

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(40)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.log.close()

    def ask(
        self, method: str, path: str, token: str = "", body: bytes | None = None, base: str = ""
    ) -> tuple[int, bytes]:
        header = {"Authorization": f"token {token}"} if token else {}
        request = urllib.request.Request((base or self.api) + path, body, header, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def token(self, name: str) -> str:
        """A token such as a learner's own server holds."""
        self.ask("POST", f"/users/{name}", self.root_token)
        status, said = self.ask("POST", f"/users/{name}/tokens", self.root_token, b"{}")
        assert status in (200, 201), said
        return str(json.loads(said)["token"])

    def sign_in(self, name: str, code: str) -> int:
        jar = CookieJar()
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(jar)
        )
        opener.open(f"{self.url}/hub/login", timeout=30).close()
        xsrf = next(cookie.value for cookie in jar if cookie.name == "_xsrf")
        form = urllib.parse.urlencode({"username": name, "password": code, "_xsrf": xsrf}).encode()
        try:
            with opener.open(
                urllib.request.Request(f"{self.url}/hub/login?next=/hub/token", form), timeout=30
            ) as page:
                return 403 if "/login" in page.url else page.status
        except urllib.error.HTTPError as error:
            with error:
                return error.code


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    running = Hub(tmp_path_factory.mktemp("hub") / "kit")
    try:
        yield running.wait()
    finally:
        running.stop()


@needs_hub
def test_the_right_code_opens_and_no_other(hub: Hub) -> None:
    name, other = hub.learners[:2]
    assert hub.sign_in(name, hub.codes[name].lower()) == 200
    assert hub.sign_in(name, hub.codes[other]) == 403
    assert hub.sign_in("nobody-at-all", hub.codes[name]) == 403
    assert hub.sign_in("", "") == 403


@needs_hub
def test_the_roster_keeps_no_code(hub: Hub) -> None:
    kept = (hub.folder / "roster.json").read_text(encoding="utf-8")
    assert all(
        code not in kept and code.replace("-", "") not in kept for code in hub.codes.values()
    )


@needs_hub
def test_a_class_posts_two_thousand_times_and_nothing_is_lost(hub: Hub) -> None:
    tokens = {name: hub.token(name) for name in hub.learners}
    files = {name: synthetic_class.learner(n, missing=0.0) for n, name in enumerate(hub.learners)}

    def work(name: str) -> list[float]:
        took = []
        for post in range(POSTS):
            whole = files[name]
            file = whole.model_copy(
                update={"answers": whole.answers[: 1 + post * len(whole.answers) // POSTS]}
            )
            began = time.perf_counter()
            status, said = hub.ask(
                "POST", "/services/cohort/answers", tokens[name], file.to_json().encode(), hub.url
            )
            took.append(time.perf_counter() - began)
            assert status == 200, said
        return took

    began = time.perf_counter()
    with ThreadPoolExecutor(LEARNERS) as pool:
        took = sorted(second for mine in pool.map(work, hub.learners) for second in mine)
    whole = time.perf_counter() - began
    middle, p99 = (1000 * took[len(took) * share // 100] for share in (50, 99))
    print(f"\n{len(took)} posts in {whole:.1f} s; median {middle:.0f} ms, p99 {p99:.0f} ms")
    for name, file in files.items():
        kept = read_answers(hub.folder / "answers" / f"{name}.json")
        assert kept.answers == file.answers, "the last post holds all"
        assert kept.pseudonym == name, "what the file says of its owner is not believed"


@needs_hub
def test_an_older_state_that_arrives_late_takes_nothing_away(hub: Hub) -> None:
    name = hub.learners[0]
    token, whole = hub.token(name), synthetic_class.learner(0, missing=0.0)
    hub.ask("POST", "/services/cohort/answers", token, whole.to_json().encode(), hub.url)
    old = whole.model_copy(update={"answers": whole.answers[:3]})
    assert (
        hub.ask("POST", "/services/cohort/answers", token, old.to_json().encode(), hub.url)[0]
        == 200
    )
    assert read_answers(hub.folder / "answers" / f"{name}.json").answers == whole.answers


@needs_hub
def test_learners_are_kept_from_the_page_and_instructors_see_it(hub: Hub) -> None:
    page = "/services/cohort/"
    assert hub.ask("GET", page, hub.token(hub.learners[0]), base=hub.url)[0] == 403
    status, seen = hub.ask("GET", page, hub.token(hub.instructor), base=hub.url)
    assert status == 200
    assert b"learners" in seen
    assert not any(name.encode() in seen for name in hub.learners)
    status, asked = hub.ask("GET", f"{page}?item=q2", hub.token(hub.instructor), base=hub.url)
    assert b"A metastasis above liver" in asked
    assert b"nc-page-key" not in asked.split(b"<main")[1]


@needs_hub
@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 400), (b"[" * 1000, 400), (b'{"schema_version": 1}', 400), (b"x" * 300_000, 400)],
)
def test_what_is_no_answers_file_is_refused(hub: Hub, body: bytes, status: int) -> None:
    try:
        got, _ = hub.ask(
            "POST", "/services/cohort/answers", hub.token(hub.learners[3]), body, hub.url
        )
    except OSError:
        got = 400  # the service hangs up on a body that is too long
    assert got in (status, 413, 503)


@needs_hub
def test_without_the_hubs_token_nothing_gets_in(hub: Hub) -> None:
    file = synthetic_class.learner(5).to_json().encode()
    assert hub.ask("POST", "/services/cohort/answers", "forged", file, hub.url)[0] in (302, 403)
    assert hub.ask("POST", "/services/cohort/answers", "", file, hub.url)[0] == 403


@needs_hub
def test_a_learners_notebook_sends_every_answer_by_itself(hub: Hub, tmp_path: Path) -> None:
    name = hub.learners[7]
    earlier = synthetic_class.learner(7).to_json().encode()
    hub.ask("POST", "/services/cohort/answers", hub.token(name), earlier, hub.url)
    store = SentAnswers(
        tmp_path / "answers.json", f"{hub.url}/services/cohort/answers", hub.token(name)
    )
    session = Session(synthetic_class.KRENNING, store)
    before = read_answers(hub.folder / "answers" / f"{name}.json")
    assert before.course_seed != store.file.course_seed
    for value in (1, 2, 3):
        session.answer("q2", value)
    for _ in range(100):
        time.sleep(0.1)
        path = hub.folder / "answers" / f"{name}.2.json"
        if path.exists() and len(read_answers(path).answers) == 3:
            break
    assert [answer.value for answer in read_answers(path).answers] == [1, 2, 3]
    assert read_answers(hub.folder / "answers" / f"{name}.json") == before, "nothing is taken back"


# ---------------------------------------------------------------- without a Hub


def test_a_view_that_does_not_answer_costs_the_learner_nothing(tmp_path: Path) -> None:
    began = time.perf_counter()
    store = SentAnswers(tmp_path / "answers.json", f"http://127.0.0.1:{free_port()}/x", "token")
    Session(synthetic_class.KRENNING, store).answer("q2", 3)
    assert time.perf_counter() - began < 5
    assert [answer.value for answer in read_answers(tmp_path / "answers.json").answers] == [3]


def test_answers_are_sent_only_where_the_hub_says_where_and_gives_a_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not isinstance(answers_kept(tmp_path / "a.json", {}), SentAnswers)
    assert not isinstance(
        answers_kept(tmp_path / "a.json", {ADDRESS: "http://127.0.0.1:1/"}), SentAnswers
    )
    assert isinstance(
        answers_kept(tmp_path / "a.json", {ADDRESS: "http://127.0.0.1:1/", TOKEN: "t"}), SentAnswers
    )
    monkeypatch.delenv(ADDRESS, raising=False)
    assert not isinstance(
        open_exercise("03_krenning", tmp_path / "b.json").session.answers, SentAnswers
    )
    assert not isinstance(
        open_exercise("03_krenning", MemoryAnswers()).session.answers, SentAnswers
    )


def test_a_packs_answers_are_sent_too_and_the_kit_takes_the_packs_own_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(make, "scan", tiny)
    made = make.make_pack(
        make.set_page("marked_reading"),
        nobody(2),
        tmp_path / "set",
        datetime(2030, 1, 1, tzinfo=UTC),
        guessable=True,
    )
    listed = read_roster(made.out / "tickets.csv")
    assert {one.pseudonym for one in listed} == {
        path.stem for path in (made.out / "tickets").iterdir()
    }
    ticket = (
        (made.out / "tickets" / f"{listed[0].pseudonym}.ticket").read_text(encoding="utf-8").strip()
    )
    for name, value in ((ADDRESS, f"http://127.0.0.1:{free_port()}/"), (TOKEN, "t")):
        monkeypatch.setenv(name, value)
    session = open_session(ticket, made.out / "for_learners", tmp_path / "answers.json")
    assert isinstance(session.answers, SentAnswers)
    session.answer("f1", 2)
    kept = read_answers(tmp_path / "answers.json")
    assert (kept.ticket, kept.pseudonym) == (ticket, listed[0].pseudonym)


def test_the_kit_needs_to_know_who_and_says_when_something_is_missing(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["hub", str(tmp_path / "kit")])
    assert done.exit_code == 1
    assert "either --roster FILE or --learners" in done.stderr


def test_a_kit_is_written_without_jupyterhub_and_its_codes_are_for_its_owner(
    tmp_path: Path,
) -> None:
    code = (
        "import sys; sys.modules['jupyterhub'] = None; from netcourse.cli import app;"
        " app(['hub', sys.argv[1], '--learners', '2'])"
    )
    kit = tmp_path / "kit"
    done = subprocess.run(
        [sys.executable, "-c", code, str(kit)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    config = (kit / "jupyterhub_config.py").read_text(encoding="utf-8")
    compile(config, "jupyterhub_config.py", "exec")
    assert "*one_account]" in config
    if os.name == "posix":
        for name in ("codes.csv", "roster.json"):
            assert (kit / name).stat().st_mode & 0o077 == 0


def test_a_key_is_refused_where_learners_share_the_account_that_reads_it(tmp_path: Path) -> None:
    pytest.importorskip("jupyterhub")
    words = [str(tmp_path), "teacher", "--one-account"]
    service = [sys.executable, "-m", "netcourse.classroom.hub.service"]
    done = subprocess.run(
        [*service, *words, "--key", str(tmp_path / "key.json")],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert "cannot be used here" in done.stderr


def test_a_kit_is_never_written_over_another(tmp_path: Path) -> None:
    words = ["hub", str(tmp_path / "kit"), "--learners", "2"]
    assert CliRunner().invoke(app, words).exit_code == 0
    for name in ("jupyterhub_config.py", "prewarm.py"):
        text = (tmp_path / "kit" / name).read_text(encoding="utf-8")
        compile(text, name, "exec")
        assert "@" not in text.replace("@app", "")
    again = CliRunner().invoke(app, words)
    assert again.exit_code == 1
    assert "is there already" in again.stderr
