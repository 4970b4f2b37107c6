"""One word names one thing in each room (layout C), and what the rules of import-linter cannot say."""

from __future__ import annotations

import sys
from pathlib import Path

import grimp
import pytest

from contracts.message import Command, catalogue, domain_of
from infra import broker_admin, domains
from infra.supervisor.prepare import sends
from infra.topology import declare

ROOT = Path(__file__).parents[2]
DOMAINS = domains.names()


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("contracts", "infra", "storage", "workers", "edge", include_external_packages=True)


def test_there_are_domains() -> None:
    assert DOMAINS


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_domain_has_the_same_name_in_every_room(domain: str) -> None:
    rooms = (f"contracts/{domain}", f"storage/{domain}", f"storage/migrations/{domain}", f"tests/{domain}")
    assert not [room for room in rooms if not (ROOT / room).is_dir() and not (ROOT / f"{room}.py").is_file()]


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_domain_has_pure_rules_with_tests(domain: str) -> None:
    assert (ROOT / "workers" / domain / "rules.py").exists() or (ROOT / "workers" / domain / "rules").is_dir()
    assert any((ROOT / "tests" / domain).glob("test_*.py"))


def test_every_command_and_table_has_a_domain_that_works_for_it() -> None:
    commanded = {domain_of(topic) for topic, kind in catalogue().items() if issubclass(kind, Command)}
    kept = {path.stem for path in (ROOT / "storage").glob("*.py")} - {"__init__"}
    assert commanded <= set(DOMAINS)
    assert kept <= set(DOMAINS)


def test_a_domain_reads_only_its_own_tables(graph: grimp.ImportGraph) -> None:
    strangers = [
        (importer, table)
        for table in graph.find_children("storage")
        for importer in graph.find_modules_that_directly_import(table)
        if importer.startswith("workers.") and importer.split(".")[1] != table.split(".")[1]
    ]
    assert not strangers


def test_the_published_language_needs_pydantic_and_nothing_else(graph: grimp.ImportGraph) -> None:
    spoken = {"contracts"} | graph.find_descendants("contracts")
    needed = {target.split(".")[0] for module in spoken for target in graph.find_modules_directly_imported_by(module)}
    assert needed - {"contracts", "pydantic"} <= sys.stdlib_module_names


def test_every_domain_assembles_and_every_binding_has_its_two_ends() -> None:
    groups = domains.load_all()
    topology = declare(groups)
    exchanges = {one.name for one in topology.exchanges}
    queues = {one.name for one in topology.queues}
    loose = [
        broker_admin.describe(one)
        for one in topology.bindings
        if one.source not in exchanges or one.target not in (exchanges if one.exchange else queues)
    ]
    assert not loose
    assert set(sends(groups)) == set(DOMAINS)
