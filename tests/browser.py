"""A real browser for tests: headless Chromium, driven over its debugging socket as a visitor would use the page."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
    "--disable-component-update", "--no-first-run", "--hide-scrollbars", "--remote-debugging-port=0",
)  # fmt: skip
MIDDLE = """(selector) => {
  const one = document.querySelector(selector);
  one.scrollIntoView({ block: "center", behavior: "instant" });
  const { x, y, width, height } = one.getBoundingClientRect();
  return [x + width / 2, y + height / 2];
}"""
START = 30.0
MOST = 64 * 1024 * 1024


def program() -> str | None:
    """A browser of this machine that starts; None without one."""
    for found in filter(None, map(shutil.which, NAMES)):
        if subprocess.run([found, "--version"], capture_output=True, timeout=START, check=False).returncode == 0:
            return found
    return None


class Page:
    """One tab. `complaints` are its exceptions, console errors and requests that failed, as text, in order."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self.complaints: list[str] = []

    async def listen(self) -> None:
        """Until the browser has gone."""
        with suppress(ConnectionClosed):
            async for text in self._socket:
                told = json.loads(text)
                if waiting := self._answers.pop(told.get("id", 0), None):
                    waiting.set_result(told)
                elif complaint := _complaint(told):
                    self.complaints.append(complaint)

    async def command(self, method: str, **parameters: Any) -> Any:
        """Raises RuntimeError with what the browser says against it."""
        number = next(self._numbers)
        self._answers[number] = asyncio.get_running_loop().create_future()
        await self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        told = await asyncio.wait_for(self._answers[number], START)
        if "error" in told:
            raise RuntimeError(f"{method}: {told['error']}")
        return told["result"]

    async def open(self, url: str, *, width: int = 1280, height: int = 900, language: str = "en") -> None:
        """Returns when it is loaded. A width below 600 is a phone's."""
        phone = width < 600
        await self.command("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=phone)
        await self.command("Network.setExtraHTTPHeaders", headers={"Accept-Language": language})
        await self.command("Page.navigate", url=url)
        await self.until("document.readyState === 'complete' && location.href !== 'about:blank'")

    async def evaluate(self, script: str) -> Any:
        """The value of an expression, awaited. Raises RuntimeError with what it throws."""
        told = await self.command("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in told:
            raise RuntimeError(_thrown(told["exceptionDetails"]))
        return told["result"].get("value")

    async def until(self, script: str, within: float = 20.0) -> Any:
        """Its value as soon as it is true. Raises AssertionError when that takes too long."""
        end = time.monotonic() + within
        while not (found := await self.evaluate(script)):
            assert time.monotonic() < end, f"not within {within} s: {script}"
            await asyncio.sleep(0.1)
        return found

    async def click(self, selector: str, hold: float = 0.0) -> None:
        """With the mouse, in the middle of what is seen there, for so many seconds."""
        box = await self.evaluate(f"({MIDDLE})({json.dumps(selector)})")
        for kind in ("mousePressed", "mouseReleased"):
            await self.command("Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left", clickCount=1)
            if kind == "mousePressed":
                await asyncio.sleep(hold)

    async def press(self, key: str) -> None:
        """A key of the keyboard, such as Tab, Enter or Space."""
        code, text = {"Tab": (9, ""), "Enter": (13, "\r"), "Space": (32, " ")}[key]
        name = " " if key == "Space" else key
        for kind in ("keyDown", "keyUp"):
            more = {"text": text} if kind == "keyDown" and text else {}
            await self.command("Input.dispatchKeyEvent", type=kind, key=name, code=key, windowsVirtualKeyCode=code, **more)

    async def picture(self, path: Path) -> None:
        """The whole page as PNG."""
        told = await self.command("Page.captureScreenshot", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(told["data"]))


@asynccontextmanager
async def browser(chromium: str) -> AsyncIterator[Page]:
    """A tab of a browser with a profile of its own; both are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="hikyaku-browser-", ignore_cleanup_errors=True) as profile:
        running = subprocess.Popen(
            [chromium, *OPTIONS, f"--user-data-dir={profile}", "about:blank"], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, env=os.environ | {"HOME": profile},
        )  # fmt: skip
        try:
            async with connect(await _tab(Path(profile)), max_size=MOST, proxy=None) as socket:
                page = Page(socket)
                listening = asyncio.create_task(page.listen())
                for area in ("Page", "Runtime", "Log", "Network"):
                    await page.command(f"{area}.enable")
                yield page
                with suppress(RuntimeError, TimeoutError):
                    await page.command("Browser.close")
                listening.cancel()
        finally:
            try:
                running.wait(5)
            except subprocess.TimeoutExpired:
                running.kill()
                running.wait(5)


async def _tab(profile: Path) -> str:
    """The debugging address of the one tab. Raises TimeoutError when the browser does not start."""
    import httpx

    async with asyncio.timeout(START), httpx.AsyncClient(trust_env=False) as http:
        while True:
            with suppress(OSError, IndexError, httpx.HTTPError):
                port = (profile / "DevToolsActivePort").read_text().split()[0]
                tabs = (await http.get(f"http://127.0.0.1:{port}/json/list")).json()
                return str(next(one["webSocketDebuggerUrl"] for one in tabs if one["type"] == "page"))
            await asyncio.sleep(0.05)


def _complaint(told: dict[str, Any]) -> str:
    match told:
        case {"method": "Runtime.exceptionThrown", "params": {"exceptionDetails": details}}:
            return _thrown(details)
        case {"method": "Runtime.consoleAPICalled", "params": {"type": "error" | "warning" as kind, "args": words}}:
            return f"console.{kind}: {' '.join(str(one.get('value', one.get('description'))) for one in words)}"
        case {"method": "Log.entryAdded", "params": {"entry": {"level": "error" | "warning", "text": text, **more}}}:
            return f"{text} {more.get('url', '')}".strip()
    return ""


def _thrown(details: dict[str, Any]) -> str:
    return str(details.get("exception", {}).get("description") or details["text"])
