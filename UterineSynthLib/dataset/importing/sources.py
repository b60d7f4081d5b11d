"""The kinds of source, by the name that the command line gives them."""

from __future__ import annotations

from UterineSynthLib.dataset.importing.brats import BRATS
from UterineSynthLib.dataset.importing.decathlon import DECATHLON
from UterineSynthLib.dataset.importing.dicom_studies import DICOM
from UterineSynthLib.dataset.importing.plain_folder import FOLDER, SYNTHUTERUS
from UterineSynthLib.dataset.importing.source import Source
from UterineSynthLib.dataset.importing.umd import UMD
from UterineSynthLib.dataset.importing.ut_endomri import UT_ENDOMRI

SOURCES: dict[str, Source] = {
    "umd": UMD,
    "ut-endomri": UT_ENDOMRI,
    "synthuterus": SYNTHUTERUS,
    "folder": FOLDER,
    "decathlon": DECATHLON,
    "dicom": DICOM,
    "brats": BRATS,
}
