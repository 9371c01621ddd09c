"""An RSA key in AWS KMS."""

from __future__ import annotations

from collections.abc import Iterator

import jwt
import pytest

pytest.importorskip("moto")

from margins.clients.aws import Aws
from margins.errors import ConfigError, Unavailable
from margins.local.cloud import Cloud
from margins.signer.kms import KmsSigner
from margins.testing.contracts import SignerContract


@pytest.fixture
def kms(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """KMS in this process."""
    with Cloud() as cloud:
        for name, value in cloud.environ.items():
            monkeypatch.setenv(name, value)
        yield cloud


def _key(kms: Cloud, spec: str = "RSA_2048") -> str:
    made = kms.client("kms").create_key(KeyUsage="SIGN_VERIFY", KeySpec=spec)
    return str(made["KeyMetadata"]["KeyId"])


class TestContract(SignerContract):
    """What every signer promises."""

    @pytest.fixture
    def signer(self, kms: Cloud) -> KmsSigner:
        return KmsSigner(Aws("kms", kms.region), _key(kms))


@pytest.mark.parametrize("spec", ["RSA_2048", "RSA_3072", "RSA_4096"])
def test_keys_of_every_length(kms: Cloud, spec: str) -> None:
    """The published numbers are those of the key, whatever its length."""
    signer = KmsSigner(Aws("kms", kms.region), _key(kms, spec))
    [published] = signer.jwks()["keys"]
    key = jwt.PyJWK(published).key
    assert key.key_size == int(spec[4:])
    assert jwt.decode(signer.sign({"sub": "ada"}), key, algorithms=["RS256"]) == {"sub": "ada"}


def test_a_key_that_is_given_a_name_costs_one_request_less(kms: Cloud) -> None:
    """With the `kid` in the settings the public key is not asked for."""
    signer = KmsSigner(Aws("kms", kms.region), _key(kms), kid="known")
    assert jwt.get_unverified_header(signer.sign({}))["kid"] == "known"
    assert "_jwk" not in vars(signer)


def test_a_key_of_another_kind(kms: Cloud) -> None:
    """An elliptic-curve key is a mistake in the settings, and the message says which to make."""
    signer = KmsSigner(Aws("kms", kms.region), _key(kms, "ECC_NIST_P256"))
    with pytest.raises(ConfigError, match="RSA_2048"):
        signer.jwks()


def test_a_missing_key(kms: Cloud) -> None:
    """Temporary: the mail waits until the operator has mended it."""
    with pytest.raises(Unavailable, match="NotFoundException"):
        KmsSigner(Aws("kms", kms.region), "no-such-key", kid="k").sign({})
