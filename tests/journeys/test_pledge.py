"""A cast invites, a guest pledges by a long press, the wax seal appears (S1-60 … S1-70), and every way in which it may not."""

from __future__ import annotations

import asyncio
import json
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import asyncpg
import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect

from tests.journeys import books
from tests.journeys.client import Client, eventually, fresh
from tests.journeys.shop import MANY, ONE, Shop

RESERVED = "SELECT starts_at, ends_at FROM reservation WHERE cast_id = $1 AND status = $2 ORDER BY starts_at"
HOLD = 1.55
"""Seconds of a long press; the server wants 1.5."""
TOMORROW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=1)


def slot(hours: int) -> str:
    return (TOMORROW + timedelta(hours=hours)).isoformat().replace("+00:00", "Z")


@pytest.fixture
async def cast(shop: Shop) -> AsyncIterator[Client]:
    async with (client := Client(shop, fresh("cast"), "cast")).http:
        yield client


@pytest.fixture
async def guest(shop: Shop) -> AsyncIterator[Client]:
    async with (client := Client(shop, fresh("guest"), "guest")).http:
        yield client


@pytest.fixture
async def stranger(shop: Shop) -> AsyncIterator[Client]:
    async with (client := Client(shop, fresh("guest"), "guest")).http:
        yield client


async def publish(cast: Client, *hours: int) -> str:
    """The id of a new plan of two hours that begins at these hours of tomorrow, known to booking."""
    body = {"name": "夜のお散歩", "minutes": 120, "price": {"amount": 20_000, "currency": "JPY"}}
    plan = await cast.done("/v1/plans", body | {"slots": [slot(one) for one in hours]})
    return str(plan["plan_id"])


async def invite(cast: Client, guest: Client, plan_id: str, hour: int, **more: Any) -> dict[str, Any]:
    """Booking hears of a plan a moment after offer has answered."""

    async def held() -> Any:
        answer = await cast.post("/v1/invitations", {"plan_id": plan_id, "guest_id": guest.subject, "date": slot(hour)} | more)
        return answer.json()["result"] if answer.status_code == 200 else None

    return dict(await eventually(held, what="the invitation"))


async def press(guest: Client, reservation_id: str) -> str:
    begun = await guest.done(f"/v1/bookings/{reservation_id}/press")
    return str(begun["pledge_token"])


async def pledge(guest: Client, reservation_id: str, token: str) -> httpx.Response:
    return await guest.post(f"/v1/bookings/{reservation_id}/pledge", {"pledge_token": token})


async def messages(reader: Client, room_id: str, after: int = 0) -> list[dict[str, Any]]:
    found = await reader.read(f"/v1/rooms/{room_id}/messages", params={"after": after})
    return list(found["items"])


async def shows(reader: Client, room_id: str, *kinds: str) -> list[dict[str, Any]]:
    """The room's messages, when they are of these kinds."""

    async def there() -> Any:
        found = await messages(reader, room_id)
        return found if [one["kind"] for one in found] == list(kinds) else None

    return list(await eventually(there, what=f"the room shows {kinds}"))


async def told(reader: Client, kind: str) -> Any:
    async def there() -> Any:
        found = await reader.read(f"/v1/users/{reader.subject}/notifications")
        return next((one for one in found["items"] if one["kind"] == kind), None)

    return await eventually(there, what=f"{reader.subject} is told {kind}")


def refused(answer: httpx.Response, status: int, reason: str) -> None:
    assert (answer.status_code, answer.json().get("reason")) == (status, reason), answer.text


