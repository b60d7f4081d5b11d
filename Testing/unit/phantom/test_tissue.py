import numpy as np
import pytest

from UterineSynthLib.description.vocabulary import MenopausalStatus
from UterineSynthLib.phantom.protocol import Protocol
from UterineSynthLib.phantom.signal import turbo_spin_echo_signal
from UterineSynthLib.phantom.tissue import TissueValues, tissue_table
from UterineSynthLib.phantom.tissue_kind import Tissue

FIELDS = (1.5, 3.0)
Table = dict[Tissue, TissueValues]


def tables(field: float, count: int = 50, status: MenopausalStatus | None = None) -> list[Table]:
    return [tissue_table(field, np.random.default_rng(seed), status) for seed in range(count)]


def signals(table: Table, field: float) -> dict[Tissue, float]:
    protocol = Protocol(field_strength_t=field)
    return {tissue: turbo_spin_echo_signal(values, protocol) for tissue, values in table.items()}


@pytest.mark.parametrize("field", FIELDS)
def test_every_tissue_has_positive_times_and_a_density_of_at_most_water(field: float) -> None:
    table = tissue_table(field, np.random.default_rng(0))
    assert set(table) == set(Tissue)
    for values in table.values():
        assert values.t1_ms > 0 and values.t2_ms > 0 and 0 <= values.proton_density <= 1


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("status", [None, *MenopausalStatus])
def test_the_zones_keep_their_order_in_t2_and_in_signal_over_fifty_studies(
    field: float, status: MenopausalStatus | None
) -> None:
    for table in tables(field, status=status):
        for measure in (signals(table, field), {tissue: values.t2_ms for tissue, values in table.items()}):
            zones = (Tissue.ENDOMETRIUM, Tissue.OUTER_MYOMETRIUM, Tissue.JUNCTIONAL_ZONE, Tissue.MUSCLE)
            values = [measure[zone] for zone in zones]
            assert values == sorted(values, reverse=True)


@pytest.mark.parametrize("field", FIELDS)
def test_t2_of_the_endometrium_spreads_between_studies_as_it_does_between_methods(field: float) -> None:
    t2 = [table[Tissue.ENDOMETRIUM].t2_ms for table in tables(field)]
    assert 1.5 < max(t2) / min(t2) < 2.2


def test_zonal_contrast_fades_after_the_menopause() -> None:
    def contrast(status: MenopausalStatus) -> float:
        table = tissue_table(3.0, np.random.default_rng(4), status)
        return table[Tissue.OUTER_MYOMETRIUM].t2_ms / table[Tissue.JUNCTIONAL_ZONE].t2_ms

    before, after = contrast(MenopausalStatus.PREMENOPAUSAL), contrast(MenopausalStatus.POSTMENOPAUSAL)
    assert 1 < after < before
    assert np.log(after) == pytest.approx(np.log(before) * (1 - 0.5 * 0.75))


@pytest.mark.parametrize("field", FIELDS)
def test_tissues_take_their_usual_place_in_a_t2_weighted_image(field: float) -> None:
    for table in tables(field, 20):
        s = signals(table, field)
        assert s[Tissue.GAS] == s[Tissue.AIR] == 0
        assert s[Tissue.FLOWING_BLOOD] < 0.3 * s[Tissue.MUSCLE]
        assert s[Tissue.CORTICAL_BONE] < 0.1 * s[Tissue.MUSCLE]
        assert s[Tissue.URINE] > s[Tissue.SUBCUTANEOUS_FAT] > s[Tissue.OUTER_MYOMETRIUM]
        assert s[Tissue.CERVICAL_MUCUS] > 2.5 * s[Tissue.CERVICAL_STROMA]
        assert s[Tissue.POLYP] > s[Tissue.CARCINOMA] > s[Tissue.JUNCTIONAL_ZONE]
        assert s[Tissue.MYOMA_CELLULAR] > 1.4 * s[Tissue.MYOMA_TYPICAL]
        assert s[Tissue.MYOMA_TYPICAL] < 0.8 * s[Tissue.OUTER_MYOMETRIUM]


def test_the_signal_is_that_of_the_turbo_spin_echo_equation() -> None:
    values = TissueValues(t1_ms=1000.0, t2_ms=100.0, proton_density=0.8)
    protocol = Protocol(repetition_time_ms=4000.0, echo_time_ms=100.0, echo_train_length=20, echo_spacing_ms=10.0)
    assert turbo_spin_echo_signal(values, protocol) == pytest.approx(0.8 * (1 - np.exp(-3.8)) / np.e)
