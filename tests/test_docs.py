"""The pages say what is there: their code runs, their commands are understood, the files they name exist."""

import re
import shlex
from pathlib import Path

import pytest

from abm.data import FOLDER as DATA
from abm.parameters import load
from analysis import site
from analysis.cli import _parsers
from analysis.cli.parameters import matching
from analysis.cli.run import read_changes
from experiments import run as running

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
EVERYWHERE = [*PAGES, ROOT / "CHANGELOG.md", ROOT / "abm" / "parameters" / "README.md", DATA / "SOURCES.md"]
SOURCES = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in ("processes", "institutions")
    for path in (ROOT / "abm" / folder).glob("*.py")
    if path.name != "__init__.py"
)


def page_name(page):
    return page.relative_to(ROOT).as_posix()


def blocks(page, language):
    """Give (line, text) of each block of code in a language."""
    text = page.read_text(encoding="utf-8")
    found = re.finditer(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [(text.count("\n", 0, match.start(1)), match[1]) for match in found]


def commands(page):
    """Give each `werkstand` command that a page shows, in a block or in a line of text."""
    text = page.read_text(encoding="utf-8")
    lines = [line for _, block in blocks(page, "bash") for line in block.splitlines()]
    lines += re.findall(r"`(werkstand [^`]+)`", re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL))
    shown = [shlex.split(line, comments=True) for line in lines if "werkstand " in line and "..." not in line]
    return [words[1:] for words in shown if words and Path(words[0]).name == "werkstand"]


def named_files(page):
    """Give the files and folders of the project that a page names in backticks or links to."""
    text = page.read_text(encoding="utf-8")
    first = "|".join(("abm", "analysis", "experiments", "docs", "paper", "tests", r"\.ci"))
    named = re.findall(rf"`((?:{first})/[\w./*-]*)`", text)
    named += re.findall(r"`([A-Z]+(?:\.md|\.cff)?|[\w-]+\.(?:toml|txt))`", text)
    linked = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    made = {(ROOT / "docs" / name).resolve() for name in site.pages()}  # while the site is built
    linked = [link for link in linked if (page.parent / link).resolve() not in made]
    here = [name for name in named if "/" in name or (ROOT / name).exists()]
    return [(ROOT, name) for name in here] + [(page.parent, link) for link in linked]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Give a folder to work in, with a small stored run where the README puts its first one."""
    made = tmp_path_factory.mktemp("reader")
    running.run(made / "results" / "first", running.Settings(until="2023-01-31", scale=0.005))
    return made


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=page_name)
def test_the_python_of_a_page_runs_from_top_to_bottom(page, folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    names: dict = {}
    for line, code in blocks(page, "python"):
        exec(compile("\n" * line + code, str(page), "exec"), names)


@pytest.mark.parametrize("page", [page for page in PAGES if commands(page)], ids=page_name)
def test_every_command_of_a_page_is_understood(page):
    parser, _ = _parsers()
    for words in commands(page):
        asked, unknown = parser.parse_known_args(words)

        assert not unknown, words
        if asked.command == "run":
            changes = read_changes(asked.changes, load())
            policies = [name for name in asked.policies if not name.startswith("mine")]
            running.Settings(asked.until, asked.scale, asked.seed, asked.replicates, changes, policies)
        if asked.command == "parameters":
            assert matching(asked.pattern, load())


def test_the_readme_shows_every_command():
    shown = {words[0] for words in commands(ROOT / "README.md")}

    assert set(_parsers()[1]) <= shown


@pytest.mark.parametrize("page", EVERYWHERE, ids=page_name)
def test_every_file_a_page_names_exists(page):
    missing = [name for start, name in named_files(page) if not any(start.glob(name.rstrip("/")))]

    assert not missing


@pytest.mark.parametrize("page", [ROOT / "README.md", ROOT / "docs" / "model.md"], ids=page_name)
def test_every_process_and_institution_is_named(page):
    text = page.read_text(encoding="utf-8")

    assert [name for name in SOURCES if f"`{name}`" not in text] == []


def test_the_processes_are_named_in_the_order_of_the_week():
    """By the method of the model in which each is first called; some are called by an institution or a process."""
    source = (ROOT / "abm" / "model.py").read_text(encoding="utf-8")
    step = re.search(r"def step\(self\).*?(?=\n    def )", source, re.DOTALL)
    assert step is not None
    bodies = dict(re.findall(r"    def (\w+)\(self.*?\n(.*?)(?=\n    def |\Z)", source, re.DOTALL))
    order = {name: place for place, name in enumerate(re.findall(r"self\.(\w+)\(\)", step[0]))}
    page = (ROOT / "docs" / "model.md").read_text(encoding="utf-8")
    week = page.split("## The week")[1].split("## The network")[0]
    rows = re.findall(r"`abm/processes/(\w+)\.py`", week)
    places = [
        min(place for name, place in order.items() if re.search(rf"\b{process}\.\w+\(", bodies.get(name, "")))
        for process in rows
        if any(re.search(rf"\b{process}\.\w+\(", bodies.get(name, "")) for name in order)
    ]

    called = "".join(bodies.get(name, "") for name in order)
    elsewhere = {process for process in rows if not re.search(rf"\b{process}\.\w+\(", called)}
    assert elsewhere == {"decisions", "referral", "guidance", "help_to_work", "home_search"}
    assert places == sorted(places)


def test_parameters_named_in_the_pages_exist():
    """In the table of the baseline, whose last column holds names of parameters."""
    page = (ROOT / "docs" / "data.md").read_text(encoding="utf-8")
    table = page.split("## The baseline")[1].split("\n\n")[2]
    names = [name for row in table.splitlines() for name in re.findall(r"`(\w+)`", row.rsplit("|", 2)[1])]

    assert names and set(names) <= set(load())