@pytest.mark.req("S1-22", "S1-60", "S1-61", "S1-62", "S1-63", "S1-64", "S1-65", "S1-66", "S1-67", "S1-68", "S1-69", "S1-70")
async def test_an_invitation_is_pledged_and_sealed_as_the_seed_writes_it(cast: Client, guest: Client) -> None:
    plan_id = await publish(cast, 0, 3)

    async def sent() -> Any:
        body = {"PlanID": plan_id, "Date": slot(3), "GuestID": guest.subject}
        answer = await cast.post("/invitation", body)
        return answer.json() if answer.status_code == 200 else None

    invitation = await eventually(sent, what="the invitation")
    name, room_id = invitation["reservation_id"], invitation["room_id"]
    [card] = await shows(guest, room_id, "invitation")
    assert (card["number"], card["card"]["status"], card["card"]["plan"]["name"]) == (1, "open", "夜のお散歩")
    assert (await guest.read(f"/v1/bookings/{name}"))["status"] == "draft"
    await told(guest, "booking_invited")

    token = await press(guest, name)
    await asyncio.sleep(HOLD)
    answer = await guest.post(f"/reservations/{name}/pledge", {"pledgeToken": token})
    assert answer.status_code == 200 and answer.json()["result"]["status"] == "confirmed", answer.text

    card, seal = await shows(cast, room_id, "invitation", "seal")
    assert (card["card"]["status"], seal["number"], seal["sender_id"]) == ("confirmed", 2, guest.subject)
    assert "予約入りました" in (await told(cast, "booking_confirmed"))["text"]["ja"]
    again = await guest.post(f"/reservations/{name}/pledge", {"pledgeToken": token})
    assert again.status_code == 200, "the same guest is told again"

    async def offered() -> Any:
        slots = (await guest.read(f"/v1/plans/{plan_id}/slots"))["slots"]
        return [one["state"] for one in slots] == ["free", "taken"]

    await eventually(offered, what="the slot is taken")
    await asyncio.sleep(0.3)
    assert [one["kind"] for one in await messages(guest, room_id)] == ["invitation", "seal"], "sealed exactly once"


@pytest.mark.req("S1-35", "S1-64", "S1-68")
async def test_both_see_the_room_live_and_go_on_where_they_were(
    shop: Shop, cast: Client, guest: Client, stranger: Client
) -> None:
    sent = await invite(cast, guest, await publish(cast, 0), 0)
    name, room_id = sent["reservation_id"], sent["room_id"]
    async with socket(shop, stranger) as outside, socket(shop, guest) as live:
        await follow(outside, room_id)
        assert (await heard(outside))["problem"]["status"] == 404
        await follow(live, room_id)
        assert (await heard(live))["data"]["kind"] == "invitation"
        await cast.done(f"/v1/rooms/{room_id}/messages", {"text": "お待ちしております"})
        assert (await heard(live))["data"]["text"] == "お待ちしております"
    token = await press(guest, name)
    await asyncio.sleep(HOLD)
    assert (await pledge(guest, name, token)).status_code == 200
    async with socket(shop, guest) as again:
        await follow(again, room_id, after=1)
        missed = [await heard(again), await heard(again)]
    assert [(one["sequence"], one["data"]["kind"]) for one in missed] == [(2, "text"), (3, "seal")]
    assert missed[1]["data"]["card"]["status"] == "confirmed"


@asynccontextmanager
async def socket(shop: Shop, who: Client) -> AsyncIterator[ClientConnection]:
    ticket = (await who.http.post("/v1/socket-tickets")).json()["links"]["socket"]
    async with connect(shop.url.replace("http", "ws", 1) + ticket) as open_socket:
        yield open_socket


async def follow(open_socket: ClientConnection, room_id: str, after: int = 0) -> None:
    await open_socket.send(json.dumps({"type": "subscribe", "channel": f"room:{room_id}", "after": after}))


async def heard(open_socket: ClientConnection) -> Any:
    """The next message of a channel, or its refusal; what merely answers the wish is passed over."""
    async with asyncio.timeout(15):
        while True:
            found = json.loads(await open_socket.recv())
            if "data" in found or "problem" in found:
                return found


@pytest.mark.req("S1-41")
async def test_a_press_must_be_long_and_its_token_is_used_once(cast: Client, guest: Client) -> None:
    name = (await invite(cast, guest, await publish(cast, 0), 0))["reservation_id"]
    token = await press(guest, name)
    refused(await pledge(guest, name, token), 409, "held_too_short")
    refused(await pledge(guest, name, token), 409, "pledge_token_invalid")
    refused(await pledge(guest, name, "made-up"), 409, "pledge_token_invalid")
    assert (await guest.read(f"/v1/bookings/{name}"))["status"] == "draft"


@pytest.mark.req("S1-41", "S1-71", "S1-72")
async def test_an_invitation_that_is_over_cannot_be_pledged(cast: Client, guest: Client) -> None:
    plan_id = await publish(cast, 0, 3, 6)
    late = await invite(cast, guest, plan_id, 0, hold_seconds=1)
    back, declined = await invite(cast, guest, plan_id, 3), await invite(cast, guest, plan_id, 6)
    tokens = [await press(guest, one["reservation_id"]) for one in (back, declined)]
    await cast.done(f"/v1/bookings/{back['reservation_id']}/withdrawal")
    await guest.done(f"/v1/bookings/{declined['reservation_id']}/refusal")

    refused(await pledge(guest, back["reservation_id"], tokens[0]), 410, "invitation_withdrawn")
    refused(await pledge(guest, declined["reservation_id"], tokens[1]), 409, "invalid_state")
    await told(cast, "booking_expired")
    refused(await pledge(guest, late["reservation_id"], "any"), 410, "invitation_expired")
    refused(await guest.post(f"/v1/bookings/{late['reservation_id']}/press"), 410, "invitation_expired")
    await told(guest, "booking_withdrawn")
    await told(cast, "booking_declined")
    await eventually(lambda: _closed(guest, late["room_id"]), what="three cards are closed")


