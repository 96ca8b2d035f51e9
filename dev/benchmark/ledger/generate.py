"""Fills a database: customers, their documents of two years, their limits."""

import random

from ..plain_sql import exposures
from .copies import Copies
from .documents import AGE, KINDS, Documents
from .masters import MIXTURE
from .sizes import QUOTATIONS


def generate(env, customers, seed):
    """Make the ledger; commit it.

    :return: how many documents of each kind were made
    :rtype: dict[str, int]
    """
    chance = random.Random(seed)
    documents = Documents(env, chance)
    clusters = documents.make()
    env.flush_all()
    plan = list(_plan(clusters, customers, chance))
    copies = Copies(env.cr, documents.masters.partners.ids, clusters)
    copies.make(customers, plan)
    env.invalidate_all(flush=False)
    _set_limits(env, copies, customers, chance)
    env.cr.commit()
    made = {}
    for number, _customer, _shift in plan:
        made[clusters[number].kind] = made.get(clusters[number].kind, 0) + 1
    return made


def _plan(clusters, customers, chance):
    """Choose the copies: few customers have many documents, most have few."""
    templates = {}
    for number, cluster in enumerate(clusters):
        templates.setdefault((cluster.kind, cluster.currency), []).append(number)
    currencies, weights = zip(*MIXTURE.items(), strict=True)
    for kind, settings in KINDS.items():
        for _none in range(round(settings.share * customers)):
            customer = 1 + int(customers * chance.random() ** 2.5)
            currency = chance.choices(currencies, weights)[0]
            number = chance.choice(templates[kind, currency])
            yield number, customer, _shift(settings, chance)
    in_euro = templates["quotation", "EUR"]
    smallest = range(customers - QUOTATIONS + 1, customers + 1)
    for customer in [*smallest, *[1] * QUOTATIONS]:
        yield chance.choice(in_euro), customer, _shift(KINDS["quotation"], chance)


def _shift(settings, chance):
    return AGE - chance.randint(*settings.ages)


def _set_limits(env, copies, customers, chance):
    """Give half of the customers a limit, near what they owe; some are above it."""
    figures = exposures(env)
    contacts = len(copies.partner_ids)
    limits = []
    for number in range(customers):
        customer = copies.start["res_partner"] + number * contacts + 1
        if chance.random() < 0.5:
            exposure = max(
                figures[customer].exposure if customer in figures else 0, 500
            )
            limit = round(exposure * chance.uniform(0.8, 2.5), -2)
            limits += [(customer + rank, limit) for rank in range(contacts)]
    company = env.company.id
    env.cr.execute_values(
        f"""UPDATE res_partner
               SET credit_limit = jsonb_build_object('{company}', v.amount)
              FROM (VALUES %s) v (id, amount)
             WHERE res_partner.id = v.id""",
        limits,
        page_size=10000,
    )
    env.cr.execute("ANALYZE")
