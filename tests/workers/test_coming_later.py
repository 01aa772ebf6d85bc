"""A secret or a certificate that is put in place later: nobody has to restart anything."""

import pytest

from tests.workers.talk import Talk
from workers.site import Absent


def test_what_could_not_be_built_is_built_when_it_can_be(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    runtime = talk.runtime
    monkeypatch.delenv("RECIPIENT_URL")
    before = runtime.site()
    assert isinstance(before.systems["recipient"].adapter, Absent)
    assert runtime.site() is before
    monkeypatch.setenv("RECIPIENT_URL", "http://127.0.0.1:9")
    assert runtime.site() is before  # not tried with every batch
    runtime._mend_at = 0.0
    after = runtime.site()
    assert not isinstance(after.systems["recipient"].adapter, Absent)
    assert after.systems["channel"] is before.systems["channel"]
    runtime._mend_at = 0.0
    assert runtime.site() is after
