"""Sentences as radiologists write them, with what they ask for and what must be named as not understood."""

from __future__ import annotations

from typing import Any

import pytest

from UterineSynthLib.description.acquisition import Acquisition
from UterineSynthLib.description.leiomyoma import Leiomyoma
from UterineSynthLib.description.parsing import interpret
from UterineSynthLib.description.uterus import UterusDescription
from UterineSynthLib.description.vocabulary import Figo, Level, MyomaSignal, Pathology, UterinePosition, Wall

MYOMA, ADENO, POLYP = Pathology.LEIOMYOMA, Pathology.ADENOMYOSIS, Pathology.ENDOMETRIAL_POLYP
CANCER, CYSTS, NICHE = Pathology.ENDOMETRIAL_CARCINOMA, Pathology.NABOTHIAN_CYSTS, Pathology.CAESAREAN_NICHE


def lesion(figo: str | None = None, mm: float | None = None, *words: Any) -> Leiomyoma:
    by_kind: dict[str, Any] = {"wall": None, "level": None, "t2_signal": None}
    for word in words:
        by_kind[{Wall: "wall", Level: "level", MyomaSignal: "t2_signal"}[type(word)]] = word
    return Leiomyoma(figo=None if figo is None else Figo(figo), diameter_mm=mm, **by_kind)


def myomas(*lesions: Leiomyoma, **more: Any) -> dict[str, Any]:
    return {"pathologies": (MYOMA,), "leiomyomas": lesions, **more}


def scan(**fields: Any) -> dict[str, Any]:
    return {"acquisition": Acquisition(**fields)}


