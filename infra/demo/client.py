"""The edge over HTTP: keep-alive connections, patience with 429 and 503, and the outcome of each command.

Every command has an Idempotency-Key, so that whatever is asked again after a lost answer is still the same one (S3-57).
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any, NamedTuple

import httpx

from infra.unavailable import Unavailable

AGAIN = frozenset({429, 500, 502, 503, 504})
PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)
"""Seconds before asking again where the edge names none; the last one counts for all that follow."""
LONGEST_PAUSE = 30.0
FIRST_LOOK, LAST_LOOK = 0.5, 5.0
"""Seconds between two looks at an operation that is still pending, growing from one to the other."""
WAIT = 15
"""Seconds for which the edge may hold an answer back (RFC 7240): one request per order, and no polling."""


class Refused(Unavailable):
    """The edge does not accept this request, and asking again would not help."""


class Outcome(NamedTuple):
    """`status` is pending, succeeded or failed; `data` is the result or the problem of an operation that is decided."""

    operation_id: str
    status: str
    reason: str
    data: Mapping[str, Any]


class Edge:
    """One API, asked `at_once` times at most at a time. `patience`: seconds to ask again, and to wait for an outcome."""

    def __init__(
        self, url: str, token: str, at_once: int, patience: float, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self.url, self.at_once, self.patience = url, at_once, patience
        self.turned_away = 0
        trust = httpx.create_ssl_context(trust_env=False)
        # A pool looks through its connections and all that wait for one at every request: half the time of a request
        # goes into that. A client for each connection, taken by whoever needs one, has nothing to look through.
        self._clients = [
            httpx.AsyncClient(
                base_url=url,
                headers={"Authorization": f"Bearer {token}"},
                timeout=httpx.Timeout(WAIT + 15, connect=5),
                limits=httpx.Limits(max_connections=1, keepalive_expiry=10),
                verify=trust,
                trust_env=False,
                transport=transport,
            )
            for _ in range(at_once + 1)
        ]
        self._streaming, *others = self._clients
        self._free: asyncio.LifoQueue[httpx.AsyncClient] = asyncio.LifoQueue()
        for client in others:
            self._free.put_nowait(client)

    async def close(self) -> None:
        await asyncio.gather(*(client.aclose() for client in self._clients))

    async def read(self, path: str, **query: Any) -> dict[str, Any]:
        """Raises Refused, for what does not exist as well, and Unavailable."""
        found: dict[str, Any] = (await self._ask("GET", path, params=query)).json()
        return found

    async def ask(self, path: str, body: Any, key: str, *, wait: int = WAIT) -> Outcome:
        """Ask for something to be done and say what became of it within `wait` seconds. Raises Refused, Unavailable."""
        kind, content = ("text/csv", body) if isinstance(body, str) else ("application/json", json.dumps(body))
        headers = {"Idempotency-Key": key, "Content-Type": kind}
        if wait:
            headers["Prefer"] = f"wait={wait}"
        return _outcome((await self._ask("POST", path, headers=headers, content=content)).json())

    async def outcome_of(self, asked: Outcome) -> Outcome:
        """Wait for what is still pending, however long the patience lasts; pending once more after that."""
        end, pause, found = time.monotonic() + self.patience, FIRST_LOOK, asked
        while found.status == "pending" and time.monotonic() < end:
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, LAST_LOOK)
            found = _outcome(await self.read(f"/v1/operations/{asked.operation_id}"))
        return found

    async def events(self, path: str) -> AsyncIterator[str]:
        """The data of each server-sent event until the stream ends. Raises httpx.HTTPError."""
        async with self._streaming.stream("GET", path, timeout=10) as stream:
            stream.raise_for_status()
            async for line in stream.aiter_lines():
                if line.startswith("data: "):
                    yield line[6:]

    async def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        end = time.monotonic() + self.patience
        attempt = 0
        while True:
            pause = PAUSES[min(attempt, len(PAUSES) - 1)]
            try:
                answer = await self._once(method, path, **more)
            except httpx.TransportError as error:
                why = type(error).__name__
            else:
                if answer.status_code not in AGAIN:
                    return _accepted(answer)
                why = f"{answer.status_code}"
                pause = retry_after(answer.headers.get("retry-after", ""), pause)
            self.turned_away += 1
            attempt += 1
            if time.monotonic() + pause > end:
                raise Unavailable(f"{method} {path} had no answer for {self.patience:.0f} s ({why}).")
            await asyncio.sleep(pause)

    async def _once(self, method: str, path: str, **more: Any) -> httpx.Response:
        client = await self._free.get()
        try:
            return await client.request(method, path, **more)
        finally:
            self._free.put_nowait(client)


def retry_after(written: str, otherwise: float) -> float:
    """Seconds; a date or anything else that is no number counts as nothing said."""
    return min(float(written), LONGEST_PAUSE) if written.isdecimal() else otherwise


def _accepted(answer: httpx.Response) -> httpx.Response:
    """The answer, if it is one: the outcome of an operation is told by its `status`, also when that is a refusal."""
    if answer.is_success:
        return answer
    try:
        problem = answer.json()
    except ValueError:
        problem = {}
    if "operation_id" in problem:
        return answer
    said = "; ".join(str(one) for one in (problem.get("title"), problem.get("detail"), problem.get("errors")) if one)
    raise Refused(f"{answer.request.url.path}: {answer.status_code} {said or answer.text[:200]}")


def _outcome(told: Mapping[str, Any]) -> Outcome:
    data = told.get("result") or told.get("problem") or told
    return Outcome(told["operation_id"], told["status"], str(data.get("reason", "")), data)
