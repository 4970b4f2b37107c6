"""The running edge, asked with development tokens of this home; and the same request as a curl to copy."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from typing import Any

import httpx

from infra.bearer import sign
from infra.settings import Settings
from infra.unavailable import Unavailable

LIFETIME = 3_600.0


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any

    @property
    def reason(self) -> str:
        """What a problem says, in one line."""
        if not isinstance(self.body, dict):
            return f"{self.status}"
        known = (str(self.body.get(name, "")) for name in ("title", "reason", "detail"))
        return f"{self.status} " + ", ".join(dict.fromkeys(one for one in known if one))


class Edge:
    """`url` is where the edge listens. Raises Unavailable with a sentence when it does not answer."""

    def __init__(self, settings: Settings, url: str) -> None:
        self.settings, self.url = settings, url
        self._client = httpx.Client(base_url=url, timeout=20, trust_env=False)

    def token(self, subject: str, *roles: str) -> str:
        return sign(self.settings, subject, roles, LIFETIME)

    def call(self, method: str, path: str, token: str, body: Any = None, **headers: str) -> Answer:
        given = {"Authorization": f"Bearer {token}", **{name.replace("_", "-"): one for name, one in headers.items()}}
        try:
            answer = self._client.request(method, path, json=body, headers=given)
        except httpx.HTTPError as error:
            raise Unavailable(
                f"The edge does not answer at {self.url} ({type(error).__name__}): is `hikyaku up` running?"
            ) from None
        try:
            return Answer(answer.status_code, answer.json())
        except ValueError:
            return Answer(answer.status_code, answer.text)

    def curl(self, method: str, path: str, variable: str, body: Any = None, **headers: str) -> str:
        """With the token in a shell variable of that name."""
        lines = [f"curl -s {self.url}{path}" if method == "GET" else f"curl -sX {method} {self.url}{path}"]
        lines.append(f'-H "Authorization: Bearer ${variable}"')
        if body is not None:
            lines.append("-H 'Content-Type: application/json'")
        lines += ["-H " + shlex.quote(f"{name.replace('_', '-')}: {one}") for name, one in headers.items()]
        if body is not None:
            lines.append(f"-d {shlex.quote(json.dumps(body, ensure_ascii=False))}")
        return " \\\n     ".join(lines)
