"""The files that docker-compose.yml reads: secrets stay out of it, of the image and of the environment."""

import argparse
import secrets
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SERVICE = """[tsur]
host=postgres
dbname=tsur
user=tsur
password={password}
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/secrets", description=__doc__)
    parser.add_argument("--stands", action="store_true", help="also addresses and logins of the simulated systems")
    parser.add_argument("--folder", type=Path, default=ROOT / "secrets", help="where (default: %(default)s)")
    chosen = parser.parse_args()
    make_database_login(chosen.folder)
    if chosen.stands:
        make_stand_logins(chosen.folder)


def make_database_login(folder: Path) -> None:
    # The files are readable, since a container's user must read them; the folder around them is not.
    folder.mkdir(mode=0o700, exist_ok=True)
    systems = folder / "systems"
    systems.mkdir(exist_ok=True)
    systems.chmod(0o755)
    password = folder / "postgres_password"
    keep(password, secrets.token_urlsafe(32))
    keep(folder / "pg_service.conf", SERVICE.format(password=password.read_text()))


def make_stand_logins(folder: Path) -> None:
    from stand.accounts import environment
    from stand.site import NAMES

    found = environment("http://stands:8900", NAMES)
    addresses = {name: value for name, value in found.items() if name.startswith("TSUR_URL_")}
    keep(folder / "systems.env", "".join(f"{name}={value}\n" for name, value in addresses.items()))
    for name, value in found.items():
        if name not in addresses:
            keep(folder / "systems" / name, value)


def keep(path: Path, content: str) -> None:
    if path.exists():
        print(f"{path} is there already")
        return
    path.write_text(content)
    path.chmod(0o444)
    print(f"{path} made")


if __name__ == "__main__":
    main()
