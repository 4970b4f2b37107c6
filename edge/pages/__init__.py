"""Pages and their files: self-contained, no inline script or style, English and Japanese."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from edge import conditional
from edge.context import context_of
from edge.languages import Language

HERE = Path(__file__).parent
TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml", ".csv": "text/csv"}
PAGES = {"/": "index", "/demo": "demo", "/tester": "tester", "/docs": "docs", "/timeline/{operation_id}": "timeline"}


def page(name: str, language: Language) -> bytes:
    """The page, opened in the visitor's language; a button turns it."""
    text = (HERE / f"{name}.html").read_text()
    if name == "index":
        text = _with_flows(text)
    return text.replace('lang="en" data-lang="en"', f'lang="{language}" data-lang="{language}"', 1).encode()


def _with_flows(text: str) -> str:
    """A card for each file in `flows/`, sorted by name, and the script of the same name in `static/flows/`."""
    names = [path.stem for path in sorted((HERE / "flows").glob("*.html"))]
    cards = [
        f'<section class="card flow" id="flow-{one}">\n{(HERE / "flows" / f"{one}.html").read_text()}</section>' for one in names
    ]
    scripts = "".join(f'<script src="/static/flows/{one}.js" defer></script>' for one in names)
    return text.replace("<!-- flows -->", "\n".join(cards)).replace("<!-- scripts of the flows -->", scripts)


def _page(name: str) -> Callable[[Request], Awaitable[Response]]:
    both: dict[Language, bytes] = {"en": page(name, "en"), "ja": page(name, "ja")}

    async def serve(request: Request) -> Response:
        body = both[context_of(request.scope).language]
        headers = {"Cache-Control": "no-cache", "Vary": "Accept-Language"}
        return conditional.answer(request, body, headers, "text/html; charset=utf-8")

    return serve


def _file(path: Path) -> Callable[[Request], Awaitable[Response]]:
    content = path.read_bytes()

    async def serve(request: Request) -> Response:
        return conditional.answer(request, content, {"Cache-Control": "public, max-age=300"}, TYPES[path.suffix])

    return serve


def maintenance(language: Language) -> Response:
    headers = {"Retry-After": "60", "Vary": "Accept-Language"}
    return Response(page("maintenance", language), 503, headers, "text/html; charset=utf-8")


def table() -> dict[str, Callable[[Request], Awaitable[Response]]]:
    """Every page and file by its address; only what lies here is served."""
    static = HERE / "static"
    files = {
        f"/static/{path.relative_to(static).as_posix()}": _file(path)
        for path in sorted(static.rglob("*"))
        if path.suffix in TYPES
    }
    return {**{address: _page(name) for address, name in PAGES.items()}, **files}
