import pytest

from maas.adapters.common_passwords import FILE, digest, is_common
from maas.domain.identity.passwords import PASSWORD_MIN
from tools.common_passwords import main, packed

COMMON = ["qwertyuiop12", "QWERTYuiop12", "passwordpassword", "iloveyou1234", "123456789987654321", "1qaz2wsx3edc4rfv"]


@pytest.mark.parametrize("password", COMMON)
def test_a_common_password_is_on_the_list_in_any_case(password: str) -> None:
    assert is_common(password)


@pytest.mark.parametrize(
    "password", ["correct horse battery", "correct horse battery staple", "", "\u00e9" * 12, "z" * 256]
)
def test_another_password_is_not_on_the_list(password: str) -> None:
    assert not is_common(password)


def test_the_file_has_43940_digests_in_order() -> None:
    content = FILE.read_bytes()
    digests = [content[at : at + 5] for at in range(0, len(content), 5)]
    assert len(digests) == 43_940
    assert digests == sorted(set(digests))
    assert digest(COMMON[0]) == digest(COMMON[1])


def test_the_list_is_made_of_passwords_that_both_sources_have(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("lists")
    both, short = "b" * PASSWORD_MIN, "s" * (PASSWORD_MIN - 1)
    (folder / "breached.txt").write_text(f"{both}\n{short}\n{'x' * 20}\n")
    (folder / "ranked").write_text(f"{short}\n{both}\n{'y' * 20}\n")
    monkeypatch.setattr("tools.common_passwords.FILE", folder / "made.bin")
    main(folder, folder / "ranked")
    assert (folder / "made.bin").read_bytes() == digest(both) == packed({both, both.upper()})
