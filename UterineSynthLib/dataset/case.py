"""One case of a data set."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.errors import RecordError
from UterineSynthLib.records import record


class Split(StrEnum):
    """What a case may be used for."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


@record("uterinesynth.case")
@dataclass(frozen=True)
class Case:
    """A volume with what is known of it.

    Attributes:
        id: unique in the manifest.
        image: path of the volume, relative to the manifest's folder.
        patient_id: pseudonym; one patient may have several cases, all in one split.
        source: where the case comes from, such as "phantom" or "UMD".
        licence: under which licence, as an SPDX name; goes into the ledger of a model trained on it.
        labels: path of the label map, relative to the manifest's folder; None where there is none.
        description: what the volume shows; None where nothing is known.
        split: None until the cases are split.
        second_labels, second_share: paths of what voxels hold besides their label
            (:class:`UterineSynthLib.volumes.partial_volume.PartialVolume`), on the grid of the label map; both or none.
        further_images: paths of further modalities on the same grid, in the order of a model's channels after
            ``image``; relative to the manifest's folder.
    """

    id: str
    image: str
    patient_id: str
    source: str
    licence: str
    labels: str | None = None
    description: UterusDescription | None = None
    split: Split | None = None
    further_images: tuple[str, ...] = ()
    second_labels: str | None = None
    second_share: str | None = None

    def __post_init__(self) -> None:
        for name in ("id", "image", "patient_id", "source", "licence"):
            if not getattr(self, name).strip():
                raise RecordError(name, "is empty; every case needs one")
        if (self.second_labels is None) != (self.second_share is None):
            raise RecordError("second_share", "goes with second_labels; name both or none")
        if self.second_labels is not None and self.labels is None:
            raise RecordError("second_labels", "goes with labels, and there are none")
        if len({self.image, *self.further_images}) <= len(self.further_images):
            raise RecordError("further_images", "name a file twice; each modality has a file of its own")
