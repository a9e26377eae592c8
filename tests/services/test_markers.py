"""Tests are marked by the services that they use."""

import pytest


def test_a_test_is_deselected_by_the_service_that_it_uses(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nmarkers =\n    kafka: a\n    postgres: b\n")
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture
        def kafka_broker():
            raise AssertionError("must not be started")

        @pytest.fixture
        def prefixed_broker(kafka_broker):
            return kafka_broker

        def test_of_kafka(prefixed_broker):
            assert prefixed_broker

        def test_of_nothing():
            assert True
        """
    )
    result = pytester.runpytest_inprocess(
        "-p", "tests.services.markers", "-p", "no:asyncio", "-m", "not kafka"
    )
    result.assert_outcomes(passed=1, deselected=1)
