"""The documentation builds as a site that needs no network, and its reference says everything that there is."""

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml

from abm.parameters import load
from abm.policies import names
from analysis import figures, gallery, provenance, site
from analysis.cli import _parsers
from experiments.metrics import all_tables
from tests import test_docs

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
GALLERY = DOCS / "figures" / "gallery"


@pytest.fixture(scope="module")
def pages():
    return site.pages()


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Give the folder of the site, built strictly: a warning is an error."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)
    if done.returncode:
        pytest.fail(done.stdout + done.stderr, pytrace=False)
    return folder


class Loads(HTMLParser):
    """Collects what a page makes a browser load."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        held = dict(attributes)
        if tag in ("script", "img", "iframe", "source", "video", "audio", "embed"):
            self.found.append(held.get("src"))
        if tag == "link" and held.get("rel") not in ("canonical", "next", "prev"):
            self.found.append(held.get("href"))


def navigation(entries):
    for entry in entries:
        for value in entry.values() if isinstance(entry, dict) else [entry]:
            yield from navigation(value) if isinstance(value, list) else [value]


def test_nothing_is_loaded_from_a_network(built):
    elsewhere = []
    for page in built.rglob("*.html"):
        loads = Loads()
        loads.feed(page.read_text(encoding="utf-8"))
        elsewhere += [(page.name, place) for place in loads.found if place and re.match(r"(https?:)?//", place)]
    for style in built.rglob("*.css"):
        text = style.read_text(encoding="utf-8")
        elsewhere += [
            (style.name, place) for place in re.findall(r"(?:@import|url\()\s*[\"']?((?:https?:)?//[^\"')]+)", text)
        ]

    assert elsewhere == []


def test_every_page_of_the_navigation_is_built(built, pages):
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    wanted = list(navigation(yaml.safe_load(text)["nav"]))
    there = [name for name in wanted if (DOCS / name).exists() or name in pages]

    assert wanted == there
    assert all((built / name).with_suffix(".html").is_file() for name in there)


def test_every_page_is_in_the_navigation(pages):
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    wanted = set(navigation(yaml.safe_load(text)["nav"]))
    written = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")}

    assert written | set(pages) <= wanted


def test_the_code_of_every_page_is_run():
    assert set(DOCS.rglob("*.md")) <= set(test_docs.PAGES)


def test_the_search_index_knows_the_generated_pages(built):
    index = (built / "search" / "search_index.json").read_text(encoding="utf-8")

    assert "motivation_peer_effect" in index and "odd.html" in index


def test_the_python_page_shows_what_is_public(built):
    page = (built / "reference" / "python.html").read_text(encoding="utf-8")

    for group in site.PUBLIC.values():
        assert all(f'id="{name}"' in page for name in group)
    assert "Simulate one week" in page


def test_every_command_and_argument_is_in_the_reference(pages):
    text = pages["reference/commands.md"]

    for name, parser in _parsers()[1].items():
        section = text.split(f"\n## werkstand {name}\n")[1].split("\n## ")[0]
        for action in parser._actions:
            assert all(option in section for option in action.option_strings if option not in ("-h", "--help"))


def test_every_parameter_policy_and_column_is_in_the_reference(pages):
    assert all(f"| `{name}` |" in pages["reference/parameters.md"] for name in load())
    assert all(f"| `{name}` |" in pages["reference/policies.md"] for name in names())
    for table, columns in all_tables().items():
        section = pages["reference/results.md"].split(f"\n## {table}\n")[1].split("\n## ")[0]
        assert all(f"| `{column}` |" in section for column in columns)


def test_every_figure_is_in_the_gallery_with_its_command():
    text = (DOCS / "gallery.md").read_text(encoding="utf-8")

    for name in figures.CATALOGUE:
        section = text.split(f"\n### {name}\n")[1].split("\n### ")[0]
        assert re.search(rf"`werkstand figures .*--only {name}`", section), name
        assert f"](figures/gallery/{name}.png)" in section


def test_pictures_of_the_gallery_are_small_and_say_what_they_were_made_of():
    pictures = sorted(GALLERY.glob("*.png"))

    assert {picture.stem for picture in pictures} == {*figures.CATALOGUE, *gallery.ANALYSES}
    for picture in pictures:
        assert picture.stat().st_size < 150_000, picture.name
        origin = provenance.read(picture)
        assert origin.figure == picture.stem and len(origin.rows) >= 5


def test_every_figure_of_an_analysis_is_in_the_gallery_with_its_command():
    text = (DOCS / "gallery.md").read_text(encoding="utf-8")

    for name, folder in gallery.ANALYSES.items():
        section = text.split(f"\n### {name}\n")[1].split("\n### ")[0]
        kind = "decide" if folder.startswith("sketch_decisions") else "sensitivity"
        assert re.search(rf"`werkstand {kind} .*results/gallery/{folder.partition('/')[0]}", section), name
        assert f"](figures/gallery/{name}.png)" in section
    assert " ".join(gallery.DECIDE) in text


def test_the_analyses_of_the_gallery_are_those_that_the_recipe_and_decide_draw():
    from experiments.sensitivity.recipe import read
    from experiments.specification import read as read_specification

    recipe = read(ROOT / "experiments" / "specs" / "recipes" / "sketch.yaml")
    (column,) = recipe.over_time
    first = recipe.outcomes[0].name
    kinds = [f"{kind}_{first}" for kind in ("curves", "screen", "sobol", "convergence")]
    policies = read_specification(ROOT / "experiments" / "specs" / "sketch_decisions.yaml").design.policies

    assert (
        list(gallery.ANALYSES) == [*kinds, f"over_time_{column}", "regret", "box_baseline"] and "baseline" in policies
    )


def test_a_picture_that_is_made_smaller_keeps_its_record(tmp_path):
    picture = GALLERY / "regret.png"
    small = gallery.shrunk(picture, tmp_path / "regret.png")

    assert provenance.read(small) == provenance.read(picture) and small.stat().st_size < picture.stat().st_size


@pytest.mark.slow
def test_the_gallery_can_be_made_anew(tmp_path):
    arguments = ["--runs-only"]
    arguments += ["--scale", "0.005", "--replicates", "2", "--until", "2027-06-30", "--out", str(tmp_path / "out")]
    assert gallery.main([str(tmp_path / "runs"), *arguments]) == 0
    assert {path.stem for path in (tmp_path / "out").iterdir()} == set(figures.CATALOGUE)
