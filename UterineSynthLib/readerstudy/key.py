"""The truth of a study: which image is what. It stays with the coordinator; the study knows only its digest.

Without a passphrase the key is a plain record. With one it is encrypted: scrypt (RFC 7914) makes the key of
AES-256-GCM, which also notices any change.
"""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.errors import InputError, RecordError, StudyError
from UterineSynthLib.optional import require
from UterineSynthLib.readerstudy.design import StudyDesign
from UterineSynthLib.records import from_json, record, to_json, write_text_whole

_SCRYPT_COST, _SCRYPT_BLOCK, _SCRYPT_LANES = 2**15, 8, 1
_SCRYPT_MEMORY = 128 * _SCRYPT_COST * _SCRYPT_BLOCK * 2
_MOST_SCRYPT_COST = 2**20
_LABEL = b"uterinesynth study key"


@dataclass(frozen=True)
class ImageTruth:
    """What one image file is.

    Attributes:
        image: opaque name; source: path of the original; source_sha256: of its bytes.
    """

    image: str
    source: str
    source_sha256: str
    subject: str
    is_synthetic: bool
    model: str | None = None
    description: UterusDescription | None = None


@dataclass(frozen=True)
class ItemTruth:
    """What one item is.

    Attributes:
        item: opaque name; case: name of the case, the same for a hidden repeat of it.
        images: opaque names in the order shown; correct_choice: letter of the real one in a forced choice.
    """

    item: str
    case: str
    images: tuple[str, ...]
    is_training: bool = False
    correct_choice: str | None = None


@record("uterinesynth.study_key")
@dataclass(frozen=True)
class StudyKey:
    """The whole truth, with the design; ``salt`` made the opaque names."""

    study_id: str
    salt: str
    design: StudyDesign
    images: tuple[ImageTruth, ...]
    items: tuple[ItemTruth, ...]


@record("uterinesynth.encrypted_study_key")
@dataclass(frozen=True)
class EncryptedKey:
    """A key under a passphrase; bytes are Base64."""

    cipher: Literal["AES-256-GCM"]
    scrypt_cost: int
    scrypt_block: int
    scrypt_lanes: int
    salt: str
    nonce: str
    ciphertext: str


def key_text(key: StudyKey) -> str:
    """The key as text; its digest is what a study seals."""
    return to_json(key, indent=1) + "\n"


def key_digest(text: str) -> str:
    """SHA-256 (hex) of a key's text."""
    return hashlib.sha256(text.encode()).hexdigest()


def write_key(text: str, path: Path, passphrase: str | None) -> None:
    """Write a key, encrypted if there is a passphrase.

    Raises:
        InputError: the passphrase is empty.
        MissingPackageError: a passphrase without the package that encrypts.
        OutputError: the file could not be written.
    """
    if passphrase is None:
        write_text_whole(path, text)
        return
    if not passphrase.strip():
        raise InputError("the passphrase is empty; give one, or leave the key unencrypted")
    salt, nonce = os.urandom(16), os.urandom(12)
    sealed = EncryptedKey(
        "AES-256-GCM", _SCRYPT_COST, _SCRYPT_BLOCK, _SCRYPT_LANES, _to_base64(salt), _to_base64(nonce), ""
    )
    ciphertext = _cipher(sealed, passphrase).encrypt(nonce, text.encode(), _LABEL)
    whole = EncryptedKey(**{**sealed.__dict__, "ciphertext": _to_base64(ciphertext)})
    write_text_whole(path, to_json(whole, indent=1) + "\n")


def read_key(path: Path, sealed_digest: str, passphrase: str | None = None) -> StudyKey:
    """Read a key and check that it is the one that the study sealed.

    Raises:
        StudyError: no such file, a passphrase is needed or wrong, or the key is not the study's.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not UTF-8 text"
        raise StudyError(path, f"the key cannot be read ({reason})") from error
    if '"uterinesynth.encrypted_study_key"' in text[:200]:
        text = _decrypted(path, text, passphrase)
    if key_digest(text) != sealed_digest:
        raise StudyError(path, "is not the key that was sealed into this study; it was changed, or is another study's")
    return from_json(StudyKey, text, str(path))


def _decrypted(path: Path, text: str, passphrase: str | None) -> str:
    if passphrase is None:
        raise StudyError(path, "the key is encrypted; give its passphrase")
    sealed = from_json(EncryptedKey, text, str(path))
    if not 2 <= sealed.scrypt_cost <= _MOST_SCRYPT_COST or (sealed.scrypt_block, sealed.scrypt_lanes) != (8, 1):
        raise StudyError(path, "asks for scrypt settings that this program does not use; the file was changed")
    invalid = require("cryptography.exceptions").InvalidTag
    try:
        plain = _cipher(sealed, passphrase).decrypt(_bytes(sealed.nonce), _bytes(sealed.ciphertext), _LABEL)
    except (invalid, ValueError) as error:
        raise StudyError(path, "wrong passphrase, or the file was changed") from error
    return bytes(plain).decode()


def _cipher(sealed: EncryptedKey, passphrase: str) -> Any:
    aead = require("cryptography.hazmat.primitives.ciphers.aead")
    secret = hashlib.scrypt(
        passphrase.encode(),
        salt=_bytes(sealed.salt),
        n=sealed.scrypt_cost,
        r=sealed.scrypt_block,
        p=sealed.scrypt_lanes,
        maxmem=max(_SCRYPT_MEMORY, 256 * sealed.scrypt_cost * sealed.scrypt_block),
        dklen=32,
    )
    return aead.AESGCM(secret)


def _to_base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise RecordError("encrypted key", "holds bytes that are not Base64; the file was changed") from error
