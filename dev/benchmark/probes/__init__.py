"""What is measured, in the database with the module and in the one without it."""

from ..measuring import Meter
from . import (
    ageing,
    bookkeeping,
    confirmation,
    customers,
    dunning,
    exposure,
    exposure_list,
    kpi,
)
from .scene import Scene


def measure(env, rounds):
    """Measure all that this database allows; change nothing.

    :return: by section, what its ``measure`` returns
    """
    scene = Scene(env)
    meter = Meter(scene.env, rounds)
    results = {"database": scene.describe()}
    if scene.controlled:
        results["exposure"] = exposure.measure(scene, meter)
        results["exposure_list"] = exposure_list.measure(scene, meter)
        results["kpi"] = kpi.measure(scene, meter)
        results["ageing"] = ageing.measure(scene, meter)
        with meter.undone():
            results["dunning"] = dunning.measure(scene, meter)
    results["customers"] = customers.measure(scene, meter)
    results["confirmation"] = confirmation.measure(scene, meter)
    results["bookkeeping"] = bookkeeping.measure(scene, meter)
    env.cr.rollback()
    return results
