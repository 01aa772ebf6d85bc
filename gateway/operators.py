"""Who may use `tsur` for what: `operators.yaml` beside the key ring. Without the file everybody may do everything.

version: 1
operators:
  anna:
    role: operator                    # viewer, operator or administrator
    login: anna                       # the login of the operating system, or
    token: "sha256:9f86d0…"           # the SHA-256 of what TSUR_OPERATOR_TOKEN holds (`tsur operators token`)
    municipalities: ["71952000"]      # ОКТМО codes or their beginnings; `all`
"""

import getpass
import hashlib
import hmac
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from router.report import Report
from router.section import Section, open_file

FILE = "operators.yaml"
TOKEN = "TSUR_OPERATOR_TOKEN"  # noqa: S105  (its name)
#: Each may do what those before it may.
ROLES = {
    "viewer": "sees the desk, with residents masked, and the life of appeals",
    "operator": "decides at the desk, and unmasks with a reason",
    "administrator": "changes the configuration, pauses systems, forgets, rotates keys",
}
ALL = "all"
_HASH = re.compile(r"sha256:[0-9a-f]{64}")
_CODE = re.compile(r"[0-9]{2,11}")


class Denied(PermissionError):
    """The message says who may, and how to become one; no secrets."""


@dataclass(frozen=True, slots=True)
class Operator:
    """`municipalities`: codes of those whose cases they see; None: of all."""

    name: str
    role: str
    municipalities: tuple[str, ...] | None
    login: str | None = None
    token: str | None = None

    def may(self, role: str) -> bool:
        ranks = list(ROLES)
        return ranks.index(self.role) >= ranks.index(role)


def find_login() -> str:
    """A container's user may have no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # which of them depends on the version of Python
        return f"uid {os.getuid()}"


def admit(path: Path, by: str | None, role: str, environment: Mapping[str, str]) -> Operator:
    """Who is at work. `by`: the name they gave; with a file it must be their own. Raises Denied."""
    if not path.exists():
        return Operator(by or find_login(), "administrator", None)
    one = _recognise(load(path), path, environment)
    if by is not None and by != one.name:
        raise Denied(f"you are {one.name} in {path}: nobody decides in the name of {by}")
    if not one.may(role):
        raise Denied(f"{one.name} is {one.role}; this needs {role}, see {path}")
    return one


def _recognise(operators: list[Operator], path: Path, environment: Mapping[str, str]) -> Operator:
    if token := environment.get(TOKEN):
        mark = hash_token(token)
        found = [one for one in operators if one.token and hmac.compare_digest(one.token, mark)]
        remedy = f"{TOKEN} is nobody's; make a new one with `tsur operators token`"
    else:
        login = find_login()
        found = [one for one in operators if one.login == login]
        remedy = f"the login {login!r} is nobody's; set {TOKEN}, or have it added"
    if not found:
        raise Denied(f"{path}: {remedy}")
    return found[0]


def hash_token(token: str) -> str:
    """Plain SHA-256: a token has 256 random bits, there is nothing to guess."""
    return "sha256:" + hashlib.sha256(token.strip().encode()).hexdigest()


def load(path: Path) -> list[Operator]:
    """Raises Denied with every mistake on its line: a file that cannot be understood admits nobody."""
    if path.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise Denied(f"{path}: others may write to it; run `chmod 644 {path}`")
    report = Report(str(path))
    top = open_file(report, path.read_text("utf-8"), ("operators",))
    keys = ("role", "login", "token", "municipalities")
    made = [_read(key.value, section, report) for key, section in top.sections("operators", keys)]
    for name in ("login", "token"):
        _refuse_twice(made, name, top, report)
    if not made and not report.findings:
        report.add(top.at("operators"), "missing-key", "nobody is named", "write `operators: {anna: {role: …}}`")
    if report.findings:
        raise Denied("\n".join(map(str, sorted(report.findings))))
    return made


def _read(name: str, section: Section, report: Report) -> Operator:
    role = section.choice("role", ROLES, "viewer")
    login, token = section.text("login") or None, section.text("token") or None
    if not login and not token:
        report.add(section.node, "missing-key", f"{name} has neither `login` nor `token`", "write one of them")
    if token and not _HASH.fullmatch(token):
        report.add(
            section.at("token"), "unknown-choice", "no hash of a token", "write what `tsur operators token` says"
        )
    codes = section.texts("municipalities")
    if not codes:
        report.add(section.node, "missing-key", f"{name} has no `municipalities`", "write codes, or `all`")
    for code in codes:
        if code.value != ALL and not _CODE.fullmatch(code.value):
            report.add(code, "unknown-choice", f"`{code.value}` is no ОКТМО code", "write digits, or `all`")
    every = any(code.value == ALL for code in codes)
    return Operator(name, role, None if every else tuple(code.value for code in codes), login, token)


def _refuse_twice(made: list[Operator], key: str, top: Section, report: Report) -> None:
    given = [value for one in made if (value := getattr(one, key))]
    if len(given) != len(set(given)):
        what = f"two operators with one `{key}`: nobody could tell who decided"
        report.add(top.at("operators"), "duplicate-key", what, "give each their own")
