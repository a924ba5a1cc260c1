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

from abm.kernels import kernel
from abm.processes.intake import B1, EDUCATION
from abm.states import Activity, Programme, Work


@kernel
def gets_help(partner_works, uniform_below, support_both_partners):
    """Say whether someone gets help to work: not all do whose partner works. uniform_below: a draw for life."""
    return not partner_works or uniform_below < support_both_partners


@kernel
def works(work, job_week, week):
    """Say whether someone has had a job since before this week."""
    return (work == Work.EMPLOYED_BASIC or work == Work.EMPLOYED_MATCHED) and job_week < week


@kernel
def programme_factor(activity, programme, by_job, by_company, by_training):
    """Give what a completed work programme adds to the chance to find a job; the last three are the effects."""
    factor = by_training if (activity & Activity.TRAINED) != 0 else 1.0
    if (activity & Activity.EXPERIENCED) != 0:
        factor *= by_company if programme == Programme.DEVELOPMENT else by_job
    return factor


@kernel
def participation_factor(route, weeks, hours, effect, term_weeks):
    """Give what participation adds ``weeks`` weeks after the start of a route; ``effect`` is that of 100 hours."""
    if route != B1 and route != EDUCATION:
        return 1.0
    return 1.0 + (effect - 1.0) * hours * min(weeks / term_weeks, 1.0) / 100.0
