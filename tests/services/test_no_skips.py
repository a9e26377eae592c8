"""The rule that nothing is skipped under continuous integration."""

import pytest

_SKIPPING = """
    import pytest

    def test_proves_something():
        assert True

    def test_calls_skip():
        pytest.skip("no such server")

    @pytest.mark.skip(reason="not today")
    def test_is_marked():
        assert True

    @pytest.mark.xfail(reason="known to be wrong")
    def test_is_expected_to_fail():
        assert False

    @pytest.fixture
    def server():
        pytest.skip("no such server")

    def test_needs_a_server(server):
        assert True
"""
_SKIPPED_FILE = """
    import pytest

    pytest.importorskip("no_such_library")

    def test_never_collected():
        assert True
"""


def _run(pytester: pytest.Pytester, source: str) -> pytest.RunResult:
    pytester.makepyfile(source)
    return pytester.runpytest_inprocess("-p", "tests.services.no_skips", "-p", "no:asyncio")


@pytest.mark.parametrize("value", ["true", "TRUE", "1"])
def test_a_skipped_test_fails_under_ci(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("CI", value)
    result = _run(pytester, _SKIPPING)
    result.assert_outcomes(passed=1, failed=2, errors=2)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*Skipped, which CI=true does not allow: no such server*"])
    result.stdout.fnmatch_lines(["*Skipped, which CI=true does not allow: not today*"])
    result.stdout.fnmatch_lines(["*Skipped, which CI=true does not allow: known to be wrong*"])


def test_a_skipped_file_fails_under_ci(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    result = _run(pytester, _SKIPPED_FILE)
    result.assert_outcomes(errors=1)
    assert result.ret == pytest.ExitCode.INTERRUPTED


@pytest.mark.parametrize("value", ["", "false"])
def test_a_laptop_may_skip(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("CI", value)
    result = _run(pytester, _SKIPPING)
    result.assert_outcomes(passed=1, skipped=3, xfailed=1)
    assert result.ret == pytest.ExitCode.OK
