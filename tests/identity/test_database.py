"""What PostgreSQL itself forbids for identity, and what it answers; the seal is a real one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.identity import GetUser
from contracts.sealed import Sealed
from infra import unsealing
from infra.database import Pool
from infra.keys import Keys
from infra.sealing import seal
from infra.spec import NOON
from tests import scratch
from tests.identity.words import opened, user
from tests.scratch import database_of, empty
from tests.servers import Servers
from workers.identity import group, queries
from workers.identity import seal as seals
from workers.identity.rules.emails import Written, canonical
from workers.identity.rules.user import Address

save = partial(scratch.save, group)
refused = partial(scratch.refused, group)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def database(servers: Servers) -> AsyncIterator[str]:
    async with database_of("identity", servers.database_url) as address:
        yield address


@pytest.fixture(autouse=True)
async def emptied(database: str) -> None:
    await empty(database)


@pytest.mark.req("S0-14", "S3-58")
async def test_an_address_belongs_to_one_and_one_has_one(pool: Pool) -> None:
    assert await refused(pool, Address("a@b.jp", "U-1"), Address("a@b.jp", "U-2")) == "address_pkey"
    assert await refused(pool, Address("a@b.jp", "U-1"), Address("c@b.jp", "U-1")) == "user_has_one_address"


@pytest.mark.req("S0-15")
async def test_a_user_that_cannot_be_is_refused(pool: Pool) -> None:
    assert await refused(pool, replace(user(), status="lost")) == "user_status_is_known"  # type: ignore[arg-type]
    assert await refused(pool, user(version=0)) == "user_versions_begin_at_1"


@pytest.mark.req("S0-22")
async def test_a_user_is_answered_with_the_address(pool: Pool, reading: AsyncConnection) -> None:
    await save(pool, user())
    answer = await queries.opening(opened)(GetUser(user_id="U-1"), reading)
    assert answer and (answer.name, answer.email, answer.status, answer.version) == ("太郎", "taro@example.jp", "active", 1)
    assert (answer.created_at, answer.updated_at) == (NOON, NOON)
    assert await queries.opening(opened)(GetUser(user_id="unknown"), reading) is None


async def test_a_box_that_cannot_be_opened_hides_the_address_only(pool: Pool, reading: AsyncConnection) -> None:
    await save(pool, user(email="nobody"))
    answer = await queries.opening(opened)(GetUser(user_id="U-1"), reading)
    assert answer and answer.name == "太郎" and answer.email is None


@pytest.mark.req("S3-75")
def test_a_digest_is_of_the_address_and_of_the_key() -> None:
    keys = [X25519PrivateKey.generate().private_bytes_raw() for _ in range(2)]
    one, other = (seals.index_of("taro@example.jp", key) for key in keys)
    assert one == seals.index_of("TARO@Example.JP", keys[0]) != other
    assert "taro" not in one and len(one) == 64


@pytest.mark.req("S3-75")
def test_only_identitys_own_key_opens_an_address(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = Keys(tmp_path)  # type: ignore[arg-type]
    keys.make(["identity", "tasks"])
    monkeypatch.setattr(unsealing, "key_of", keys.opening)
    monkeypatch.setattr(seals, "key_of", keys.opening)
    box = seal(keys.sealing("identity"), "identity", b"Taro@example.jp")
    assert seals.read(box) == Written("Taro@example.jp", seals.index_of("taro@example.jp", keys.opening("identity")))
    for bad in (
        seal(keys.sealing("tasks"), "identity", b"taro@example.jp"),
        seal(keys.sealing("identity"), "identity", b"nobody"),
        seal(keys.sealing("identity"), "identity", b"a@" + b"x" * 300),
        Sealed(to="identity", box="AAAA"),
    ):
        with pytest.raises(ValueError):
            seals.read(bad)


def test_the_same_address_in_any_form_is_one() -> None:
    assert {canonical(one) for one in ("Straße@x.jp", "STRASSE@X.JP", "strasse@\uff58.jp")} == {"strasse@x.jp"}
