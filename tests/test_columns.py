"""Tables of columns and the Mesa agents that look at them."""

from typing import NamedTuple

import mesa
import numpy as np
import pandas as pd
import pytest

from abm import Model
from abm.columns import Column, ColumnAgent, Table
from abm.households import Household
from abm.institutions.employers import Employer
from abm.institutions.volunteers import Volunteer
from abm.people import LAST_WEEK, NEVER, People, Person
from abm.states import Diploma, Housing, Legal


class Dog(ColumnAgent):
    """A kind with one column of each type."""

    age = Column("i4", "Age.", unit="years")
    weight = Column("f4", "Weight.", unit="kg")
    good = Column("?", "Is a good dog.")
    toys = Column("u1", "Toys.", initial=3)
    home = Column("u1", "Home.", initial=Housing.NONE, codes=Housing)

    def older(self, years):
        self.age = self.age + years


class Kennel(mesa.Model):
    """A model with a table."""

    def __init__(self, capacity=4):
        super().__init__(rng=1)
        self.dogs = Table(Dog, self, capacity)


@pytest.fixture
def kennel():
    made = Kennel()
    rows = made.dogs.add(3)
    made.dogs.age[rows] = [2, 5, 9]
    return made


def test_a_new_row_holds_what_its_columns_say_and_unknown_is_nan(kennel):
    dog = kennel.dogs[3]

    assert (dog.age, dog.good, dog.toys, dog.home) == (9, False, 3, Housing.NONE)
    assert np.isnan(dog.weight)
    kennel.dogs.add(1)
    assert kennel.dogs[4].age == -1


def test_row_zero_is_nobody(kennel):
    assert len(kennel.dogs) == 3 and len(kennel.dogs.age) == 4
    assert [dog.row for dog in kennel.dogs.agents()] == [1, 2, 3]
    for row in (0, 4, -1):
        with pytest.raises(IndexError, match="rows run from 1 to 3"):
            kennel.dogs[row]


def test_a_view_is_a_mesa_agent_that_reads_and_writes_its_row(kennel):
    dog = kennel.dogs[2]
    dog.weight = 12.5
    dog.home = Housing.SOCIAL
    dog.older(1)

    assert isinstance(dog, mesa.Agent) and dog.unique_id == 2 and dog.model is kennel
    assert kennel.dogs.weight[2] == 12.5 and kennel.dogs.age.tolist() == [-1, 2, 6, 9]
    assert kennel.dogs.home[2] == Housing.SOCIAL and dog.home is Housing.SOCIAL
    assert type(dog.age) is int and type(dog.weight) is float and type(dog.good) is bool


def test_two_views_of_a_row_are_equal_and_of_another_row_or_table_are_not(kennel):
    assert kennel.dogs[1] == kennel.dogs[1] and hash(kennel.dogs[1]) == hash(kennel.dogs[1])
    assert kennel.dogs[1] != kennel.dogs[2]
    assert len({kennel.dogs[1], kennel.dogs[1], kennel.dogs[2]}) == 2
    other = Table(Dog, kennel)
    other.add(1)
    assert kennel.dogs[1] != other[1]


def test_views_are_not_registered_and_cannot_be_removed(kennel):
    before = len(kennel.agents)
    views = list(kennel.dogs.agents())

    assert len(kennel.agents) == before and len(views) == 3
    with pytest.raises(TypeError, match="cannot be removed"):
        views[0].remove()


def test_rows_keep_their_numbers_and_values_when_the_table_grows(kennel):
    dog = kennel.dogs[3]
    before = kennel.dogs.version
    rows = kennel.dogs.add(100)

    assert rows.tolist() == list(range(4, 104)) and kennel.dogs.version > before
    assert dog.age == 9 and kennel.dogs.allocated >= 104
    dog.age = 10
    assert kennel.dogs.age[3] == 10


def test_taken_columns_are_the_columns_themselves_also_after_growing(kennel):
    class Wanted(NamedTuple):
        toys: np.ndarray
        age: np.ndarray

    taken = kennel.dogs.take(Wanted)
    assert taken.age is kennel.dogs.columns["age"] and kennel.dogs.take(Wanted) is taken

    kennel.dogs.add(100)
    again = kennel.dogs.take(Wanted)
    again.age[1] = 77
    assert kennel.dogs[1].age == 77 and taken.age[1] == 2


def test_an_unknown_name_is_refused_with_the_nearest_one(kennel):
    class Wanted(NamedTuple):
        wieght: np.ndarray

    with pytest.raises(AttributeError, match=r"no column is called 'wieght'. Did you mean 'weight'\?"):
        kennel.dogs.take(Wanted)
    with pytest.raises(AttributeError, match=r"no column 'wieght'. Did you mean 'weight'\?"):
        _ = kennel.dogs.wieght
    with pytest.raises(AttributeError, match=r"Dog has no column 'wieght'. Did you mean 'weight'\?"):
        kennel.dogs[1].wieght = 3
    with pytest.raises(AttributeError, match=r"no column 'zzz'\.$"):
        kennel.dogs[1].zzz = 3


def test_a_mask_picks_rows_and_must_have_one_value_a_row(kennel):
    young = kennel.dogs.agents(kennel.dogs.age < 6)

    assert [dog.age for dog in young] == [2, 5]  # row 0 is left out although its age is -1
    with pytest.raises(ValueError, match="mask has 3 values; the table has 4 rows"):
        kennel.dogs.agents(np.ones(3, bool))


