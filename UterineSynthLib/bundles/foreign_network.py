"""From MONAI's description of a network, as tutorials and bundles write it, to a typed configuration.

Read as data: ``_target_`` is compared with the class that is expected and never imported, ``@name`` is looked up in the
same file, and an expression (``$``) is refused.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from UterineSynthLib.errors import ConfigError
from UterineSynthLib.networks.generators import BodyRegion, MaisiDenoiserConfig, MonaiDenoiserConfig
from UterineSynthLib.networks.monai_spaces import MonaiKlConfig, MonaiVqVaeConfig
from UterineSynthLib.records import from_plain

ForeignConfig = MonaiKlConfig | MonaiVqVaeConfig | MonaiDenoiserConfig | MaisiDenoiserConfig
KINDS: dict[str, dict[str, type[ForeignConfig]]] = {
    "autoencoder-kl": {"AutoencoderKL": MonaiKlConfig, "AutoencoderKlMaisi": MonaiKlConfig},
    "vq-vae": {"VQVAE": MonaiVqVaeConfig},
    "diffusion-unet": {"DiffusionModelUNet": MonaiDenoiserConfig, "DiffusionModelUNetMaisi": MaisiDenoiserConfig},
}
"""The classes of MONAI that each kind may be, the usual one first, and what describes them here."""
_DEFINITIONS = {
    "autoencoder-kl": ("autoencoder_def", "autoencoder", "network_def"),
    "vq-vae": ("autoencoder_def", "autoencoder", "network_def"),
    "diffusion-unet": ("diffusion_unet_def", "diffusion_def", "diffusion", "network_def"),
}
_OTHER_NAMES = {"num_channels": "channels", "in_channels": "image_channels", "embedding_dim": "latent_channels"}
_WITHOUT_EFFECT = frozenset(
    {
        "use_checkpoint",
        "use_checkpointing",
        "use_flash_attention",
        "norm_float16",
        "print_info",
        "save_mem",
        "dim_split",
        "dropout",
        "dropout_cattn",
        "upcast_attention",
        "transformer_num_layers",
        "commitment_cost",
        "decay",
        "epsilon",
        "embedding_init",
        "ddp_sync",
    }
)
"""What changes speed, memory or training but not what the trained network computes."""
_DEFAULTS: dict[str, dict[str, Any]] = {
    "AutoencoderKlMaisi": {
        "with_encoder_nonlocal_attn": False,
        "with_decoder_nonlocal_attn": False,
        "include_fc": False,
        "num_splits": 16,
    },
    "DiffusionModelUNetMaisi": {"include_fc": False},
}
"""What a class takes where nothing is said, as far as it differs from the record's."""
_TOP, _BOTTOM = "include_top_region_index_input", "include_bottom_region_index_input"
_MAISI_INPUTS = ("num_class_embeds", _TOP, _BOTTOM, "include_spacing_input")
_MUST_BE_OFF = ("with_conditioning", *_MAISI_INPUTS)


@dataclass(frozen=True)
class Constants:
    """What a network is told of all that it makes, and its description does not say.

    Attributes:
        intensity_range: what an autoencoder takes for dark and bright; None for MONAI's (0, 1).
        body_region: the uppermost and the lowest region of the body that one of MAISI's networks makes.
        modality: the number of the kind of image it makes.
    """

    intensity_range: tuple[float, float] | None = None
    body_region: tuple[BodyRegion, BodyRegion] | None = None
    modality: int | None = None


