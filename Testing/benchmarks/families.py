"""What every denoiser preset is made of: weights, process, and what it can be told; needs no data."""

from pathlib import Path

import torch

from UterineSynthLib.networks.config import ConditionConfig
from UterineSynthLib.networks.denoiser import ConditionedUNet
from UterineSynthLib.training.config import DenoiserTraining
from UterineSynthLib.training.preset import load_preset

CONFIGS = Path(__file__).parents[2] / "Training" / "configs"
FAMILIES = (
    "uterine-ddpm-2d",
    "uterine-ddpm-3d",
    "uterine-ldm-2d",
    "uterine-ldm-3d",
    "med-ddpm",
    "med-ddpm-4",
    "medical-diffusion",
    "spade-ddpm-2d",
    "flow-ldm-2d",
    "flow-ldm-3d",
)
HEADER = "| preset | space | weights, millions | process | loss | sampler | conditions |\n|---|---|---|---|---|---|---|"


def main() -> None:
    """Print the table, Markdown."""
    print(HEADER)
    for name in FAMILIES:
        print(row(name, load_preset(DenoiserTraining, CONFIGS / f"{name}.yaml")))


def row(name: str, config: DenoiserTraining) -> str:
    """One preset."""
    with torch.device("meta"):
        weights = sum(parameter.numel() for parameter in ConditionedUNet(config.model).parameters()) / 1e6
    columns, rows, slices = config.cases.grid.size
    size = f"{rows} x {columns}" if config.model.spatial_dims == 2 else f"{slices} x {rows} x {columns}"
    space = "latents of" if config.pixels is None else f"{config.pixels.image_channels} channel(s),"
    steps = "" if config.schedule == "rectified_flow" else f", {config.train_steps} steps"
    process = f"{config.schedule}{steps}, {config.prediction}"
    told = conditions(config.model.conditions, config.model.mask_as)
    return f"| {name} | {space} {size} | {weights:.1f} | {process} | {config.loss} | {config.sampler} | {told} |"


def conditions(config: ConditionConfig, mask_as: str) -> str:
    """What the model takes, in words."""
    given = {
        "class": config.classes,
        "attributes": config.attributes,
        "text": config.text,
        "voxel spacing": config.spacing,
        f"mask ({mask_as})": config.mask,
    }
    return ", ".join(name for name, is_taken in given.items() if is_taken) or "none"


if __name__ == "__main__":
    main()
