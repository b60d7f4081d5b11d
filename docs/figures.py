"""Draw the pictures of the docs: ``python docs/figures.py phantoms``, ``... mixed`` and ``... generated``."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from UterineSynthLib.description.acquisition import Acquisition
from UterineSynthLib.description.parsing import interpret
from UterineSynthLib.description.summary import summarise
from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.networks.tone import completed, greys_of, measured_tones
from UterineSynthLib.phantom.field_of_view import UterineField
from UterineSynthLib.phantom.phantom import make_phantom
from UterineSynthLib.phantom.population import draw_description
from UterineSynthLib.synthesis.request import GenerationRequest
from UterineSynthLib.synthesis.synthesizer import Synthesizer
from UterineSynthLib.volumes.contact_sheet import mosaic, write_contact_sheet
from UterineSynthLib.volumes.intensity import to_unit
from UterineSynthLib.volumes.structures import UTERUS

IMAGES = Path(__file__).parent / "images"
SENTENCES = (
    "normal anteverted anteflexed uterus",
    "retroverted retroflexed uterus, endometrium 9 mm",
    "a 50 mm FIGO 4 fibroid in the posterior wall with cystic degeneration",
    "a 25 mm FIGO 1 fibroid in the anterior wall",
    "a 55 mm FIGO 5 fibroid at the fundus, calcified",
    "diffuse adenomyosis, junctional zone 18 mm",
    "an endometrial polyp of 15 mm",
    "an endometrial carcinoma of 35 mm, less than half of the myometrium invaded",
)


def middle_of(image: sitk.Image, labels: sitk.Image | None) -> npt.NDArray[np.float32]:
    """The slice through the middle of the uterus, on square pixels."""
    volume = sitk.GetArrayFromImage(image)
    if labels is None:
        return np.asarray(volume[len(volume) // 2])
    shown = np.flatnonzero(np.isin(sitk.GetArrayFromImage(labels), UTERUS).any(axis=(1, 2)))
    return np.asarray(volume[shown[len(shown) // 2]])


def draw_phantoms() -> None:
    """Sixteen phantoms at each field strength."""
    for strength, first in ((1.5, 1000), (3.0, 2000)):
        pictures, captions = [], []
        for seed in range(first, first + 16):
            print(f"{strength:g} T, phantom {seed}", file=sys.stderr)
            description = draw_description(seed)
            asked = replace(description, acquisition=Acquisition(field_strength_t=strength))
            made = make_phantom(asked, seed)
            pictures.append(middle_of(made.image, made.labels))
            captions.append(caption_of(made.description))
        page = mosaic(pictures, captions, title=f"Digital pelvis, {strength:g} T: midline slices of 16 phantoms")
        write_contact_sheet(page, IMAGES / f"phantoms-{strength:g}T.png")


def draw_mixed() -> None:
    """Two phantoms on the grid of default-3d: in one grey a label, in mixtures, and as they are."""
    field = UterineField(32, 128, 4.4, 1.25)
    pictures, captions = [], []
    for seed in (200043, 200021):
        made = make_phantom(draw_description(seed), seed, field, is_mixed=True)
        assert made.partial_volume is not None
        image, labels = to_unit(sitk.GetArrayFromImage(made.image)), sitk.GetArrayFromImage(made.labels)
        greys = greys_of(labels, completed(measured_tones(image, labels, made.partial_volume)))
        painted = {
            "one grey a label": greys[labels],
            "mixtures of two": made.partial_volume.mixed(labels, greys),
            "the phantom": image,
        }
        for caption, volume in painted.items():
            pictures.append(middle_of(sitk.GetImageFromArray(volume), made.labels))
            captions.append(caption)
    title = "What voxels hold besides their label: a phantom of 32 x 128 x 128 voxels a row"
    write_contact_sheet(mosaic(pictures, captions, title=title, columns=3), IMAGES / "mixed.png")


def caption_of(description: UterusDescription) -> str:
    """What the picture shows, without its acquisition."""
    return summarise(replace(description, acquisition=Acquisition()))


def draw_generated(model: str, name: str) -> None:
    """Each sentence anatomy first."""
    synthesizer = Synthesizer.from_bundle(model)
    pictures = []
    for seed, sentence in enumerate(SENTENCES):
        request = GenerationRequest(
            description=interpret(sentence).description,
            text=sentence,
            seed=seed,
            dimension=synthesizer.bundle.inference.dimension,
        )
        case = next(iter(synthesizer.generate(request)))
        pictures.append(middle_of(case.image, case.labels))
    title = f"{synthesizer.bundle.metadata.name}, anatomy first: synthetic, trained on a digital phantom"
    write_contact_sheet(mosaic(pictures, SENTENCES, title=title), IMAGES / f"{name}.png")


def main() -> None:
    """Parse and draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["phantoms", "mixed", "generated"])
    parser.add_argument("--model", default="default-3d", help="bundle for 'generated'")
    parser.add_argument("--name", default="generated", help="file name for 'generated'")
    args = parser.parse_args()
    if args.what == "phantoms":
        draw_phantoms()
    elif args.what == "mixed":
        draw_mixed()
    else:
        draw_generated(args.model, args.name)


if __name__ == "__main__":
    main()
