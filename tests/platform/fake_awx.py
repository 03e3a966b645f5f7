# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of AWX's REST API that the modules of awx.awx use to set things up, kept in memory.

It knows no rules of AWX: it keeps what it is given, finds objects by the fields asked for, and keeps associations. What
a test can learn from it is what the modules have sent.
"""

from __future__ import annotations

import json
import re
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

API = "/api/v2/"
TOKEN = "made-up-awx-token"
#: The type of object that an endpoint holds; a template is found as a unified job template, too.
TYPES = {"projects": "project", "job_templates": "job_template", "inventory_sources": "inventory_source"}
ASSOCIATIONS = r"credentials|labels|instance_groups|(?:always|success|failure)_nodes|notification_templates_\w+"

Json = dict[str, Any]


class FakeAwx:
    """``objects`` holds what was made, by endpoint and number; ``associated`` the numbers by association's path."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[int, Json]] = defaultdict(dict)
        self.associated: dict[str, list[int]] = defaultdict(list)
        self.surveys: dict[str, Json] = {}
        self.unauthorized: list[str] = []
        self._next = 1
        self._lock = threading.Lock()
        self.make("organizations", {"name": "Default"})
        # Types that AWX brings along.
        self.make("credential_types", {"name": "Red Hat Ansible Automation Platform"})

    def names(self, endpoint: str) -> list[str]:
        return sorted(item.get("name") or item["identifier"] for item in self.objects[endpoint].values())

    def named(self, endpoint: str, name: str) -> Json:
        (found,) = (
            item for item in self.objects[endpoint].values() if name in (item.get("name"), item.get("identifier"))
        )
        return found

    def linked(self, endpoint: str, name: str, association: str) -> list[int]:
        return self.associated[f"{endpoint}/{self.named(endpoint, name)['id']}/{association}"]

    def make(self, endpoint: str, fields: Json) -> Json:
        number, self._next = self._next, self._next + 1
        url = f"{API}{endpoint}/{number}/"
        related = {"survey_spec": f"{url}survey_spec/"}
        kind = TYPES.get(endpoint, endpoint.removesuffix("s"))
        item = {**fields, "id": number, "url": url, "type": kind, "related": related, "summary_fields": {}}
        if endpoint == "projects":
            # A project that has been fetched already.
            item |= {"scm_revision": "0" * 40, "status": "successful"}
        self.objects[endpoint][number] = item
        return self.objects[endpoint][number]

    def answer(self, method: str, path: str, query: Json, body: Json) -> tuple[int, Json]:
        with self._lock:
            return self._answer(method, path.removeprefix(API).strip("/"), query, body)

    def _answer(self, method: str, path: str, query: Json, body: Json) -> tuple[int, Json]:
        if path.endswith("/survey_spec"):
            if method == "POST":
                self.surveys[path] = body
            return 200, self.surveys.get(path, {})
        if re.search(rf"/(?:{ASSOCIATIONS})$", path):
            if method == "POST":
                (self.associated[path].remove if body.get("disassociate") else self.associated[path].append)(body["id"])
                return 204, {}
            return 200, _page([{"id": number} for number in self.associated[path]])
        if path.endswith("/create_approval_template"):
            approval = self.make("workflow_approval_templates", body)
            node = self.objects["workflow_job_template_nodes"][int(path.split("/")[1])]
            node["related"]["unified_job_template"] = approval["url"]
            return 201, approval
        endpoint, _slash, number = path.partition("/")
        if number:
            item = self.objects[endpoint][int(number)]
            if method == "PATCH":
                item.update(body)
            return 200, item
        if method == "POST":
            return 201, self.make(endpoint, body)
        where = TYPES if endpoint == "unified_job_templates" else [endpoint]
        items = [item for name in where for item in list(self.objects[name].values())]
        return 200, _page([item for item in items if _matches(item, query)])


def _matches(item: Json, query: Json) -> bool:
    return all(str(item[key]) == value for key, value in query.items() if key in item)


def _page(results: list[Json]) -> Json:
    return {"count": len(results), "next": None, "previous": None, "results": results}


@contextmanager
def serving() -> Iterator[tuple[FakeAwx, str]]:
    """The API, and its address, for as long as the block lasts."""
    awx = FakeAwx()

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            address = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"{}")
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                awx.unauthorized.append(self.path)
            status, data = awx.answer(self.command, address.path, dict(parse_qsl(address.query)), body)
            content = b"" if status == 204 else json.dumps(data).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.send_header("X-API-Product-Name", "AWX")
            self.send_header("X-API-Product-Version", "24.6.1")
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = _serve  # noqa: N815 - the names that http.server calls

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as http.server names it
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield awx, f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
