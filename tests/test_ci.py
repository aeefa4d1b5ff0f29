from __future__ import annotations

import pytest

from tests.ci import recording, skip_where_missing

VARIABLE = "RECORD_SOMETHING"


def test_nothing_records_itself_anew_in_continuous_integration(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CI", "true")
    assert not recording(VARIABLE)
    monkeypatch.setenv(VARIABLE, "1")
    with pytest.raises(RuntimeError, match="CI is set"):
        recording(VARIABLE)
    monkeypatch.delenv("CI")
    assert recording(VARIABLE)


def test_what_is_missing_is_a_failure_in_continuous_integration(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no browser"):
        skip_where_missing("no browser")
    monkeypatch.delenv("CI")
    with pytest.raises(pytest.skip.Exception, match="no browser"):
        skip_where_missing("no browser")
