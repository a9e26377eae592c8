"""How Debian packages are installed: as root, without questions, with no server started."""

from pathlib import Path

import pytest

from deploy.services import packages
from deploy.services.errors import ServiceFailed
from tests.deploy.programs import calls, put_program

_RUN_THE_REST = 'while [ "$1" = -n ]; do shift; done; exec "$@"'


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """PATH of a Debian where we are not root but have passwordless sudo, and where no policy-rc.d exists."""
    folder = tmp_path / "bin"
    put_program(folder, "sudo", _RUN_THE_REST)
    put_program(folder, "env", 'shift; exec "$@"')
    put_program(folder, "true", "exit 0")
    put_program(folder, "apt-cache", '[ "$2" != unknown ]')
    for name in ("sh", "chmod", "rm"):
        (folder / name).symlink_to(f"/bin/{name}")
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr(packages, "_POLICY", tmp_path / "policy-rc.d")
    return folder


def test_the_first_known_name_is_installed_while_servers_are_kept_down(system: Path, tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"
    apt = put_program(system, "apt-get", f'[ -x "{policy}" ]')
    assert packages.may_install()
    packages.install(["unknown|known", "plain"])
    update, install = calls(apt)
    assert update.endswith(" update")
    assert install.endswith(" install --no-install-recommends known plain")
    assert not policy.exists()


def test_the_machines_own_policy_is_left_alone(system: Path, tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"
    policy.write_text("its own", "utf-8")
    put_program(system, "apt-get", "exit 0")
    packages.install(["plain"])
    assert policy.read_text("utf-8") == "its own"


def test_a_failure_names_the_command_and_cleans_up(system: Path, tmp_path: Path) -> None:
    put_program(system, "apt-get", "exit 100")
    with pytest.raises(ServiceFailed, match=r"apt-get .* failed with exit status 100"):
        packages.install(["plain"])
    assert not (tmp_path / "policy-rc.d").exists()


def test_sudo_that_asks_for_a_password_is_no_right_to_install(system: Path) -> None:
    put_program(system, "apt-get", "exit 0")
    put_program(system, "sudo", "exit 1")
    assert not packages.may_install()
    with pytest.raises(ServiceFailed, match="passwordless sudo"):
        packages.install(["plain"])


def test_another_system_has_no_apt(system: Path) -> None:
    assert not (system / "apt-get").exists()
    assert not packages.may_install()
