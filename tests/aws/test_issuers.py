"""The key sets of identity providers."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from margins.aws.issuers import KeyFiles, fetch
from margins.errors import ConfigError, Unavailable

PROVIDER = "https://id.example"
CONFIGURATION = f"{PROVIDER}/.well-known/openid-configuration"


class Web:
    """Documents by URL, and how often each was asked for."""

    def __init__(self, **documents: object) -> None:
        self.documents: dict[str, object] = documents
        self.asked: list[str] = []

    def __call__(self, url: str) -> object:
        self.asked.append(url)
        if url not in self.documents:
            raise Unavailable("not there", place=url)
        return self.documents[url]


def _web(kid: str) -> Web:
    keys = {"keys": [{"kid": kid}]}
    return Web(**{CONFIGURATION: {"jwks_uri": f"{PROVIDER}/keys"}, f"{PROVIDER}/keys": keys})


def _kid(path: Path) -> str:
    return str(json.loads(path.read_text())["keys"][0]["kid"])


def test_a_provider_says_where_its_keys_are(tmp_path: Path) -> None:
    """By OpenID Connect Discovery; or the settings say it, and nobody is asked."""
    web = _web("one")
    files = KeyFiles((PROVIDER,), tmp_path, now=0, read=web)
    assert _kid(files.paths[PROVIDER]) == "one"
    assert web.asked == [CONFIGURATION, f"{PROVIDER}/keys"]
    assert files.audiences == {PROVIDER: ""}
    web.asked.clear()
    files = KeyFiles((f"{PROVIDER}={PROVIDER}/keys#4k7example",), tmp_path, now=0, read=web)
    assert web.asked == [f"{PROVIDER}/keys"]
    assert files.audiences == {PROVIDER: "4k7example"}


def test_keys_are_fetched_once_an_hour(tmp_path: Path) -> None:
    """A rotation arrives; a file that stays the same is not written, since it would be read."""
    web = _web("one")
    files = KeyFiles((PROVIDER,), tmp_path, now=0, read=web)
    path = files.paths[PROVIDER]
    os.utime(path, (1, 1))
    files.refresh(3700)
    assert path.stat().st_mtime == 1
    web.documents[f"{PROVIDER}/keys"] = {"keys": [{"kid": "two"}]}
    files.refresh(3800)
    assert _kid(path) == "one"
    files.refresh(7300)
    assert _kid(path) == "two"


def test_a_provider_that_is_away(tmp_path: Path) -> None:
    """At the start that is an error; later the keys of before stay."""
    web = _web("one")
    files = KeyFiles((PROVIDER,), tmp_path, now=0, read=web)
    web.documents.clear()
    files.refresh(4000)
    assert _kid(files.paths[PROVIDER]) == "one"
    with pytest.raises(Unavailable):
        KeyFiles((PROVIDER,), tmp_path, now=0, read=web)


@pytest.mark.parametrize("document", [[], {}, {"jwks_uri": 7}])
def test_a_configuration_without_keys(tmp_path: Path, document: object) -> None:
    """Whatever answers there, it is no provider."""
    with pytest.raises(Unavailable, match="jwks_uri"):
        KeyFiles((PROVIDER,), tmp_path, now=0, read=Web(**{CONFIGURATION: document}))


@pytest.mark.parametrize("url", ["http://id.example/keys", "file:///etc/passwd", ""])
def test_keys_come_over_https(url: str) -> None:
    """Whoever could change them on the way could sign for everybody."""
    with pytest.raises(ConfigError):
        fetch(url)
