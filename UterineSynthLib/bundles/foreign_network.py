"""From MONAI's description of a network, as tutorials and bundles write it, to a typed configuration.

Read as data: ``_target_`` is compared with the class that is expected and never imported, ``@name`` is looked up in the
same file, and an expression (``$``) is refused.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from UterineSynthLib.errors import ConfigError
from UterineSynthLib.networks.generators import MonaiDenoiserConfig
from UterineSynthLib.networks.monai_spaces import MonaiKlConfig, MonaiVqVaeConfig
from UterineSynthLib.records import from_plain

ForeignConfig = MonaiKlConfig | MonaiVqVaeConfig | MonaiDenoiserConfig
KINDS: dict[str, type[ForeignConfig]] = {
    "autoencoder-kl": MonaiKlConfig,
    "vq-vae": MonaiVqVaeConfig,
    "diffusion-unet": MonaiDenoiserConfig,
}
_CLASSES = {
    "autoencoder-kl": ("AutoencoderKL", "AutoencoderKlMaisi"),
    "vq-vae": ("VQVAE",),
    "diffusion-unet": ("DiffusionModelUNet",),
}
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
_MAISI_DEFAULTS = {
    "with_encoder_nonlocal_attn": False,
    "with_decoder_nonlocal_attn": False,
    "include_fc": False,
    "num_splits": 16,
}
_MUST_BE_OFF = ("with_conditioning", "num_class_embeds", "include_top_region_index_input", "include_spacing_input")


def foreign_config(path: Path, kind: str, intensity_range: tuple[float, float] | None = None) -> ForeignConfig:
    """The configuration of a network from a JSON file of MONAI arguments, or a MONAI bundle's that holds them.

    Raises:
        ConfigError: not such a file, another class, a setting of another name, or a network that takes conditions.
    """
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ConfigError(f"{path}: not a JSON file of network arguments ({error})") from error
    if not isinstance(plain, Mapping):
        raise ConfigError(f"{path}: expected arguments by name, got {type(plain).__name__}")
    arguments = _resolved(_definition(plain, kind), plain, path)
    defaults = _defaults_of_class(arguments, kind, path)
    fields = _fields({**defaults, **arguments}, kind, path)
    if intensity_range is not None and kind != "diffusion-unet":
        fields["intensity_range"] = list(intensity_range)
    return from_plain(KINDS[kind], fields, str(path))


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


def _defaults_of_class(arguments: dict[str, Any], kind: str, path: Path) -> dict[str, Any]:
    """What the described class takes where nothing is said, as far as it differs from the record's."""
    target = str(arguments.pop("_target_", _CLASSES[kind][0])).rpartition(".")[2]
    if target not in _CLASSES[kind]:
        raise ConfigError(f"{path}: describes a {target}, --kind {kind} is for {' or '.join(_CLASSES[kind])}")
    return _MAISI_DEFAULTS if target == "AutoencoderKlMaisi" else {}


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
