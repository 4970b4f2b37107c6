"""Compose, the image and the scripts around them agree with the program and with what is in the tree."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from compose_spec.models import ComposeSpecification

from tests.platform.deployed import COMPOSE, DEPLOY, DOCKERFILE, ROOT, understood

SCRIPTS = [DEPLOY / "compose", *(DEPLOY / "debian" / name for name in ("engine", "stack", "images", "rabbitmq", "postgres"))]


@pytest.mark.req("X-10", "S2-2")
def test_compose_is_what_compose_takes() -> None:
    ComposeSpecification.model_validate(COMPOSE)


def test_compose_publishes_on_loopback_alone_and_every_image_can_be_chosen() -> None:
    for name, service in COMPOSE["services"].items():
        assert all(str(port).startswith("127.0.0.1:") for port in service.get("ports", ())), name
        assert re.fullmatch(r"\$\{HIKYAKU_[A-Z_]*IMAGE:-[^}]+\}", service["image"]), name


def test_what_compose_mounts_and_builds_is_there() -> None:
    services, volumes = COMPOSE["services"], COMPOSE["volumes"]
    for service in services.values():
        for source in (volume.split(":")[0] for volume in service.get("volumes", ())):
            assert (DEPLOY / source).exists() if source.startswith(".") else source in volumes, source
    build = services["hikyaku"]["build"]
    assert ((DEPLOY / build["context"]).resolve() / build["dockerfile"]).samefile(DEPLOY / "Dockerfile")
    assert set(build["args"]) == set(re.findall(r"^ARG (\w+)", DOCKERFILE, re.MULTILINE))


@pytest.mark.req("S2-114")
def test_the_image_holds_every_room_and_runs_commands_that_exist() -> None:
    copied = {source for source, _ in re.findall(r"^COPY (\w+) (\w+)$", DOCKERFILE, re.MULTILINE)}
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]["find"]["include"]
    assert copied == {name.rstrip("*") for name in packages}
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert not copied & set(ignored)
    understood(json.loads(re.findall(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)[0]))
    assert re.findall(r"127\.0\.0\.1:8080(/\w+)", DOCKERFILE) == ["/readyz"]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda one: str(one.name))
def test_every_script_can_be_read_by_its_shell(script: Path) -> None:
    shell = "sh" if script.read_text().startswith("#!/bin/sh") else "bash"
    done = subprocess.run([shell, "-n", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.req("S2-113")
def test_make_reaches_the_containers_and_its_scripts_may_be_run() -> None:
    named = re.findall(r"infra/deploy/[\w/]+", (ROOT / "Makefile").read_text())
    assert {"infra/deploy/compose", "infra/deploy/debian/stack", "infra/deploy/debian/images"} <= set(named)
    for path in named:
        assert (ROOT / path).stat().st_mode & 0o111, path
