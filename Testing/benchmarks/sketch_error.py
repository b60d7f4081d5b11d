"""What of the latents a sketch knows: with the study's own style, in the usual one, and at the floor.

The floor is the error of a painter who knows everything but the textures and the noise of a study: half the squared
difference of two acquisitions of one anatomy by one protocol. Fluid or calcium in a leiomyoma lies elsewhere in the
second, so that a sketch whose label map tells of it may do better there.
``python Testing/benchmarks/sketch_error.py --cases 8``
"""

import argparse
import sys
from collections.abc import Iterator

import numpy as np
import torch

from UterineSynthLib.bundles.bundle import Bundle
from UterineSynthLib.bundles.catalogue import find_bundle
from UterineSynthLib.errors import UterineSynthError
from UterineSynthLib.networks.codec import LatentCodec
from UterineSynthLib.networks.sketch import Sketcher
from UterineSynthLib.networks.tone import completed, measured_tones
from UterineSynthLib.phantom.acquire import acquire, sampling_grid
from UterineSynthLib.phantom.anatomy import build_anatomy
from UterineSynthLib.phantom.field_of_view import UterineField
from UterineSynthLib.phantom.inclusions import Inclusions
from UterineSynthLib.phantom.mixing import partial_volume_of
from UterineSynthLib.phantom.population import complete_and_grow, draw_description
from UterineSynthLib.phantom.protocol import draw_protocol
from UterineSynthLib.phantom.rasterise import layers_of, paint_labels
from UterineSynthLib.phantom.tissue import tissue_table
from UterineSynthLib.volumes.intensity import to_unit
from UterineSynthLib.volumes.partial_volume import PartialVolume
from UterineSynthLib.volumes.structures import STRUCTURES, UTERUS, Structure, without_parts

FIRST_SEED = 900_000
OTHER_ACQUISITION = 77_777
LEIOMYOMA = tuple(s for s in Structure if Structure.MYOMA in (s, STRUCTURES[s].within))
PLACES = {"everywhere": tuple(Structure), "uterus": UTERUS, "leiomyomas": LEIOMYOMA}


def acquisitions(
    seed: int, field: UterineField, count: int, is_textured: bool
) -> tuple[list[np.ndarray], np.ndarray, PartialVolume]:
    """Images ``[D, H, W]`` in [-1, 1] of one anatomy and protocol; label map and partial volume of the first.

    The latter tells what tissues hold besides themselves, too, if it ``is_textured``.
    """
    full, grown = complete_and_grow(draw_description(seed), seed)
    anatomy = build_anatomy(full, seed, grown)
    protocol_rng, tissue_rng = np.random.default_rng(seed).spawn(2)
    protocol = draw_protocol(full.acquisition, protocol_rng)
    tissues = tissue_table(protocol.field_strength_t, tissue_rng, full.menopausal_status)
    grid = sampling_grid(field.around(anatomy.pose), protocol.slice_thickness_mm)
    layers = list(layers_of(anatomy.shapes, grid))
    seeds = [seed + number * OTHER_ACQUISITION for number in range(count)]
    images = [to_unit(acquire(layers, grid, tissues, protocol, s)) for s in seeds]
    inclusions = Inclusions(grid.geometry, seed, is_textured)
    labels = paint_labels(layers, grid, inclusions)
    return images, labels, partial_volume_of(layers, grid, labels, protocol.slice_thickness_mm, inclusions)


def known_to(sketcher: Sketcher, told: np.ndarray, partial: PartialVolume) -> tuple[np.ndarray, PartialVolume | None]:
    """What a sketch was taught to be shown of a label map and its partial volume."""
    known = sketcher.embed.num_embeddings
    folded = partial.folded(lambda second: without_parts(second, known))
    return without_parts(told, known), folded if sketcher.config.partial_volume else None


def errors(codec: LatentCodec, sketcher: Sketcher, field: UterineField, cases: int) -> Iterator[np.ndarray]:
    """Sums ``[4, places]`` over each case's latents: squared errors in own and usual style, floor, their number."""
    for number in range(cases):
        (one, other), told, partial = acquisitions(FIRST_SEED + number, field, 2, sketcher.knows_texture)
        labels, mixed = known_to(sketcher, told, partial)
        latents, again = (codec.encode(torch.from_numpy(image)[None, None]) for image in (one, other))
        tones = completed(measured_tones(one, labels, mixed))
        style = sketcher.style_of(codec.unwhiten(latents)[0].numpy(), labels, tones, mixed)
        drawn = (codec.whiten(sketcher.sketch(labels, tones, code, mixed).mean) for code in (style, None))
        missed = [*((sketch - latents).square() for sketch in drawn), (latents - again).square() / 2]
        rows = np.stack([*(part.mean(dim=1)[0].numpy().ravel() for part in missed), np.ones(latents[0, 0].numel())])
        shares = [np.isin(told, place).astype(float) for place in PLACES.values()]
        yield rows @ np.stack([by_latent(share, latents.shape[2:]).ravel() for share in shares], axis=1)
        print(f"\rcase {number + 1} of {cases}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)


def by_latent(share: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The mean over the voxels ``[D, H, W]`` of each latent."""
    slices, rows, columns = shape
    depth, height, width = (n // m for n, m in zip(share.shape, shape, strict=True))
    return share.reshape(slices, depth, rows, height, columns, width).mean(axis=(1, 3, 5))


def asked(about: str) -> tuple[Bundle, int]:
    """The bundle and the number of cases that the command line names."""
    parser = argparse.ArgumentParser(description=about.splitlines()[0])
    parser.add_argument("--model", default="default-3d", help="a bundle whose denoiser has a sketch")
    parser.add_argument("--cases", type=int, default=8)
    arguments = parser.parse_args()
    if arguments.cases < 1:
        parser.error(f"--cases {arguments.cases}: take at least 1")
    try:
        bundle = find_bundle(arguments.model)
    except UterineSynthError as error:
        parser.error(str(error))
    if bundle.inference.styles is None or bundle.inference.dimension != 3:
        parser.error(f"--model {arguments.model}: it makes no volumes from a sketch with styles; take default-3d")
    return bundle, arguments.cases


def main() -> None:
    """Print the table."""
    bundle, cases = asked(__doc__)
    codec, sketcher = bundle.load_codec(), bundle.load_denoiser().sketcher
    slices, rows, _ = bundle.inference.grid.shape
    field = UterineField(slices, rows, *bundle.inference.grid.spacing_mm[:2])
    with torch.inference_mode():
        found = np.sum(list(errors(codec, sketcher, field, cases)), axis=0)
    print(f"| painted | squared error of whitened latents: {' | '.join(PLACES)} |")
    print("|---" * (1 + len(PLACES)) + "|")
    for name, row in zip(("in its own style", "in the usual style", "floor"), found[:3] / found[3], strict=True):
        print(f"| {name} | " + " | ".join(f"{value:.3f}" for value in row) + " |")


if __name__ == "__main__":
    main()