def test_a_set_of_views_is_a_stock_mesa_agent_set(kennel):
    dogs = kennel.dogs.agents()
    assert isinstance(dogs, mesa.agent.AgentSet)
    assert dogs.agg("age", sum) == 16 and dogs.get("age") == [2, 5, 9]
    assert [dog.age for dog in dogs.select(lambda dog: dog.age > 4)] == [5, 9]

    dogs.do("older", 1)
    dogs.set("toys", 1)
    assert kennel.dogs.age[1:].tolist() == [3, 6, 10] and kennel.dogs.toys[1:].tolist() == [1, 1, 1]
    assert [dog.age for dog in dogs.sort("age", ascending=False)] == [10, 6, 3]


def test_views_outlive_the_set_they_were_made_for(kennel):
    """An AgentSet holds its agents weakly: without care this loop would meet nobody."""
    assert [dog.age for dog in kennel.dogs.agents()] == [2, 5, 9]
    assert kennel.dogs.agents().select(lambda dog: dog.age > 4).get("age") == [5, 9]
    groups = kennel.dogs.agents().groupby(lambda dog: dog.age > 4)
    assert {old: dogs.get("age") for old, dogs in groups} == {False: [2], True: [5, 9]}


def test_a_frame_has_a_row_for_each_dog_under_its_own_number(kennel):
    frame = kennel.dogs.frame()

    assert list(frame.columns) == ["age", "weight", "good", "toys", "home"]
    assert frame.index.tolist() == [1, 2, 3] and frame.age.tolist() == [2, 5, 9]
    assert frame.age.loc[2] == kennel.dogs[2].age


def test_the_dictionary_explains_every_column(kennel):
    words = kennel.dogs.dictionary().set_index("column")

    assert words.loc["age"].tolist() == ["int32", "years", "Age.", ""]
    assert words.loc["home", "codes"].startswith("0=regular, 1=emergency")


@pytest.mark.parametrize("kind", [Person, Household, Employer, Volunteer])
def test_every_column_of_the_model_says_what_it_means(kind):
    words = Table(kind, None, 1).dictionary()

    assert words.meaning.str.endswith(".").all() and words.meaning.str.len().min() > 5
    coded = words[words.codes != ""]
    assert kind not in (Person, Household) or {"legal", "housing"} <= set(coded.column)


def test_weeks_have_not_happened_in_a_new_row():
    people = People(None, 2)
    people.add(1)
    weeks = [name for name in people.columns if name.endswith("_week") and name != "birth_week"]

    assert len(weeks) > 15
    assert all(people.columns[name][1] == NEVER for name in weeks)


def test_weeks_are_held_by_two_bytes_with_their_differences_and_given_in_four():
    people = People(None, 2)
    people.add(1)
    people.columns["left_week"][1] = LAST_WEEK
    frame = people.frame()

    assert (people.left_week - people.permit_week)[1] == LAST_WEEK - NEVER < 2**15
    assert (7 * frame.permit_week).item() == 7 * NEVER
    assert not (frame.dtypes == np.int16).any()


# The views of a model --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def model():
    return Model(scale=0.005, until="2021-02-28", seed=4).run()


def test_people_can_be_looked_at_as_agents(model):
    permit = model.people.legal == Legal.PERMIT
    agents = model.people.agents(permit)

    assert len(agents) == np.count_nonzero(permit[1:]) > 50
    assert set(agents.get("legal")) == {Legal.PERMIT}
    mean = agents.agg("motivation", np.mean)
    assert mean == pytest.approx(model.people.motivation[permit].mean(), rel=1e-5)


def test_a_person_tells_age_and_effort(model):
    person = model.people[1]

    assert person.age() == pytest.approx((model.week - person.birth_week) / 52.18)
    rates = model.parameters
    effort = person.motivation * person.capacity / rates["effort_scale"].value
    loss = rates["complaint_effort_loss"].value if person.complaint else 0.0
    model.week -= 1  # the run is over: the last week it knows
    try:
        assert person.effort() == pytest.approx(effort * (1 - loss))
    finally:
        model.week += 1
    assert "Person 1: key=" in repr(person) and isinstance(person.diploma, Diploma)


def test_households_employers_and_volunteers_have_views_too(model):
    home = model.households[1]
    members = model.people.agents(model.people.household == 1)
    assert home.size == len(members) and next(iter(members)).row == home.first_row
    assert isinstance(home.legal, Legal) and isinstance(home.housing, Housing)

    employer = model.employers[len(model.employers)]
    assert employer.region == model.n_regions - 1 and employer.vacancies >= 0
    volunteer = model.volunteers[1]
    assert volunteer.active in (True, False) and 0 <= volunteer.region < model.n_regions


def test_a_person_of_the_results_is_the_same_person_in_the_model(model):
    persons = model.results().persons

    assert isinstance(persons, pd.DataFrame) and len(persons) > 100
    for record in persons.iloc[[0, 50, -1]].itertuples():
        assert model.people[record.row].key == record.key


def test_institutions_that_decide_together_share_arrays_with_their_agents(model):
    schools = model.schools
    assert len(schools) == len(schools.seats) == model.n_regions
    assert [school.seats for school in schools] == schools.seats.tolist()
    assert [school.region for school in schools] == list(range(model.n_regions))
    before = schools[3].share
    schools[3].share = 0.5
    assert schools.share[3] == 0.5
    schools.share[3] = before
    assert schools[3].share == before
    with pytest.raises(AttributeError, match="LanguageSchools has no column 'seets'"):
        schools.seets  # noqa: B018


def test_institutions_are_registered_agents_and_views_are_not(model):
    kinds = {type(agent).__name__ for agent in model.agents}

    assert {"IND", "COA", "ReceptionSite", "Municipality", "LanguageSchool"} <= kinds
    assert not kinds & {"Person", "Household", "Employer", "Volunteer"}
    assert len(model.agents.select(lambda agent: type(agent).__name__ == "Municipality")) == 342
