"""Employers: vacancies open to newcomers and openness, by labour-market region.

Employers are rows (``Employer``) with views; those of a region decide together (``EmployersOfRegion``), and the regions
do so at once (``LabourMarkets``). Every four weeks the employers of a region open

    vacancies = all_vacancies * vacancy_index * vacancies_open_share * share of the region

and each is given a part, beside at most one vacancy left from before. Openness is ``employer_openness``, with a slow
trend, and higher when people in reception are moved less (``openness_by_stay``). Regions differ by exp(region_sd *
noise).
Source: work.yaml.
"""

from typing import NamedTuple

import mesa
import numpy as np
from scipy.special import ndtri

from abm.columns import Column, ColumnAgent, InstitutionOfRegion, Table, Together
from abm.draws import uniforms

#: Share of all vacancies open to newcomers for which employers are made at the start.
OPEN_AT_START = 0.02


class Rates(NamedTuple):
    """Parameters."""

    employer_openness: float
    openness_trend: float
    openness_by_stay: float
    vacancy_index: float
    vacancies_open_share: float
    region_sd: float
    work_centre_coverage: float
    all_vacancies: float
    usual_moves: float


class Employer(ColumnAgent):
    """One employer."""

    key = Column("u8", "Key of this employer's luck.")
    region = Column("i2", "Labour-market region.")
    vacancies = Column("f8", "Open vacancies for newcomers.", unit="vacancies", initial=0.0)
    weight = Column("f8", "Share in the vacancies of the region.", unit="share", initial=0.0)


class Employers(Table[Employer]):
    """All employers of a model, sorted by region."""

    def __init__(self, model, shares: np.ndarray) -> None:
        """Take each region's share of jobs (float64, sums to one)."""
        open_vacancies = model.timetable.value("all_vacancies", 0) * OPEN_AT_START
        per_vacancy = model.timetable.value("employers_per_100_vacancies", 0) / 100
        wanted = open_vacancies * per_vacancy * model.scale
        counts = np.maximum(np.round(wanted * shares), 3).astype(np.int64)
        super().__init__(Employer, model, int(counts.sum()) + 1)
        rows = self.add(int(counts.sum()))
        self.key[rows] = rows.astype(np.uint64)
        self.region[rows] = np.repeat(np.arange(len(shares)), counts)
        self.counts = counts
        self.first = 1 + np.concatenate([[0], np.cumsum(counts)[:-1]])
        size = -np.log(uniforms(model.luck, "employer", self.key[rows])[:, 0])
        total = np.bincount(self.region[rows], weights=size)
        self.weight[rows] = size / total[self.region[rows]]


class EmployersOfRegion(InstitutionOfRegion):
    """The employers of one labour-market region, who decide together how open they are."""

    share = Column("f8", "Share of the country's jobs.", unit="share")
    noise = Column("f8", "Luck of the region.", unit="standard normal")
    openness = Column("f8", "How open employers are to hiring newcomers.", unit="index 0-1")
    factor = Column("f8", "Vacancy index times the luck of the region.", unit="factor", initial=1.0)


class LabourMarkets(Together[EmployersOfRegion]):
    """The employers of all regions."""

    def __init__(self, model: mesa.Model, shares: np.ndarray) -> None:
        """Take each region's share of jobs (float64, sums to one)."""
        super().__init__(model, EmployersOfRegion, len(shares))
        self.share[:] = shares
        keys = np.arange(1, len(shares) + 1, dtype=np.uint64)
        self.noise[:] = ndtri(uniforms(model.luck, "vacancy", keys)[:, 0])

    def decide(self, moves_per_week: float) -> None:
        """Open vacancies for the next four weeks; ``moves_per_week`` is the share of residents moved in a week."""
        model = self.model
        rates = model.timetable.rates(Rates, model.week)
        stay = min(max(1.0 - moves_per_week / rates.usual_moves, -1.0), 1.0)
        trend = 1.0 + rates.openness_trend * model.week / 52.0
        self.openness[:] = min(max(rates.employer_openness * trend * (1.0 + rates.openness_by_stay * stay), 0.0), 1.0)
        self.factor[:] = rates.vacancy_index * np.exp(rates.region_sd * self.noise)
        total = rates.all_vacancies * rates.vacancy_index * rates.vacancies_open_share * self.share * model.scale
        employers = model.employers
        kept = np.minimum(employers.vacancies[1:], 1.0)
        employers.vacancies[1:] = kept + total[employers.region[1:]] * employers.weight[1:]


class RegionalWorkCentre(InstitutionOfRegion):
    """The joint desk of one labour-market region (regionaal werkcentrum): serves a share of the newcomers."""

    coverage = Column("f8", "Share of the newcomers served.", unit="share", initial=0.0)


class WorkCentres(Together[RegionalWorkCentre]):
    """The regional work centres of all regions."""

    def __init__(self, model: mesa.Model) -> None:
        super().__init__(model, RegionalWorkCentre, model.n_regions)

    def decide(self) -> None:
        """Move the share served towards what policy funds; a desk needs about a year to be known."""
        target = self.model.timetable.rates(Rates, self.model.week).work_centre_coverage
        self.coverage[:] += (target - self.coverage) * min(4.0 / 26.0, 1.0)
