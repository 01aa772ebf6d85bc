"""docker-compose.yml and Dockerfile: valid, without secrets, and running exactly what exists here.

No Docker engine runs where tests run, so every command in them is tried here instead.
"""

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from compose_spec import PyCompose

from gateway.alive import count_alive
from gateway.engines.postgres import start_postgres
from gateway.settings import Settings
from ledger import leases, schema
from ledger.store import Store, open_engine
from ledger.vault import Vault

ROOT = Path(__file__).parents[1]
OURS = ("web", "worker", "sweeper", "schema", "configuration", "stands")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """As Compose reads it where no variable is set."""
    text = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", (ROOT / "docker-compose.yml").read_text())
    assert "$" not in text
    content: dict[str, Any] = yaml.safe_load(text)
    return content


@pytest.fixture(scope="module")
def services(compose: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = compose["services"]
    return found


def run(*command: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True)


def read_strictly(compose: dict[str, Any]) -> PyCompose:
    """Refuses unknown keys, impossible values, and networks, volumes and secrets that are not declared."""
    parsed = PyCompose.from_json(json.dumps(compose))
    parsed.validate()
    return parsed


def test_it_is_valid_by_the_specification(compose: dict[str, Any]) -> None:
    parsed = read_strictly(compose)
    assert set(parsed.service_names()) == {*OURS, "postgres", "redis"}


def test_the_check_by_the_specification_has_teeth() -> None:
    mistakes: list[dict[str, Any]] = [
        {"helthcheck": {}},
        {"healthcheck": {"test": ["CMD", "x"], "interval": "5 apples"}},
    ]
    for broken in mistakes:
        with pytest.raises(ValueError):
            read_strictly({"services": {"web": {"image": "x", **broken}}})
    with pytest.raises(ValueError):
        read_strictly({"services": {"web": {"image": "x", "networks": ["nowhere"]}}})


def test_what_a_service_waits_for_exists_and_can_come_true(services: dict[str, Any]) -> None:
    for service in services.values():
        for name, wanted in service.get("depends_on", {}).items():
            if wanted["condition"] == "service_healthy":
                assert "healthcheck" in services[name]
            else:
                assert services[name]["restart"] == "no", f"{name} never completes"


def test_everything_that_stays_up_has_a_health_check(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert service["restart"] == "no" or "healthcheck" in service, name


def test_everything_is_confined(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert service["read_only"] is True, name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert "privileged" not in service and "network_mode" not in service
        assert name == "postgres" or service["cap_drop"] == ["ALL"], name  # its start script changes owners
    published = {name for name, service in services.items() if "ports" in service}
    assert published == {"web"}


def test_the_worker_can_be_scaled(services: dict[str, Any]) -> None:
    assert not {"container_name", "ports", "hostname"} & services["worker"].keys()


def test_it_holds_no_secret(compose: dict[str, Any], services: dict[str, Any]) -> None:
    for name, service in services.items():
        for variable, value in service.get("environment", {}).items():
            is_secret = re.search("PASSWORD|TOKEN|KEY|SECRET", variable)
            assert not is_secret or variable.endswith(("_FILE", "_DIR")), f"{name}: {variable}"
            assert not re.search(r"://[^/]*:[^/]*@", str(value)), f"{name}: {variable} has a password"
    for secret in compose["secrets"].values():
        assert secret["file"].startswith("secrets/")
    assert run("git", "check-ignore", "secrets/x").returncode == 0
    allowed = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in allowed and "!secrets" not in allowed


@pytest.mark.parametrize("name", OURS)
def test_each_command_is_one_of_ours(services: dict[str, Any], name: str) -> None:
    command = services[name]["command"]
    program = Path(sys.executable).parent / command[0]
    words = command[1:3] if command[1:2] in (["-m"], ["db"]) else command[1:2]
    shown = run(str(program), *words, "--help", NO_COLOR="1", COLUMNS="200")
    assert shown.returncode == 0, shown.stderr
    for option in (word for word in command[1:] if word.startswith("--")):
        assert option in shown.stdout, f"`{' '.join(command)}`: no option {option}"


def test_our_settings_know_each_variable(services: dict[str, Any]) -> None:
    known = {f"TSUR_{name.upper()}" for name in Settings.__dataclass_fields__}
    image = set(re.findall(r"\b(TSUR_\w+)=", (ROOT / "Dockerfile").read_text()))
    given = {name for service in OURS for name in services[service].get("environment", {}) if name.startswith("TSUR_")}
    assert (given | image) <= known


def test_the_secrets_script_makes_what_is_asked_for_once(tmp_path: Path, compose: dict[str, Any]) -> None:
    folder = tmp_path / "secrets"
    script = [sys.executable, "-I", str(ROOT / "scripts" / "make_secrets.py"), "--stands", "--folder", str(folder)]
    assert run(*script).returncode == 0
    files = {path: path.read_text() for path in folder.rglob("*") if path.is_file()}
    assert folder.stat().st_mode & 0o077 == 0
    assert {folder.parent / secret["file"] for secret in compose["secrets"].values()} <= files.keys()
    assert (folder / "systems" / "POS_PASSWORD").exists()
    assert "TSUR_URL_POS=http://stands:8900/pos\n" in files[folder / "systems.env"]
    assert run(*script).returncode == 0
    assert files == {path: path.read_text() for path in files}


def test_the_health_check_follows_the_heartbeat_and_the_service_file_opens_the_ledger(
    engines_folder: Path, services: dict[str, Any], tmp_path: Path
) -> None:
    url = services["worker"]["environment"]["TSUR_DATABASE_URL"]
    with start_postgres(engines_folder / "compose", durable=False) as server:
        service = tmp_path / "pg_service.conf"
        service.write_text(f"[tsur]\nhost={server.url.partition('host=')[2]}\nuser=postgres\ndbname=postgres\n")
        engine = open_engine(server.url)
        schema.upgrade(engine)
        store = Store(engine, Vault({"k1": bytes(32)}, "k1", bytes(32)))
        check = services["worker"]["healthcheck"]["test"][1:]
        command = [sys.executable, *check[1:]]
        environment = {"TSUR_DATABASE_URL": url, "PGSERVICEFILE": str(service)}
        assert run(*command, **environment).returncode == 1
        lease = leases.take_lease(store, "worker")
        alive = run(*command, **environment)
        assert alive.returncode == 0, alive.stderr
        assert count_alive(server.url, "another-host") == 0
        leases.release(store, lease)
        assert run(*command, **environment).returncode == 1
        store.close()


def test_the_image_gets_every_module_and_every_file_that_modules_read(tmp_path: Path) -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    rooms = re.findall(r"^COPY (\w+) \./\1$", dockerfile, re.MULTILINE)
    for room in rooms:
        (tmp_path / room).symlink_to(ROOT / room)
    (tmp_path / "pyproject.toml").symlink_to(ROOT / "pyproject.toml")
    pip = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "--wheel-dir",
        str(tmp_path),
        "-q",
    ]
    built = run(*pip, str(tmp_path))
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    tracked = run("git", "ls-files", "--", *rooms).stdout.splitlines()
    assert {path for path in tracked if (ROOT / path).exists()} <= packed


def test_the_rooms_in_the_image_are_the_packages_of_the_project() -> None:
    copied = set(re.findall(r"^COPY (\w+) \./\1$", (ROOT / "Dockerfile").read_text(), re.MULTILINE))
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert copied == packages
    assert packages | {"requirements.lock", "requirements-dev.lock", "pyproject.toml", "mappings"} == allowed


def test_the_image_runs_as_nobody_in_particular() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    last_user = [line for line in lines if line.startswith("USER")][-1]
    assert last_user == "USER 10001:10001"
    command = next(line for line in reversed(lines) if line.startswith("CMD")).removeprefix("CMD ")
    assert json.loads(command) == ["tsur", "web"]
