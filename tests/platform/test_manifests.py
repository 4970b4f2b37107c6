"""The Kubernetes manifests agree with the program: nothing runs them here, so everything they say is compared."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import kubernetes_validate
import pytest
import yaml

from infra import domains, health
from infra.manifests import manifests
from infra.settings import Settings
from infra.topology import declare
from tests.edge.world import World
from tests.platform.deployed import COMPOSE, DOCKERFILE, understood
from workers.payment.settings import ProviderSettings

IMAGE = "registry.test/hikyaku:1.2"
DOCUMENTS: list[dict[str, Any]] = list(yaml.safe_load_all(manifests(domains.load_all(), IMAGE, "hikyaku", "http://cards")))
# KEDA's own kinds are not in Kubernetes' schemas.
OF_KUBERNETES = [one for one in DOCUMENTS if not one["apiVersion"].startswith("keda.sh/")]
CONFIG: dict[str, str] = next(one["data"] for one in DOCUMENTS if one["kind"] == "ConfigMap")


def of_kind(kind: str) -> list[dict[str, Any]]:
    return [one for one in DOCUMENTS if one["kind"] == kind]


def pods() -> Iterator[tuple[str, dict[str, Any]]]:
    """The name and the pod of everything that runs."""
    for one in (*of_kind("Deployment"), *of_kind("Job")):
        yield one["metadata"]["name"], one["spec"]["template"]["spec"]


RUNNING = pytest.mark.parametrize(("name", "pod"), [pytest.param(*one, id=one[0]) for one in pods()])


@pytest.mark.req("X-10", "S4-40", "S3-112")
@pytest.mark.parametrize("one", OF_KUBERNETES, ids=lambda one: f"{one['kind']} {one['metadata']['name']}")
def test_every_manifest_is_what_kubernetes_takes(one: dict[str, Any]) -> None:
    kubernetes_validate.validate(one, kubernetes_validate.latest_version(), strict=True)


@pytest.mark.req("X-10", "S3-60")
def test_every_domain_has_a_deployment_of_its_own() -> None:
    served = {
        container["args"][1]: name for name, pod in pods() for container in pod["containers"] if container["args"][0] == "worker"
    }
    assert set(served) == set(domains.names())
    assert all(name == domain.replace("_", "-") for domain, name in served.items())
    assert {"edge", "jobs"} <= {one["metadata"]["name"] for one in of_kind("Deployment")}


def test_names_are_used_once() -> None:
    names = [(one["kind"], one["metadata"]["name"]) for one in DOCUMENTS]
    assert len(set(names)) == len(names)


@RUNNING
def test_the_program_takes_the_command_of_every_pod(name: str, pod: dict[str, Any]) -> None:
    for container in pod["containers"]:
        assert container["image"] == IMAGE
        understood(container["args"])


def test_a_command_that_the_program_does_not_have_is_noticed() -> None:
    with pytest.raises(Exception, match="No such option"):
        understood(["worker", "order", "--doors", "3"])


@pytest.mark.req("S4-53")
@pytest.mark.parametrize("one", of_kind("Deployment"), ids=lambda one: str(one["metadata"]["name"]))
async def test_every_deployment_is_asked_for_life_and_readiness_where_it_listens(one: dict[str, Any]) -> None:
    template = one["spec"]["template"]
    (container,) = template["spec"]["containers"]
    (port,) = container["ports"]
    edge = container["args"] == ["edge"]
    listens = CONFIG["HIKYAKU_HTTP_PORT"] if edge else container["args"][container["args"].index("--port") + 1]
    assert str(port["containerPort"]) == listens == template["metadata"]["annotations"]["prometheus.io/port"]
    served = httpx.ASGITransport(World().app if edge else health.app(dict))
    async with httpx.AsyncClient(transport=served, base_url="http://pod") as client:
        for probe, path in (("startupProbe", "/healthz"), ("livenessProbe", "/healthz"), ("readinessProbe", "/readyz")):
            assert container[probe]["httpGet"] == {"path": path, "port": port["name"]}
            assert (await client.get(path)).status_code == 200
        metrics = template["metadata"]["annotations"]["prometheus.io/path"]
        assert "hikyaku_" in (await client.get(metrics)).text
    assert CONFIG["HIKYAKU_HTTP_HOST"] == CONFIG["HIKYAKU_HEALTH_HOST"] == "0.0.0.0"


@RUNNING
def test_every_pod_is_bounded_and_is_nobody_special(name: str, pod: dict[str, Any]) -> None:
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert re.findall(r"^USER (\d+)$", DOCKERFILE, re.MULTILINE) == [str(pod["securityContext"]["runAsUser"])]
    for container in pod["containers"]:
        assert container["resources"]["limits"]["memory"] and set(container["resources"]["requests"]) == {"cpu", "memory"}
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
        }  # fmt: skip
        mounted = {one["name"] for one in container["volumeMounts"]}
        assert mounted == {one["name"] for one in pod["volumes"]}


@RUNNING
def test_every_pod_has_time_to_finish_what_it_began(name: str, pod: dict[str, Any]) -> None:
    if name.startswith("prepare"):
        return
    (container,) = pod["containers"]
    before = container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
    assert pod["terminationGracePeriodSeconds"] > Settings().drain_seconds + before


@pytest.mark.req("S4-44")
def test_no_secret_stands_in_the_manifests_and_only_the_preparation_is_an_administrator() -> None:
    text = yaml.safe_dump_all(DOCUMENTS)
    assert not re.search(r"://[^/\s]*@", text), "an address with a login"
    assert not of_kind("Secret") and not re.search(r"password|token_secret", text, re.IGNORECASE)
    told = {name for name, pod in pods() if "hikyaku-servers" in json.dumps(pod)}
    assert len(told) == 1 and told.pop().startswith("prepare-")
    writable = {
        name for name, pod in pods() for container in pod["containers"]
        for one in container["volumeMounts"] if one["name"] == "home" and not one.get("readOnly")
    }  # fmt: skip
    assert writable == {name for name, _ in pods() if name.startswith("prepare-")}


@pytest.mark.req("S4-44", "S2-102")
def test_only_the_edge_is_reached_by_others() -> None:
    allowed = {one["metadata"]["name"]: one["spec"] for one in of_kind("NetworkPolicy")}
    everybody, edge = allowed["hikyaku"], allowed["hikyaku-edge"]
    assert everybody["podSelector"]["matchLabels"] == {"app.kubernetes.io/part-of": "hikyaku"}
    assert [one["ports"] for one in everybody["ingress"]] == [[{"port": "health"}]]
    assert all(one["from"] for one in everybody["ingress"])
    assert edge["podSelector"]["matchLabels"]["app.kubernetes.io/name"] == "edge"
    (service,) = of_kind("Service")
    assert service["spec"]["selector"]["app.kubernetes.io/name"] == "edge"
    for one in (*of_kind("Deployment"), *of_kind("Job")):
        assert one["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/part-of"] == "hikyaku"


def test_every_setting_that_is_given_is_one_that_is_read() -> None:
    known = {f"HIKYAKU_{name.upper()}" for name in Settings.model_fields}
    known |= {f"HIKYAKU_PROVIDER_{name.upper()}" for name in ProviderSettings.model_fields}
    given = {*CONFIG, *re.findall(r"(HIKYAKU_[A-Z_]+)=", DOCKERFILE), *COMPOSE["services"]["hikyaku"]["environment"]}
    assert given - known == set()
    Settings.model_validate({name.removeprefix("HIKYAKU_").lower(): value for name, value in CONFIG.items()})


@pytest.mark.req("S4-40")
def test_jobs_are_scaled_by_their_queues_and_by_all_of_them() -> None:
    (scaled,) = of_kind("ScaledObject")
    (trusted,) = of_kind("TriggerAuthentication")
    named = [one["metadata"]["queueName"] for one in scaled["spec"]["triggers"]]
    assert named == [one.name for one in declare(domains.load_all()).queues if one.name.endswith(".jobs")]
    assert {one["metadata"]["vhostName"] for one in scaled["spec"]["triggers"]} == {CONFIG["HIKYAKU_NAMESPACE"]}
    assert {one["authenticationRef"]["name"] for one in scaled["spec"]["triggers"]} == {trusted["metadata"]["name"]}
    assert scaled["spec"]["scaleTargetRef"]["name"] in {one["metadata"]["name"] for one in of_kind("Deployment")}
    (edge,) = of_kind("HorizontalPodAutoscaler")
    assert edge["spec"]["scaleTargetRef"]["name"] == "edge"


def test_another_image_is_prepared_by_another_job() -> None:
    other = list(yaml.safe_load_all(manifests([], "hikyaku:1.3", "hikyaku", "http://cards")))
    job = next(one for one in other if one["kind"] == "Job")
    assert job["metadata"]["name"] != of_kind("Job")[0]["metadata"]["name"]
