"""Which processes there are: the groups, the jobs, the edge, and what stands in for the world outside."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from infra.services import ports
from infra.settings import Settings
from infra.supervisor.child import Child
from infra.unavailable import Unavailable

USUAL = 8080


def http_port(settings: Settings) -> int:
    """The named port, 8080, or a free one. Raises Unavailable when the named one is taken."""
    if settings.http_port is None:
        return USUAL if ports.free(USUAL, settings.http_host) else ports.some(1)[0]
    if not ports.free(settings.http_port, settings.http_host):
        raise Unavailable(
            f"Port {settings.http_port} is taken by another program. Stop that, or set HIKYAKU_HTTP_PORT to a free port "
            "(unset, Hikyaku finds one itself)."
        )
    return settings.http_port


def children(settings: Settings, domains: Sequence[str], http: int) -> list[Child]:
    """Not started yet. Each gets a port of its own for health and metrics; the edge has the public one."""
    teams = [(name,) for name in domains] if settings.split else [tuple(domains)]
    spare = iter(ports.some(len(teams) + 2))
    provider, jobs = next(spare), next(spare)
    shared = {
        "HIKYAKU_HOME": str(settings.folder),
        "HIKYAKU_BLOBS": str(settings.blob_folder),
        "HIKYAKU_NAMESPACE": settings.namespace,
        "HIKYAKU_HTTP_PORT": str(http),
        "HIKYAKU_PROVIDER_URL": f"http://127.0.0.1:{provider}",
        "HIKYAKU_PROVIDER_PORT": str(provider),
        "HIKYAKU_PROVIDER_WEBHOOK_URL": f"http://127.0.0.1:{http}/v1/payment-webhooks/local",
    }
    logs = settings.folder / "logs"
    found: list[Child] = []

    def add(name: str, port: int, *arguments: str, ready: str = "/readyz") -> None:
        found.append(Child(name, arguments, port, ready, logs / f"{name}.log", shared))

    if find_spec("workers") and find_spec("workers.payment") and find_spec("workers.payment.local_provider"):
        add("provider", provider, "provider", ready="/healthz")
    for team in teams if domains else []:
        port = next(spare)
        add(team[0] if settings.split else "workers", port, "worker", *team, "--no-upkeep", "--port", str(port))
    if domains:
        add("jobs", jobs, "jobs", "--port", str(jobs))
    if find_spec("edge.server"):
        add("edge", http, "edge", "--no-upkeep")
    _fresh(logs, found)
    return found


def _fresh(logs: Path, found: Sequence[Child]) -> None:
    """Each start has its own log; the one before is kept beside it."""
    logs.mkdir(parents=True, exist_ok=True)
    for child in found:
        if child.log.exists():
            child.log.replace(child.log.with_suffix(".log.1"))
        child.log.touch(mode=0o600)
