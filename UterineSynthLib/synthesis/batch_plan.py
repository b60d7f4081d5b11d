"""A batch whose every row was checked against its model, before anything is computed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from UterineSynthLib.bundles.bundle import Bundle
from UterineSynthLib.bundles.catalogue import default_bundle, find_bundle
from UterineSynthLib.dataset.flat import flatten
from UterineSynthLib.errors import DescriptionError, InputError
from UterineSynthLib.records import digest, to_plain
from UterineSynthLib.synthesis.anatomy import mask_on_grid
from UterineSynthLib.synthesis.asked import asked_of
from UterineSynthLib.synthesis.batch_column import column_of
from UterineSynthLib.synthesis.batch_row import BatchRow, Fault, content_digest, refuse
from UterineSynthLib.synthesis.settings import settings_of
from UterineSynthLib.volumes.files import read_labels

_KEY_LENGTH = 16
"""Hexadecimal digits of the digest in names: 64 bits."""


@dataclass(frozen=True)
class PlannedRow:
    """A row that can be made.

    Attributes:
        row: as it was asked; bundle: the model that makes it.
        mask_sha256: of the mask's file, None without one.
        not_understood: words of its text that had no meaning here.
        text_encoder_sha256: of the configuration and weights of an external text encoder, None without one.
    """

    row: BatchRow
    bundle: Bundle
    mask_sha256: str | None
    not_understood: tuple[str, ...]
    text_encoder_sha256: str | None = None

    @cached_property
    def key(self) -> str:
        """Digest of request, model and mask, the count left out: volume n of equal keys has equal voxels."""
        request = self.row.request
        parts = {"content": content_digest(request), "seed": request.seed, "bundle": self.bundle.digest}
        words = {} if self.text_encoder_sha256 is None else {"text_encoder": self.text_encoder_sha256}
        return digest({**parts, **words, "mask": self.mask_sha256})[:_KEY_LENGTH]

    @property
    def folder(self) -> str:
        """Name of the folder that holds the row's files."""
        return f"{self.row.name}-{self.key}" if self.row.name else self.key

    def case_id(self, index: int) -> str:
        """Name of volume ``index`` in the manifest."""
        return f"{self.folder}-{index + 1:03d}"


def plan_rows(
    rows: Sequence[BatchRow], source: str, strict: bool = False, text_encoder: Path | None = None
) -> tuple[PlannedRow, ...]:
    """Check rows against their models; with ``strict`` a word that is not understood is a fault.

    ``text_encoder`` is the folder of an external encoder, for models that were trained with one.

    Raises:
        InputError: names every row that cannot be made, with line and column.
    """
    planner = _Planner(strict, None if text_encoder is None else _digest_of_folder(text_encoder))
    faults: list[Fault] = []
    planned = []
    for row in rows:
        try:
            planned.append(planner.planned(row))
        except InputError as error:
            faults.append(Fault(row.line, _column_of(error, row), str(error)))
    refuse(source, faults + _repeated(planned))
    return tuple(planned)


@dataclass
class _Planner:
    """Reads each model and each mask once."""

    strict: bool
    text_encoder_sha256: str | None
    _bundles: dict[tuple[str | None, int], Bundle] = field(default_factory=dict)
    _masks: dict[tuple[Path, str, bool], str] = field(default_factory=dict)

    def planned(self, row: BatchRow) -> PlannedRow:
        bundle = self._bundle(row)
        settings_of(row.request, bundle.inference, has_mask=row.mask_path is not None)
        mask = None if row.mask_path is None else self._mask(row.mask_path, row, bundle)
        asked = asked_of(row.request, bundle.inference.grid)
        if self.strict and asked.not_understood:
            words = ", ".join(f"'{word}'" for word in asked.not_understood)
            raise DescriptionError("text", row.request.text, f"not understood: {words}")
        self._check_text_encoder(bundle)
        return PlannedRow(row, bundle, mask, asked.not_understood, self.text_encoder_sha256)

    def _check_text_encoder(self, bundle: Bundle) -> None:
        is_needed = bundle.inference.denoiser.conditions.text_encoder_width > 0
        if is_needed and self.text_encoder_sha256 is None:
            raise InputError(f"model {bundle.name} was trained with an external text encoder; give --text-encoder")
        if self.text_encoder_sha256 is not None and not is_needed:
            raise InputError(f"model {bundle.name} reads text with its own encoder; leave --text-encoder away")

    def _bundle(self, row: BatchRow) -> Bundle:
        wanted = (row.request.model, row.request.dimension)
        if wanted not in self._bundles:
            model, dimension = wanted
            self._bundles[wanted] = find_bundle(model) if model else default_bundle(dimension)
        return self._bundles[wanted]

    def _mask(self, path: Path, row: BatchRow, bundle: Bundle) -> str:
        wanted = (path, bundle.digest, row.request.resample_mask)
        if wanted not in self._masks:
            mask_on_grid(read_labels(path), bundle.inference.grid, row.request.resample_mask, str(path))
            self._masks[wanted] = hashlib.sha256(path.read_bytes()).hexdigest()
        return self._masks[wanted]


def _digest_of_folder(folder: Path) -> str:
    """Digest of what an encoder folder computes with: its configuration, tokenizer and weights.

    Raises:
        InputError: it holds none, or cannot be read.
    """
    try:
        paths = sorted([*folder.glob("*.json"), *folder.glob("*.safetensors")])
        found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
    except OSError as error:
        raise InputError(f"{folder}: cannot be read: {error.strerror or error}") from error
    if not found:
        raise InputError(f"{folder}: holds no text encoder (config.json and safetensors weights)")
    return digest(found)


def _column_of(error: InputError, row: BatchRow) -> str | None:
    """Where the row's own fields do not hold what is refused, its text said it."""
    plain: dict[str, Any] = to_plain(row.request)
    column = column_of(error, plain)
    cells = flatten(plain)
    if row.request.text and column not in {name.removeprefix("description.") for name in cells}:
        return "text"
    return column


def _repeated(planned: Sequence[PlannedRow]) -> list[Fault]:
    first_of: dict[tuple[str, str], PlannedRow] = {}
    faults = []
    for row in planned:
        for column, mark in (("id", row.row.name), ("seed", row.key)):
            if not mark:
                continue
            first = first_of.setdefault((column, mark), row)
            if first is not row:
                what = "the name" if column == "id" else "the request and the seed"
                faults.append(Fault(row.row.line, column, f"has {what} of {first.row}; give it another {column}"))
                break
    return faults
