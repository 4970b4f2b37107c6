"""Alerts, the dashboard and the scrape configuration name only metrics, labels and routes that there are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import promql_parser
import pytest
import yaml
from prometheus_client import REGISTRY

from edge import audit, depths, gate, trace_sender
from edge.app import endpoints
from infra import metrics
from tests.edge.world import World
from tests.platform.deployed import DEPLOY
from tests.servers import Servers

RULES: list[dict[str, Any]] = [
    rule for group in yaml.safe_load((DEPLOY / "prometheus" / "alerts.yaml").read_text())["groups"] for rule in group["rules"]
]
ALERTS = {rule["alert"]: rule for rule in RULES if "alert" in rule}
RECORDED = {rule["record"] for rule in RULES if "record" in rule}
DASHBOARD: dict[str, Any] = json.loads((DEPLOY / "grafana" / "dashboard.json").read_text())
SCRAPES: dict[str, Any] = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yaml").read_text())
BY_THE_SCRAPE = {"job", "instance", "process"}


def expressions() -> Iterator[tuple[str, str]]:
    for rule in RULES:
        yield rule.get("alert") or rule["record"], rule["expr"]
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", ()):
            # Grafana fills these in.
            filled = target["expr"].replace("$__rate_interval", "1m").replace("$domain", "order")
            yield panel["title"], filled


EXPRESSIONS = pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in expressions()])


def parts(text: str) -> list[Any]:
    found: list[Any] = []
    promql_parser.walk(promql_parser.parse(text), found.append)
    return found


def selectors(text: str) -> list[Any]:
    return [one for one in parts(text) if isinstance(one, promql_parser.VectorSelector)]


def exposed() -> dict[str, set[str]]:
    """Every series that our processes serve, with its labels."""
    assert metrics and gate and depths and audit and trace_sender  # imported so that they are registered
    found: dict[str, set[str]] = {}
    for name, collector in REGISTRY._names_to_collectors.items():
        labels = set(getattr(collector, "_labelnames", ()))
        found[name] = labels | ({"le"} if name.endswith("_bucket") else set())
    return found


OURS = exposed()


def ours(name: str) -> bool:
    return not name.startswith("rabbitmq_") and name not in RECORDED and name != "up"


@pytest.mark.req("S4-58", "S3-80")
@EXPRESSIONS
def test_every_expression_names_metrics_and_labels_that_we_expose(text: str) -> None:
    named = selectors(text)
    assert named or text.strip().isdigit()
    for one in named:
        if ours(one.name):
            assert one.name in OURS, one.name
            assert {matcher.name for matcher in one.matchers.matchers} - BY_THE_SCRAPE <= OURS[one.name]
    known = {label for one in named if ours(one.name) for label in OURS[one.name]} | BY_THE_SCRAPE | {"domain"}
    for part in parts(text):
        if isinstance(part, promql_parser.AggregateExpr) and part.modifier is not None:
            assert set(part.modifier.labels) <= known


def test_a_metric_that_we_do_not_have_is_noticed() -> None:
    (one,) = selectors("sum(rate(hikyaku_messages_lost_total[5m])) > 0")
    assert ours(one.name) and one.name not in OURS


async def test_what_is_asked_of_rabbitmq_it_tells(servers: Servers) -> None:
    async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
        told = (await client.get(servers.broker_metrics)).raise_for_status().text
    wanted = {one.name for _, text in expressions() for one in selectors(text) if one.name.startswith("rabbitmq_")}
    assert wanted and wanted - set(re.findall(r"^(\w+)", told, re.MULTILINE)) == set()


@pytest.mark.req("S4-56", "S3-86", "X-7")
def test_alerts_agree_with_the_targets() -> None:
    assert "> 1000" in ALERTS["LaneFull"]["expr"] and "hikyaku_lane_waiting" in ALERTS["LaneFull"]["expr"]
    assert ALERTS["AnswersSlow"]["expr"].endswith("> 2")
    assert "hikyaku:errors:ratio1h > 14.4 * 0.001 " in ALERTS["AvailabilityBurnsFast"]["expr"]  # 99.9 %
    assert "hikyaku:payment_errors:ratio1h > 14.4 * 0.0001 " in ALERTS["PaymentBurnsFast"]["expr"]  # 99.99 %
    assert ALERTS["AgreementBroken"]["expr"].endswith("> 0.005")  # 99.5 %
    used = {one.name for _, text in expressions() for one in selectors(text)}
    assert used >= RECORDED


def test_every_alert_says_how_urgent_it_is_and_what_happened() -> None:
    for name, rule in ALERTS.items():
        assert rule["labels"]["severity"] in ("page", "ticket"), name
        assert rule["annotations"]["summary"].endswith((".", "?")), name
        shown = set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))
        kept = {label for part in parts(rule["expr"]) if isinstance(part, promql_parser.AggregateExpr) and part.modifier
                for label in part.modifier.labels} | BY_THE_SCRAPE  # fmt: skip
        assert shown <= kept, name


def test_routes_that_alerts_choose_exist() -> None:
    paths = [one.path for one in endpoints()]
    chosen = {
        matcher.value for _, text in expressions() for one in selectors(text)
        for matcher in one.matchers.matchers if matcher.name == "route"
    }  # fmt: skip
    for pattern in chosen:
        for choice in re.findall(r"\(([^)]+)\)", pattern)[0].split("|"):
            assert any(re.fullmatch(pattern, path) and f"/{choice}/" in path for path in paths), choice


@pytest.mark.req("S4-57")
def test_the_dashboard_shows_every_metric_of_ours_and_can_be_loaded() -> None:
    shown = {one.name for _, text in expressions() for one in selectors(text)}
    families = {re.sub(r"_(bucket|sum|count|total|created)$", "", name) for name in OURS if name.startswith("hikyaku_")}
    seen = {re.sub(r"_(bucket|sum|count|total)$", "", name) for name in shown}
    assert families - seen == {"hikyaku_http_in_flight"}
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)
    for one in DASHBOARD["panels"]:
        place = one["gridPos"]
        assert place["x"] + place["w"] <= 24
    provider = yaml.safe_load((DEPLOY / "grafana/provisioning/datasources/prometheus.yaml").read_text())
    assert [one["type"] for one in provider["datasources"]] == [DASHBOARD["templating"]["list"][0]["query"]]


async def test_what_is_scraped_is_served() -> None:
    discovered = [sd["url"] for job in SCRAPES["scrape_configs"] for sd in job.get("http_sd_configs", ())]
    (path,) = [re.sub(r"^http://[^/]+", "", url) for url in discovered]
    client = World().client
    assert (await client.get(path)).json() == []  # no supervisor has written where its processes are
    assert "hikyaku_http_requests_total" in (await client.get("/metrics")).text
    assert [(DEPLOY / "prometheus" / name).exists() for name in SCRAPES["rule_files"]] == [True]
