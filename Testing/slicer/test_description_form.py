"""The form and the description are one: every field can be reached, left open, and comes back unchanged."""

from __future__ import annotations

import dataclasses
import importlib.util
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from UterineSynthLib.description.acquisition import Acquisition
from UterineSynthLib.description.leiomyoma import Leiomyoma
from UterineSynthLib.description.uterus import BELONGS_TO, UterusDescription
from UterineSynthLib.description.vocabulary import Pathology
from UterineSynthLib.errors import InputError

STRATEGIES = Path(__file__).resolve().parents[1] / "unit" / "description" / "conftest.py"


def random_descriptions() -> st.SearchStrategy[UterusDescription]:
    spec = importlib.util.spec_from_file_location("description_strategies", STRATEGIES)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.descriptions()


@pytest.fixture
def form(panel: Any) -> Any:
    return panel.panel.form


def fields_of(record_type: type) -> list[Any]:
    from UterineSynthPanel.DescriptionField import fieldsOf

    return fieldsOf(record_type)


def choose(ui: Any, field: Any) -> Any:
    """Set a field's widget as a user would and return the value it now stands for."""
    widget = getattr(ui, field.widgetName)
    if field.choices:
        widget.setCurrentIndex(1)
        return field.choices[0]
    value = field.limit.low + 1.0
    widget.setValue(value)
    return value


def leave_open(ui: Any, field: Any) -> None:
    widget = getattr(ui, field.widgetName)
    widget.setCurrentIndex(0) if field.choices else widget.setValue(widget.minimum)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(description=random_descriptions())
def test_whatever_is_shown_is_read_back_unchanged(form: Any, description: UterusDescription) -> None:
    form.show(description)
    assert form.description == description


def assert_shown(ui: Any, record: Any, record_type: type) -> None:
    for field in fields_of(record_type):
        widget, value = getattr(ui, field.widgetName), getattr(record, field.name)
        if field.choices:
            assert widget.currentIndex == (0 if value is None else 1 + field.choices.index(value)), field.name
        else:
            expected = widget.minimum if value is None else value
            assert widget.value == pytest.approx(expected, abs=0.51 * 10.0**-widget.decimals), field.name


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(description=random_descriptions())
def test_every_widget_shows_its_field(panel: Any, form: Any, description: UterusDescription) -> None:
    form.show(description)
    assert_shown(panel.ui, description, UterusDescription)
    assert_shown(panel.ui, description.acquisition, Acquisition)
    assert panel.ui.myomaList.count == len(description.leiomyomas)
    if description.leiomyomas:
        assert_shown(panel.ui, description.leiomyomas[panel.ui.myomaList.currentRow], Leiomyoma)


def test_every_field_of_a_description_has_a_widget() -> None:
    special = {"pathologies", "excluded", "leiomyomas", "acquisition"}
    for record_type in (UterusDescription, Leiomyoma, Acquisition):
        offered = {field.name for field in fields_of(record_type)}
        assert offered == {field.name for field in dataclasses.fields(record_type)} - special


@pytest.mark.parametrize("name", [f.name for f in dataclasses.fields(Acquisition)])
def test_each_acquisition_field_can_be_set_and_left_open_again(panel: Any, form: Any, name: str) -> None:
    field = next(field for field in fields_of(Acquisition) if field.name == name)
    value = choose(panel.ui, field)
    assert getattr(form.description.acquisition, name) == value
    leave_open(panel.ui, field)
    assert form.description == UterusDescription()


UTERUS_FIELDS = [
    f.name
    for f in dataclasses.fields(UterusDescription)
    if f.name not in ("pathologies", "excluded", "leiomyomas", "acquisition")
]


@pytest.mark.parametrize("name", UTERUS_FIELDS)
def test_each_field_of_the_uterus_can_be_set_and_left_open_again(panel: Any, form: Any, name: str) -> None:
    pathologies = (BELONGS_TO[name],) if name in BELONGS_TO else None
    form.show(UterusDescription(pathologies=pathologies))
    field = next(field for field in fields_of(UterusDescription) if field.name == name)
    value = choose(panel.ui, field)
    assert getattr(form.description, name) == value
    leave_open(panel.ui, field)
    assert form.description == UterusDescription(pathologies=pathologies)


@pytest.mark.parametrize("name", [f.name for f in dataclasses.fields(Leiomyoma)])
def test_each_field_of_the_second_of_two_leiomyomas_can_be_set(panel: Any, form: Any, name: str) -> None:
    form.show(UterusDescription(pathologies=(Pathology.LEIOMYOMA,)))
    panel.ui.addMyoma.click()
    panel.ui.addMyoma.click()
    field = next(field for field in fields_of(Leiomyoma) if field.name == name)
    value = choose(panel.ui, field)
    assert form.description.leiomyomas == (Leiomyoma(), Leiomyoma(**{name: value}))
    panel.ui.removeMyoma.click()
    assert form.description.leiomyomas == (Leiomyoma(),)


