"""The paper builds itself: no number is typed into it, a missing one stops the build, and every source is cited."""

import dataclasses
import json
import re
from pathlib import Path

import pandas as pd
import pytest

from analysis import pages, provenance
from experiments.store import StoreError
from paper import analyses
from paper import build as building
from paper.__main__ import main
from paper.runs import BASELINE, FULL, REDUCED, WITHOUT_CONTACTS

PAPER = Path(building.HERE)
TEXTS = [PAPER / "paper.typ", *sorted((PAPER / "sections").glob("*.typ"))]

#: Names that have a digit in them and are no numbers.
NAMES = r"\b(?:A1|A2|B1|B2|S0|S1|S2|S3|S4|Python 3|Mesa 3|Philox4x32-10)\b"


def prose(path):
    """Give the text of a section without code, references, labels, mathematics and names."""
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"//.*", "", text)
    text = re.sub(r"#let \w[\w-]*(\(.*?\))? = \((.|\n)*?\n\)|#let .*|#import .*|#show.*|#include .*", "", text)
    text = re.sub(r"""#?\w*\("[^"]*"(?:, "[^"]*")*\)""", "", text)
    text = re.sub(r"\$[^$]*\$|@\w+|<\w+>|`[^`]*`|\b\w+: \d+(?:\.\d+)?(?:pt|mm|em|%)|title: \"[^\"]*\"", "", text)
    return re.sub(NAMES, "", text)


