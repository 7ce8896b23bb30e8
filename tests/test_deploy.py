"""The files in deploy/: checked as far as possible without building and starting them."""

import json
import re
import shlex
import tomllib

import yaml
from typer.main import get_command

from posterplot.cli import app
from posterplot.serve import limits


def options():
    return {name for p in get_command(app).get_command(None, "serve").params for name in p.opts}


def test_the_container(pytestconfig):
    folder = pytestconfig.rootpath / "deploy"
    dockerfile = (folder / "Dockerfile").read_text()
    entry = json.loads(re.search(r"^ENTRYPOINT (.+)$", dockerfile, re.MULTILINE)[1])
    assert entry[:2] == ["posterplot", "serve"]
    assert {word for word in entry if word.startswith("--")} <= options()
    sent = (pytestconfig.rootpath / ".dockerignore").read_text().splitlines()
    for names in re.findall(r"^COPY ([^-].+) \./", dockerfile, re.MULTILINE):
        for name in names.split():
            assert (pytestconfig.rootpath / name).exists()
            assert f"!{name}" in sent
    service = yaml.safe_load((folder / "compose.yaml").read_text())["services"]["posterplot"]
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    assert entry[entry.index("--host") + 1] == "0.0.0.0"
    assert service["environment"]["POSTERPLOT_ALLOW_HOST"]  # without it and a token, serve refuses
    assert int(service["stop_grace_period"].rstrip("s")) > limits.SHUTDOWN_SECONDS


def test_what_the_container_installs_is_pinned_with_hashes(pytestconfig):
    """All of it, at the versions of constraints.txt, and every dependency of the core."""
    text = (pytestconfig.rootpath / "deploy/requirements.txt").read_text()
    entries = re.findall(r"^([a-z0-9-]+)==([^ ]+)([^\n]*\n(?:    --hash[^\n]+\n?)*)", text, re.M)
    pinned = {name: version for name, version, _ in entries}
    assert all("--hash=sha256:" in rest for *_, rest in entries)
    constraints = (pytestconfig.rootpath / "constraints.txt").read_text().lower().splitlines()
    known = dict(line.replace("_", "-").split("==") for line in constraints if "==" in line)
    assert {name: known.get(name, version) for name, version in pinned.items()} == pinned
    project = tomllib.loads((pytestconfig.rootpath / "pyproject.toml").read_text())["project"]
    required = {re.match(r"[a-z0-9-]+", name)[0] for name in project["dependencies"]}
    assert required | {"hatchling"} <= pinned.keys()
    dockerfile = (pytestconfig.rootpath / "deploy/Dockerfile").read_text()
    assert "--require-hashes --requirement requirements.txt" in dockerfile
    assert "--no-deps --no-build-isolation ." in dockerfile


def test_the_base_image_is_pinned_by_its_digest(pytestconfig):
    dockerfile = (pytestconfig.rootpath / "deploy/Dockerfile").read_text()
    base = re.search(r"^ARG BASE=(.+)$", dockerfile, re.MULTILINE)[1]
    assert re.fullmatch(r"python:3\.12\.\d+-slim-[a-z]+@sha256:[0-9a-f]{64}", base)
    assert {line.split()[1] for line in dockerfile.splitlines() if line.startswith("FROM")} == {
        "${BASE}"
    }


def test_the_unit_and_the_proxy(pytestconfig):
    folder = pytestconfig.rootpath / "deploy"
    unit = (folder / "posterplot.service").read_text()
    command = shlex.split(re.search(r"^ExecStart=(.+)$", unit, re.MULTILINE)[1])
    assert command[1] == "serve"
    assert {word for word in command if word.startswith("--")} <= options()
    stop = int(re.search(r"^TimeoutStopSec=(\d+)$", unit, re.MULTILINE)[1])
    assert stop > limits.SHUTDOWN_SECONDS
    proxy = (folder / "nginx.conf").read_text()
    assert f"client_max_body_size {limits.MAX_BODY >> 20}m;" in proxy
    assert "proxy_set_header Host $host;" in proxy
    assert proxy.count("{") == proxy.count("}")
    assert "limit_req zone=posterplot" in proxy
    assert "http_503 non_idempotent" in proxy  # a POST would not be passed on otherwise


def test_the_limits_in_the_documentation(pytestconfig):
    text = (pytestconfig.rootpath / "docs/serving.md").read_text()
    for number in (
        f"{limits.MAX_BODY >> 20} MiB, {limits.MAX_FILMS} films, {limits.BODY_SECONDS:.0f} s",
        f"{limits.MAX_POSTER >> 20} MiB, {limits.MAX_PIXELS // 10**6} million pixels",
        f"{limits.MAX_SCANS} scans",
        f"{limits.MAX_OVERVIEW:,} characters; {limits.MAX_NAME}",
        f"{limits.MAX_QUEUED} films in the queue, {limits.MAX_BODIES >> 20} MiB of bodies, "
        f"{limits.MAX_CONNECTIONS} connections",
        f"{limits.RESPONSE_SECONDS:.0f} s, then 503",
        f"{limits.MAX_JSON_MARKS:,} brackets, commas, colons and quotation marks",
        f"{limits.MAX_EXPLANATIONS} in a queue of their own",
        f"{limits.MAX_OVERLAY_SIDE} pixels",
        f"{limits.MAX_HEAD >> 10} KiB",
    ):
        assert number in text, number


def test_the_cluster(pytestconfig):
    folder = pytestconfig.rootpath / "deploy"
    claim, job = yaml.safe_load_all((folder / "kuberay.yaml").read_text())
    constraints = (pytestconfig.rootpath / "constraints.txt").read_text()
    version = re.search(r"^ray==(.+)$", constraints, re.MULTILINE)[1]
    assert job["spec"]["rayClusterSpec"]["rayVersion"] == version
    dockerfile = (folder / "ray.Dockerfile").read_text()
    assert f"FROM rayproject/ray:{version}-" in dockerfile
    sent = (pytestconfig.rootpath / ".dockerignore").read_text().splitlines()
    for names in re.findall(r"^COPY --chown=ray:users (.+) \./", dockerfile, re.MULTILINE):
        assert {f"!{name}" for name in names.split()} <= set(sent)
    # the shell that expands RAY_ADDRESS and $? must be that of the head
    assert job["spec"]["submissionMode"] == "HTTPMode"
    predict, _, otherwise = job["spec"]["entrypoint"].partition(" || ")
    assert otherwise == "test $? -eq 1"
    program, command, *words = shlex.split(predict)
    assert (program, command) == ("posterplot", "predict")
    known = {name for p in get_command(app).get_command(None, command).params for name in p.opts}
    assert {word for word in words if word.startswith("--")} <= known
    head = job["spec"]["rayClusterSpec"]["headGroupSpec"]["template"]["spec"]
    assert head["volumes"][0]["persistentVolumeClaim"]["claimName"] == claim["metadata"]["name"]
    mounted = head["containers"][0]["volumeMounts"][0]["mountPath"]
    assert words[words.index("--out") + 1].startswith(f"{mounted}/")
    assert claim["kind"] == "PersistentVolumeClaim"