def test_pathologies_can_be_open_normal_chosen_or_excluded(panel: Any, form: Any) -> None:
    ui = panel.ui
    ui.pathologyMode.setCurrentIndex(1)
    assert form.description.pathologies == (Pathology.NORMAL,)
    ui.pathologyMode.setCurrentIndex(2)
    with pytest.raises(InputError, match="leave it open"):
        _ = form.description
    ui.adenomyosis.setChecked(True)
    assert form.description.pathologies == (Pathology.ADENOMYOSIS,)
    ui.pathologyMode.setCurrentIndex(3)
    assert form.description == UterusDescription(excluded=(Pathology.ADENOMYOSIS,))
    ui.pathologyMode.setCurrentIndex(0)
    assert form.description == UterusDescription()


def test_the_fields_of_a_pathology_appear_and_leave_with_it(panel: Any, form: Any) -> None:
    ui = panel.ui
    assert not ui.caesareanNicheGroup.isVisibleTo(ui.tabs)
    ui.pathologyMode.setCurrentIndex(2)
    ui.caesareanNiche.setChecked(True)
    assert ui.caesareanNicheGroup.isVisibleTo(ui.tabs)
    ui.nicheDepthMm.setValue(5.0)
    ui.nabothianCysts.setChecked(True)
    ui.caesareanNiche.setChecked(False)
    assert not ui.caesareanNicheGroup.isVisibleTo(ui.tabs)
    assert form.description == UterusDescription(pathologies=(Pathology.NABOTHIAN_CYSTS,))


def test_a_contradiction_is_told_and_nothing_can_be_generated_until_it_is_mended(panel: Any) -> None:
    ui = panel.ui
    ui.pathologyMode.setCurrentIndex(1)
    ui.junctionalZoneMm.setValue(14.0)
    assert "12 mm or more means adenomyosis" in ui.status.text
    assert not ui.generate.enabled
    ui.junctionalZoneMm.setValue(8.0)
    assert ui.generate.enabled
    assert not ui.status.isVisibleTo(ui.tabs)


def test_the_first_step_up_from_open_starts_at_a_usual_value(panel: Any, form: Any) -> None:
    panel.ui.versionDeg.stepUp()
    assert form.description.version_deg == 30.0
    panel.ui.versionDeg.stepDown()
    assert form.description.version_deg == 29.5


def test_words_become_fields_and_fields_become_words(panel: Any, form: Any) -> None:
    ui = panel.ui
    ui.freeText.setPlainText("Retroverted uterus with a 3 cm FIGO 4 fibroid of the posterior wall, wobbly")
    panel.panel.textBox.interpretNow()
    (myoma,) = form.description.leiomyomas
    assert (myoma.diameter_mm, myoma.figo, myoma.wall) == (30.0, "4", "posterior")
    assert "not understood" in ui.interpretation.text and "wobbly" in ui.interpretation.text
    ui.leiomyomaDiameterMm.setValue(45.0)
    panel.panel.textBox.interpretNow()
    assert form.description.leiomyomas[0].diameter_mm == 45.0
    assert "wobbly" not in ui.freeText.plainText
    assert "not understood" not in ui.interpretation.text


def test_the_chips_say_what_was_taken_for_what(panel: Any) -> None:
    panel.ui.freeText.setPlainText("adenomyosis with a junctional zone of 15 mm, no polyp")
    panel.panel.textBox.interpretNow()
    for words in ("junctional zone 15 mm", "no polyp", "adenomyosis"):
        assert f"&nbsp;{words.replace(' ', '&nbsp;')}&nbsp;" in panel.ui.interpretation.text


def test_typing_is_interpreted_after_a_pause_without_a_key(theatre: Any, panel: Any, form: Any) -> None:
    panel.ui.freeText.setPlainText("adenomyosis with a junctional zone of 15 mm")
    assert form.description == UterusDescription()
    theatre.wait_until(lambda: form.description.junctional_zone_mm == 15.0)


def test_two_words_that_exclude_each_other_are_told(panel: Any, form: Any) -> None:
    panel.ui.freeText.setPlainText("normal uterus with a 3 cm fibroid")
    panel.panel.textBox.interpretNow()
    assert "contradicts" in panel.ui.interpretation.text
    assert form.description == UterusDescription()
