"""A call across services leaves one structured line, with ids alone (S0-86)."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from contracts.identity import CheckUser, UserChecked
from contracts.inventory import Line, ReserveStock
from infra import calls
from infra.actor import Signer
from infra.envelope import Envelope
from infra.keys import Keys
from infra.logs import Lines

pytestmark = pytest.mark.req("S0-86")
TRACE = "0af7651916cd43dd8448eb211c80319c"
RESERVE = ReserveStock(order_id="ORD-1", customer_id="CUST-1", lines=(Line(sku="TEA-1", quantity=1),))


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [json.loads(Lines().format(record)) for record in caplog.records]


def test_a_command_to_another_service_says_who_asks_whom_for_whom(caplog: pytest.LogCaptureFixture, tmp_path: Any) -> None:
    keys = Keys(tmp_path)
    keys.make(["order"])
    statement = Signer(keys.private("edge"), "edge").state("CUST-1", ["customer"], "M-1")
    sent = Envelope.fresh(RESERVE, "order", actor=statement, traceparent=f"00-{TRACE}-b7ad6b7169203331-01")
    with caplog.at_level(logging.INFO):
        calls.note_sent("order", [sent])

    ((line,)) = lines(caplog)
    assert line.pop("at").endswith("+00:00")
    assert line == {
        "level": "INFO", "logger": "hikyaku.calls", "message": "Cross-service call", "service": "order", "target": "inventory",
        "topic": "inventory.reserve-stock.v1", "user_id": "CUST-1", "trace_id": TRACE,
    }  # fmt: skip


def test_what_asks_nobody_else_is_no_call(caplog: pytest.LogCaptureFixture) -> None:
    own = CheckUser(request_id="T-1", user_id="U")
    told = UserChecked(request_id="T-1", user_id="U", name="見本", status="active", version=1)
    with caplog.at_level(logging.INFO):
        calls.note_sent("identity", [Envelope.fresh(own, "identity")])
        calls.note_sent("tasks", [Envelope.fresh(told, "identity")])
    assert not caplog.records


@pytest.mark.parametrize("statement", ["", "nonsense", "a.b.c", "a.bm9uZQ.c", "a.W10.c", "a.e30.c"])
def test_whoever_cannot_be_read_is_nobody(caplog: pytest.LogCaptureFixture, statement: str) -> None:
    with caplog.at_level(logging.INFO):
        calls.note_sent("order", [Envelope.fresh(RESERVE, "order", actor=statement)])
    assert [(line["user_id"], line["trace_id"]) for line in lines(caplog)] == [("", "")]


def test_every_other_line_stays_as_people_read_it() -> None:
    record = logging.LogRecord("infra.lane", logging.WARNING, "", 0, "%s: lane taken", ("order",), None)
    assert Lines().format(record).endswith("WARNING infra.lane order: lane taken")
