"""How near draws come to studies: the energy score of their latents, with and without denoiser and coloured noise.

The score (``diffusion/objective.py``) is what few steps are trained by, here on unseen phantoms, each with its own
greys and style, in one step: the lower, the more draws are distributed as studies are. *Components* are those of the
bundle's colour of noise, each of variance 1: there it costs to have channels vary together as they never do.
``python Testing/benchmarks/draw_score.py --model default-3d --cases 8``
"""

import copy
import sys

import numpy as np
import torch
from sketch_error import FIRST_SEED, acquisitions, asked, known_to

from UterineSynthLib.bundles.bundle import Bundle
from UterineSynthLib.diffusion.guess import GuessingNetwork
from UterineSynthLib.diffusion.objective import patch_energy_score
from UterineSynthLib.diffusion.process import process_of
from UterineSynthLib.diffusion.samplers import sample, time_grid
from UterineSynthLib.diffusion.seeds import noise_for
from UterineSynthLib.networks.assemble import condition_of
from UterineSynthLib.networks.colouring import Colouring
from UterineSynthLib.networks.denoiser import ConditionedUNet
from UterineSynthLib.networks.tone import completed, measured_tones
from UterineSynthLib.phantom.field_of_view import UterineField
from UterineSynthLib.phantom.population import draw_description

PATCHES = (1, 3, 7)


class Scorer:
    """Scores draws of one bundle."""

    def __init__(self, bundle: Bundle) -> None:
        self.said, self.codec, self.words = bundle.inference, bundle.load_codec(), bundle.load_tokenizer()
        self.process = process_of(self.said.schedule, self.said.prediction, self.said.train_steps, self.said.clip)
        self.denoiser = bundle.load_denoiser()
        assert isinstance(self.denoiser, ConditionedUNet)
        silent = copy.deepcopy(self.denoiser)
        silent.silence()
        self.networks = {"silent": silent, "as shipped": self.denoiser}
        white = Colouring(None)
        self.noises = {"white": white}
        self.spaces = {"latents": white}
        if self.said.colour is not None:
            self.noises["coloured"] = Colouring(self.said.colour)
            self.spaces["components"] = self.noises["coloured"]

    def rows(self, seed: int) -> dict[tuple[str, str, float], list[float]]:
        """Scores of a phantom by noise, denoiser and temperature: one for each space and size of patches."""
        grid, sketcher = self.said.grid, self.denoiser.sketcher
        field = UterineField(grid.shape[0], grid.shape[1], *grid.spacing_mm[:2])
        (image,), told, partial = acquisitions(seed, field, 1)
        labels, mixed = known_to(sketcher, told, partial)
        study = self.codec.encode(torch.from_numpy(image)[None, None])
        tones = completed(measured_tones(image, labels, mixed))
        style = sketcher.style_of(self.codec.unwhiten(study)[0].numpy(), labels, tones, mixed)
        sketch = sketcher.sketch(labels, tones, style, mixed)
        condition = condition_of(
            self.said.denoiser.conditions,
            grid.shape,
            grid.spacing_mm,
            draw_description(seed),
            None,
            labels,
            self.words,
            tone=self.codec.whiten(sketch.mean),
            tone_sd=self.codec.whiten_deviation(sketch.deviation),
        )
        both = condition.joined(condition)
        white = torch.stack([noise_for(seed, index, study.shape[1:]) for index in range(2)])
        found = {}
        for noise, coloured in self.noises.items():
            for name, network in self.networks.items():
                for temperature in sorted({1.0, self.said.temperature}):
                    guessing = GuessingNetwork(network, self.process, self.said.denoiser.in_deviations, draws=True)
                    drawn = sample(
                        self.process.denoiser(lambda x, t, guessing=guessing: guessing(x, t, both)),
                        temperature * coloured(white),
                        self.process.schedule,
                        time_grid(1, self.said.time_shift),
                    )
                    found[noise, name, temperature] = self.scores(drawn[:1], drawn[1:], study)
        return found

    def scores(self, *volumes: torch.Tensor) -> list[float]:
        """Of two draws and the study, in each space."""
        found = []
        for space in self.spaces.values():
            seen = [space.components_of(volume) for volume in volumes]
            found += [float(patch_energy_score(*seen, size)) for size in PATCHES]
        return found


def main() -> None:
    """Print the table."""
    bundle, cases = asked(__doc__)
    if not bundle.inference.draws:
        sys.exit(f"{bundle.name} was not taught to draw in few steps; take default-3d")
    scorer, found = Scorer(bundle), []
    with torch.inference_mode():
        for number in range(cases):
            found.append(scorer.rows(FIRST_SEED + number))
            print(f"\rcase {number + 1} of {cases}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    columns = [f"{space}, patches of {size}" for space in scorer.spaces for size in PATCHES]
    print("| noise | denoiser | temperature | " + " | ".join(columns) + " |")
    print("|---" * (3 + len(columns)) + "|")
    for key in found[0]:
        scores = np.mean([one[key] for one in found], axis=0)
        print("| {} | {} | {:g} |".format(*key) + "".join(f" {score:.3f} |" for score in scores))


if __name__ == "__main__":
    main()
