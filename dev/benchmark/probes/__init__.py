"""What is measured, in the database with the module and in the one without it."""

from ..measuring import Meter
from . import (
    ageing,
    bookkeeping,
    cockpit,
    confirmation,
    customers,
    dunning,
    exposure,
    exposure_list,
    kpi,
)
from .scene import Scene


# of documents: their difference to plain Odoo is small beside what a round varies
ROUNDS = 5


def measure(env, rounds):
    """Measure what the module alone has; change nothing.

    :return: by section, what its ``measure`` returns
    """
    scene = Scene(env)
    meter = Meter(scene.env, rounds)
    results = {
        "database": scene.describe(),
        "exposure": exposure.measure(scene, meter),
        "exposure_list": exposure_list.measure(scene, meter),
        "kpi": kpi.measure(scene, meter),
        "ageing": ageing.measure(scene, meter),
        "cockpit": cockpit.measure(scene, meter),
    }
    with meter.undone():
        results["dunning"] = dunning.measure(scene, meter)
    env.cr.rollback()
    return results


def measure_documents(env, rounds, turns):
    """Measure what plain Odoo has too; change nothing.

    :return: by section, what its ``measure`` returns
    """
    scene = Scene(env)
    meter = Meter(scene.env, max(rounds, ROUNDS), turns.turn)
    results = {
        "customers": customers.measure(scene, meter),
        "confirmation": confirmation.measure(scene, meter),
        "bookkeeping": bookkeeping.measure(scene, meter),
    }
    env.cr.rollback()
    return results
