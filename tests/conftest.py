"""What every test can use: the real services, started when a test first asks for one."""

from hypothesis import HealthCheck, settings

pytest_plugins = [
    "pytester",
    "tests.services.no_skips",
    "tests.services.markers",
    "tests.services.names",
    "tests.services.kafka",
    "tests.services.postgres",
    "tests.services.prometheus",
    "tests.services.chromium",
]

# A busy machine is slow, not wrong: no property fails because an example took long.
settings.register_profile("tocsin", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("quick", parent=settings.get_profile("tocsin"), max_examples=10)  # of make check
settings.load_profile("tocsin")
