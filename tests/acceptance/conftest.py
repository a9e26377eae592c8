"""The routers of the routing tests, on SQLite and on PostgreSQL."""

from tests.routing.conftest import scene, store_url

__all__ = ["scene", "store_url"]
