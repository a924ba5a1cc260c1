"""What a notebook shows of runs and parameters: everything that matters, and nothing that breaks the page."""

import pytest

from abm.parameters import load
from experiments import run as running


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    settings = running.Settings(until="2021-02-28", scale=0.005, changes={"grant_rate": 0.5})
    return running.run(tmp_path_factory.mktemp("runs") / "small", settings)


def test_a_run_shows_what_was_changed_and_what_there_is(run):
    shown = run._repr_html_()

    assert "grant_rate = 0.5" in shown and "weekly (9 rows)" in shown and str(run.manifest["seeds"][0]) in shown


def test_parameters_show_themes_and_one_shows_all_of_itself():
    known = load()

    assert all(f"<th>{theme}</th>" in known._repr_html_() for theme in known.themes)
    for parameter in known.values():
        shown = parameter._repr_html_()
        assert parameter.name in shown and shown.count("<table>") == 1 and shown.count("<tr>") == shown.count("</tr>")


def test_text_is_escaped():
    from abm.parameters.record import table_of

    assert "<b>" not in table_of([("<b>", "<b>")])
