"""Laws of the features of a description: hand-countable, open is (0, unknown), and in a frozen order."""

import numpy as np
import pytest

from UterineSynthLib.dataset.features import ATTRIBUTE_COUNT, CLASS_COUNT, DESCRIBED_LEIOMYOMAS, Features, features_of
from UterineSynthLib.description.acquisition import Acquisition
from UterineSynthLib.description.leiomyoma import Leiomyoma
from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.description.vocabulary import (
    AdenomyosisExtent,
    BladderFilling,
    Figo,
    Level,
    MenopausalStatus,
    MyomaSignal,
    MyometrialInvasion,
    Pathology,
    UterinePosition,
    Wall,
)

NUMBERS = [
    "junctional_zone_mm",
    "endometrium_mm",
    "polyp_diameter_mm",
    "carcinoma_diameter_mm",
    "nabothian_cyst_count",
    "nabothian_cyst_diameter_mm",
    "niche_depth_mm",
    "niche_residual_mm",
    "version_deg",
    "flexion_deg",
    "uterine_length_mm",
    "uterine_volume_ml",
    "leiomyoma_count",
    "field_strength_t",
    "slice_thickness_mm",
]
FIRST_LESION = len(NUMBERS) + 2 + 3 + 2 + 3
LESION_WIDTH = 1 + 13 + 4 + 4 + 5


def _attribute(features: Features, name: str) -> tuple[float, float]:
    place = NUMBERS.index(name)
    return float(features.attributes[place]), float(features.attributes_known[place])


def _lesion(features: Features, rank: int) -> tuple[list[float], list[float]]:
    part = slice(FIRST_LESION + rank * LESION_WIDTH, FIRST_LESION + (rank + 1) * LESION_WIDTH)
    return features.attributes[part].tolist(), features.attributes_known[part].tolist()


def test_an_open_description_is_zero_and_unknown_everywhere() -> None:
    features = features_of(UterusDescription())
    assert features.classes.shape == features.classes_known.shape == (CLASS_COUNT,)
    assert features.attributes.shape == features.attributes_known.shape == (ATTRIBUTE_COUNT,)
    assert all(not column.any() for column in vars(features).values())


def test_the_order_is_part_of_every_trained_model() -> None:
    """Append, never reorder: these lists change only together with a new model."""
    assert (CLASS_COUNT, ATTRIBUTE_COUNT, DESCRIBED_LEIOMYOMAS) == (11, FIRST_LESION + 3 * LESION_WIDTH, 3)
    vocabularies = (Pathology, UterinePosition, AdenomyosisExtent, MyometrialInvasion, MenopausalStatus, BladderFilling)
    assert [" ".join(kind) for kind in (*vocabularies, Figo, Wall, Level, MyomaSignal)] == [
        "normal leiomyoma adenomyosis endometrial_polyp endometrial_carcinoma nabothian_cysts caesarean_niche",
        "AV/AF AV/RF RV/AF RV/RF",
        "focal diffuse",
        "none less_than_half half_or_more",
        "premenopausal postmenopausal",
        "empty moderate full",
        "0 1 2 3 4 5 6 7 8 2-5 2-6 3-5 3-6",
        "anterior posterior left right",
        "fundus corpus isthmus cervix",
        "typical cellular hyaline cystic calcified",
    ]


@pytest.mark.parametrize(
    ("name", "value", "scaled", "needs"),
    [
        ("junctional_zone_mm", 8.0, 0.5, None),
        ("endometrium_mm", 4.0, -1.0, None),
        ("polyp_diameter_mm", 23.0, 1.0, Pathology.ENDOMETRIAL_POLYP),
        ("carcinoma_diameter_mm", 15.0, -1.0, Pathology.ENDOMETRIAL_CARCINOMA),
        ("nabothian_cyst_count", 4, 1.0, Pathology.NABOTHIAN_CYSTS),
        ("nabothian_cyst_diameter_mm", 3.0, -1.0, Pathology.NABOTHIAN_CYSTS),
        ("niche_depth_mm", 10.0, 2.0, Pathology.CAESAREAN_NICHE),
        ("niche_residual_mm", 4.0, 0.0, Pathology.CAESAREAN_NICHE),
        ("version_deg", -20.0, -1.0, None),
        ("flexion_deg", 55.0, 1.0, None),
        ("uterine_length_mm", 87.0, 1.0, None),
        ("uterine_volume_ml", 35.0, -1.0, None),
    ],
)
def test_a_number_lies_in_its_own_place_centred_and_scaled(
    name: str, value: float, scaled: float, needs: Pathology | None
) -> None:
    asked = UterusDescription(pathologies=None if needs is None else (needs,), **{name: value})
    without = UterusDescription(pathologies=asked.pathologies)
    assert _attribute(features_of(asked), name) == (scaled, 1.0)
    known = features_of(asked).attributes_known - features_of(without).attributes_known
    assert np.flatnonzero(known).tolist() == [NUMBERS.index(name)]


