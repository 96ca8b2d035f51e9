"""Incentive of salespeople on the cash that their sales bring, sooner or later.

Amounts come in any one currency; rates are in percent. Nothing is rounded. The rule is
the trade's: who sells well is paid when the customer pays, less when it pays late.
"""


def untaxed_part(cash, total, untaxed):
    """Return the part of cash received that is not tax.

    A partial payment pays for the tax as much as for the rest.

    :param cash: received on an invoice, tax included; < 0 for what was paid back
    :param total: of the invoice, tax included
    :param untaxed: of the invoice, in the same currency as ``total``
    """
    return cash * untaxed / total if total else 0.0


def lateness_factor(days_late, steps):
    """Return what is left of the incentive when the customer pays so late.

    :param int days_late: days after the due date, < 0 for an early payment
    :param steps: pairs of the last day late and the factor until then, in any order;
        after the last one nothing is left
    """
    return next((factor for last, factor in sorted(steps) if days_late <= last), 0.0)


def incentive(untaxed_cash, rate, factor):
    """Return the incentive on cash received: untaxed cash × rate × factor.

    :param untaxed_cash: see :func:`untaxed_part`
    :param rate: in percent
    :param factor: see :func:`lateness_factor`
    """
    return untaxed_cash * rate / 100 * factor
