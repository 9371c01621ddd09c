"""RSA keys in a directory, one PEM file each.

Of the keys, the newest is published and not used yet; the one before it signs; the one before that
is still believed. Whoever read the key set before a rotation therefore knows the key that signs
after it, and nothing has to be restarted in step.
"""

from __future__ import annotations

import json
import os
import re
import stat
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from margins.clients.disk import LocalDisk, alone_in, make_directory, replace, reporting
from margins.errors import ConfigError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

__all__ = ["FileSigner", "thumbprint"]

_BITS = 2048
_PUBLISHED = 3
_NAME = re.compile(r"[0-9]{6}\.pem")


def _base64url(number: int) -> str:
    octets = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def thumbprint(jwk: Mapping[str, str]) -> str:
    """The key's name: SHA-256 over its required members (RFC 7638), base64url."""
    members = {name: jwk[name] for name in ("e", "kty", "n")}
    canonical = json.dumps(members, separators=(",", ":"), sort_keys=True).encode("ascii")
    return urlsafe_b64encode(sha256(canonical).digest()).rstrip(b"=").decode("ascii")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Key:
    private: RSAPrivateKey
    jwk: Mapping[str, str]


def _key(private: RSAPrivateKey) -> _Key:
    numbers = private.public_key().public_numbers()
    jwk = {"kty": "RSA", "n": _base64url(numbers.n), "e": _base64url(numbers.e)}
    return _Key(private=private, jwk=jwk | {"kid": thumbprint(jwk), "use": "sig", "alg": "RS256"})


def _is_sound(private: RSAPrivateKey) -> bool:
    """What it signs is its own: a key that was damaged on the disk shows here."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - 100 ms
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15  # noqa: PLC0415
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415

    try:
        signature = private.sign(b"", PKCS1v15(), SHA256())
        private.public_key().verify(signature, b"", PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def _load(path: Path) -> _Key:
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - 100 ms
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
        load_pem_private_key,
    )

    with path.open("rb") as file:
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        if mode & 0o077:
            raise ConfigError(
                f"Others on this machine may read this key: its mode is {mode:04o}.",
                place=str(path),
                remedy=f"Rotate the keys if somebody could have, and run: chmod 600 {path}",
            )
        pem = file.read(65536)
    try:
        # We made it: that its factors are primes, which takes 50 ms to test, is believed.
        private = load_pem_private_key(pem, password=None, unsafe_skip_rsa_key_validation=True)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _unusable(path, "an unencrypted PEM private key") from error
    if not isinstance(private, RSAPrivateKey) or private.key_size < _BITS:
        raise _unusable(path, f"an RSA key of {_BITS} bits or more")
    if not _is_sound(private):
        raise _unusable(path, "a whole RSA key")
    return _key(private)


def _unusable(path: Path, wanted: str) -> ConfigError:
    return ConfigError(
        f"This is not {wanted}.",
        place=str(path),
        remedy="Restore it from a backup, or remove it: a missing key is made anew.",
    )


def _create(path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415 - 100 ms
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    private = rsa.generate_private_key(public_exponent=65537, key_size=_BITS)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    replace(LocalDisk(), path, pem)


class FileSigner:
    """margins.ports.Signer over a directory; keys are made where there are none.

    Threads and processes may share the directory: a rotation in one is seen by all.

    Raises:
        ConfigError: a key file is readable by others, no RSA key, or too short.
        Unavailable: the directory cannot be used.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory.absolute()
        self._lock = Lock()
        self._seen: tuple[str, ...] = ()
        self._keys: list[_Key] = []
        with reporting(self._directory):
            make_directory(LocalDisk(), self._directory)
            with alone_in(self._directory):
                while len(names := self._names()) < 2:
                    self._add(names)
        self._live()

    def _names(self) -> tuple[str, ...]:
        """Key files, oldest first."""
        return tuple(n for n in LocalDisk().names(self._directory) if _NAME.fullmatch(n))

    def _add(self, names: tuple[str, ...]) -> None:
        number = int(names[-1].removesuffix(".pem")) + 1 if names else 1
        _create(self._directory / f"{number:06}.pem")

    def _live(self) -> list[_Key]:
        """The keys in force, oldest first, read again when there are others."""
        with self._lock, reporting(self._directory):
            names = self._names()[-_PUBLISHED:]
            if len(names) < 2:
                raise ConfigError(
                    "Keys are missing.",
                    place=str(self._directory),
                    remedy="Restore them from a backup, or restart Margins to have them made.",
                )
            if names != self._seen:
                self._keys = [_load(self._directory / name) for name in names]
                self._seen = names
            return self._keys

    def sign(self, claims: Mapping[str, object]) -> str:
        """A compact JWS; see margins.ports.Signer."""
        import jwt  # noqa: PLC0415 - 100 ms

        key = self._live()[-2]
        return jwt.encode(
            dict(claims), key.private, algorithm="RS256", headers={"kid": key.jwk["kid"]}
        )

    def jwks(self) -> Mapping[str, object]:
        """The public keys, as a JSON Web Key Set (RFC 7517 s5), the one that signs first.

        Raises:
            Unavailable, ConfigError
        """
        keys = self._live()
        return {"keys": [dict(key.jwk) for key in (keys[-2], keys[-1], *keys[:-2])]}

    def rotate(self) -> str:
        """Sign with the next key from now on; the one used so far stays published.

        Returns:
            The `kid` that signs now.

        Raises:
            Unavailable
        """
        with reporting(self._directory), alone_in(self._directory):
            self._add(self._names())
            for name in self._names()[:-_PUBLISHED]:
                (self._directory / name).unlink()
        return self._live()[-2].jwk["kid"]
