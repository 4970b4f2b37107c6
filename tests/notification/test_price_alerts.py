"""Price alerts fire on crossings, once each, whatever comes late, twice or in another order."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given as anything
from hypothesis import settings
from hypothesis import strategies as st

from contracts.market import Close, PricesRecorded
from contracts.message import Message
from contracts.notification import NotificationSent, SendNotification
from contracts.prediction import Metrics, PredictionGenerated, Step
from contracts.price_alert import (
    CancelPriceAlert,
    CreatePriceAlert,
    PriceAlertCancelled,
    PriceAlertCreated,
    PriceAlertFired,
    PriceAlertRefused,
    PriceAlertUnknown,
)
from infra.decision import Row
from infra.spec import Spec
from workers.notification import group
from workers.notification.rules.crossing import PriceAlert, Watched
from workers.notification.rules.mailbox import Notification
from workers.notification.rules.price_alerts import MOST_ALERTS, written

pytestmark = pytest.mark.req("S4-14", "S4-24")

MONDAY = date(2024, 6, 3)


def alert(alert_id: str = "A", holder: str = "user-001", **more: Any) -> CreatePriceAlert:
    wish = {"alert_id": alert_id, "holder": holder, "symbol": "7203", "direction": "above", "threshold": 1000}
    return CreatePriceAlert.model_validate(wish | more)


def recorded(closes: dict[int, int], version: int = 1) -> PricesRecorded:
    named = (Close(day=MONDAY + timedelta(days=n), close=value, adjusted_close=value) for n, value in closes.items())
    return PricesRecorded(symbol="7203", version=version, closes=tuple(named))


def days(*closes: int, first: int = 0) -> PricesRecorded:
    return recorded(dict(enumerate(closes, first)))


def forecast(version: int, value: int) -> PredictionGenerated:
    step = Step(day=MONDAY + timedelta(days=9), value=value, low80=1, high80=2, low95=1, high95=2)
    return PredictionGenerated(
        symbol="7203", version=version, exchange="XTKS", currency="JPY", as_of=MONDAY, close=100, model="naive", model_version=1,
        metrics=Metrics(tested=1, mae=1, mape_ppm=1, naive_mae=1), steps=(step,),
    )  # fmt: skip


def given(*rows: Row) -> Spec:
    return Spec(group, *rows)


def fired(spec: Spec, kind: type[Message] = PriceAlertFired) -> list[Any]:
    return [one for one in spec.sent if isinstance(one, kind)]


def test_a_crossing_is_told_and_becomes_a_notice() -> None:
    spec = given().when(days(900)).when(alert()).when(days(1000, first=1))
    (told,) = fired(spec)
    assert (told.alert_id, told.holder, told.day, told.value) == ("A", "user-001", MONDAY + timedelta(days=1), 1000)
    (wish,) = fired(spec, SendNotification)
    spec.when(wish)
    (note,) = [row for row in spec.rows.values() if isinstance(row, Notification)]
    assert note.recipient == "user-001" and "7203" in note.ja and "7203" in note.en and note.link == "/v1/prices/7203"
    assert isinstance(spec.sent[0], NotificationSent)
    spec.when(wish)
    assert len([row for row in spec.rows.values() if isinstance(row, Notification)]) == 1


def test_what_is_past_already_when_the_alert_is_made_does_not_fire() -> None:
    spec = given().when(days(1100)).when(alert()).when(days(1200, first=1)).then()
    spec.when(days(980, first=2)).then()
    assert len(fired(spec.when(days(1000, first=3)))) == 1


def test_where_a_symbol_begins_is_no_crossing() -> None:
    spec = given().when(alert()).when(days(1100))
    spec.then()
    assert spec.row(PriceAlert, "A").armed is False  # type: ignore[union-attr]
    assert len(fired(given().when(alert()).when(days(900)).when(days(1100, first=1)))) == 1


def test_a_value_that_wavers_about_the_threshold_fires_once() -> None:
    spec = given().when(days(900)).when(alert())
    (told,) = fired(spec.when(days(1000, 999, 1001, 991, 1000, 1100, first=1)))
    assert told.crossings == 1
    (again,) = fired(spec.when(days(990, 1000, first=7)))
    assert again.crossings == 1 and spec.row(PriceAlert, "A").fired == 2  # type: ignore[union-attr]


def test_downwards_is_the_mirror_of_upwards() -> None:
    spec = given().when(days(1100)).when(alert(direction="below"))
    (told,) = fired(spec.when(days(1000, 1005, 999, first=1)))
    assert (told.value, told.crossings) == (1000, 1)
    assert len(fired(spec.when(days(1010, 1000, first=4)))) == 1


def test_many_days_at_once_are_one_notice_that_counts_its_crossings() -> None:
    spec = given().when(days(900)).when(alert()).when(days(1000, 900, 1010, 900, 1020, first=1))
    (told,) = fired(spec)
    assert (told.crossings, told.value) == (3, 1020)
    assert len(fired(spec, SendNotification)) == 1


def test_late_days_and_corrections_fire_nothing() -> None:
    spec = given().when(days(900)).when(alert()).when(recorded({5: 1000}))
    assert len(fired(spec)) == 1
    spec.when(recorded({3: 900, 4: 1100, 5: 1200}, 2)).then()


def test_an_alert_on_the_forecast_hears_forecasts_only_and_newer_ones() -> None:
    spec = given().when(forecast(1, 900)).when(alert(watch="forecast")).when(days(1100)).then()
    assert len(fired(spec.when(forecast(3, 1000)))) == 1
    spec.when(forecast(2, 900)).when(forecast(3, 1000)).then()
    assert spec.row(Watched, "7203").version == 3  # type: ignore[union-attr]


def test_an_alert_is_made_once_and_nobody_can_make_too_many() -> None:
    created = PriceAlertCreated(
        alert_id="A", holder="user-001", symbol="7203", watch="close", direction="above", threshold=1000
    )  # fmt: skip
    spec = given().when(alert()).then(created).when(alert()).then(created)
    spec.when(alert(threshold=5)).then(PriceAlertRefused(alert_id="A", symbol="7203", reason="already_exists"))
    full = Watched("7203", [f"X{n}" for n in range(MOST_ALERTS)])
    given(full).when(alert()).then(PriceAlertRefused(alert_id="A", symbol="7203", reason="limit_exceeded"))


def test_only_its_holder_can_cancel_an_alert() -> None:
    spec = given().when(alert())
    spec.when(CancelPriceAlert(alert_id="A", holder="user-002")).then(PriceAlertUnknown(alert_id="A", reason="unknown_alert"))
    spec.when(CancelPriceAlert(alert_id="A", holder="user-001")).then(PriceAlertCancelled(alert_id="A", symbol="7203"))
    spec.when(days(900)).when(days(1100, first=1)).then()


def test_a_price_is_written_as_people_write_it() -> None:
    assert [written(one) for one in (1_342_000_000, 127_489_998, 1_342_500_000, 1)] == [
        "1,342",
        "127.489998",
        "1,342.5",
        "0.000001",
    ]


VALUES = st.lists(st.integers(970, 1030), min_size=1, max_size=30)


def crossings(values: list[int], direction: str) -> int:
    """In other words: how often the value goes from 1 % on this side of the threshold, or the beginning, to the other."""
    first, *others = values if direction == "above" else [2000 - value for value in values]
    ready, count = first < 1000, 0
    for value in others:
        if ready and value >= 1000:
            ready, count = False, count + 1
        elif value <= 990:
            ready = True
    return count


@settings(max_examples=200, deadline=None)
@anything(VALUES, st.sampled_from(["above", "below"]), st.data())
def test_every_crossing_counts_once_however_the_days_are_bundled_and_repeated(
    values: list[int], direction: str, data: st.DataObject
) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(1, max(1, len(values) - 1)), max_size=5)))
    bundles = [days(*values[a:b], first=a) for a, b in zip([0, *cuts], [*cuts, len(values)], strict=True) if a < b]
    spec, counted, notices = given().when(alert(direction=direction)), 0, 0
    for n, bundle in enumerate(bundles):
        for message in (bundle, bundle, *data.draw(st.lists(st.sampled_from(bundles[: n + 1]), max_size=2))):
            spec.when(message)
            counted += sum(one.crossings for one in fired(spec))
            notices += len(fired(spec, SendNotification))
    assert counted == crossings(values, direction)
    assert notices <= min(counted, len(bundles))


@settings(max_examples=200, deadline=None)
@anything(VALUES, st.data())
def test_days_in_any_order_never_fire_more_than_there_are_crossings(values: list[int], data: st.DataObject) -> None:
    """A day that comes late is passed over, so the days that count are some of all, in order."""
    order = data.draw(st.permutations(range(len(values))))
    spec = given().when(alert())
    counted = 0
    seen: list[int] = []
    for n in order:
        spec.when(days(values[n], first=n))
        counted += sum(one.crossings for one in fired(spec))
        if not seen or n > seen[-1]:
            seen.append(n)
    assert counted == crossings([values[n] for n in seen], "above")
