"""What every test can use: the real services, started when a test first asks for one."""

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
