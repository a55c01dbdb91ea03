"""Manifests, alerts and dashboard against the code: ports, paths, options, variables, settings and figures that exist."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from uvicorn.middleware.proxy_headers import _TrustedHosts

from caibian.api.tasks import Engine
from caibian.cli.serve import serve
from caibian.service import metrics
from caibian.service.children import STOP
from caibian.service.newsroom.worker import TRUSTED
from caibian.service.settings import EngineSettings, HouseSettings, read_settings
from caibian.workbench.__main__ import main as workbench

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
KUBERNETES = DEPLOY / "kubernetes"


def loaded(path: Path) -> list[dict[str, Any]]:
    return [each for each in yaml.safe_load_all(path.read_text(encoding="utf-8")) if each]


def manifests() -> list[dict[str, Any]]:
    listed = loaded(KUBERNETES / "kustomization.yaml")[0]["resources"]
    assert sorted(listed) == sorted(
        path.name
        for path in KUBERNETES.glob("*.yaml")
        if path.name not in ("kustomization.yaml", "newsroom.yaml", "secret.example.yaml")
    )
    return [each for name in listed for each in loaded(KUBERNETES / name)]


def of(kind: str, name: str | None = None) -> list[dict[str, Any]]:
    return [m for m in manifests() if m["kind"] == kind and name in (None, m["metadata"]["name"])]


def one(kind: str, name: str) -> dict[str, Any]:
    (found,) = of(kind, name)
    return found


def pod(name: str) -> dict[str, Any]:
    found: dict[str, Any] = one("Deployment", name)["spec"]["template"]["spec"]
    return found


def container(name: str) -> dict[str, Any]:
    (found,) = pod(name)["containers"]
    return dict(found)


COMPOSE = loaded(DEPLOY / "compose.yaml")[0]
DOCKER = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
CMD = json.loads(re.findall(r"^CMD (.*)$", DOCKER, re.M)[-1])
HOUSES = [DEPLOY / "newsroom.yaml", DEPLOY / "newsroom.vllm.yaml", KUBERNETES / "newsroom.yaml"]


def options_of(verb: Any) -> set[str]:
    """The options of a function that is a verb."""
    app = typer.Typer()
    app.command()(verb)
    parameters = typer.main.get_command(app).params
    return {option for each in parameters for option in (*each.opts, *each.secondary_opts)}


@pytest.mark.parametrize("arguments", [CMD[1:], container("api")["args"][1:]])
def test_the_service_is_started_with_options_that_it_has(arguments: list[str]) -> None:
    given = [each for each in arguments if each.startswith("--")]
    assert set(given) <= options_of(serve)
    assert arguments[arguments.index("--host") + 1] == "0.0.0.0"


def test_the_workbench_is_started_with_options_that_it_has() -> None:
    for arguments in (container("workbench")["args"], COMPOSE["services"]["workbench"]["command"]):
        assert {each for each in arguments if each.startswith("--")} <= options_of(workbench)
        variable = arguments[arguments.index("--secret-env") + 1]
        in_pod = {each["name"] for each in container("workbench")["env"]}
        assert variable in in_pod & set(COMPOSE["services"]["workbench"]["environment"])
    assert "--https" in container("workbench")["args"]


def test_ports_are_the_same_everywhere() -> None:
    exposed = [int(port) for port in re.findall(r"^EXPOSE (.*)$", DOCKER, re.M)[0].split()]
    for name, port in zip(("api", "workbench"), exposed, strict=True):
        arguments = container(name)["args"]
        option = "--api-port" if name == "api" else "--port"
        assert arguments[arguments.index(option) + 1] == str(port)
        assert container(name)["ports"] == [{"name": "http", "containerPort": port}]
        assert one("Service", name)["spec"]["ports"][0]["port"] == port
        assert COMPOSE["services"][name]["ports"] == [f"127.0.0.1:{port}:{port}"]
        rule = one("NetworkPolicy", name)["spec"]["ingress"][0]["ports"]
        assert [each["port"] for each in rule] == [port]
    api = container("workbench")["args"]
    assert api[api.index("--api") + 1] == f"http://api:{exposed[0]}"
    assert f":{exposed[0]}/health/live" in DOCKER
    scraped = loaded(DEPLOY / "prometheus/prometheus.yml")[0]["scrape_configs"][0]
    assert scraped["static_configs"][0]["targets"] == [f"api:{exposed[0]}"]
    for engine in (each for path in HOUSES for each in read_settings(path).engines if each.url):
        assert engine.url == f"http://vllm:{container('vllm')['ports'][0]['containerPort']}/v1"


def probes() -> Iterator[tuple[str, str]]:
    for name in ("api", "workbench"):
        for kind in ("startupProbe", "livenessProbe", "readinessProbe"):
            if path := container(name)[kind].get("httpGet", {}).get("path"):
                yield name, path


def test_probes_ask_for_pages_that_are_open_to_all(tmp_path: Path) -> None:
    from fastapi.testclient import TestClient

    from caibian.service.newsroom.app import create_newsroom_app
    from caibian.storage import open_database
    from caibian.workbench.app import create_app
    from tests.service.newsroom.gateway import ScriptedGateway

    assert container("api")["livenessProbe"]["httpGet"]["path"] == "/health/live"
    assert container("api")["readinessProbe"]["httpGet"]["path"] == "/health/ready"
    settings = HouseSettings(engines=[EngineSettings(name="house", url="http://127.0.0.1:9/v1")])
    database = open_database(tmp_path / "house.db")
    apps = {
        "api": create_newsroom_app(settings, database, ScriptedGateway()),
        "workbench": create_app(
            "http://127.0.0.1:9", storage_secret="x" * 32, folder=tmp_path, https=True, host="0.0.0.0"
        ),
    }
    try:
        for name, app in apps.items():
            # Kubernetes asks by the pod's address and takes any status from 200 to 399.
            with TestClient(app, base_url="http://10.0.0.7", follow_redirects=False) as client:
                for path in {path for each, path in probes() if each == name}:
                    assert 200 <= client.get(path).status_code < 400, (name, path)
    finally:
        database.close()


def test_a_pod_is_given_the_time_that_its_streams_are() -> None:
    grace = read_settings(KUBERNETES / "newsroom.yaml").grace_s
    pause = int(container("api")["lifecycle"]["preStop"]["exec"]["command"][1])
    # Workers, then pages, then engines are stopped.
    needed = pause + grace + 3 * STOP
    assert pod("api")["terminationGracePeriodSeconds"] > needed
    assert int(COMPOSE["services"]["api"]["stop_grace_period"].removesuffix("s")) > needed - pause
    deadline = read_settings(KUBERNETES / "newsroom.yaml").engines[0].deadline_s
    assert pod("vllm")["terminationGracePeriodSeconds"] > deadline


@pytest.mark.parametrize("path", HOUSES, ids=lambda path: path.parent.name + "/" + path.name)
def test_settings_are_valid(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAIBIAN_DB", "postgresql://u:p@db/x")
    settings = read_settings(path)
    for engine in settings.engines:
        if engine.api_key_env:
            assert engine.api_key_env in {each["name"] for each in container("api")["env"]}
            assert engine.api_key_env in COMPOSE["services"]["api"]["environment"]
            served = container("vllm")["args"]
            assert engine.remote_model == served[served.index("--served-model-name") + 1]
            assert engine.remote_model in COMPOSE["services"]["vllm"]["command"]


def test_secrets_come_from_the_secret_and_are_all_there() -> None:
    (example,) = loaded(KUBERNETES / "secret.example.yaml")
    used = {
        variable["valueFrom"]["secretKeyRef"]["key"]
        for name in ("api", "workbench", "vllm")
        for variable in container(name).get("env", [])
        if "valueFrom" in variable
        and variable["valueFrom"]["secretKeyRef"]["name"] == example["metadata"]["name"]
    }
    assert used == set(example["stringData"])
    assert not [m for m in manifests() if m["kind"] == "Secret"]
    known = (DEPLOY / ".env.example").read_text(encoding="utf-8")
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    for name in re.findall(r"\$\{([A-Z_]+):\?", text):
        assert re.search(rf"^{name}=$", known, re.M), name


def test_variables_are_those_that_the_code_reads() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in (DEPLOY.parent / "src").rglob("*.py"))
    for name in ("api", "workbench"):
        for variable in [each["name"] for each in container(name)["env"]]:
            assert f'"{variable}"' in source or variable in ("VLLM_API_KEY", "CAIBIAN_SESSION_SECRET")


def test_where_logins_come_from_is_heard_from_the_pages_and_the_proxy() -> None:
    services = COMPOSE["services"]
    said = {
        *(services[name]["environment"][TRUSTED] for name in ("api", "workbench")),
        *(
            each["value"]
            for name in ("api", "workbench")
            for each in container(name)["env"]
            if each["name"] == TRUSTED
        ),
    }
    (networks,) = said
    trusted = _TrustedHosts(networks)
    assert all(one in trusted for one in ("127.0.0.1", "172.18.0.3", "10.42.0.7"))
    assert "203.0.113.9" not in trusted


def test_pods_have_no_rights_that_they_do_not_need() -> None:
    for name in ("api", "workbench"):
        context, own = pod(name)["securityContext"], container(name)["securityContext"]
        user = re.findall(r"^USER (\d+):(\d+)$", DOCKER, re.M)[0]
        assert (context["runAsNonRoot"], context["runAsUser"]) == (True, int(user[0]))
        assert own["readOnlyRootFilesystem"]
        assert not own["allowPrivilegeEscalation"]
        assert own["capabilities"] == {"drop": ["ALL"]}
        assert pod(name)["automountServiceAccountToken"] is False
        mounted = {each["mountPath"] for each in container(name)["volumeMounts"]}
        # Where the root is read-only, these must be writable.
        assert {"/tmp", "/var/lib/caibian"} <= mounted
        assert COMPOSE["services"][name]["read_only"]
        assert container(name)["resources"]["limits"]["memory"]


def test_selectors_find_their_pods() -> None:
    labels = {m["metadata"]["name"]: m["spec"]["template"]["metadata"]["labels"] for m in of("Deployment")}
    for kind in ("Service", "PodDisruptionBudget"):
        for manifest in of(kind):
            selector = manifest["spec"]["selector"]
            selector = selector.get("matchLabels", selector)
            assert selector.items() <= labels[manifest["metadata"]["name"]].items()
    for budget in of("PodDisruptionBudget"):
        assert (
            one("Deployment", budget["metadata"]["name"])["spec"]["replicas"] > budget["spec"]["minAvailable"]
        )
    for ingress in of("Ingress"):
        (path,) = ingress["spec"]["rules"][0]["http"]["paths"]
        assert of("Service", path["backend"]["service"]["name"])
    # Metrics and health are not for the world.
    assert [p["path"] for p in one("Ingress", "api")["spec"]["rules"][0]["http"]["paths"]] == ["/v1"]
    closed = one("NetworkPolicy", "nothing-else")["spec"]
    assert (closed["podSelector"], sorted(closed["policyTypes"])) == ({}, ["Egress", "Ingress"])
    assert {"api", "workbench", "vllm"} <= {each["metadata"]["name"] for each in of("NetworkPolicy")}


def test_engines_are_scaled_by_the_queue() -> None:
    scaler = one("HorizontalPodAutoscaler", "vllm")["spec"]
    figure = scaler["metrics"][0]["external"]["metric"]
    (rule,) = loaded(DEPLOY / "prometheus/adapter.yaml")[0]["rules"]["external"]
    assert rule["name"]["as"] == figure["name"] == "caibian_queue_depth"
    assert figure["name"] in figures()
    names = [engine.name for engine in read_settings(KUBERNETES / "newsroom.yaml").engines]
    assert figure["selector"]["matchLabels"]["engine"] in names
    queue = read_settings(KUBERNETES / "newsroom.yaml").engines[0].max_queue
    # It must react long before requests are refused.
    assert 2 * int(scaler["metrics"][0]["external"]["target"]["averageValue"]) <= queue
    for each in of("HorizontalPodAutoscaler"):
        assert of("Deployment", each["spec"]["scaleTargetRef"]["name"])


def figures() -> dict[str, set[str]]:
    """Every series that the service may show, with its labels."""
    engine = Engine(
        name="a", kind="local", model="m", state="ready", fallback=[], running=0, waiting=0, starts=1,
        masks=False, embeds=False,
    )  # fmt: skip
    found: dict[str, set[str]] = {}
    for metric in (*metrics._OWN.collect(), *metrics._Standing([engine]).collect()):
        labels = {name for sample in metric.samples for name in sample.labels}
        suffixes = {"counter": ["_total"], "gauge": [""], "histogram": ["_bucket", "_sum", "_count"]}[
            metric.type
        ]
        for suffix in suffixes:
            found[metric.name + suffix] = set(labels)
    for each in vars(metrics).values():
        if (names := getattr(each, "_labelnames", None)) is not None:
            for suffix in ("_total", "_bucket", "_sum", "_count"):
                if each._name + suffix in found:
                    found[each._name + suffix] |= {*names, "le"}
    return found


def queries() -> Iterator[tuple[str, str]]:
    for group in loaded(DEPLOY / "prometheus/alerts.yml")[0]["groups"]:
        for rule in group["rules"]:
            yield rule["alert"], rule["expr"]
    for panel in json.loads((DEPLOY / "grafana/newsroom.json").read_text(encoding="utf-8"))["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"]


@pytest.mark.parametrize(("name", "query"), list(queries()))
def test_alerts_and_panels_ask_for_figures_that_exist(name: str, query: str) -> None:
    known = figures()
    series = set(re.findall(r"\bcaibian_\w+", query))
    assert series <= set(known)
    assert series or query.startswith("up{")
    allowed = set().union(*(known[each] for each in series)) | {"le"}
    for labels in re.findall(r"by \(([^)]*)\)", query):
        assert {label.strip() for label in labels.split(",")} <= allowed, query
    for label in re.findall(r"(\w+)=~?\"", query):
        assert label in allowed | {"job"}, query
    assert query.count("(") == query.count(")")
    # A counter is of use as a rate alone.
    for counter in [each for each in series if each.endswith(("_total", "_bucket"))]:
        assert re.search(rf"(rate|increase)\({counter}", query)


def test_every_alert_says_what_to_do() -> None:
    for group in loaded(DEPLOY / "prometheus/alerts.yml")[0]["groups"]:
        for rule in group["rules"]:
            assert rule["labels"]["severity"] in ("critical", "warning", "info")
            assert rule["annotations"]["summary"]
            assert rule["annotations"]["action"]
            for label in re.findall(r"\$labels\.(\w+)", json.dumps(rule["annotations"])):
                assert label in ("instance", "engine")


def test_the_dashboard_can_be_imported() -> None:
    board = json.loads((DEPLOY / "grafana/newsroom.json").read_text(encoding="utf-8"))
    ids = [panel["id"] for panel in board["panels"]]
    assert len(set(ids)) == len(ids) > 10
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken
        assert max(x for x, _ in cells) < 24
        taken |= cells
        assert panel["datasource"]["uid"] == "${source}"  # asked for on import, not one of ours
    assert board["templating"]["list"][0]["name"] == "source"


def test_compose_waits_and_keeps_what_must_stay() -> None:
    services = COMPOSE["services"]
    assert services["api"]["depends_on"]["db"]["condition"] == "service_healthy"
    assert services["workbench"]["depends_on"]["api"]["condition"] == "service_healthy"
    assert services["vllm"]["profiles"] == ["vllm"]
    assert all(port.startswith("127.0.0.1:") for s in services.values() for port in s.get("ports", []))
    assert not services["db"].get("ports")
    for service in services.values():
        for volume in service.get("volumes", []):
            name = volume.split(":")[0]
            assert name in COMPOSE["volumes"] or name.startswith(("./", "${"))