REPORTS: list[tuple[str, dict[str, Any], tuple[str, ...]]] = [
    (
        "a 3 cm intramural FIGO 4 fibroid in the posterior wall and a 15 mm submucosal one at the fundus",
        myomas(lesion("4", 30.0, Wall.POSTERIOR), lesion("1", 15.0, Level.FUNDUS)),
        (),
    ),
    (
        "Two fibroids: a 3 cm intramural in the posterior wall and a 2 cm subserosal at the fundus.",
        myomas(lesion("4", 30.0, Wall.POSTERIOR), lesion("6", 20.0, Level.FUNDUS)),
        (),
    ),
    (
        "Two fibroids: a 3 cm fibroid in the posterior wall and a 2 cm fibroid at the fundus.",
        myomas(lesion(None, 30.0, Wall.POSTERIOR), lesion(None, 20.0, Level.FUNDUS)),
        (),
    ),
    (
        "There are two fibroids. One is intramural, 3 cm, in the posterior wall. The other is 2 cm at the fundus.",
        myomas(lesion("4", 30.0, Wall.POSTERIOR), lesion(None, 20.0, Level.FUNDUS)),
        (),
    ),
    (
        "A fibroid is seen in the anterior wall. It measures 4 cm. It is hypointense on T2.",
        myomas(lesion(None, 40.0, Wall.ANTERIOR, MyomaSignal.TYPICAL)),
        (),
    ),
    ("Multiple fibroids, the largest 6 cm in the posterior wall.", myomas(lesion(None, 60.0, Wall.POSTERIOR)), ()),
    ("Three fibroids of 2, 3 and 4 cm.", myomas(*(lesion(None, mm) for mm in (20.0, 30.0, 40.0))), ()),
    (
        "Two fibroids in the anterior and posterior wall, FIGO 4.",
        myomas(lesion("4", None, Wall.ANTERIOR), lesion("4", None, Wall.POSTERIOR)),
        (),
    ),
    (
        "Multiple myomas are present: 4 cm anterior, 2.5 cm posterior and 1.5 cm FIGO 1 at the fundus.",
        myomas(lesion(None, 40.0, Wall.ANTERIOR), lesion(None, 25.0, Wall.POSTERIOR), lesion("1", 15.0, Level.FUNDUS)),
        (),
    ),
    (
        "1) 3 cm FIGO 3 fibroid anterior wall 2) 2 cm FIGO 6 fibroid fundus",
        myomas(lesion("3", 30.0, Wall.ANTERIOR), lesion("6", 20.0, Level.FUNDUS)),
        (),
    ),
    (
        "The fibroid in the anterior wall measures 3 cm and the fibroid in the posterior wall measures 5 cm.",
        myomas(lesion(None, 30.0, Wall.ANTERIOR), lesion(None, 50.0, Wall.POSTERIOR)),
        (),
    ),
    ("A 3-4 cm pedunculated subserosal fibroid.", myomas(lesion("7", 35.0)), ()),
    ("Pedunculated submucosal fibroid, 18 mm, FIGO 0.", myomas(lesion("0", 18.0)), ()),
    ("There is a 4.5 cm FIGO type 2-5 leiomyoma in the left lateral wall.", myomas(lesion("2-5", 45.0, Wall.LEFT)), ()),
    ("A 2.1-cm submucosal (FIGO 1) leiomyoma of the anterior wall.", myomas(lesion("1", 21.0, Wall.ANTERIOR)), ()),
    ("Submucosal myoma, less than 50 % intramural, 20 mm", myomas(lesion("1", 20.0)), ()),
    ("Subserosal myoma, more than half intramural", myomas(lesion("5")), ()),
    ("Hypercellular leiomyoma of 5 cm", myomas(lesion(None, 50.0, MyomaSignal.CELLULAR)), ()),
    (
        "Fibroid with cystic degeneration, 7 cm, in the corpus, right wall.",
        myomas(lesion(None, 70.0, Level.CORPUS, Wall.RIGHT, MyomaSignal.CYSTIC)),
        (),
    ),
    (
        "Calcified 25 mm subserosal fibroid FIGO 6 and hyaline degenerated 4 cm intramural FIGO 4 fibroid.",
        myomas(lesion("6", 25.0, MyomaSignal.CALCIFIED), lesion("4", 40.0, MyomaSignal.HYALINE)),
        (),
    ),
    ("Cervical fibroid 3 cm.", myomas(lesion(None, 30.0, Level.CERVIX)), ()),
    ("Fibroids measuring 3 cm and 4 cm.", myomas(lesion(None, 30.0), lesion(None, 40.0)), ()),
    ("2 fibroids 3 cm each", myomas(lesion(None, 30.0), lesion(None, 30.0)), ()),
    ("Ten myomas.", myomas(*[lesion()] * 10), ()),
    ("fibroid uterus", myomas(), ()),
    ("several leiomyomata", myomas(), ()),
    (
        "One 3 cm intramural fibroid and two 1 cm subserosal fibroids.",
        myomas(lesion("4", 30.0), lesion("6", 10.0), lesion("6", 10.0)),
        (),
    ),
    (
        "Two 2 cm fibroids in the anterior wall and a 3 cm fibroid in the posterior wall.",
        myomas(*[lesion(None, 20.0, Wall.ANTERIOR)] * 2, lesion(None, 30.0, Wall.POSTERIOR)),
        (),
    ),
    ("A solitary fibroid measuring 28mm in the lower uterine segment", myomas(lesion(None, 28.0, Level.ISTHMUS)), ()),
    ("fibroid 8 mm to 1.2 cm", myomas(lesion(None, 10.0)), ()),
    ("a fibroid of 3 x 4 cm", myomas(lesion(None, 40.0)), ()),
    ("Fibroid 3 cm. Right ovary is normal.", myomas(lesion(None, 30.0)), ("Right ovary", "normal")),
    ("a 3 cm fibroid abutting the rectum", myomas(lesion(None, 30.0)), ("abutting", "rectum")),
    ("The uterus is normal in size. There is a 3 cm fibroid.", myomas(lesion(None, 30.0)), ("normal in size",)),
    (
        "No submucosal fibroids. A 3 cm FIGO 4 fibroid is seen.",
        myomas(lesion("4", 30.0)),
        ("No submucosal",),
    ),
    (
        "The junctional zone is thickened, measuring 16 mm, consistent with diffuse adenomyosis.",
        {"pathologies": (ADENO,), "junctional_zone_mm": 16.0, "adenomyosis_extent": "diffuse"},
        ("thickened",),
    ),
    (
        "Focal adenomyosis of the posterior wall with a JZ of 15 mm.",
        {"pathologies": (ADENO,), "junctional_zone_mm": 15.0, "adenomyosis_extent": "focal"},
        ("posterior wall",),
    ),
    ("Adenomyoma", {"pathologies": (ADENO,), "adenomyosis_extent": "focal"}, ()),
    ("JZ 14 mm endometrium 8 mm", {"junctional_zone_mm": 14.0, "endometrium_mm": 8.0}, ()),
    (
        "Endometrial thickness 12 mm, with a 9 mm endometrial polyp.",
        {"pathologies": (POLYP,), "endometrium_mm": 12.0, "polyp_diameter_mm": 9.0},
        (),
    ),
    ("polyp at the fundus", {"pathologies": (POLYP,)}, ("fundus",)),
    (
        "Endometrial carcinoma, 3.5 x 2.8 cm, invading more than 50% of the myometrium.",
        {"pathologies": (CANCER,), "carcinoma_diameter_mm": 35.0, "carcinoma_invasion": "half_or_more"},
        (),
    ),
    (
        "endometrial malignancy invading less than half of the myometrium",
        {"pathologies": (CANCER,), "carcinoma_invasion": "less_than_half"},
        (),
    ),
    (
        "Endometrial cancer stage IA, no evidence of myometrial invasion.",
        {"pathologies": (CANCER,), "carcinoma_invasion": "none"},
        (),
    ),
    ("endometrial cancer, deep invasion", {"pathologies": (CANCER,), "carcinoma_invasion": "half_or_more"}, ()),
    (
        "Caesarean section scar with niche, depth 6 mm, residual myometrial thickness 2.5 mm.",
        {"pathologies": (NICHE,), "niche_depth_mm": 6.0, "niche_residual_mm": 2.5},
        (),
    ),
    ("Isthmocele measuring 7 mm in depth.", {"pathologies": (NICHE,), "niche_depth_mm": 7.0}, ()),
    ("C-section scar niche, RMT 3 mm.", {"pathologies": (NICHE,), "niche_residual_mm": 3.0}, ()),
    (
        "Three Nabothian cysts, the largest 9 mm.",
        {"pathologies": (CYSTS,), "nabothian_cyst_count": 3, "nabothian_cyst_diameter_mm": 9.0},
        (),
    ),
    ("Several small Nabothian cysts.", {"pathologies": (CYSTS,)}, ("small",)),
    ("No fibroids or adenomyosis.", {"excluded": (MYOMA, ADENO)}, ()),
    (
        "No fibroids, adenomyosis or polyps. Endometrium 8 mm.",
        {"excluded": (MYOMA, ADENO, POLYP), "endometrium_mm": 8.0},
        (),
    ),
    ("no fibroids, JZ 5 mm", {"excluded": (MYOMA,), "junctional_zone_mm": 5.0}, ()),
    ("No evidence of malignancy.", {"excluded": (CANCER,)}, ()),
    ("Adenomyosis is not seen.", {"excluded": (ADENO,)}, ()),
    ("Fibroids: none. Adenomyosis: absent.", {"excluded": (MYOMA, ADENO)}, ()),
    ("no fibroids but a 9 mm polyp", {"pathologies": (POLYP,), "excluded": (MYOMA,), "polyp_diameter_mm": 9.0}, ()),
    (
        "No leiomyoma, adenomyosis, polyp, malignancy, Nabothian cyst or niche.",
        {"pathologies": (Pathology.NORMAL,)},
        (),
    ),
    ("Normal uterus.", {"pathologies": (Pathology.NORMAL,)}, ()),
    (
        "normal, anteverted anteflexed uterus",
        {"pathologies": (Pathology.NORMAL,), "position": UterinePosition("AV/AF")},
        (),
    ),
    (
        "No free fluid. No lymphadenopathy. Ovaries are normal.",
        {},
        ("No free fluid", "No lymphadenopathy", "Ovaries", "normal"),
    ),
    ("The uterus is retroverted and retroflexed.", {"position": UterinePosition("RV/RF")}, ()),
    ("AV/RF", {"position": UterinePosition("AV/RF")}, ()),
    ("retroverted uterus", {"position": UterinePosition("RV/RF")}, ()),
    ("retroverted, flexion 30 degrees", {"position": UterinePosition("RV/AF"), "flexion_deg": 30.0}, ()),
    ("45 degrees anteverted and 30 degrees retroflexed", {"version_deg": 45.0, "flexion_deg": -30.0}, ()),
    ("version 45 degrees, flexion of -30 deg", {"version_deg": 45.0, "flexion_deg": -30.0}, ()),
    (
        "The uterus is anteverted and measures 8.5 x 4.5 x 5.0 cm.",
        {"position": UterinePosition("AV/AF"), "uterine_length_mm": 85.0},
        (),
    ),
    ("uterus 8 cm long, volume 90 ml", {"uterine_length_mm": 80.0, "uterine_volume_ml": 90.0}, ()),
    ("Uterine volume 120 cc.", {"uterine_volume_ml": 120.0}, ()),
    ("The uterus measures 9.2 cm in length and 5 cm in width.", {"uterine_length_mm": 92.0}, ("5 cm in width",)),
    ("Postmenopausal woman with full bladder.", {"menopausal_status": "postmenopausal", "bladder_filling": "full"}, ()),
    ("Bladder is well distended.", {"bladder_filling": "full"}, ()),
    (
        "bladder moderately filled, pre-menopausal",
        {"menopausal_status": "premenopausal", "bladder_filling": "moderate"},
        (),
    ),
    (
        "3T, sagittal, 24 slices of 4 mm, slice spacing 4.4 mm, 0.8 mm in-plane, 256 x 256 matrix",
        scan(
            field_strength_t=3.0,
            plane="sagittal",
            slice_count=24,
            slice_thickness_mm=4.0,
            slice_spacing_mm=4.4,
            in_plane_spacing_mm=0.8,
            matrix=256,
        ),
        (),
    ),
    (
        "1.5 Tesla, slice thickness 5 mm, gap 1 mm, FOV 300 mm",
        scan(field_strength_t=1.5, slice_thickness_mm=5.0, slice_spacing_mm=6.0),
        ("FOV 300 mm",),
    ),
    ("0.8 x 0.8 x 4.0 mm voxels", scan(in_plane_spacing_mm=0.8, slice_thickness_mm=4.0), ()),
    ("45-year-old woman with menorrhagia", {}, ("45-year-old", "menorrhagia")),
    ("uterus didelphys", {}, ("didelphys",)),
]


