"""Pages lead somewhere, say the same in both languages, and show calls that the edge would take."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from prometheus_client import REGISTRY

from edge import gate, trace_sender
from edge.app import endpoints
from infra import domains, metrics
from infra.documents import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"(?<!`)\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")
CODE = re.compile(r"```.*?```", re.DOTALL)
CALL = re.compile(r"^call \$URL(\S+)([^\n]*?)-d '(.*?)'$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    dead = []
    for target, anchor in LINK.findall(CODE.sub("", page.read_text())):
        path = (page.parent / target) if target else page
        if not path.exists() or (anchor and anchor not in anchors(path)):
            dead.append(f"{target}#{anchor}" if anchor else target)
    assert dead == []


def test_every_domain_stands_in_the_table_of_domains_once() -> None:
    text = (ROOT / "docs" / "domains.md").read_text()
    rows = re.findall(r"^\| (\w+) \|[^|]+\|[^|]+\| \[rules\]\(\.\./workers/(\w+)/rules/\)", text, re.MULTILINE)
    # What `make domain` made has a page of its own.
    elsewhere = {page.stem for page in (ROOT / "docs" / "domains").glob("*.md")}
    assert sorted(rows) == [(name, name) for name in sorted({*domains.names()} - elsewhere)]


def anchors(page: Path) -> set[str]:
    """As a plain page makes them of its headings."""
    headings = re.findall(r"^#+ (.+)$", CODE.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.req("S2-116")
@pytest.mark.parametrize("name", ["README.md", "README.ja.md"])
def test_pages_show_calls_that_the_edge_takes(name: str) -> None:
    calls = CALL.findall((ROOT / name).read_text())
    assert [path for path, _, _ in calls[:4]] == [
        "/v1/products", "/v1/products/TEA-1/replenishments", "/v1/wallets/me/deposits", "/v1/orders",
    ]  # fmt: skip
    for path, options, body in calls:
        method = (re.findall(r"-X (\w+)", options) or ["POST"])[0]
        model: Any = next(one.body for one in endpoints() if one.method == method and _fits(one.path, path))
        model.model_validate_json(json.dumps(json.loads(body)))


def _fits(template: str, path: str) -> bool:
    return re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), path) is not None


def test_both_languages_show_the_same() -> None:
    english, japanese = ((ROOT / name).read_text() for name in ("README.md", "README.ja.md"))
    for pattern in (r"^#+ ", r"^\| ", r"^- ", r"!\[", r"^```"):
        assert len(re.findall(pattern, english, re.MULTILINE)) == len(re.findall(pattern, japanese, re.MULTILINE)), pattern
    assert CALL.findall(english) == CALL.findall(japanese)
    assert _targets(english) == _targets(japanese)


def _targets(text: str) -> set[str]:
    return {target for target, _ in LINK.findall(CODE.sub("", text))} - {"README.md", "README.ja.md"}


def test_metrics_that_pages_name_exist() -> None:
    assert metrics and gate and trace_sender  # imported so that they are registered
    known = {sample.name for metric in REGISTRY.collect() for sample in metric.samples} | set(REGISTRY._names_to_collectors)
    named = {name for page in PAGES for name in re.findall(r"`(hikyaku_[a-z_]+)", page.read_text())}
    assert named - known == set()


def test_the_picture_can_be_drawn() -> None:
    root = ElementTree.parse(ROOT / "docs" / "picture.svg").getroot()
    assert root.tag.endswith("svg") and root.find("{*}title") is not None and root.find("{*}desc") is not None


@pytest.mark.req("S2-113")
def test_make_has_the_commands_that_the_seeds_name_and_explains_each() -> None:
    explained = set(re.findall(r"^([a-z-]+):.*## \S", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {"docker-up", "docker-down", "tools", "generate", "test", "lint", "run", "help"} <= explained


@pytest.mark.req("S2-3")
def test_the_licence_is_mit_wherever_it_is_named() -> None:
    assert (ROOT / "LICENSE").read_text().startswith("MIT License")
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["license"] == "MIT"
    assert json.loads((ROOT / "docs" / "openapi.json").read_text())["info"]["license"]["identifier"] == "MIT"


def test_the_version_has_its_place_in_the_changelog() -> None:
    text = (ROOT / "CHANGELOG.md").read_text()
    assert "## [Unreleased]" in text
    assert re.findall(r"^### (.+)$", text, re.MULTILINE)


@pytest.mark.parametrize("index", ["docs/README.md", "docs/decisions/README.md"])
def test_every_page_is_found_from_its_index(index: str) -> None:
    path = ROOT / index
    linked = {target for target, _ in LINK.findall(path.read_text())}
    assert {page.name for page in path.parent.glob("*.md")} - {"README.md"} - linked == set()
