"""The report says what the runs say: sentences, claims, pages that stand alone, and nothing half written."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis import claims, effects, figures, markdown, pages, provenance, report
from analysis.cli import main
from experiments import run as running
from experiments import store
from experiments.interval import interval


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """Give folders of small runs with the same luck: the baseline, and one with other effort and grant rate."""
    folder = tmp_path_factory.mktemp("runs")
    for name, changes in {"base": {}, "effort": {"housing_effort": 0.95, "grant_rate": 0.6}}.items():
        running.run(folder / name, running.Settings(until="2022-12-31", scale=0.005, replicates=4, changes=changes))
    return {name: folder / name for name in ("base", "effort")}


POLICY = "housing_effort = 0.95, grant_rate = 0.6"
CLAIMS = f"""
claims:
  - {{says: "More than {{at_least}} live in reception ({{level}}).", outcome: People in reception, about: baseline,
     at_least: 1000}}
  - {{says: "It adds a million people.", policy: "{POLICY}", outcome: People in reception, at_least: 1000000}}
"""


@pytest.fixture(scope="module")
def written(stored, tmp_path_factory):
    """Give the folder of a report on both runs with two claims."""
    folder = tmp_path_factory.mktemp("report")
    (folder / "claims.yaml").write_text(CLAIMS.replace("a million people", "1000000 people"))
    arguments = ["report", *map(str, stored.values()), "--claims", str(folder / "claims.yaml")]
    question = "What if more people got a permit & a home?"
    assert main([*arguments, "--question", question, "--out", str(folder / "out"), "--no-validation"]) == 0
    return folder / "out"


def pairs(differences, futures=None, outcome="work", policy="plan"):
    """Give a pairs frame with these differences from a baseline of 10."""
    n = len(differences)
    futures = futures if futures is not None else [""] * n
    return pd.DataFrame(
        {
            "outcome": outcome,
            "policy": policy,
            "group": "everyone",
            "future": futures,
            "replicate": range(n),
            "baseline": 10.0,
            "value": 10.0 + np.asarray(differences, float),
            "unit": "points",
            "better": "",
        }
    )


def claim(says="It rises by {effect}.", **words):
    return claims.Claim(**{"says": says, "policy": "plan", "outcome": "work", **words})


def verdict(one, frame):
    return claims.evaluate([one], frame)[0]


# Sentences


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ((-24176.0, -26569.0, -21783.0), "24,200 persons fewer (21,800 to 26,600 fewer), from 67,000 in the baseline."),
        ((500.0, 100.0, 900.0), "500 persons more (100 to 900 more), from 67,000 in the baseline."),
        ((-21.4, -129.0, 85.9), "no clear change (−129 to +85.9 persons), from 67,000."),
        ((-21.4, np.nan, np.nan), "21.4 persons fewer in the one pair of runs; no interval is known."),
        ((0.0, 0.0, 0.0), "no change at all."),
        ((np.nan, np.nan, np.nan), "unknown."),
    ],
)
def test_an_effect_is_said_in_plain_words(numbers, said):
    effect, low, high = numbers
    row = {"outcome": "Waiting", "effect": effect, "low": low, "high": high, "unit": "persons", "baseline": 66971.0}

    assert report.sentence(row) == f"Waiting: {said}"


def test_shares_are_higher_or_lower_not_more_or_fewer():
    row = {"outcome": "Work", "effect": 2.0, "low": 1.0, "high": 3.0, "unit": "% points", "baseline": 30.0}

    assert report.sentence(row).startswith("Work: 2 percentage points higher (1 to 3 higher)")


# Claims


def test_a_claim_on_the_mean_follows_the_interval():
    assert verdict(claim(at_least=2.0), pairs([3.0, 3.1, 2.9])).verdict == "true"
    assert verdict(claim(at_least=2.0), pairs([1.0, 1.1, 0.9])).verdict == "false"
    assert verdict(claim(at_least=2.0), pairs([1.0, 3.5, 2.2])).verdict == "undecided"
    assert verdict(claim(at_most=-1.0), pairs([-3.0, -3.1, -2.9])).verdict == "true"


def test_one_pair_and_unknown_numbers_decide_nothing():
    one, unknown = verdict(claim(at_least=0.0), pairs([9.0])), verdict(claim(at_least=0.0), pairs([9.0, np.nan]))

    assert (one.verdict, unknown.verdict) == ("undecided", "undecided")
    assert "no interval" in one.why and "unknown" in unknown.why


def test_numbers_of_a_sentence_come_from_the_runs():
    found = verdict(claim("From {low} to {high}, {effect} over {pairs} pairs.", at_least=0.0), pairs([1.0, 2.0, 3.0]))

    assert found.says == "From −0.484 to 4.48, 2 over 3 pairs."


def test_pairs_of_one_future_count_once():
    """Ten pairs in each of three futures are three effects, not thirty: the interval is as wide as between futures."""
    found = pairs([1.0] * 10 + [2.0] * 10 + [6.0] * 10, [f"f{number}" for number in range(3) for _ in range(10)])
    row = effects.summary(found).iloc[0]

    assert (row["effect"], row["pairs"]) == (3.0, 30)
    assert (row["low"], row["high"]) == pytest.approx(interval([1.0, 2.0, 6.0])[1:])
    judged = verdict(claim("It is {effect}, over {futures} futures.", at_least=0.5), found)
    assert judged.verdict == "undecided" and judged.says == "It is 3, over 3 futures."
    assert "over 3 futures" in judged.why


def test_a_claim_on_futures_follows_the_exact_interval_of_their_share():
    many = [f"f{number}" for number in range(60)]
    wanted = claim("In {share} percent.", at_least=2.0, in_share_of_futures=0.9)

    assert verdict(wanted, pairs([3.0] * 60, many)).verdict == "true"
    assert verdict(wanted, pairs([3.0] * 30 + [1.0] * 30, many)).verdict == "false"
    assert verdict(wanted, pairs([3.0] * 55 + [1.0] * 5, many)).verdict == "undecided"
    assert verdict(wanted, pairs([3.0] * 5, many[:5])).verdict == "undecided"


def test_chance_within_futures_is_not_taken_for_a_difference_between_them():
    """Sixty futures that all meet the bound on average, but none of them for sure."""
    futures = [f"f{number}" for number in range(60) for _ in range(2)]
    noisy, quiet = pairs([-8.0, 14.0] * 60, futures), pairs([2.99, 3.01] * 60, futures)
    wanted = claim(at_least=2.0, in_share_of_futures=0.9)

    assert verdict(wanted, noisy).verdict == "undecided" and "met in 60 of 60" in verdict(wanted, noisy).why
    assert verdict(wanted, quiet).verdict == "true"


def test_the_interval_of_a_share_is_that_of_clopper_and_pearson():
    assert claims.share_interval(0, 10) == pytest.approx((0.0, 0.3085), abs=1e-4)
    assert claims.share_interval(10, 10) == pytest.approx((0.6915, 1.0), abs=1e-4)


def test_a_level_of_the_baseline_needs_no_policy():
    assert verdict(claim(about="baseline", at_least=5.0, policy="baseline"), pairs([1.0, 2.0])).verdict == "true"


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("says: x\n    outcome: work\n    at_least: 1", "claim 1: 'policy' is missing"),
        ("says: x\n    policy: p\n    outcome: work", "say what has to hold with at_least or at_most"),
        ("says: x\n    policy: p\n    outcom: work\n    at_least: 1", "unknown key 'outcom'. Did you mean 'outcome'?"),
        ("says: Up 7 points\n    policy: p\n    outcome: w\n    at_least: 2", "the number 7 is typed by hand"),
        ("says: '{efect}'\n    policy: p\n    outcome: w\n    at_least: 2", "no '{efect}'. Did you mean 'effect'?"),
        ("says: x\n    policy: p\n    outcome: w\n    at_least: 2\n    at_most: 1", "at_least lies above at_most"),
        ("says: x\n    policy: p\n    outcome: w\n    at_least: two", "at_least: 'two' is not a number"),
        ("says: x\n    policy: p\n    outcome: w\n    at_least: 2\n    in_share_of_futures: 90", "between 0 and 1"),
        ("says: x\n    policy: p\n    outcome: w\n    at_least: 2\n    about: efect", "Did you mean 'effect'?"),
    ],
)
def test_a_bad_claim_is_one_line(entry, message, tmp_path):
    path = tmp_path / "claims.yaml"
    path.write_text(f"claims:\n  - {entry}\n")

    with pytest.raises(claims.ClaimError, match=re.escape(message)) as raised:
        claims.read(path)
    assert "\n" not in str(raised.value) and "claims.yaml: claim 1" in str(raised.value)


@pytest.mark.parametrize("text", ["", "claims: {}", "- a", "claims: [", "claims: []"])
def test_a_file_that_holds_no_claims_is_one_line(text, tmp_path):
    (tmp_path / "c.yaml").write_text(text)

    with pytest.raises(claims.ClaimError, match=r"c\.yaml: "):
        claims.read(tmp_path / "c.yaml")


def test_its_own_bounds_may_be_written_in_a_sentence(tmp_path):
    (tmp_path / "c.yaml").write_text(
        "claims:\n- {says: 'At least 2 points in 90 % of futures, after S2 and WI2021', policy: p, outcome: w,"
        " at_least: 2, in_share_of_futures: 0.9}"
    )

    assert claims.read(tmp_path / "c.yaml")[0].at_least == 2.0


def test_a_claim_on_what_was_not_run_names_the_nearest():
    with pytest.raises(claims.ClaimError, match=r"no policy is called 'plann'\. Did you mean 'plan'\?"):
        verdict(claim(policy="plann", at_least=0.0), pairs([1.0, 2.0]))


# Markdown, HTML and Typst


def test_what_means_something_to_typst_is_escaped():
    text = "Cost: $5 #1 a_b *c* <d> @e [f] ~ // `x_y` 2. = +\n\n- 1 item\n"
    made = markdown.to_typst(text)

    assert r"\$5 \#1 a\_b" in made and '#raw("x_y")' in made and r"\/\/" in made and "#emph[c];" in made


def test_every_form_of_text_compiles(tmp_path):
    text = "# A\n\n## B\n\n**b** (c) *d* [e](https://example.org/x_y) `f`(g)\n\n1. x\n2. y\n    - z\n\n> q\n\n"
    text += "```\na `b` c\n```\n\n"
    text += markdown.table(["a_b", "c|d"], [["x|y", 1], ["**z**", 2]], right=[1])
    pages.pdf("T", text, tmp_path, tmp_path / "t.pdf")

    assert (tmp_path / "t.pdf").read_bytes().startswith(b"%PDF")


def test_raw_html_stays_text(tmp_path):
    assert "<script>" not in pages.html("T", "a <script>alert(1)</script> b", tmp_path)


def test_a_picture_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(pages.PageError, match=r"gone\.svg"):
        pages.html("T", "![a](gone.svg)", tmp_path)
    with pytest.raises(pages.PageError, match=r"t.pdf: Typst cannot make it"):
        pages.pdf("T", "![a](gone.svg)", tmp_path, tmp_path / "t.pdf")


# The report


def test_the_report_is_a_page_that_stands_alone(written):
    page = (written / "report.html").read_text(encoding="utf-8")

    assert "<title>What if more people got a permit &amp; a home?</title>" in page
    assert re.findall(r"""(?:src|href)=["'](?!data:|#|https://)([^"']*)""", page) == []
    assert re.search(r"""<(?:script|link|iframe)|@import|url\(""", page) is None
    assert not re.search(r"src=[\"']https?:", page)
    assert page.count("data:image/svg+xml") >= 7


def test_the_pdf_has_pages_and_a_title(written):
    content = (written / "report.pdf").read_bytes()

    assert content.startswith(b"%PDF") and content.rstrip().endswith(b"%%EOF") and len(content) > 50_000


def test_every_section_is_there(written):
    page = (written / "report.html").read_text(encoding="utf-8")
    headings = re.findall(r"<h2 id=.*?>(.*?)</h2>", page)

    assert headings == [
        "In short",
        "Claims, checked",
        "What was compared",
        "What changes",
        "Who gains and who loses",
        "Cost",
        "The baseline, and how it agrees with the past",
        "The method in a page",
        "Where the numbers come from",
        "Appendix: all parameters",
        "What it must not be used for",
        "How to make it again",
    ]


def test_the_first_section_says_over_which_years_its_numbers_are_taken(written):
    page = (written / "report.html").read_text(encoding="utf-8")
    short = re.search(r"<h2 id=.*?>In short<.*?<h2", page, re.DOTALL)

    assert short is not None and "Stocks and shares: means over the last half" in short[0]


def test_every_effect_in_the_text_is_in_the_numbers(written, stored):
    numbers = json.loads((written / "numbers.json").read_text(encoding="utf-8"))
    found = effects.of_runs(*[store.load(stored["base"]), {POLICY: store.load(stored["effort"])}])
    held = {(row["outcome"], row["group"]): row["effect"] for row in numbers["effects"]}

    assert held == {
        (row.outcome, row.group): (None if np.isnan(row.effect) else pytest.approx(row.effect))
        for row in found.itertuples()
    }
    page = (written / "report.html").read_text(encoding="utf-8")
    clear = found[(found["group"] == "everyone") & ((found["low"] > 0) | (found["high"] < 0))]
    assert len(clear) and all(report.sentence(row._asdict()) in page for row in clear.itertuples())


def test_claims_are_marked(written):
    page = (written / "report.html").read_text(encoding="utf-8")
    numbers = json.loads((written / "numbers.json").read_text(encoding="utf-8"))

    assert [one["verdict"] for one in numbers["claims"]] == ["true", "false"]
    assert "More than 1,000 live in reception (" in page and "<strong>false</strong>" in page


def test_the_figures_of_a_report_carry_its_runs(written, stored):
    paths = sorted((written / "figures").glob("*.svg"))
    seeds = store.load(stored["base"]).manifest["seeds"]

    assert paths and all([row.seed for row in provenance.read(path).rows] == seeds * 2 for path in paths)


def test_all_parameters_stand_in_the_appendix(written):
    from abm.parameters import load

    page = (written / "report.html").read_text(encoding="utf-8")

    assert all(f"<code>{name}</code>" in page for name in load())


def test_a_report_on_one_run_compares_nothing(stored):
    made = report.make([store.load(stored["base"])], validation=False)

    assert "nothing is compared" in made.text and set(made.pictures) == set(report.BASELINE_FIGURES)


def test_the_comparison_with_the_past_names_what_fails(stored):
    made = report.make([store.load(stored["base"])])

    assert re.search(r"Of \d+ observed patterns \d+ were judged on this run", made.text)


@pytest.fixture(scope="module")
def experiment(tmp_path_factory):
    """Give the folder of a small finished experiment: the baseline and a policy, in three futures."""
    from experiments import folder, runner, specification

    stated = {
        "question": "Does work from the first week help?",
        "policies": ["baseline", "work_access_0@2021-03-01"],
        "design": {"kind": "lhs", "n": 3},
        "parameters": ["grant_rate"],
        "scale": 0.005,
        "until": "2021-12-31",
        "outcomes": ["in_reception", "employed_in_reception"],
    }
    made = folder.create(tmp_path_factory.mktemp("e") / "small", specification.from_mapping(stated, "small"))
    runner.run(made)
    return made.folder


def test_an_experiment_is_reported_over_its_futures(experiment, tmp_path):
    (tmp_path / "claims.yaml").write_text(
        "claims:\n- {says: 'More work in {share} percent of {futures} futures.', policy: work_access_0@2021-03-01,"
        " outcome: employed_in_reception, at_least: 0, in_share_of_futures: 0.9}\n"
    )
    out = tmp_path / "out"
    assert main(["report", str(experiment), "--claims", str(tmp_path / "claims.yaml"), "--out", str(out)]) == 0
    page = (out / "report.html").read_text(encoding="utf-8")

    assert "<title>Does work from the first week help?</title>" in page and (out / "report.pdf").is_file()
    assert "More work in 90 percent of 3 futures." in page and "<em>undecided</em>" in page
    assert "last two years" not in page and "in the last week" in page  # outcomes of its own, over weeks of their own
    assert "6 of 6 runs are finished" in page and "<code>grant_rate</code>" in page
    assert len(provenance.read(out / "figures" / "policy_effects.svg").rows) == 6


def test_an_experiment_is_drawn_too(experiment, tmp_path, capsys):
    assert main(["figures", str(experiment), "--out", str(tmp_path / "out"), "--format", "svg"]) == 0
    assert {path.stem for path in (tmp_path / "out").iterdir()} == {"policy_effects", "policy_outcomes"}
    assert provenance.read(tmp_path / "out" / "policy_effects.svg").figure == "policy_effects"

    assert main(["figures", str(experiment), "--only", "fans", "--out", str(tmp_path / "no")]) == 2
    assert "fans: is not drawn of an experiment" in capsys.readouterr().err


def test_an_experiment_is_reported_alone(experiment, stored, tmp_path, capsys):
    assert main(["report", str(stored["base"]), str(experiment), "--out", str(tmp_path / "out")]) == 2
    assert "is an experiment, which is reported on its own" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--claims", "none.yaml"], "none.yaml: there is no such file"),
        (["--out", "{base}"], "exists already and is not overwritten"),
    ],
)
def test_what_cannot_be_reported_is_one_line_and_leaves_nothing(
    arguments, message, stored, tmp_path, capsys, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    given = [argument.format(base=stored["base"]) for argument in arguments]

    assert main(["report", str(stored["base"]), *given]) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1 and list(tmp_path.iterdir()) == []


def test_a_report_that_fails_half_way_leaves_nothing(stored, tmp_path, monkeypatch, capsys):
    def fail(*arguments, **words):
        raise pages.PageError("report.pdf: Typst cannot make it: no")

    monkeypatch.setattr(pages, "pdf", fail)
    assert main(["report", str(stored["base"]), "--no-validation", "--out", str(tmp_path / "out")]) == 2
    assert list(tmp_path.iterdir()) == []


def test_odd_is_written_in_the_form_of_its_name(tmp_path, capsys):
    for suffix in ("md", "html", "pdf"):
        assert main(["odd", "--out", str(tmp_path / f"odd.{suffix}")]) == 0
    assert main(["odd", "--out", str(tmp_path / "odd.doc")]) == 2

    assert "give a name that ends in .md, .html or .pdf" in capsys.readouterr().err
    assert (tmp_path / "odd.md").read_text().startswith("# ODD+D of Werkstand")
    assert "</html>" in (tmp_path / "odd.html").read_text()
    assert (tmp_path / "odd.pdf").read_bytes().startswith(b"%PDF")


def test_a_number_of_the_catalogue_is_reported():
    assert set(report.BASELINE_FIGURES) <= set(figures.CATALOGUE)
    assert Path(report.TEMPLATES / "limits.md").is_file()
