from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from monitor.secret import SecretRef, read_secret

SECRET = "hunter2-very-secret"


def test_a_secret_comes_from_the_environment() -> None:
    assert read_secret("env:TOKEN", {"TOKEN": SECRET}).get_secret_value() == SECRET


def test_without_a_mapping_the_environment_of_the_process_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_TEST_TOKEN", SECRET)
    assert read_secret("env:TOCSIN_TEST_TOKEN").get_secret_value() == SECRET


def test_a_secret_comes_from_a_file_without_its_line_end(tmp_path: Path) -> None:
    where = tmp_path / "token"
    where.write_text(f"{SECRET}\n", encoding="utf-8")
    assert read_secret(f"file:{where}").get_secret_value() == SECRET


def test_a_secret_is_never_printed() -> None:
    secret = read_secret("env:TOKEN", {"TOKEN": SECRET})
    assert SECRET not in f"{secret} {secret!r}"


@pytest.mark.parametrize("environ", [{}, {"TOKEN": ""}])
def test_a_missing_variable_is_named(environ: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="TOKEN is not set"):
        read_secret("env:TOKEN", environ)


@pytest.mark.parametrize(
    ("content", "message"), [(None, "cannot be read"), (b" \n", "is empty"), (b"\xff", "cannot be read")]
)
def test_a_useless_file_is_named(tmp_path: Path, content: bytes | None, message: str) -> None:
    where = tmp_path / "token"
    if content is not None:
        where.write_bytes(content)
    with pytest.raises(ValueError, match=message) as caught:
        read_secret(f"file:{where}")
    assert str(where) in str(caught.value)


def test_a_secret_in_clear_is_refused_and_not_repeated() -> None:
    with pytest.raises(ValueError, match="not in clear") as caught:
        read_secret(SECRET)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("reference", "good"),
    [("env:A_1", True), ("file:/run/x", True), ("env:1A", False), (SECRET, False), ("file:", False)],
)
def test_a_reference_has_one_of_two_shapes(reference: str, *, good: bool) -> None:
    adapter = TypeAdapter[str](SecretRef)
    if good:
        assert adapter.validate_python(reference) == reference
    else:
        with pytest.raises(ValidationError):
            adapter.validate_python(reference)
