"""What cannot be installed runs in containers where an engine answers; else one sentence says what to do."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.unavailable import Unavailable

PATIENCE = 180.0
"""Seconds, pulling the image included."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """`ports` maps ports inside to ports of ours; `environment` holds the passwords and is not put on a command line."""

    image: str
    data: str
    ports: Mapping[int, int]
    environment: Mapping[str, str]
    command: tuple[str, ...] = ()


def engine() -> bool:
    """Whether a container engine answers, not only its client."""
    if shutil.which("docker") is None:
        return False
    try:
        return subprocess.run(["docker", "info"], capture_output=True, timeout=10, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def name_of(home: Path, service: str) -> str:
    return f"hikyaku-{hashlib.sha256(str(home).encode()).hexdigest()[:12]}-{service}"


def run(name: str, recipe: Recipe, answers: Callable[[], bool]) -> None:
    """Returns when it answers. Its data stays in a volume of the same name. Raises Unavailable."""
    published = [word for inside, ours in recipe.ports.items() for word in ("-p", f"127.0.0.1:{ours}:{inside}")]
    passed = [word for variable in recipe.environment for word in ("-e", variable)]
    command = ["docker", "run", "--detach", "--rm", "--name", name, "-v", f"{name}:{recipe.data}", *published, *passed]
    began = time.monotonic()
    made = subprocess.run(
        [*command, recipe.image, *recipe.command],
        env=os.environ | recipe.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
    )  # fmt: skip
    if made.returncode != 0:
        raise Unavailable(f"docker could not start {recipe.image}: {made.stderr.strip()}")
    while not answers():
        if time.monotonic() - began > PATIENCE:
            said = subprocess.run(["docker", "logs", "--tail", "5", name], capture_output=True, text=True).stdout
            stop(name)
            raise Unavailable(f"{recipe.image} did not start in its container:\n{said}")
        time.sleep(0.2)


def running(name: str) -> bool:
    shown = ["docker", "inspect", "--format", "{{.State.Running}}", name]
    try:
        return subprocess.run(shown, capture_output=True, text=True, timeout=10).stdout.strip() == "true"
    except (OSError, subprocess.TimeoutExpired):
        return False


def kill(name: str) -> None:
    subprocess.run(["docker", "kill", name], capture_output=True, check=False)


def stop(name: str) -> None:
    subprocess.run(["docker", "stop", "--time", "30", name], capture_output=True, check=False)
