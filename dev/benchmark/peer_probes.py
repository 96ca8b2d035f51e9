"""What OCA's dunning and aged balance cost; it runs in Odoo's shell."""

import signal
from contextlib import contextmanager

from odoo import fields

from .measuring import Meter
from .probes.ageing import past_date

POLICY = "account_credit_control.credit_control_3_time"
# seconds after which a step is given up
PATIENCE = 900


def measure(env):
    """Measure dunning and aged balance.

    Dunning: the run of today, lines for all that is due and messages by customer.

    :return: the result by step, None for one that was given up
    """
    meter = Meter(env, 1)
    _follow_policy(env)
    steps = {
        "lines": _lines,
        "messages": _messages,
        "aged_balance": lambda env: _aged_balance(env, fields.Date.today()),
        "aged_balance_past": lambda env: _aged_balance(env, past_date()),
    }
    results = {}
    for name, work in steps.items():
        with _patience():
            results[name] = meter.once(name, lambda work=work: len(work(env)))
    env.cr.rollback()
    return {name: results.get(name) for name in steps}


def _follow_policy(env):
    policy = env.ref(POLICY)
    policy.account_ids = env["account.account"].search(
        [("account_type", "=", "asset_receivable")]
    )
    env.company.credit_policy_id = policy
    env.flush_all()


def _lines(env):
    run_ = env["credit.control.run"].create(
        {
            "company_id": env.company.id,
            "date": fields.Date.today(),
            "policy_ids": [(6, 0, env.ref(POLICY).ids)],
        }
    )
    run_.generate_credit_lines()
    return run_.line_ids


def _messages(env):
    lines = _lines(env)
    lines.run_id.set_to_ready_lines()
    env["credit.control.communication"]._generate_comm_from_credit_lines(lines)
    return lines


def _aged_balance(env, date):
    """Return the customers in the figures behind its report."""
    accounts = env["account.account"].search(
        [("account_type", "=", "asset_receivable")]
    )
    wizard = env["aged.partner.balance.report.wizard"].create(
        {
            "company_id": env.company.id,
            "date_at": date,
            "account_ids": [(6, 0, accounts.ids)],
        }
    )
    data = wizard._prepare_report_data()
    # as the client sends it
    data["date_at"] = fields.Date.to_string(date)
    report = env["report.account_financial_report.aged_partner_balance"]
    values = report._get_report_values(wizard.ids, data)
    return [
        customer
        for account in values["aged_partner_balance"]
        for customer in account["partners"]
    ]


class _OutOfPatienceError(Exception):
    pass


@contextmanager
def _patience():
    """Give up what takes too long."""

    def give_up(_signal, _frame):
        raise _OutOfPatienceError

    signal.signal(signal.SIGALRM, give_up)
    signal.alarm(PATIENCE)
    try:
        yield
    except _OutOfPatienceError:
        pass
    finally:
        signal.alarm(0)