@pytest.mark.parametrize(("text", "fields", "unknown"), REPORTS, ids=[text[:60] for text, _, _ in REPORTS])
def test_a_report_is_read_as_a_radiologist_means_it(
    text: str, fields: dict[str, Any], unknown: tuple[str, ...]
) -> None:
    interpretation = interpret(text)
    assert interpretation.description == UterusDescription(**fields)
    assert tuple(word.text for word in interpretation.not_understood) == unknown


@pytest.mark.parametrize("text", [text for text, _, _ in REPORTS])
def test_letter_case_changes_nothing(text: str) -> None:
    assert interpret(text.upper()).description == interpret(text).description


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("a 3-4 cm fibroid", "range 3-4 cm read as its middle, 35 mm"),
        ("multiple fibroids", "'multiple fibroids' gives no number"),
        ("submucosal fibroid", "'submucosal' read as FIGO 1; it may also mean 0 or 2"),
        ("retroverted", "'retroverted' read as RV/RF"),
        ("endometrium < 4 mm", "'< 4 mm' read as 4 mm"),
        ("possible adenomyosis", "'possible'"),
        ("256 x 512 matrix", "only a square matrix"),
    ],
)
def test_what_is_read_with_some_freedom_is_noted(text: str, note: str) -> None:
    assert any(note in said for said in interpret(text).notes)
