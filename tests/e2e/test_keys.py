"""Keys change while the service runs, and nobody notices."""

from __future__ import annotations

import json
from urllib.request import urlopen

import pytest
from running import Running, mail, notebook_html

pytestmark = pytest.mark.slow

COUNT = "{ annotations { totalCount } }"


def published(service: Running) -> list[str]:
    """The keys the notes API shows to whoever wants to check our tokens."""
    url = f"http://127.0.0.1:{service.api_port}/.well-known/jwks.json"
    with urlopen(url, timeout=30) as answer:
        return [key["kid"] for key in json.load(answer)["keys"]]


def rotate(service: Running) -> str:
    """The name of the key that signs from now on."""
    return service.command("keys", "rotate").stdout.strip()


def test_three_rotations_fail_no_mail(service: Running) -> None:
    """After each, a mail is delivered, a person reads the notes, and the new keys are shown."""
    assert published(service)
    for number in range(1, 4):
        signing = rotate(service)
        code, _ = service.send(mail(notebook_html(2, title=f"Volume {number}")))
        assert code == 250
        assert {state for _, state, _ in service.settled(number)} == {"delivered"}
        assert service.graphql(COUNT)["annotations"]["totalCount"] == 2 * number
        assert signing in published(service)
    ours = json.loads(service.command("keys", "jwks").stdout)["keys"]
    assert sorted(published(service)) == sorted(key["kid"] for key in ours)


def test_a_key_the_api_has_never_seen(service: Running) -> None:
    """Two rotations on end leave it none of the keys it knew that still sign."""
    seen = published(service)
    rotate(service)
    assert rotate(service) not in seen
    service.send(mail(notebook_html(2)))
    [(_, state, _)] = service.settled()
    assert state == "delivered"
