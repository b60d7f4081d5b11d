"""UMD, the uterine myoma MRI data set: Pan et al., Sci Data 2024;11:410, figshare 23541312, CC BY 4.0.

One folder a patient, ``UMD_221129_001``, with ``.._t2.nii.gz``, ``.._seg.nii.gz`` and the DICOM slices. Of the 300
masks about 34 are named ``_seq``, are not compressed and have no geometry; one has a mistyped number. A mask without
geometry lies on its image; an image without lies where its DICOM slices do.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from UterineSynthLib.dataset.importing.finding import files_below, nothing_found, stem_of, volumes_below, where_of
from UterineSynthLib.dataset.importing.found import Choices, Finding, FoundCase, LabelFile, Repair
from UterineSynthLib.dataset.importing.label_table import UMD as UMD_TABLE
from UterineSynthLib.dataset.importing.repairs import is_placeholder
from UterineSynthLib.dataset.importing.source import Source
from UterineSynthLib.errors import VolumeError
from UterineSynthLib.volumes.files import SUFFIXES, read_geometry

_IMAGE, _MASK, _MISTYPED = "_t2", "_seg", "_seq"


def find_umd(root: Path, choices: Choices) -> Finding:
    """Cases by folder: exactly one ``_t2`` and at most one ``_seg`` or ``_seq``.

    Raises:
        InputError: no such folder, or nothing in it that looks like UMD.
    """
    folders: dict[Path, list[Path]] = defaultdict(list)
    for path in volumes_below(root):
        if stem_of(path).lower().endswith((_IMAGE, _MASK, _MISTYPED)):
            folders[path.parent].append(path)
    if not folders:
        raise nothing_found(root, "folders with *_t2.nii.gz and *_seg.nii.gz")
    cases, refused = [], []
    for folder, paths in sorted(folders.items()):
        images = [path for path in paths if stem_of(path).lower().endswith(_IMAGE)]
        masks = [path for path in paths if path not in images]
        where = where_of(folder, root)
        if len(images) != 1 or len(masks) > 1:
            names = ", ".join(path.name for path in paths)
            refused.append((where, f"holds {len(images)} images and {len(masks)} masks, expected one each: {names}"))
            continue
        cases.append(_case(where, images[0], [] if choices.without_labels else masks))
    return Finding(tuple(cases), tuple(refused), ("labels 1-4: wall, cavity, leiomyoma, Nabothian cyst",))


def _case(where: str, image: Path, masks: list[Path]) -> FoundCase:
    repairs = []
    expected = stem_of(image)[: -len(_IMAGE)]
    for mask in masks:
        stem = stem_of(mask)
        if stem.lower().endswith(_MISTYPED):
            repairs.append(Repair("took a mask named _seq", "the name is mistyped for _seg in part of the release"))
        if stem[: -len(_MASK)] != expected:
            repairs.append(Repair("matched image and mask by folder", f"{mask.name} does not begin with {expected}"))
    said = () if masks else ("no mask in the folder",)
    labels = tuple(LabelFile(mask, UMD_TABLE) for mask in masks)
    slices = image.parent if _has_no_geometry(image) else None
    files = () if slices is None else (image, *masks, *_others_below(slices))
    return FoundCase(where, expected, (image,), labels, slices=slices, files=files, said=said, repairs=tuple(repairs))


def _has_no_geometry(image: Path) -> bool:
    """Whether a header was left unset: no slice of UMD is as thin as 1 mm. What cannot be read is refused later."""
    try:
        return is_placeholder(read_geometry(image))
    except VolumeError:
        return False


def _others_below(folder: Path) -> list[Path]:
    """What lies below a patient's folder beside the volumes: the DICOM slices."""
    return [path for path in files_below(folder) if not path.name.lower().endswith(SUFFIXES)]


UMD = Source("UMD (Pan et al. 2024, doi 10.1038/s41597-024-03170-x)", "umd", "CC-BY-4.0", find_umd)
