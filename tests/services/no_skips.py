"""Under continuous integration (`CI=true`) a skipped test is a failed test: nothing goes unproved unseen."""

import os
from collections.abc import Generator

import pytest


def under_ci() -> bool:
    """Tell whether this is a run of the continuous integration."""
    return os.environ.get("CI", "").strip().lower() in {"true", "1"}


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip, also one that is an expected failure, into a failure that says why it was skipped."""
    report = yield
    if report.skipped and under_ci():
        reason = getattr(report, "wasxfail", None) or _reason(report)
        if hasattr(report, "wasxfail"):
            del report.wasxfail  # else it is still counted as an expected failure
        report.outcome = "failed"
        report.longrepr = f"Skipped, which CI=true does not allow: {reason}"
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Turn the skip of a whole file into an error."""
    report = yield
    if report.skipped and under_ci():
        reason = _reason(report)
        report.outcome = "failed"
        report.longrepr = f"Skipped, which CI=true does not allow: {reason}"
    return report


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    where_and_why = report.longrepr
    reason = str(where_and_why[2] if isinstance(where_and_why, tuple) else where_and_why)
    return reason.removeprefix("Skipped: ")
