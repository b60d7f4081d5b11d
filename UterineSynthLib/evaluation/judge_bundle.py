"""The judge on disk: a bundle of another kind than a generator's, told apart by its ``configs/judge.json``.

Like a generator's bundle it holds safetensors, a card, a ledger and digests that are checked before anything is used.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from UterineSynthLib.bundles import layout
from UterineSynthLib.bundles.catalogue import model_folders
from UterineSynthLib.bundles.digests import check_digests, digests_of
from UterineSynthLib.bundles.ledger import Ledger
from UterineSynthLib.bundles.plain_json import read_record
from UterineSynthLib.bundles.weights import load_weights, without_weights, write_weights
from UterineSynthLib.errors import BundleError, OutputError
from UterineSynthLib.evaluation.adherence import Adherence
from UterineSynthLib.evaluation.judge_card import judge_card
from UterineSynthLib.evaluation.reading import STANDARD_RULE, ReadingRule
from UterineSynthLib.networks.segmenter import SegmenterConfig
from UterineSynthLib.records import digest, record, to_json, write_text_whole

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from UterineSynthLib.evaluation.judge import Judge

JUDGE_NAME = "judge"
_NETWORK = "segmenter"


@record("uterinesynth.judge")
@dataclass(frozen=True)
class JudgeConfig:
    """``configs/judge.json``.

    Attributes:
        name, release: of the bundle; accuracy: its own, on unseen phantoms; None before it was measured.
        training: facts of the training run, free keys.
    """

    name: str
    release: str
    segmenter: SegmenterConfig
    rule: ReadingRule = STANDARD_RULE
    accuracy: Adherence | None = None
    training: dict[str, float] | None = None


@dataclass(frozen=True)
class JudgeBundle:
    """A judge on disk whose every byte was checked; ``digest`` is its identity."""

    path: Path
    digest: str
    config: JudgeConfig
    ledger: Ledger
    weight_files: tuple[str, ...]

    def load(self, device: torch.device | str = "cpu") -> Judge:
        """The judge on a device, ready to judge."""
        from UterineSynthLib.evaluation.judge import Judge
        from UterineSynthLib.networks.segmenter import Segmenter

        with without_weights():
            segmenter = Segmenter(self.config.segmenter)
        load_weights(segmenter, self.path, self.weight_files)
        return Judge(segmenter.to(device), self.config.rule)


def find_judge(name_or_path: str | Path = JUDGE_NAME) -> JudgeBundle:
    """The judge of a folder's path, or the first folder of that name where bundles lie.

    Raises:
        BundleError: there is none, or it is not whole.
    """
    path = Path(name_or_path).expanduser()
    if path.is_dir() and (path / layout.JUDGE).is_file():
        return read_judge(path)
    for folder in model_folders():
        if (folder / name_or_path / layout.JUDGE).is_file():
            return read_judge(folder / name_or_path)
    looked = ", ".join(map(str, model_folders()))
    raise BundleError(name_or_path, f"there is no judge of this name in {looked}; name the folder of one")


def read_judge(folder: Path) -> JudgeBundle:
    """Read a judge; nothing in it is used before its digests agree.

    Raises:
        BundleError: one line that says what is wrong with which file.
    """
    try:
        names = layout.files_of(folder)
        for needed in (layout.JUDGE, layout.LEDGER, layout.DIGESTS):
            if needed not in names:
                raise BundleError(folder, f"{needed} is missing; this is no judge, or not the whole of it")
        listed = check_digests(folder, names)
        config = read_record(JudgeConfig, folder, layout.JUDGE)
        ledger = read_record(Ledger, folder, layout.LEDGER)
        files = tuple(layout.weights_of(folder, names, _NETWORK))
    except OSError as error:
        raise BundleError(folder, f"cannot be read ({error.strerror or error})") from error
    return JudgeBundle(folder, digest(listed), config, ledger, files)


def write_judge(
    folder: Path,
    config: JudgeConfig,
    ledger: Ledger,
    state: Mapping[str, Tensor],
    licence: str,
    overwrite: bool = False,
) -> JudgeBundle:
    """Write a judge beside its final name, read it back, then rename it.

    Raises:
        OutputError: there is something at ``folder`` already, or it cannot be written.
    """
    if folder.exists() and not overwrite:
        raise OutputError(folder, "there is something at this place already; choose another name or allow overwriting")
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        for name in ("configs", "models", "docs"):
            (partial / name).mkdir(parents=True)
        for name, text in (
            (layout.JUDGE, to_json(config, indent=2)),
            (layout.LEDGER, to_json(ledger, indent=2)),
            (layout.CARD, judge_card(config.name, config.release, config.accuracy, config.training, ledger)),
            (layout.LICENCE, licence),
        ):
            write_text_whole(partial / name, text.rstrip("\n") + "\n")
        write_weights(state, partial, _NETWORK)
        write_text_whole(
            partial / layout.DIGESTS, to_json(digests_of(partial, layout.files_of(partial)), indent=2) + "\n"
        )
        bundle = read_judge(partial)
        if folder.exists():
            shutil.rmtree(folder)
        partial.rename(folder)
    except OSError as error:
        raise OutputError(folder, error.strerror or str(error)) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return replace(bundle, path=folder)