def test_the_acquisition_is_among_the_numbers() -> None:
    features = features_of(UterusDescription(acquisition=Acquisition(field_strength_t=3.0, slice_thickness_mm=3.5)))
    assert _attribute(features, "field_strength_t") == (1.0, 1.0)
    assert _attribute(features, "slice_thickness_mm") == (-1.0, 1.0)


def test_named_pathologies_settle_all_of_them() -> None:
    features = features_of(UterusDescription(pathologies=(Pathology.NABOTHIAN_CYSTS, Pathology.LEIOMYOMA)))
    assert features.classes[:7].tolist() == [-1, 1, -1, -1, -1, 1, -1]
    assert features.classes_known.tolist() == [1] * 7 + [0] * 4


def test_the_position_class_follows_from_the_angles_outside_the_dead_band() -> None:
    named = features_of(UterusDescription(position=UterinePosition.RV_AF))
    measured = features_of(UterusDescription(version_deg=-15.0, flexion_deg=12.0))
    axial = features_of(UterusDescription(version_deg=-15.0, flexion_deg=3.0))
    assert named.classes[7:].tolist() == measured.classes[7:].tolist() == [-1, -1, 1, -1]
    assert named.classes_known[7:].tolist() == measured.classes_known[7:].tolist() == [1] * 4
    assert not axial.classes_known.any()


@pytest.mark.parametrize(
    ("description", "count"),
    [
        (UterusDescription(), (0.0, 0.0)),
        (UterusDescription(pathologies=(Pathology.NORMAL,)), (-0.5, 1.0)),
        (UterusDescription(pathologies=(Pathology.LEIOMYOMA,)), (0.0, 0.0)),
        (UterusDescription(pathologies=(Pathology.LEIOMYOMA,), leiomyomas=(Leiomyoma(),) * 5), (2.0, 1.0)),
    ],
)
def test_leiomyomas_are_counted_where_their_number_is_known(description: UterusDescription, count) -> None:
    assert _attribute(features_of(description), "leiomyoma_count") == count


def test_leiomyomas_are_told_largest_first_and_the_fourth_only_counted() -> None:
    lesions = tuple(Leiomyoma(diameter_mm=size) for size in (10.0, 60.0, 35.0, 20.0))
    features = features_of(UterusDescription(pathologies=(Pathology.LEIOMYOMA,), leiomyomas=lesions))
    assert [_lesion(features, rank)[0][0] for rank in range(3)] == pytest.approx([1.0, 0.0, -0.6])
    assert _attribute(features, "leiomyoma_count") == (1.5, 1.0)
    backwards = features_of(UterusDescription(pathologies=(Pathology.LEIOMYOMA,), leiomyomas=lesions[::-1]))
    assert np.array_equal(features.attributes, backwards.attributes)


def test_a_leiomyoma_is_a_size_and_four_choices() -> None:
    lesion = Leiomyoma(Figo.TYPE_2_5, 60.0, Wall.POSTERIOR, None, MyomaSignal.CALCIFIED)
    values, known = _lesion(features_of(UterusDescription(pathologies=(Pathology.LEIOMYOMA,), leiomyomas=(lesion,))), 0)
    figo = [1.0 if kind is Figo.TYPE_2_5 else -1.0 for kind in Figo]
    assert values == [1.0, *figo, -1, 1, -1, -1, 0, 0, 0, 0, -1, -1, -1, -1, 1]
    assert known == [1.0] * 18 + [0.0] * 4 + [1.0] * 5


def test_choices_of_the_uterus_follow_the_numbers() -> None:
    features = features_of(
        UterusDescription(
            pathologies=(Pathology.ADENOMYOSIS, Pathology.ENDOMETRIAL_CARCINOMA),
            adenomyosis_extent=AdenomyosisExtent.DIFFUSE,
            carcinoma_invasion=MyometrialInvasion.NONE,
            bladder_filling=BladderFilling.FULL,
        )
    )
    assert features.attributes[len(NUMBERS) : FIRST_LESION].tolist() == [-1, 1, 1, -1, -1, 0, 0, -1, -1, 1]
