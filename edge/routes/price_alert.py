"""Price alerts (S4-14): everybody his own."""

from __future__ import annotations

from contracts.price import Price6, Symbol
from contracts.price_alert import AlertPage, CancelPriceAlert, CreatePriceAlert, Direction, ListPriceAlerts, Watch
from edge.calls import Call, Intent
from edge.endpoints import Routes
from edge.fields import Request
from edge.paging import Page
from infra import ids

routes = Routes("price-alerts")


class NewAlert(Request):
    """`threshold` in millionths of the currency's unit, as all prices are."""

    symbol: Symbol
    watch: Watch = "close"
    direction: Direction
    threshold: Price6


class Nothing(Request):
    """Nothing needs to be said."""


@routes.post("/v1/price-alerts", NewAlert, ids=("alert_id",))
async def create(call: Call[NewAlert]) -> Intent:
    """Hear when the close of a symbol, or its forecast, crosses a threshold."""
    alert_id, body = str(ids.root()), call.body
    command = CreatePriceAlert(
        alert_id=alert_id, holder=call.principal.subject, symbol=body.symbol, watch=body.watch, direction=body.direction,
        threshold=body.threshold,
    )  # fmt: skip
    return Intent(command, {"alert_id": alert_id}, {"alerts": "/v1/price-alerts"})


@routes.get("/v1/price-alerts", AlertPage, query=Page)
async def browse(call: Call[None]) -> bytes:
    """Your price alerts."""
    wish = call.query or Page()
    return await call.ask(ListPriceAlerts(holder=call.principal.subject, cursor=wish.cursor, limit=wish.limit))


@routes.post("/v1/price-alerts/{alert_id}/cancellations", Nothing, body_required=False, ids=("alert_id",))
async def cancel(call: Call[Nothing]) -> Intent:
    """Hear no more of it."""
    alert_id = call.id("alert_id")
    return Intent(CancelPriceAlert(alert_id=alert_id, holder=call.principal.subject), {"alert_id": alert_id})