def foreign_config(path: Path, kind: str, constants: Constants = Constants()) -> ForeignConfig:
    """The configuration of a network from a JSON file of MONAI arguments, or a MONAI bundle's that holds them.

    Raises:
        ConfigError: not such a file, another class, a setting of another name, a network that takes conditions, or
            one of MAISI's without the constants it is to be told.
    """
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ConfigError(f"{path}: not a JSON file of network arguments ({error})") from error
    if not isinstance(plain, Mapping):
        raise ConfigError(f"{path}: expected arguments by name, got {type(plain).__name__}")
    arguments = _resolved(_definition(plain, kind), plain, path)
    target = _class_of(arguments, kind, path)
    told = _told(arguments, constants, path) if KINDS[kind][target] is MaisiDenoiserConfig else {}
    fields = {**_fields({**_DEFAULTS.get(target, {}), **arguments}, kind, path), **told}
    if constants.intensity_range is not None and kind != "diffusion-unet":
        fields["intensity_range"] = list(constants.intensity_range)
    return from_plain(KINDS[kind][target], fields, str(path))


def _definition(plain: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    found = (plain[name] for name in _DEFINITIONS[kind] if isinstance(plain.get(name), Mapping))
    return next(found, plain)


def _resolved(definition: Mapping[str, Any], whole: Mapping[str, Any], path: Path) -> dict[str, Any]:
    return {name: _value(name, value, whole, path) for name, value in definition.items()}


def _value(name: str, value: Any, whole: Mapping[str, Any], path: Path) -> Any:
    if isinstance(value, str) and value.startswith("@") and value[1:] in whole:
        value = whole[value[1:]]
    if isinstance(value, str) and value.startswith(("$", "@")):
        raise ConfigError(f"{path}: {name} = {value} is an expression; write the value itself")
    return value


def _class_of(arguments: dict[str, Any], kind: str, path: Path) -> str:
    """Name of the described class."""
    target = str(arguments.pop("_target_", next(iter(KINDS[kind])))).rpartition(".")[2]
    if target not in KINDS[kind]:
        raise ConfigError(f"{path}: describes a {target}, --kind {kind} is for {' or '.join(KINDS[kind])}")
    return target


def _told(arguments: dict[str, Any], constants: Constants, path: Path) -> dict[str, Any]:
    """What one of MAISI's networks is told beside the latents; takes the arguments that say so out."""
    modalities, has_top, has_bottom, takes_spacing = (arguments.pop(name, None) for name in _MAISI_INPUTS)
    if bool(has_top) != bool(has_bottom):
        raise ConfigError(f"{path}: only one of {_TOP} and {_BOTTOM} is set; both or neither can be imported")
    for is_needed, given, flag in (
        (has_top, constants.body_region, "--body-region TOP BOTTOM"),
        (modalities, constants.modality, f"--modality NUMBER, one of {modalities} from 0"),
    ):
        if is_needed and given is None:
            raise ConfigError(f"{path}: the network wants to be told what it makes: give {flag}")
        if given is not None and not is_needed:
            raise ConfigError(f"{path}: {flag.split()[0]} was given, the network is not told that; leave it out")
    return {
        "takes_spacing": bool(takes_spacing),
        "body_region": None if constants.body_region is None else list(constants.body_region),
        "modalities": modalities or 0,
        "modality": constants.modality or 0,
    }


def _fields(arguments: dict[str, Any], kind: str, path: Path) -> dict[str, Any]:
    for name in _MUST_BE_OFF:
        if arguments.pop(name, None):
            raise ConfigError(f"{path}: {name} is set; networks that take conditions of their own cannot be imported")
    given = {name: value for name, value in arguments.items() if name not in _WITHOUT_EFFECT and value is not None}
    if given.get("in_channels") != given.pop("out_channels", given.get("in_channels")):
        raise ConfigError(f"{path}: in_channels and out_channels differ; only what makes what it takes can be imported")
    names = {**_OTHER_NAMES, "in_channels": "latent_channels" if kind == "diffusion-unet" else "image_channels"}
    fields = {names.get(name, name): value for name, value in given.items()}
    levels = len(fields.get("channels", ())) or 3
    for name in ("num_res_blocks", "num_res_channels", "num_head_channels"):
        if isinstance(fields.get(name), int):
            fields[name] = [fields[name]] * levels
    for name in ("downsample_parameters", "upsample_parameters"):
        if fields.get(name) and isinstance(fields[name][0], int):
            fields[name] = [fields[name]] * levels
    return fields
