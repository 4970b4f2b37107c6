"""Kubernetes manifests for the domains that there are, made of the templates in `infra/deploy/kubernetes` (X-10).

A new domain appears in them by itself; so nothing of it is kept in the repository and nothing can be stale.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from string import Template

from infra.group import Group
from infra.topology import JOBS

TEMPLATES = Path(__file__).parent / "deploy" / "kubernetes"
TRIGGER = """\
    - type: rabbitmq
      metadata: {{protocol: http, mode: QueueLength, value: "20", vhostName: {vhost}, queueName: {queue}}}
      authenticationRef: {{name: hikyaku-watching}}"""


def manifests(groups: Iterable[Group], image: str, vhost: str, provider: str) -> str:
    """One YAML stream: what is shared, the job that prepares, the edge, the jobs, and a deployment for each group.

    `provider` is the address of the card provider. Another image is another job: a finished one cannot be changed.
    """
    groups = [group for group in groups if group.name != "edge"]
    triggers = (TRIGGER.format(vhost=vhost, queue=f"{group.name}.{JOBS}") for group in groups if group.doing)
    words = {
        "image": image,
        "version": hashlib.sha256(image.encode()).hexdigest()[:10],
        "provider": provider,
        "vhost": vhost,
        "triggers": "\n".join(triggers),
    }
    found = [_filled(name, words) for name in ("shared", "prepare", "edge", "jobs")]
    found += [_filled("worker", words | {"domain": one.name, "name": one.name.replace("_", "-")}) for one in groups]
    return "---\n".join(found)


def _filled(name: str, words: dict[str, str]) -> str:
    return Template((TEMPLATES / f"{name}.yaml").read_text()).substitute(words)
