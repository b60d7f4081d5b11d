import numpy as np
import pytest

from UterineSynthLib.description.vocabulary import Figo
from UterineSynthLib.phantom.figo_type import Surroundings, figo_of
from UterineSynthLib.phantom.measurement import faces_of
from UterineSynthLib.volumes.structures import Structure


@pytest.mark.parametrize(
    ("cavity", "wall", "outside", "figo"),
    [
        (0.95, 0.05, 0.0, Figo.TYPE_0),
        (0.60, 0.40, 0.0, Figo.TYPE_1),
        (0.40, 0.60, 0.0, Figo.TYPE_2),
        (0.05, 0.95, 0.0, Figo.TYPE_3),
        (0.00, 1.00, 0.0, Figo.TYPE_4),
        (0.00, 0.60, 0.4, Figo.TYPE_5),
        (0.00, 0.40, 0.6, Figo.TYPE_6),
        (0.00, 0.05, 0.95, Figo.TYPE_7),
        (0.20, 0.50, 0.3, Figo.TYPE_2_5),
        (0.15, 0.25, 0.6, Figo.TYPE_2_6),
        (0.05, 0.65, 0.3, Figo.TYPE_3_5),
        (0.05, 0.35, 0.6, Figo.TYPE_3_6),
    ],
)
def test_type_follows_from_what_the_surface_faces(cavity: float, wall: float, outside: float, figo: Figo) -> None:
    assert figo_of(Surroundings(cavity, wall, outside)) is figo


def test_a_leiomyoma_of_the_cervix_is_type_8_whatever_it_faces() -> None:
    assert figo_of(Surroundings(0.0, 0.7, 0.3, in_cervix=True)) is Figo.TYPE_8


@pytest.mark.parametrize("share", [0.2, 0.5, 0.7])
def test_a_ball_in_a_flat_wall_faces_outside_by_the_share_of_its_diameter(share: float) -> None:
    radius, size = 16, 41
    z, y, x = np.indices((size, size, size)) - size // 2
    ball = x**2 + y**2 + z**2 <= radius**2
    surface = round(radius * (1 - 2 * share))
    labels = np.where(z < surface, np.uint8(Structure.UTERINE_WALL), np.uint8(Structure.FAT))
    labels = np.where(ball, np.uint8(Structure.MYOMA), labels)
    faces = faces_of(ball, labels)
    assert faces.outside == pytest.approx(share, abs=0.03)
    assert faces.cavity == 0


def test_touching_leiomyomas_do_not_count_as_surroundings() -> None:
    mask = np.zeros((9, 9, 9), dtype=bool)
    mask[3:6, 3:6, 3:6] = True
    labels = np.full(mask.shape, Structure.UTERINE_WALL, dtype=np.uint8)
    labels[:, :, 6:] = Structure.MYOMA
    labels[mask] = Structure.MYOMA
    assert faces_of(mask, labels).wall == 1.0
