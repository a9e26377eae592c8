"""The example configuration is valid as it stands, and its parts fit together."""

from pathlib import Path

from pydantic import BaseModel

from monitor.match import compile_brands
from monitor.playbook import load_playbook
from monitor.secret import read_secret
from monitor.settings import BrandSettings
from monitor.yaml_document import load_document, validate
from routing.settings import RoutingSettings

CONFIG = Path(__file__).parents[3] / "deploy" / "example" / "tocsin.yaml"


class Parts(BaseModel):
    """The parts that stand on their own."""

    brands: tuple[BrandSettings, ...]
    routing: RoutingSettings
    playbook: Path


def parts() -> Parts:
    return validate(load_document(CONFIG), Parts)


def test_its_parts_are_valid_and_its_queries_can_be_read() -> None:
    found = parts()
    compile_brands(found.brands)
    assert {person.language for person in found.routing.people} == {"fr", "en"}
    assert len(found.routing.catch_all) > 1


def test_its_playbook_covers_its_brands() -> None:
    found = parts()
    playbook = load_playbook(
        CONFIG.parent / found.playbook, known_brands=[brand.id for brand in found.brands]
    )
    assert all(playbook.covers(brand.id) for brand in found.brands)


def test_its_only_secret_is_the_one_of_the_links() -> None:
    secret = parts().routing.links.secret
    assert secret == "env:TOCSIN_LINK_SECRET"
    assert read_secret(secret, {"TOCSIN_LINK_SECRET": "x" * 32}).get_secret_value() == "x" * 32
