"""Tests by properties: what holds for any input, tried on inputs that are drawn.

Each run draws the same ones, so that a failure is met again.
"""

from hypothesis import HealthCheck, Phase, settings
from hypothesis.internal.conjecture import providers

# Hypothesis would read the code of all modules loaded, for constants worth trying: with
# Odoo this takes half a minute.
providers.HypothesisProvider._local_constants = providers.GLOBAL_CONSTANTS

_SAME_EACH_TIME = {"database": None, "deadline": None, "derandomize": True}

# of functions that need no database
many_examples = settings(max_examples=100, **_SAME_EACH_TIME)
# of documents in the database: each takes a second, and a failure is not made smaller
few_examples = settings(
    max_examples=6,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    **_SAME_EACH_TIME,
)