async def _closed(reader: Client, room_id: str) -> bool:
    found = await messages(reader, room_id)
    cards = Counter(one["card"]["status"] for one in found if one["kind"] == "invitation")
    numbers = [one["number"] for one in found]
    return cards == {"expired": 1, "withdrawn": 1, "declined": 1} and numbers == list(range(1, 7))


@pytest.mark.req("S1-41", "S1-1")
async def test_what_is_somebody_elses_is_like_what_does_not_exist(
    cast: Client, guest: Client, stranger: Client, admin: Client
) -> None:
    sent = await invite(cast, guest, await publish(cast, 0), 0)
    name, room_id = sent["reservation_id"], sent["room_id"]
    token = await press(guest, name)
    await asyncio.sleep(HOLD)
    for answer in (
        await pledge(stranger, name, token),
        await stranger.post(f"/v1/bookings/{name}/press"),
        await stranger.post(f"/v1/bookings/{name}/refusal"),
        await stranger.post(f"/v1/bookings/{name}/no-show"),
        await stranger.get(f"/v1/bookings/{name}"),
        await stranger.get(f"/v1/rooms/{room_id}"),
        await stranger.get(f"/v1/rooms/{room_id}/messages"),
        await stranger.post(f"/v1/rooms/{room_id}/messages", {"text": "hello"}),
        await guest.get("/v1/rooms/unknown/messages"),
        await guest.get("/v1/bookings/unknown"),
    ):
        assert answer.status_code == 404, answer.text
    assert (await guest.post("/v1/invitations", {})).status_code == 403
    assert (await cast.post(f"/v1/bookings/{name}/pledge", {"pledge_token": token})).status_code == 403
    assert (await stranger.read("/v1/bookings"))["items"] == (await stranger.read("/v1/rooms"))["items"] == []
    assert (await admin.read(f"/v1/bookings/{name}"))["status"] == "draft"
    assert (await pledge(guest, name, token)).status_code == 200


@pytest.mark.req("S1-30", "S1-31", "S2-89")
async def test_they_write_to_each_other_and_nobody_else_reads_it(shop: Shop, cast: Client, guest: Client) -> None:
    room_id = (await invite(cast, guest, await publish(cast, 0), 0))["room_id"]
    words = f"秘密の言葉 {fresh('secret')}\n二行目 🌙"
    first = await guest.done(f"/v1/rooms/{room_id}/messages", {"text": words}, key="once")
    again = await guest.done(f"/v1/rooms/{room_id}/messages", {"text": words}, key="once")
    assert first["message_id"] == again["message_id"] and words not in str(first)
    await cast.done(f"/v1/rooms/{room_id}/messages", {"text": "はい"})

    found = await messages(cast, room_id, after=1)
    assert [(one["number"], one["sender_id"], one["text"]) for one in found] == [
        (2, guest.subject, words), (3, cast.subject, "はい")
    ]  # fmt: skip
    for bad in ("", " \n ", "\u202egnol", "a\u0000b", "x" * 1501):
        assert (await guest.post(f"/v1/rooms/{room_id}/messages", {"text": bad})).status_code == 422, repr(bad)
    secret = words.split("\n")[0]
    for log in (shop.home / "logs").glob("*.log"):
        assert secret not in log.read_text(errors="replace"), log.name
    assert not await books.query(shop, "chat", "SELECT id FROM outbox WHERE body LIKE $1", f"%{secret}%")