def facts_named(path):
    return set(re.findall(r'#?fact\("([^"]+)"\)', path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_no_number_is_typed_into_the_text(path):
    assert re.findall(r".{0,30}\d.{0,20}", prose(path)) == []


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_no_semicolon_is_lost_behind_a_number(path):
    assert re.findall(r'#fact\("[^"]*"\);', path.read_text(encoding="utf-8")) == []  # Typst takes it as code; write \;


def test_a_typed_number_would_be_noticed(tmp_path):
    path = tmp_path / "x.typ"
    path.write_text('Work rises by 12 points @hainmueller2016, #fact("runs") runs, in B1 $M_0$.')

    assert re.findall(r"\d+", prose(path)) == ["12"]


def test_every_source_is_cited_and_every_citation_has_a_source():
    known = re.findall(r"^@\w+\{(\w+),", (PAPER / "references.bib").read_text(encoding="utf-8"), re.MULTILINE)
    text = "".join(path.read_text(encoding="utf-8") for path in TEXTS)
    labels = set(re.findall(r"<(\w+)>", text))
    cited = set(re.findall(r"@(\w+)", text)) - labels

    assert len(known) == len(set(known)) and set(known) == cited


def test_every_source_can_be_found():
    entries = (PAPER / "references.bib").read_text(encoding="utf-8").strip().splitlines()

    for entry in entries:
        assert re.search(r"year = \{(19|20)\d\d\}", entry) and "title = {" in entry and "author = {" in entry, entry
        assert re.search(r"doi = \{10\.|url = \{https://|note = \{arXiv:", entry), entry


@pytest.mark.parametrize("plan", [FULL, REDUCED], ids=["full", "reduced"])
def test_all_settings_of_a_plan_can_be_run(plan):
    settings = plan.settings()

    assert list(settings)[:2] == [BASELINE, WITHOUT_CONTACTS]
    assert len({tuple(one.seeds()) for one in settings.values()}) == 1
    assert set(REDUCED.settings()) <= set(FULL.settings())


def test_the_runs_of_a_build_are_counted_before_they_are_made():
    assert analyses.number_of_runs(REDUCED) == {"comparisons": 15, "sensitivity": 218, "futures": 96}
    full = analyses.number_of_runs(FULL)
    assert full["comparisons"] == 150 and full["futures"] == 800 and 2000 < full["sensitivity"] < 2500


@pytest.mark.parametrize("plan", [FULL, REDUCED], ids=["full", "reduced"])
def test_sensitivity_and_robustness_have_what_the_text_needs(plan):
    recipe, futures = analyses.recipe_of(plan), analyses.futures_of(plan)

    assert recipe.over_time and sum(one.name.startswith("inert:") for one in recipe.factors) == 1
    assert "baseline" in futures.design.policies and len(futures.design.policies) >= 2
    assert futures.replicates >= 2


def test_an_index_that_noise_hides_is_said_in_words():
    hidden = {"value": float("nan"), "low": float("nan"), "high": float("nan")}

    assert analyses._interval(hidden) == "hidden by noise"
    assert analyses._interval({"value": 0.5, "low": -0.1, "high": 1.1}) == "0.50 (\u22120.10 to 1.10)"


def test_futures_of_another_design_are_refused(tmp_path):
    specification = analyses.futures_of(REDUCED)
    made = analyses._futures(tmp_path / "futures", specification)

    assert analyses._futures(tmp_path / "futures", specification).folder == made.folder
    with pytest.raises(StoreError, match="holds runs of other settings or other code"):
        analyses._futures(tmp_path / "futures", dataclasses.replace(specification, seed=2))


def test_the_claims_are_about_policies_that_are_run():
    from analysis import claims

    assert {one.policy for one in claims.read(PAPER / "claims.yaml")} <= {"baseline", *FULL.packages, *FULL.policies}


def test_the_effects_of_the_full_plan_fit_on_pages_with_their_captions():
    from abm.policies import choose
    from analysis import effects, theme
    from analysis.figures import policy_effects

    for names in (FULL.packages, FULL.policies):
        rows = [
            (f"outcome {place}", choose(name)[0].title, "everyone", 1.0, 0.5, 1.5, "persons", "", 1.0, 10)
            for place in range(len(effects.measures(FULL.until)))
            for name in names
        ]
        with theme.bare():
            figure = policy_effects.draw(pd.DataFrame(rows, columns=effects.COLUMNS), caption="Ten pairs.")
        assert figure.get_size_inches()[1] * 25.4 < 222


def test_a_number_that_is_missing_stops_the_build(tmp_path):
    (tmp_path / "facts.json").write_text('{"there": "1"}')
    (tmp_path / "style.typ").write_text((PAPER / "style.typ").read_text(encoding="utf-8"))
    text = '#import "style.typ": fact\n#fact("{}")'
    (tmp_path / "good.typ").write_text(text.format("there"))
    (tmp_path / "bad.typ").write_text(text.format("gone"))
    pages.compile_typst(tmp_path / "good.typ", tmp_path, tmp_path / "good.pdf")

    with pytest.raises(pages.PageError, match=r"facts\.json has no number called 'gone'"):
        pages.compile_typst(tmp_path / "bad.typ", tmp_path, tmp_path / "bad.pdf")
    assert not (tmp_path / "bad.pdf").exists()


def test_what_goes_wrong_is_one_line(tmp_path, monkeypatch, capsys):
    def fail(*arguments, **words):
        raise pages.PageError("paper.pdf: Typst cannot make it: no")

    monkeypatch.setattr(building, "make", lambda *arguments, **words: {})
    monkeypatch.setattr(analyses, "make", lambda *arguments, **words: None)
    monkeypatch.setattr(building, "fill", fail)
    assert main(["--reduced", "--out", str(tmp_path / "out")]) == 1
    assert capsys.readouterr().err.splitlines()[-1] == "paper: paper.pdf: Typst cannot make it: no"


@pytest.mark.slow
def test_the_reduced_paper_builds_from_nothing_and_again_from_its_runs(tmp_path, capsys):
    arguments = ["--reduced", "--results", str(tmp_path / "runs"), "--out", str(tmp_path / "out")]
    assert main(arguments) == 0
    out = tmp_path / "out"
    first = (out / "paper.pdf").read_bytes()

    assert first.startswith(b"%PDF") and len(first) > 500_000
    facts = json.loads((out / "facts.json").read_text(encoding="utf-8"))
    asked = set().union(*(facts_named(path) for path in [*TEXTS, PAPER / "style.typ"]))
    assert asked <= set(facts) and "unknown" not in {facts[name] for name in asked}
    checked = list(provenance.read(out / "figures" / "policy_outcomes.svg").rows)
    assert len(checked) == REDUCED.replicates * (1 + len(REDUCED.packages) + len(REDUCED.policies))
    for name, rows in (
        ("curves", 18),
        ("screen", 40),
        ("sobol", None),
        ("over_time", None),
        ("regret", 96),
        ("box", 96),
    ):
        picture = out / "figures" / f"{name}.svg"
        assert provenance.read(picture).figure == name
        assert rows is None or len(provenance.read(picture).rows) == rows
        assert next(provenance.verify(picture, rows=1, seed=1)).reproduces
    effects = pd.Series({name: said for name, said in facts.items() if "/" in name})
    assert effects.str.len().min() > 0

    capsys.readouterr()
    assert main(arguments) == 0
    assert "running" not in capsys.readouterr().err
    assert (out / "paper.pdf").read_bytes() == first
