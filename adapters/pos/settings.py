"""`connect:` of the ПОС: the published addresses are defaults, so that a site with other ones changes YAML only."""

from typing import Annotated, Any

from pydantic import BeforeValidator, model_validator

from adapters.connect import Connect, Expired, Probe
from adapters.settings import Given, Seconds, Strict, split_segments

Place = Annotated[tuple[str, ...], BeforeValidator(split_segments)]


class Dictionaries(Strict):
    """`check`: codes of a new message are looked up before it is sent."""

    check: bool = True
    keep: Seconds = 6 * 3600.0
    regions: Place = ("inbox-service", "regions", "all")
    subjects: Place = ("inbox-service", "subjects", "region", "{region}", "all")
    subsubjects: Place = ("inbox-service", "subsubjects", "search")


class Settings(Connect):
    """`user` and `password` stand for the password grant of the ПОС; `auth:` may replace it whole."""

    user: Given | None = None
    password: Given | None = None
    token_url: Place = ("user-service", "oauth", "token")
    region: str | None = None
    dictionaries: Dictionaries = Dictionaries()
    health: Probe | None = Probe(get=("inbox-service", "regions", "all"))
    expired: Expired = Expired(statuses=(401, 403))

    @model_validator(mode="before")
    @classmethod
    def login(cls, raw: Any) -> Any:
        """The Basic header carries user and password too; the scope is always «any»."""
        if not isinstance(raw, dict) or "user" not in raw or "auth" in raw:
            return raw
        url = raw.get("token_url", list(cls.model_fields["token_url"].default))
        auth = {"by": "password", "url": url, "user": raw["user"], "password": raw.get("password", "")}
        return raw | {"auth": auth | {"scope": "any", "send": "basic"}}
