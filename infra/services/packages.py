"""Installs RabbitMQ and PostgreSQL from the distribution's packages, without starting the distribution's services."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from infra.unavailable import Unavailable

PACKAGES = {"rabbitmq": "rabbitmq-server", "postgres": "postgresql"}
UNITS = {"rabbitmq": ("rabbitmq-server.service", "epmd.socket"), "postgres": ("postgresql.service",)}
POLICY = Path("/usr/sbin/policy-rc.d")
REFUSE = b"#!/bin/sh\nexit 101\n"
CLUSTER = Path("/etc/postgresql-common/createcluster.conf")
LISTS = Path("/var/lib/apt/lists")
LEAST = 1_000_000_000


def offer(missing: Sequence[str], say: Callable[[str], None]) -> str:
    """Installs them when we may: asks first on a terminal, goes ahead without one as root. Returns why it did not.

    Ctrl-C is a KeyboardInterrupt only in the main thread, so it is asked there.
    """
    if shutil.which("apt-get") is None:
        return "there is no apt-get here"
    administrator, terminal = os.geteuid() == 0, sys.stdin is not None and sys.stdin.isatty()
    packages = [PACKAGES[name] for name in missing]
    if not administrator and not shutil.which("sudo"):
        return "you are not root, and there is no sudo"
    if not administrator and not terminal:
        return "you are not root, and there is no terminal to ask whether sudo may install"
    if terminal and not _asked(packages, sudo=not administrator):
        return "you said no"
    if administrator:
        install(missing, say)
        return ""
    # Only the installation is done with the administrator's rights; everything else stays ours, compiled files too.
    command = ["sudo", sys.executable, "-B", "-m", "infra.services", *missing]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], check=False)
    return "" if done.returncode == 0 else "sudo did not do it, for the reason above"


def install(missing: Sequence[str], say: Callable[[str], None]) -> None:
    """As root. Raises Unavailable with what apt-get says. policy-rc.d is afterwards exactly as it was."""
    if (left := shutil.disk_usage("/usr").free) < LEAST:
        raise Unavailable(f"Only {left // 1_000_000} MB are free in /usr; the packages need {LEAST // 1_000_000} MB.")
    began = time.monotonic()
    with _replaced(POLICY, REFUSE, 0o755):
        if not any(LISTS.glob("*_Packages*")):
            say("· Fetching the distribution's package lists (apt-get update)")
            _apt("update")
        say(f"· Installing {' and '.join(PACKAGES[name] for name in missing)} from the distribution's packages")
        say("  (their own services are neither started nor enabled)")
        if "postgres" in missing:
            add("postgresql-common")
            with _replaced(CLUSTER, _without_cluster(), 0o644):
                add(PACKAGES["postgres"])
        if "rabbitmq" in missing:
            add(PACKAGES["rabbitmq"])
        if shutil.which("systemctl"):
            units = [unit for name in missing for unit in UNITS[name]]
            subprocess.run(["systemctl", "disable", "--quiet", *units], capture_output=True, check=False)
    say(f"· Installed in {time.monotonic() - began:.0f} s")


def _asked(packages: Sequence[str], *, sudo: bool) -> bool:
    how = "with sudo apt-get" if sudo else "with apt-get"
    question = f"Hikyaku needs {' and '.join(packages)}. Install now {how}, without starting their services? [Y/n] "
    try:
        return input(question).strip().lower() in ("", "y", "yes")
    except EOFError:
        return False


def add(package: str) -> None:
    """One package, as root. Raises Unavailable with what apt-get says."""
    try:
        _apt("install", "-y", "--no-install-recommends", package)
    except Unavailable:
        # The lists may be older than what the archive still has.
        _apt("update")
        _apt("install", "-y", "--no-install-recommends", package)


def _apt(*words: str) -> None:
    done = subprocess.run(
        ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=120", *words],
        env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode != 0:
        telling = [line for line in (done.stdout + done.stderr).splitlines() if line.startswith(("E:", "Err", "dpkg"))]
        raise Unavailable(f"apt-get {' '.join(words)} failed: {' '.join(telling[-3:]) or 'it gave no reason'}")


def _without_cluster() -> bytes:
    """Else the package makes a cluster of its own in /var/lib."""
    return CLUSTER.read_bytes() + b"\ncreate_main_cluster = false\n"


@contextmanager
def _replaced(path: Path, content: bytes, mode: int) -> Iterator[None]:
    """The file has that content inside, and afterwards is what it was, or gone if it was not there.

    What was there waits beside it, so that a run that was killed in between is made good by the next.
    """
    kept = path.with_name(f"{path.name}.hikyaku-kept")
    before = kept if kept.exists() else path
    was = (before.read_bytes(), stat.S_IMODE(before.stat().st_mode)) if before.exists() else None
    if was and not kept.exists():
        shutil.copy2(path, kept)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(mode)
    try:
        yield
    finally:
        if was:
            kept.replace(path)
        else:
            path.unlink(missing_ok=True)
