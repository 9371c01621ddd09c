"""`margins keys`: the key that signs tokens."""

from __future__ import annotations

import argparse
import json

from margins.bootstrap import open_signer
from margins.cli.status import Exit
from margins.config import load

__all__ = ["jwks", "rotate"]


def jwks(args: argparse.Namespace) -> int:
    """Print the public keys, for an API of somebody else's that checks our tokens."""
    print(json.dumps(open_signer(load(args.config)).jwks(), indent=2))
    return Exit.OK


def rotate(args: argparse.Namespace) -> int:
    """Let the next key sign, publish a new one, and drop the oldest."""
    print(open_signer(load(args.config)).rotate())
    return Exit.OK
