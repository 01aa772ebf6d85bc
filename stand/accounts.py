"""Logins and keys that the stands accept, by the names under which the gateway's mappings ask for them."""

import os

#: Invented, and good for nothing outside the stands; the environment overrides each.
ACCOUNTS = {
    "POS_CLIENT_ID": "region-89",
    "POS_PASSWORD": "pos-stand-password",
    "CITY_APP_SIGNING_KEY": "city-app-stand-signing-key",
    "CITY_APP_TOKEN": "city-app-stand-token",
    "HOTLINE_INTAKE_TOKEN": "hotline-stand-intake",
    "HOTLINE_TOKEN": "hotline-stand-token",
    "PORTAL_INTAKE_TOKEN": "portal-stand-intake",
    "PORTAL_TOKEN": "portal-stand-token",
    "NADYM_LOGIN": "gateway",
    "NADYM_PASSWORD": "nadym-stand-password",
    "MINISTRY_LOGIN": "gateway",
    "MINISTRY_PASSWORD": "ministry-stand-password",
    "INSPECTION_USER": "gateway",
    "INSPECTION_PASSWORD": "inspection-stand-password",
    "RECEPTION_USER": "reception",
    "RECEPTION_PASSWORD": "reception-stand-password",
    "RECEPTION_INTAKE_PASSWORD": "reception-stand-intake",
    "TEPLO_CLIENT_ID": "gateway",
    "TEPLO_CLIENT_SECRET": "teplo-stand-secret",
    "TEPLO_SIGNING_KEY": "teplo-stand-signing-key",
}


def account(name: str) -> str:
    return os.environ.get(name) or ACCOUNTS[name]


def environment(base: str, systems: list[str]) -> dict[str, str]:
    """What a gateway needs to reach these stands: `TSUR_URL_…` for each system, and the accounts."""
    urls = {f"TSUR_URL_{name.upper()}": f"{base}/{name}" for name in systems}
    return urls | {name: account(name) for name in ACCOUNTS}
