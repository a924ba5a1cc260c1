"""How contacts help to find work.

Each employed contact (newcomers, colleagues, family) passes on a vacancy with chance ``referral_chance`` a week,
employed residents of long standing at ``referral_weak`` of that; effort turns it into an application:

    lambda_referral = referral_chance * (employed contacts + referral_weak * employed residents) * E^0.5
                      * min(readiness, 3) * max(1 - jobless_drag * contacts without work, 0)

times the factors that it shares with formal search (job_search.py): moves, reception, lessons, employers, help to work.
E^0.5 is taken as the square root. Referral needs little Dutch. It competes with formal search (job_search.py): about
half of refugees found their first job through friends, relatives or acquaintances (Eisnecker & Schacht 2016, DIW
Economic Bulletin 34/35); employed contacts help and jobless ones do not (PLOS ONE 2020, e0236996); contacts with
residents raise the match rather than the speed (Lancee 2013).

Source: work.yaml, network.yaml. Who the contacts are: ties.py; what is heard from them: contacts.py.
"""

from math import sqrt

from abm.arithmetic import clip
from abm.kernels import inlined


@inlined
def referral_hazard(contacts, employed, natives_employed, person_effort, readiness, rates):
    """Give the hazard in a week of hearing of a job that can be had through contacts."""
    heard = employed + rates.referral_weak * natives_employed
    drag = clip(1.0 - rates.jobless_drag * max(contacts - employed, 0.0), 0.0, 1.0)
    return rates.referral_chance * heard * sqrt(max(person_effort, 0.0)) * min(readiness, 3.0) * drag
