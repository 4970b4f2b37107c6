"""Where RabbitMQ and PostgreSQL are missing: a person is asked on a real terminal, with a sudo of our own making."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import subprocess
import sys
import termios
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ORDINARY = """
import os, sys
from pathlib import Path
from infra.services import postgres, rabbitmq

os.geteuid = lambda: 1000
postgres.INSTALLED, rabbitmq.PROGRAMS = Path("/nonexistent"), ()
from infra.cli import main

sys.exit(main(sys.argv[1:]))
"""
"""`hikyaku` for somebody who is not root, where no server is installed."""
QUESTION = "Install now with sudo apt-get, without starting their services? [Y/n] "
ADVICE = "Install them (Debian: apt-get install rabbitmq-server postgresql)"
CTRL_C, CTRL_D = "\x03", "\x04"


@dataclass
class Machine:
    """`bin` is its whole PATH; `home` is what Hikyaku keeps."""

    bin: Path
    home: Path

    def program(self, name: str, script: str) -> None:
        (self.bin / name).write_text(f"#!/bin/sh\n{script}\n")
        (self.bin / name).chmod(0o755)

    @property
    def asked_of_sudo(self) -> list[str]:
        asked = self.home.parent / "asked"
        return asked.read_text().splitlines() if asked.exists() else []

    @property
    def left(self) -> set[str]:
        """Everything but the locks, which stay."""
        return {path.name for path in self.home.rglob("*") if path.suffix != ".lock"}

    @property
    def environment(self) -> dict[str, str]:
        ours = {name: value for name, value in os.environ.items() if not name.startswith("HIKYAKU_")}
        return ours | {"PATH": str(self.bin), "HIKYAKU_HOME": str(self.home)}

    def on_a_terminal(self, answer: str, *words: str) -> tuple[int, str]:
        """What `hikyaku` said and how it ended, when this was typed at its question."""
        terminal, theirs = pty.openpty()
        running = subprocess.Popen(
            [sys.executable, "-c", ORDINARY, *words], cwd=ROOT, env=self.environment,
            stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True, preexec_fn=_own_terminal,
        )  # fmt: skip
        os.close(theirs)
        said, until, typed = "", time.monotonic() + 30, False
        with suppress(OSError):  # the terminal is gone when nobody holds its other end
            while time.monotonic() < until:
                if select.select([terminal], [], [], 0.1)[0]:
                    said += os.read(terminal, 65536).decode()
                if not typed and QUESTION in said:
                    time.sleep(0.2)  # nobody types while the question is still being written
                    os.write(terminal, answer.encode())
                    typed = True
        os.close(terminal)
        return running.wait(5), said


def _own_terminal() -> None:
    """The terminal on standard input becomes the session's, so that Ctrl-C is heard."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    (tmp_path / "bin").mkdir()
    found = Machine(tmp_path / "bin", tmp_path / "home")
    found.program("apt-get", "echo apt-get without sudo; exit 1")
    found.program("sudo", f'echo "$@" >> {tmp_path}/asked; echo "$SUDO_SAYS"; exit 1')
    return found


COMMANDS = [["up"], ["services", "start"]]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("answer", ["n\n", CTRL_D])
def test_who_says_no_is_told_what_to_do_and_nothing_happens(machine: Machine, words: list[str], answer: str) -> None:
    code, said = machine.on_a_terminal(answer, *words)
    assert code == 1 and "are not installed: you said no" in said and ADVICE in said
    assert machine.asked_of_sudo == [] and machine.left == set()


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_ctrl_c_at_the_question_ends_it_at_once(machine: Machine, words: list[str]) -> None:
    code, said = machine.on_a_terminal(CTRL_C, *words)
    assert code == 130 and said.partition(QUESTION)[2].strip() in ("", "^C")
    assert machine.asked_of_sudo == [] and machine.left == set()


@pytest.mark.parametrize("answer", ["y\n", "\n", "Yes\n"])
def test_sudo_is_asked_to_install_and_do_nothing_else(machine: Machine, answer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_SAYS", "hiker is not in the sudoers file.")
    code, said = machine.on_a_terminal(answer, "up")
    assert machine.asked_of_sudo == [f"{sys.executable} -B -m infra.services rabbitmq postgres"]
    assert code == 1 and said.index("sudoers file.") < said.index("not installed: sudo did not do it, for the reason above")
    assert ADVICE in said and machine.left == set()


def test_what_sudo_runs_says_in_one_sentence_why_it_could_not(machine: Machine) -> None:
    machine.program("apt-get", "echo 'E: Unable to locate package rabbitmq-server' >&2; exit 100")
    code = "from infra.services import packages; packages.POLICY = packages.Path('policy'); "
    code += "packages.LISTS = packages.Path('.'); import runpy; runpy.run_module('infra.services', run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-c", code, "rabbitmq"], cwd=machine.bin, env=machine.environment | {"PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    assert done.returncode == 1 and done.stderr.startswith("apt-get update failed: E: Unable to locate package")
    assert not (machine.bin / "policy").exists()


def test_without_a_terminal_nobody_is_asked(machine: Machine) -> None:
    command = [sys.executable, "-c", ORDINARY, "up"]
    done = subprocess.run(
        command, cwd=ROOT, env=machine.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 1 and QUESTION not in done.stdout
    assert "no terminal to ask whether sudo may install" in done.stderr and ADVICE in done.stderr
    assert machine.asked_of_sudo == [] and machine.left == set()


def test_without_sudo_nobody_is_asked(machine: Machine) -> None:
    (machine.bin / "sudo").unlink()
    code, said = machine.on_a_terminal("", "up")
    assert code == 1 and QUESTION not in said and "you are not root, and there is no sudo" in said and ADVICE in said
