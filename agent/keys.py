"""The Ed25519 key that signs the ledger's head, each edition's manifest and each dossier."""

import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from agent.errors import BadKey, KeyNotMade


def make(path: Path) -> Ed25519PrivateKey:
    """Make a key, readable by its owner alone. Raises KeyNotMade, also where a file is in its place already."""
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise KeyNotMade(path=path, reason="a file is there already, and what it signed needs it") from None
    except OSError as error:
        raise KeyNotMade(path=path, reason=error.strerror or str(error)) from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        path.unlink(missing_ok=True)
        raise KeyNotMade(path=path, reason=error.strerror or str(error)) from None
    return key


def load(path: Path) -> Ed25519PrivateKey:
    """Read the key. Raises BadKey."""
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except FileNotFoundError:
        raise BadKey(path=path, reason="the file is missing") from None
    except (OSError, ValueError, TypeError) as error:
        raise BadKey(path=path, reason=str(error)) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise BadKey(path=path, reason="it is not an Ed25519 key")
    return key


def public_hex(key: Ed25519PrivateKey) -> str:
    """The public half: 32 bytes, in hex."""
    return key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw).hex()


def is_signed(data: bytes, *, signature: str, public: str) -> bool:
    """Whether `signature` (hex) is the signature of `data` under the public key (hex)."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(bytes.fromhex(signature), data)
    except (InvalidSignature, ValueError):
        return False
    return True
