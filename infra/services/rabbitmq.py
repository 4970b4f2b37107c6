"""A private RabbitMQ node with an epmd of its own, from the installed programs, as the user we are.

The distribution's wrapper in /usr/sbin is avoided: it changes to the user rabbitmq and to /var/lib. Everything the node
needs is in its environment alone; exported to ours, RABBITMQ_* would make every rabbitmqctl mean the wrong node.
"""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import httpx

from infra.services import containers
from infra.services.instance import Instance
from infra.services.process import spawn
from infra.settings import Settings
from infra.unavailable import Unavailable
from infra.vault import write_private

PROGRAMS = (Path("/usr/lib/rabbitmq/bin"), Path("/usr/local/sbin"), Path("/opt/rabbitmq/sbin"))
PLUGINS = "[rabbitmq_management,rabbitmq_prometheus,rabbitmq_consistent_hash_exchange]."
ADMINISTRATOR = "hikyaku_admin"
IMAGE = "rabbitmq:4-management"
START = 90.0
QUIET = "+sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}"
"""Schedulers that do not spin while idle, and no listener beyond this machine."""


class RabbitMQ(Instance):
    name = "rabbitmq"
    title = "RabbitMQ"
    package = "rabbitmq-server"
    ports = ("amqp", "management", "prometheus", "distribution", "epmd")

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.folder = self.home / "rabbitmq"

    def installed(self) -> bool:
        return self._program("rabbitmq-server") is not None and shutil.which("epmd") is not None

    def address(self) -> str:
        return f"amqp://{ADMINISTRATOR}:{self.password()}@127.0.0.1:{self.port()}/"

    def management(self) -> str:
        return f"http://{ADMINISTRATOR}:{self.password()}@127.0.0.1:{self.port('management')}"

    def answers(self) -> bool:
        """Through the management plugin, which comes up last."""
        return bool(self.version())

    def version(self) -> str:
        try:
            answer = httpx.get(f"{self.management()}/api/overview", timeout=3, trust_env=False)
        except httpx.HTTPError:
            return ""
        return str(answer.json()["rabbitmq_version"]) if answer.status_code == 200 else ""

    def recipe(self, ports: dict[str, int]) -> containers.Recipe:
        environment = {"RABBITMQ_DEFAULT_USER": ADMINISTRATOR, "RABBITMQ_DEFAULT_PASS": self.password()}
        published = {5672: ports["amqp"], 15672: ports["management"], 15692: ports["prometheus"]}
        begin = f"echo '{PLUGINS}' > /etc/rabbitmq/enabled_plugins && exec docker-entrypoint.sh rabbitmq-server"
        return containers.Recipe(IMAGE, "/var/lib/rabbitmq", published, environment, ("sh", "-c", begin))

    def run(self) -> None:
        server, epmd = self._program("rabbitmq-server"), shutil.which("epmd")
        assert server and epmd, "run() follows installed()"
        ports, output = self.choose_ports(), self.record.with_name("rabbitmq.log")
        self._configure(ports)
        environment = self._environment(ports)
        # A port mapper of our own, started by us, can be ended by its id; the one that Erlang would start stays behind.
        mapper = spawn([epmd, "-address", "127.0.0.1", "-port", str(ports["epmd"])], environment, output)
        self.remember_process("epmd", mapper.pid)
        running = spawn([str(server)], environment, output)
        self.remember_process("main", running.pid)
        until = time.monotonic() + START
        while not self.answers():
            if running.poll() is not None or time.monotonic() > until:
                self.end()
                raise Unavailable(f"RabbitMQ did not start; {output} says why:\n{_reason(output)}")
            time.sleep(0.1)

    def end(self) -> bool:
        process, mapper = self.process("main"), self.process("epmd")
        if process:
            process.end(30)
        if mapper:
            mapper.end(2)
        return process is not None

    def wipe(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def _program(self, name: str) -> Path | None:
        found = (folder / name for folder in PROGRAMS)
        return next((path for path in found if os.access(path, os.X_OK)), None)

    def _configure(self, ports: dict[str, int]) -> None:
        for room in ("data", "log", "home", "conf"):
            (self.folder / room).mkdir(parents=True, exist_ok=True, mode=0o700)
        conf = self.folder / "conf"
        (conf / "rabbitmq-env.conf").write_text("")
        (conf / "enabled_plugins").write_text(PLUGINS)
        # The administrator takes the place of guest on the first boot: guest never exists.
        lines = {
            "default_user": ADMINISTRATOR,
            "default_pass": self.password(),
            "management.tcp.ip": "127.0.0.1",
            "management.tcp.port": ports["management"],
            "prometheus.tcp.ip": "127.0.0.1",
            "prometheus.tcp.port": ports["prometheus"],
            "disk_free_limit.absolute": "200MB",
        }
        text = "".join(f"{name} = {value}\n" for name, value in lines.items())
        write_private(conf / "rabbitmq.conf", text.encode())

    def _environment(self, ports: dict[str, int]) -> dict[str, str]:
        ours = {name: value for name, value in os.environ.items() if not name.startswith(("RABBITMQ_", "ERL_"))}
        conf = self.folder / "conf"
        return ours | {
            "HOME": str(self.folder / "home"),
            "RABBITMQ_CONF_ENV_FILE": str(conf / "rabbitmq-env.conf"),
            "RABBITMQ_CONFIG_FILE": str(conf / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(conf / "enabled_plugins"),
            "RABBITMQ_NODENAME": "hikyaku@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(ports["amqp"]),
            "RABBITMQ_DIST_PORT": str(ports["distribution"]),
            "ERL_EPMD_PORT": str(ports["epmd"]),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_MNESIA_BASE": str(self.folder / "data"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_PID_FILE": str(self.folder / "rabbitmq.pid"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": QUIET,
            # The script then becomes the node instead of watching over it, so the process we started is the node.
            "RUNNING_UNDER_SYSTEMD": "true",
        }


def _reason(output: Path) -> str:
    lines = [line for line in output.read_text(errors="replace").splitlines() if line.strip()]
    telling = [line for line in lines if "error" in line.lower() or "eaddrinuse" in line]
    return "\n".join((telling or lines)[-5:])
