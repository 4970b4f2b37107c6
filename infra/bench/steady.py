"""steady: a mix of requests at a fixed rate for minutes, and how much of S3-81, S3-82 and S3-84 it meets."""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import orjson

from infra import faults
from infra.bench import Figure
from infra.bench.http import request
from infra.bench.levels import figures, told
from infra.bench.open_model import Hit, Range, Shot
from infra.bench.steady_plot import draw
from infra.bench.system import ADDRESS, Running, running, shop
from infra.settings import Settings

RATES: Mapping[str, float] = {"order": 15, "deposit": 15, "wallet": 10, "stock": 20, "product": 20, "lookup": 20}
"""Requests a second of each kind: orders and deposits that wait for their outcome, and reads."""
MOST_A_SECOND, MOST_MINUTES = 400, 60
SKUS, CUSTOMERS = 50, 100
WARM_UP = 10.0
"""Seconds at the beginning that are not counted: connections, caches and plans of statements."""
WAIT = "wait=10"
POOR = 50
"""One order in so many is by somebody without money: a charge that is declined by rule is no error."""


@dataclass(frozen=True)
class Wish:
    """`fault`: what happens to a worker in the middle. `plot`: where the picture goes."""

    minutes: float = 10
    rates: Mapping[str, float] = field(default_factory=lambda: dict(RATES))
    fault: str = "none"
    plot: Path | None = None

    def __post_init__(self) -> None:
        """Raises ValueError for what is no bounded run."""
        if unknown := self.rates.keys() - RATES.keys():
            raise ValueError(f"unknown kind: {', '.join(sorted(unknown))}; there are {', '.join(RATES)}")
        if not 0 < self.minutes <= MOST_MINUTES:
            raise ValueError(f"minutes: more than 0 and at most {MOST_MINUTES}")
        if not min(self.rates.values()) >= 0 or not 0 < sum(self.rates.values()) <= MOST_A_SECOND:
            raise ValueError(f"rates: none below 0, and together more than 0 and at most {MOST_A_SECOND} a second")


def wished(minutes: float, rates: str, fault: str, plot: Path | None) -> Wish:
    """As a person writes it: `order=30,stock=0` changes these rates and no other. Raises ValueError."""
    changed = dict(RATES)
    for one in filter(None, rates.split(",")):
        kind, _, rate = one.partition("=")
        changed[kind.strip()] = float(rate)
    return Wish(minutes, changed, fault, plot)


async def steady(wish: Wish, settings: Settings, say: Callable[[str], None]) -> list[Figure]:
    """Chance has a fixed seed: two runs send the same requests at the same moments."""
    seconds = wish.minutes * 60
    async with running(settings, say) as here:
        await shop(here, say, SKUS, CUSTOMERS)
        mix = Mix(here, random.Random(1))
        range_ = Range("127.0.0.1", here.port, mix.heard)
        rates = ", ".join(f"{kind} {rate:g}" for kind, rate in wish.rates.items())
        say(f"  {wish.minutes:g} minutes at {sum(wish.rates.values()):g} requests a second: {rates}")
        shots = mix.shots(wish.rates, WARM_UP + seconds)
        _, healing = await asyncio.gather(range_.fire(shots), _faulty(here, wish.fault, WARM_UP + seconds / 2, say))
        undecided = await _undecided(here)
    hits = [
        Hit(one.kind, one.due - WARM_UP, one.seconds, one.status, one.reason) for one in range_.hits if one.due >= WARM_UP
    ]  # fmt: skip
    for line in told(hits):
        say(line)
    conditions = f"{wish.minutes:g} min, {len(hits) / seconds:.0f} req/s"
    conditions += f", a worker's {wish.fault} in the middle" if healing else ""
    if wish.plot:
        draw(hits, seconds, healing, wish.plot)
    found = list(figures(hits, seconds, conditions))
    found.append(Figure("steady, undecided afterwards", undecided, "operations", "0", "", conditions))
    if healing:
        found.append(Figure(f"steady, {wish.fault} healed after", healing[1] - healing[0], "s", "", "", conditions))
    return found


class Mix:
    """What a crowd asks for. Orders that were answered are what later ones look up."""

    def __init__(self, here: Running, chance: random.Random) -> None:
        self.here, self.chance = here, chance
        self.orders: deque[str] = deque(maxlen=1_000)

    def heard(self, kind: str, status: int, body: bytes) -> None:
        if kind == "order" and status == 200:
            self.orders.append(orjson.loads(body)["order_id"])

    def shots(self, rates: Mapping[str, float], seconds: float) -> Iterator[Shot]:
        """Each kind by a Poisson process: bursts and gaps as they come."""
        kinds, weights = list(rates), list(rates.values())
        due = 0.0
        while (due := due + self.chance.expovariate(sum(weights))) < seconds:
            kind = self.chance.choices(kinds, weights)[0]
            yield Shot(due, kind, getattr(self, f"_{kind}"))

    def _order(self) -> bytes:
        customer = "POOR" if self.chance.randrange(POOR) == 0 else self._customer()
        items = [{"sku": self._sku(), "quantity": self.chance.randint(1, 3)}]
        body = {"customer_id": customer, "items": items, "shipping_address": ADDRESS, "payment_method": "wallet"}
        return self._post("/v1/orders", body)

    def _deposit(self) -> bytes:
        return self._post(f"/v1/wallets/{self._customer()}/deposits", {"amount": 1, "currency": "JPY"})

    def _wallet(self) -> bytes:
        return self._get(f"/v1/wallets/{self._customer()}")

    def _stock(self) -> bytes:
        return self._get(f"/v1/products/{self._sku()}/stock")

    def _product(self) -> bytes:
        return self._get(f"/v1/products/{self._sku()}")

    def _lookup(self) -> bytes:
        """Of an order that is known; before there is one, the product list."""
        return self._get(f"/v1/orders/{self.chance.choice(self.orders)}" if self.orders else "/v1/products")

    def _sku(self) -> str:
        return f"S{self.chance.randrange(SKUS)}"

    def _customer(self) -> str:
        return f"B{self.chance.randrange(CUSTOMERS)}"

    def _post(self, path: str, body: Any) -> bytes:
        return request("POST", path, self.here.admin, body, Idempotency_Key=secrets.token_hex(8), Prefer=WAIT)

    def _get(self, path: str) -> bytes:
        return request("GET", path, self.here.admin)


async def _faulty(here: Running, fault: str, after: float, say: Callable[[str], None]) -> tuple[float, float] | None:
    """When it began and when the worker was back, in seconds after the warm-up."""
    if fault == "none":
        return None
    start = time.perf_counter()
    await asyncio.sleep(after)
    began = time.perf_counter() - start - WARM_UP
    home = here.settings.folder
    caused = await faults.ask(home, faults.Wish.model_validate({"fault": fault}))
    say(f"  {fault} {caused['target']}")
    async with asyncio.timeout(90):
        while True:
            await asyncio.sleep(0.2)
            now = next(one for one in (await faults.ask(home))["recent"] if one["began"] == caused["began"])
            if now["healed"]:
                return began, time.perf_counter() - start - WARM_UP


async def _undecided(here: Running) -> int:
    """Accepted operations that have no outcome after half a minute of rest."""
    connection = await asyncpg.connect(here.rows("edge"))
    try:
        for _ in range(60):
            left: int = await connection.fetchval("SELECT count(*) FROM operation WHERE status NOT IN ('succeeded', 'failed')")
            if not left:
                break
            await asyncio.sleep(0.5)
        return left
    finally:
        await connection.close()
