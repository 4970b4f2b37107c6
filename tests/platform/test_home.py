"""What is kept in the home: passwords, keys, ports and process ids."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import jwt
import pytest
from pydantic import SecretStr

from infra.bearer import sign
from infra.cli._group import refusals
from infra.keys import Keys
from infra.sealing import open_, seal
from infra.services import folder, packages, ports
from infra.services.process import Process, known
from infra.settings import Settings
from infra.supervisor import plan, state
from infra.unavailable import Unavailable
from infra.vault import Vault, write_private


def test_a_password_is_made_once_even_by_many_at_a_time(tmp_path: Path) -> None:
    found: set[str] = set()
    asking = [threading.Thread(target=lambda: found.add(Vault(tmp_path).password("a", "b"))) for _ in range(8)]
    for one in asking:
        one.start()
    for one in asking:
        one.join()
    assert len(found) == 1


def test_a_full_disk_keeps_what_was_and_leaves_no_draft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = tmp_path / "secrets.json"
    write_private(kept, b"old")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_private(kept, b"new")
    assert kept.read_bytes() == b"old" and list(tmp_path.iterdir()) == [kept]


def test_a_full_disk_is_told_with_what_helps(capsys: pytest.CaptureFixture[str]) -> None:
    assert refusals(OSError(errno.ENOSPC, "No space left on device")) == 1
    assert "Free some space, or set HIKYAKU_HOME" in capsys.readouterr().err


def test_secrets_are_for_their_owner_alone(tmp_path: Path) -> None:
    Vault(tmp_path).password("a")
    Keys(tmp_path).make(["order", "edge"])
    for path in [tmp_path / "secrets.json", *(tmp_path / "keys").iterdir()]:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_keys_are_made_once(tmp_path: Path) -> None:
    Keys(tmp_path).make(["order"])
    before = {path.name: path.read_bytes() for path in (tmp_path / "keys").iterdir()}
    Keys(tmp_path).make(["order", "payment"])
    after = {path.name: path.read_bytes() for path in (tmp_path / "keys").iterdir()}
    assert before.items() <= after.items()


def test_what_is_sealed_to_a_domain_is_opened_with_its_key(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    keys.make(["shipping"])
    box = seal(keys.sealing("shipping"), "shipping", "東京都".encode())
    assert open_(keys.opening("shipping"), box).decode() == "東京都"


def test_a_token_verifies_with_the_published_key(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    token = sign(settings, "hana", ["customer"], 60)
    key = jwt.PyJWKSet.from_dict(Keys(settings.folder).jwks())[jwt.get_unverified_header(token)["kid"]]
    claims = jwt.decode(token, key, algorithms=["EdDSA"], audience="hikyaku", issuer="hikyaku")
    assert (claims["sub"], claims["roles"]) == ("hana", ["customer"])
    assert claims.keys() >= {"iss", "aud", "exp", "iat", "nbf", "jti", "sid"}
    assert jwt.get_unverified_header(token)["typ"] == "at+jwt"


def test_a_secret_turns_tokens_to_hs256(tmp_path: Path) -> None:
    secret = "s" * 32
    token = sign(Settings(home=tmp_path, token_secret=SecretStr(secret)), "hana", ["customer"], 60)
    assert jwt.decode(token, secret, algorithms=["HS256"], audience="hikyaku")["sub"] == "hana"


def test_a_process_is_known_by_its_start_and_not_by_its_id_alone() -> None:
    running = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    process = known(running.pid)
    assert process is not None and process.alive
    assert not Process(running.pid, process.born + 1).alive
    Process(running.pid, process.born + 1).end(1)
    assert running.poll() is None
    process.end(5)
    assert running.wait(5) != 0


def test_a_port_that_is_named_and_taken_is_refused_with_its_number(tmp_path: Path) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not ports.free(port)
        with pytest.raises(Unavailable, match=f"Port {port} is taken"):
            plan.http_port(Settings(home=tmp_path, http_port=port))


def test_a_full_disk_is_said_before_anything_is_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "LEAST", 10**18)
    with pytest.raises(Unavailable, match="HIKYAKU_HOME"):
        folder.check_space(tmp_path)


def test_a_second_up_of_one_home_is_told_so(tmp_path: Path) -> None:
    with state.alone(tmp_path), pytest.raises(Unavailable, match="already runs"), state.alone(tmp_path):
        pass


@pytest.mark.parametrize("before", [None, b"#!/bin/sh\nexit 0\n"])
def test_a_replaced_file_is_afterwards_what_it_was(before: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "policy-rc.d"
    if before:
        path.write_bytes(before)
        path.chmod(0o700)
    with pytest.raises(RuntimeError), packages._replaced(path, packages.REFUSE, 0o755):
        assert path.read_bytes() == packages.REFUSE
        raise RuntimeError("apt-get failed")
    assert [one.name for one in tmp_path.iterdir()] == (["policy-rc.d"] if before else [])
    if before:
        assert path.read_bytes() == before
        assert stat.S_IMODE(path.stat().st_mode) == 0o700


def test_a_replacement_that_was_killed_is_made_good_by_the_next(tmp_path: Path) -> None:
    path = tmp_path / "policy-rc.d"
    path.write_bytes(packages.REFUSE)
    path.with_name("policy-rc.d.hikyaku-kept").write_bytes(b"what was there")
    with packages._replaced(path, packages.REFUSE, 0o755):
        pass
    assert path.read_bytes() == b"what was there"


def test_the_help_page_is_there_at_once() -> None:
    command = [sys.executable, "-m", "infra.cli", "--help"]
    began = time.monotonic()
    shown = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2], check=True).stdout
    assert time.monotonic() - began < 2
    assert all(word in shown for word in ("up", "services", "topology", "token"))


def test_a_command_that_does_not_exist_is_refused() -> None:
    command = [sys.executable, "-m", "infra.cli", "fly"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert (done.returncode, "fly" in done.stderr) == (2, True)
