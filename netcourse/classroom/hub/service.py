"""The class at work behind a JupyterHub: a service that keeps what learners' notebooks send, and
shows it to instructors.

Who a file belongs to is what the Hub says of the token that came with it; what the file says of its
owner is not believed. It is the same reader and the same page as with a shared folder. Run by the
Hub: python -m netcourse.classroom.hub.service FOLDER [INSTRUCTOR …] [--key KEY] [--one-account],
with the key of a graded pack where one is read; not where learners' servers run under one account.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from jupyterhub.services.auth import HubOAuthCallbackHandler, HubOAuthenticated
from jupyterhub.utils import url_path_join
from tornado.httpserver import HTTPServer
from tornado.web import Application, HTTPError, RequestHandler, authenticated

from netcourse.assessment.answers.model import (
    LARGEST_FILE,
    AnswersError,
    parse_answers,
)
from netcourse.assessment.answers.pseudonym import PATTERN
from netcourse.classroom.hub.inbox import Inbox
from netcourse.classroom.live.moment import CohortReader
from netcourse.classroom.live.screen import overview, question
from netcourse.classroom.pack.key_file import KeyFile, read_key

EVERY_S = 5


class Health(RequestHandler):
    """Says that the service lives; for whoever watches the server."""

    def get(self) -> None:
        """Answer ok."""
        self.write("ok")


class Answers(HubOAuthenticated, RequestHandler):  # type: ignore[misc]
    """Takes an answers file from a learner's notebook."""

    def initialize(self, inbox: Inbox) -> None:
        """Note where files go."""
        self.inbox = inbox

    def check_xsrf_cookie(self) -> None:
        """Only a token in the header is let in, which no other site can send."""
        if (
            not self.request.headers.get("Authorization", "")
            .lower()
            .startswith(("token ", "bearer "))
        ):
            raise HTTPError(403, "send the Hub's token in the header")

    @authenticated
    def post(self) -> None:
        """Keep the file under its sender's name; what is kept only ever grows."""
        self.check_xsrf_cookie()
        name = str(self.current_user["name"])
        if not re.fullmatch(PATTERN, name):
            raise HTTPError(403, "this user has no pseudonym of the course")
        try:
            sent = parse_answers(self.request.body)
            kept = self.inbox.keep(name, sent)
        except AnswersError as error:
            raise HTTPError(400, str(error)) from None
        self.write({"kept": len(kept.answers)})


class Page(HubOAuthenticated, RequestHandler):  # type: ignore[misc]
    """Shows the class to its instructors."""

    def initialize(self, reader: CohortReader, instructors: frozenset[str]) -> None:
        """Note what to show, and to whom."""
        self.reader, self.instructors = reader, instructors

    @authenticated
    def get(self) -> None:
        """Show the overview, or one question: ?item=q2&reference=1&names=1."""
        user = self.current_user
        if not (user.get("admin") or user["name"] in self.instructors):
            raise HTTPError(403, "this page is for instructors")
        moment = self.reader.look()
        item = self.get_query_argument("item", "")
        if moment is None:
            body = "<p>No answers yet.</p>"
        elif item in [one.id for one in moment.exercise.items]:
            body = question(moment, item, self.get_query_argument("reference", "") == "1")
        else:
            body = overview(moment, self.get_query_argument("names", "") == "1")
        self.set_header(
            "Content-Security-Policy",
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
        )
        style = (resources.files("netcourse.classroom.live") / "view.css").read_text(
            encoding="utf-8"
        )
        self.write(
            '<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh"'
            f' content="{EVERY_S}"><title>The class</title><style>{style}</style><main'
            f' class="nc-co">{body}</main></html>'
        )


def application(
    folder: Path, instructors: frozenset[str], prefix: str, key: KeyFile | None = None
) -> Application:
    """Return the service as a tornado application under its prefix."""
    at = {name: url_path_join(prefix, name) for name in ("answers", "healthz", "oauth_callback")}
    how: dict[str, Any] = {"reader": CohortReader(folder, key=key), "instructors": instructors}
    routes = [
        (at["healthz"], Health),
        (at["answers"], Answers, {"inbox": Inbox(folder)}),
        (at["oauth_callback"], HubOAuthCallbackHandler),
        (url_path_join(prefix, "?"), Page, how),
    ]
    return Application(routes, cookie_secret=os.urandom(32))


async def serve(folder: Path, instructors: frozenset[str], key: KeyFile | None = None) -> None:
    """Serve where the Hub says, until the process ends."""
    url = urlparse(os.environ["JUPYTERHUB_SERVICE_URL"])
    folder.mkdir(parents=True, exist_ok=True)
    app = application(folder, instructors, os.environ["JUPYTERHUB_SERVICE_PREFIX"], key)
    HTTPServer(app, max_body_size=LARGEST_FILE + 1024).listen(
        url.port or 80, url.hostname or "127.0.0.1"
    )
    await asyncio.Event().wait()


def refuse_key_among_learners(key: Path | None, one_account: bool) -> None:
    """Raise ValueError where a pack's key would lie within reach of learners' own servers."""
    if key is not None and one_account:
        raise ValueError(
            f"{key} cannot be used here: all learners' servers run under the account that can read"
            " it. Give each learner an account or a container of their own (HUB.md), or grade"
            " elsewhere: netcourse grade answers --key key.json"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("instructors", nargs="*")
    parser.add_argument("--key", type=Path)
    parser.add_argument("--one-account", action="store_true")
    told = parser.parse_args()
    try:
        refuse_key_among_learners(told.key, told.one_account)
    except ValueError as error:
        parser.error(str(error))
    asyncio.run(
        serve(told.folder, frozenset(told.instructors), read_key(told.key) if told.key else None)
    )
