"""Keys in a directory."""

from __future__ import annotations

import stat
import subprocess
import sys
from base64 import b64decode, b64encode
from pathlib import Path
from random import Random

import jwt
import pytest

from margins.errors import ConfigError
from margins.signer.file import FileSigner, thumbprint
from margins.testing.contracts import SignerContract

CLAIMS = {"sub": "ada"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with keys; making them is slow."""
    directory = tmp_path_factory.mktemp("keys") / "new"
    FileSigner(directory)
    return directory


@pytest.fixture
def keys(made: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may change."""
    for path in made.iterdir():
        copy = tmp_path / path.name
        copy.touch(0o600)
        copy.write_bytes(path.read_bytes())
    return tmp_path


def kids(signer: FileSigner) -> list[str]:
    """Names of the published keys, the signing one first."""
    published = signer.jwks()["keys"]
    assert isinstance(published, list)
    return [key["kid"] for key in published]


def signing(signer: FileSigner) -> str:
    """Name of the key that signs."""
    return str(jwt.get_unverified_header(signer.sign(CLAIMS))["kid"])


class TestContract(SignerContract):
    """What every signer promises."""

    @pytest.fixture
    def signer(self, made: Path) -> FileSigner:
        return FileSigner(made)


def test_the_first_start_makes_private_keys(made: Path) -> None:
    """Two of them, for the owner's eyes only."""
    assert {stat.S_IMODE(path.stat().st_mode) for path in made.iterdir()} == {0o600}
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    assert len(list(made.iterdir())) == 2


def test_a_restart_finds_the_same_keys(keys: Path) -> None:
    """Tokens signed before it stay valid."""
    assert kids(FileSigner(keys)) == kids(FileSigner(keys))


def test_a_key_is_named_by_its_thumbprint() -> None:
    """The example of RFC 7638 s3.1."""
    n = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECP"
        "ebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY"
        "368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0f"
        "M4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    )
    named = thumbprint({"kty": "RSA", "n": n, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"})
    assert named == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_a_rotation_signs_with_a_key_that_was_published_before(keys: Path) -> None:
    """Who read the key set yesterday believes tomorrow's tokens, and tokens on their way."""
    signer = FileSigner(keys)
    old, published = signing(signer), kids(signer)
    new = signer.rotate()
    assert new == signing(signer) != old
    assert new in published
    assert old in kids(signer)


def test_keys_retire_at_the_second_rotation(keys: Path) -> None:
    """Three are published at most; a retired key's file is gone."""
    signer = FileSigner(keys)
    old = signing(signer)
    signer.rotate()
    signer.rotate()
    assert old not in kids(signer)
    assert len(kids(signer)) == len(list(keys.glob("*.pem"))) == 3


def test_a_rotation_by_another_process_is_seen(keys: Path) -> None:
    """A running service signs with the new key without a restart."""
    running, command = FileSigner(keys), FileSigner(keys)
    assert command.rotate() == signing(running)
    assert kids(running) == kids(command)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o602])
def test_a_key_others_can_read_is_refused(keys: Path, mode: int) -> None:
    """With the command that mends it."""
    path = min(keys.iterdir())
    path.chmod(mode)
    with pytest.raises(ConfigError, match=f"chmod 600 {path}"):
        FileSigner(keys)


def test_what_is_no_long_enough_rsa_key_is_refused(keys: Path) -> None:
    """Damage, other kinds of key and short ones are named, with a remedy."""
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    short = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    curve = ec.generate_private_key(ec.SECP256R1())
    pems = [
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        for key in (short, curve)
    ]
    path = min(keys.iterdir())
    for pem in (*pems, b"", b"-----BEGIN"):
        path.write_bytes(pem)
        with pytest.raises(ConfigError, match=path.name) as raised:
            FileSigner(keys)
        assert raised.value.remedy


def test_a_damaged_key_is_refused_or_signs_as_before(keys: Path) -> None:
    """Whatever bit of it the disk has turned: no token is signed that its public key denies."""
    path = min(keys.iterdir())
    first, *body, last = path.read_bytes().splitlines()
    key_set = FileSigner(keys).jwks()
    octets, chance, refused = b64decode(b"".join(body)), Random(1), 0
    for _ in range(60):
        damaged = bytearray(octets)
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        path.write_bytes(b"\n".join([first, b64encode(damaged), last]))
        try:
            signer = FileSigner(keys)
        except ConfigError as error:
            refused += path.name in str(error)
        else:
            assert signer.jwks() == key_set
            known = jwt.PyJWKSet.from_dict(dict(key_set))[signing(signer)]
            assert jwt.decode(signer.sign(CLAIMS), known, algorithms=["RS256"]) == CLAIMS
    assert 0 < refused < 60


def test_other_files_are_left_alone(keys: Path) -> None:
    """Only numbered PEM files are keys."""
    (keys / "README.txt").write_text("keys of the notes API")
    (keys / "zz.pem").write_text("not ours")
    FileSigner(keys).rotate()
    assert (keys / "zz.pem").exists()


def test_first_starts_at_once_agree(tmp_path: Path) -> None:
    """Two processes that find no keys make one pair of them."""
    code = "import sys; from pathlib import Path; from margins.signer.file import FileSigner; "
    code += "print(FileSigner(Path(sys.argv[1])).jwks())"
    command = [sys.executable, "-c", code, str(tmp_path / "keys")]
    starts = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    told = {start.communicate()[0] for start in starts}
    assert len(told) == 1
    assert "kid" in told.pop()
