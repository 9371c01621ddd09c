"""Settings: a file, the environment over it, and errors that name file, place and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from margins.config import Settings, load
from margins.errors import ConfigError


def test_defaults_need_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a file and without variables every setting has its default."""
    monkeypatch.chdir(tmp_path)
    assert load(environ={}) == Settings()


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    """A variable replaces what the file says; what only the file says stays."""
    path = tmp_path / "margins.toml"
    path.write_text(
        'smtp_port = 2525\nsmtp_hostname = "mx.example.org"\naddresses = ["@a.example"]\n'
    )
    settings = load(path, {"MARGINS_SMTP_PORT": "2526", "MARGINS_API_DEVELOPMENT": "yes"})
    assert settings.smtp_port == 2526
    assert settings.smtp_hostname == "mx.example.org"
    assert settings.addresses == ("@a.example",)
    assert settings.api_development


def test_lists_and_paths_in_the_environment() -> None:
    """Lists are separated by commas, paths are paths, numbers are numbers."""
    settings = load(
        environ={
            "MARGINS_ADDRESSES": "notes@a.example, @b.example",
            "MARGINS_DATA": "somewhere",
            "MARGINS_GIVE_UP_AFTER_DAYS": "0.5",
        }
    )
    assert settings.addresses == ("notes@a.example", "@b.example")
    assert settings.data == Path("somewhere")
    assert settings.give_up_after_days == 0.5


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("smtp_prot = 25", "no setting 'smtp_prot'"),
        ('smtp_port = "25"', "smtp_port is '25'"),
        ("smtp_port = 70000", "a port from 0 to 65535"),
        ("addresses = [1]", "a list of strings"),
        ("addresses = []", "at least one address"),
        ('addresses = ["nobody"]', "name@domain"),
        ('trusted_networks = ["10.0.0.1/8"]', "a network such as"),
        ('tls_key = "key.pem"', "go together"),
        ("smtp_port = ", "cannot be read"),
        ("data = 3", "a path"),
        ("api_development = 1", "of type bool"),
        ("lease_seconds = 29.5", "more than api_seconds, which is 30"),
        ("api_seconds = 120", "lease_seconds is 120.0"),
    ],
)
def test_a_wrong_file_names_the_setting_and_the_remedy(
    tmp_path: Path, text: str, said: str
) -> None:
    """Every mistake is an error that says which setting is wrong and what it must be."""
    path = tmp_path / "margins.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    assert said in str(caught.value)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MARGINS_SMTP_PORT", "ten"),
        ("MARGINS_API_DEVELOPMENT", "perhaps"),
        ("MARGINS_SMTP_PORT", "-1"),
    ],
)
def test_a_wrong_variable_is_an_error(name: str, value: str) -> None:
    """A variable that cannot be read is never ignored."""
    with pytest.raises(ConfigError):
        load(environ={name: value})


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    """A file that was named must be there."""
    with pytest.raises(ConfigError, match=r"nothere\.toml"):
        load(tmp_path / "nothere.toml", {})


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"imap_user": ""}, "imap_user"),
        ({"imap_password": ""}, "imap_password"),
        ({"imap_password": "hush\r\nA1 DELETE INBOX"}, "imap_password"),
        ({"imap_folder": "a\nb"}, "imap_folder"),
        ({"imap_done": "INBOX"}, "imap_done"),
        ({"imap_seconds": 0.0}, "imap_seconds"),
    ],
)
def test_a_mailbox_is_named_in_full(changed: dict[str, object], named: str) -> None:
    """What is missing, or would be another command to the server, is named; no password is."""
    good = {"imap_host": "imap.example", "imap_user": "ada", "imap_password": "hush"}
    assert "hush" not in repr(Settings(**good))
    with pytest.raises(ConfigError, match=named) as raised:
        Settings(**{**good, **changed})
    assert "hush" not in str(raised.value)


@pytest.mark.parametrize("url", ["mysql://ada:hush@db/notes", "ada:hush@db", "hush"])
def test_a_wrong_database_is_refused_without_telling_its_password(url: str) -> None:
    """The error says what it must be instead, not what it was."""
    with pytest.raises(ConfigError, match="postgresql://") as raised:
        Settings(database=url)
    assert "hush" not in str(raised.value)


@pytest.mark.parametrize("store", ["s3://", "margins", "s3://Bucket", "s3://b/../c d", "http://x"])
def test_a_store_is_a_bucket_or_the_directory(store: str) -> None:
    """Anything else would be a directory nobody looks for."""
    with pytest.raises(ConfigError, match="s3://bucket"):
        Settings(store=store)
    assert Settings(store="s3://notes-mail/raw/").store


@pytest.mark.parametrize("roles", [(), ("smtp", "wroker")])
def test_roles_are_known_and_some(roles: tuple[str, ...]) -> None:
    """A process that runs nothing, by a misspelt word, is refused at its start."""
    with pytest.raises(ConfigError, match="worker"):
        Settings(roles=roles)


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("receipts_relay", ("ses:eu-west-1", "mail.example:25", "[::1]:25"), ("ses:", "ses:EU-1")),
        ("database", ("dynamodb://led-ger/sen.ders",), ("dynamodb://ledger", "dynamodb://a/b/c")),
    ],
)
def test_places_on_aws(name: str, good: tuple[str, ...], bad: tuple[str, ...]) -> None:
    """A region or two tables; anything else is said to be wrong, and what it must be."""
    for text in good:
        assert getattr(load(environ={f"MARGINS_{name.upper()}": text}), name) == text
    for text in bad:
        with pytest.raises(ConfigError, match="must be"):
            load(environ={f"MARGINS_{name.upper()}": text})