@pytest.mark.req("S1-16", "S1-47", "S1-70", "S1-80")
@pytest.mark.parametrize("shop", [MANY], indirect=True)
async def test_bookings_go_on_while_chat_and_offer_stand_still(shop: Shop, cast: Client, guest: Client) -> None:
    """And the seal comes once, when chat is there again: booked but not told must not happen."""
    sent = await invite(cast, guest, await publish(cast, 0), 0)
    name = sent["reservation_id"]
    for domain in ("chat", "offer"):
        shop.signal(domain, signal.SIGSTOP)
    try:
        token = await press(guest, name)
        await asyncio.sleep(HOLD)
        assert (await pledge(guest, name, token)).status_code == 200
        for reader in (guest, cast):
            [booking] = (await reader.read("/v1/bookings"))["items"]
            assert (booking["reservation_id"], booking["status"]) == (name, "confirmed")
        await told(cast, "booking_confirmed")
    finally:
        for domain in ("chat", "offer"):
            shop.signal(domain, signal.SIGCONT)
    await shows(guest, sent["room_id"], "invitation", "seal")


@pytest.mark.req("S1-41", "S1-45", "S1-70")
@pytest.mark.parametrize("shop", [ONE], indirect=True)
async def test_of_two_hundred_pledges_at_once_each_slot_has_one_winner(shop: Shop, cast: Client, guest: Client) -> None:
    """Twenty slots that overlap their neighbours by half, ten guests invited to each."""
    hours, each = range(20), 10
    plan_id = await publish(cast, *hours)
    everybody = [fresh("guest") for _ in range(len(hours) * each)]
    await invite(cast, guest, plan_id, 0)

    async def invited(n: int) -> str:
        body = {"plan_id": plan_id, "guest_id": everybody[n], "date": slot(n // each)}
        return str((await cast.done("/v1/invitations", body))["reservation_id"])

    names = await asyncio.gather(*(invited(n) for n in range(len(everybody))))
    # Everybody's requests go through one client: making one takes longer than a pledge.
    signed = [{"Authorization": f"Bearer {shop.token(one, 'guest')}"} for one in everybody]

    async def begun(n: int) -> str:
        result = await guest.done(f"/v1/bookings/{names[n]}/press", headers=signed[n])
        return str(result["pledge_token"])

    tokens = await asyncio.gather(*(begun(n) for n in range(len(everybody))))
    await asyncio.sleep(HOLD)
    answers = await asyncio.gather(*(
        guest.post(f"/v1/bookings/{names[n]}/pledge", {"pledge_token": tokens[n]}, headers=signed[n])
        for n in range(len(everybody))
    ))  # fmt: skip

    outcomes = Counter((one.status_code, one.json().get("reason", "")) for one in answers)
    assert set(outcomes) == {(200, ""), (409, "slot_taken")} and sum(outcomes.values()) == len(everybody), outcomes
    booked = await books.query(shop, "booking", RESERVED, cast.subject, "confirmed")
    assert len(booked) == outcomes[200, ""]
    assert all(earlier["ends_at"] <= later["starts_at"] for earlier, later in pairwise(booked)), "none overlap"
    # Each takes two of the hours at which others begin: between every second and every third hour somebody has won.
    assert 7 <= len(booked) <= 10
    assert not await books.query(shop, "booking", RESERVED, cast.subject, "draft"), "who can't win any more is told"


@pytest.mark.req("S1-42")
async def test_who_was_there_says_that_the_other_did_not_come(shop: Shop, cast: Client, guest: Client) -> None:
    sent = await invite(cast, guest, await publish(cast, 0), 0)
    name, room_id = sent["reservation_id"], sent["room_id"]
    token = await press(guest, name)
    await asyncio.sleep(HOLD)
    assert (await pledge(guest, name, token)).status_code == 200
    early = await cast.post(f"/v1/bookings/{name}/no-show")
    assert (early.status_code, early.json()["reason"]) == (409, "too_early")

    database = await asyncpg.connect(shop.database("booking"))
    try:  # as if it had begun some hours ago
        back = "- interval '26 hours'"
        moved = f"starts_at = starts_at {back}, ends_at = ends_at {back}, expires_at = expires_at {back}"
        await database.execute(f"UPDATE reservation SET {moved} WHERE reservation_id = $1", name)
    finally:
        await database.close()

    assert (await cast.done(f"/v1/bookings/{name}/no-show"))["status"] == "no_show_guest"
    assert (await guest.read(f"/v1/bookings/{name}"))["status"] == "no_show_guest"
    assert (await told(guest, "booking_missed"))["link"] == f"/v1/bookings/{name}"
    *_, closed = await shows(guest, room_id, "invitation", "seal", "closed")
    assert (closed["sender_id"], closed["card"]["status"]) == (cast.subject, "no_show_guest")
    contrary = await guest.post(f"/v1/bookings/{name}/no-show")
    assert (contrary.status_code, contrary.json()["reason"]) == (409, "invalid_state")
