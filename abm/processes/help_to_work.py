"""Help to work: who gets it, and what it adds to the chance to find a job (job_search.py).

    both partners   people whose partner has a job keep wage subsidy, work centre and module only with chance
                    support_both_partners (drawn once): leaving benefit is the aim, and one job does that
    municipal task  where people in the procedure are a task of municipalities (municipal_task_asylum), these reach
                    municipal_task_coverage of them with the labour-market module and the work centre
    participation   in the B1 and education routes multiplies finding by
                    1 + (b1_participation_effect - 1) * b1_participation_hours / 100, as far as the term has run
    programmes      a completed participation job, training job or retraining multiplies it by
                    participation_job_effect, development_effect or training_effect (work_programmes.py)

Source: work.yaml, integration.yaml; VluchtelingenWerk (S4, "Participatiecomponent en dualiteit") and the plan of the
municipalities (S2, "Wettelijke taak voor gemeenten").
"""

import numpy as np

from abm.draws import decision, draw_once
from abm.kernels import kernel
from abm.people import NEVER
from abm.processes.intake import B1, EDUCATION
from abm.states import Activity, Legal, Programme, Work

PARTNERS = decision("both_partners")


@kernel
def gets_help(i, c, rates, luck):
    """Say whether person ``i`` gets help to work: not all do whose partner has had a job since before this week."""
    partner = c.partner[i]  # row 0, for those without, has no job
    work = c.work[partner]
    if work != Work.EMPLOYED_BASIC and work != Work.EMPLOYED_MATCHED:
        return True
    if c.job_week[partner] >= luck.week:
        return True
    return draw_once(luck, PARTNERS, c.key[i]) < rates.support_both_partners


@kernel
def reach(i, c, centre, rates):
    """Give the share of people whom a work centre serves; the municipal task brings person ``i`` the module too."""
    in_procedure = c.legal[i] == Legal.GENERAL_TRACK or c.legal[i] == Legal.SHORT_TRACK
    if not in_procedure or not rates.municipal_task_asylum:
        return centre
    if c.centre_draw[i] < rates.municipal_task_coverage:
        c.activity[i] |= np.uint8(Activity.WORKSHOP)
    return max(centre, rates.municipal_task_coverage)


@kernel
def programme_factor(i, c, rates):
    """Give what a completed work programme adds to the chance to find a job."""
    factor = rates.training_effect if (c.activity[i] & Activity.TRAINED) != 0 else 1.0
    if (c.activity[i] & Activity.EXPERIENCED) != 0:
        by_company = c.programme[i] == Programme.DEVELOPMENT
        factor *= rates.development_effect if by_company else rates.participation_job_effect
    return factor


@kernel
def participation_factor(i, c, week, rates):
    """Give what hours of participation in the B1 and education routes add to it, spread over the term."""
    if rates.b1_participation_hours <= 0.0 or c.route_start_week[i] == NEVER:
        return 1.0
    if c.route[i] != B1 and c.route[i] != EDUCATION:
        return 1.0
    done = min((week - c.route_start_week[i]) / rates.integration_term_weeks, 1.0)
    return 1.0 + (rates.b1_participation_effect - 1.0) * rates.b1_participation_hours * done / 100.0
