"""The register of systems: every row of the source documents is carried by something that exists."""

import pytest

from abm.data import FOLDER
from abm.parameters import load
from abm.policies import choose, names
from abm.register import RegisterError, register, unresolved
from analysis.cli.systems import METRICS

SYSTEMS = register()
PARAMETERS = load()


@pytest.mark.parametrize("system", SYSTEMS.values(), ids=list(SYSTEMS))
def test_a_system_is_carried_by_what_exists_or_says_why_not(system):
    assert unresolved(system, PARAMETERS, names(), METRICS) == []


def test_there_are_211_systems_and_few_are_context_only():
    context = [system.id for system in SYSTEMS.values() if not system.carriers()]

    assert len(SYSTEMS) == 211 and len(context) <= 10
    assert all(SYSTEMS[name].context for name in context)


def test_every_policy_names_systems_that_exist_and_these_name_it():
    for name in names():
        (policy,) = choose(name, PARAMETERS)
        if policy.source.document != "own":
            assert policy.source.systems and set(policy.source.systems) <= set(SYSTEMS), name
    named = {name for system in SYSTEMS.values() for name in system.policies}

    assert named == set(names())


def test_proposed_opposed_and_abolished_systems_have_a_policy_or_say_what_is_lacking():
    wanted = [s for s in SYSTEMS.values() if s.block not in ("1A",) and any(sign in s.status for sign in "POX")]
    without = [s.id for s in wanted if not s.policies and not s.lacking and not s.context]

    assert len(wanted) > 80 and without == []


@pytest.fixture
def changed(tmp_path):
    """Give the register with one piece of text replaced, written to a file."""

    def change(old, new):
        text = (FOLDER / "register.yaml").read_text(encoding="utf-8")
        assert old in text
        path = tmp_path / "register.yaml"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return path

    return change


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("\nasylum_seeker:", "\nasylum_seker:", "no system is called 'asylum_seker'. Did you mean 'asylum_seeker'?"),
        ("  how: A person who", "  hows: A person who", "asylum_seeker: unknown key 'hows'. Did you mean 'how'?"),
        ("  processes: [arrivals, departures]", "  processes: arrivals", "processes: give a list of names"),
        ("  processes: [arrivals, departures]", "  check: {low: {}}", "check: 'high' is missing"),
    ],
)
def test_a_mistake_in_the_register_names_the_row_and_the_nearest_name(changed, old, new, said):
    with pytest.raises(RegisterError) as error:
        register(changed(old, new))

    assert said in str(error.value) and str(error.value).startswith("register.yaml: ")


def test_what_does_not_exist_is_found(changed):
    system = register(changed("processes: [arrivals, departures]", "processes: [arivals]"))["asylum_seeker"]

    assert unresolved(system, PARAMETERS, names(), METRICS) == [
        "processes: there is no 'arivals'. Did you mean 'arrivals'?"
    ]
    assert "parameters: there is no 'first_applications_per_week'." in unresolved(system, [], names(), METRICS)[0]
