"""What users do, drawn at random and called as the web client calls it."""

import random
import time
import traceback
from collections import Counter, defaultdict
from pathlib import Path

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.service import model as rpc

from odoo.addons.credit_management.models.hold.errors import CreditHoldError

# how often each one is tried; the name is that of a method
WEIGHTS = {
    "confirm_or_hold": 30,
    "confirm": 10,
    "request_release": 4,
    "release": 9,
    "refuse": 5,
    "set_limit": 3,
    "grow": 5,
    "cancel": 6,
    "invoice": 12,
    "pay": 14,
    "pay_on_account": 3,
    "credit": 4,
    "reevaluate": 1,
    "refresh": 1,
}
EXPLAINED = 5  # messages of a kind that are kept as examples


class NothingToDo(Exception):  # noqa: N818, no mistake
    """Nothing in the database suits the operation."""


class Worker:
    """A process that does one operation after the other."""

    def __init__(self, registry, scene, seed):
        self.registry = registry
        self.scene = scene
        self.draw = random.Random(seed)
        self.counts = defaultdict(Counter)
        self.seconds = defaultdict(list)
        self.messages = defaultdict(list)
        self.told_on_hold = set()
        self.calls = self.attempts = 0  # of one operation

    def work(self, seconds):
        self._count_attempts()
        memory = [_megabytes()]
        began = time.monotonic()
        while (passed := time.monotonic() - began) < seconds:
            if passed > seconds / 4 * len(memory):
                memory.append(_megabytes())
            [name] = self.draw.choices([*WEIGHTS], [*WEIGHTS.values()])
            self._do(name)
        memory.append(_megabytes())
        return {
            "counts": self.counts,
            "seconds": self.seconds,
            "messages": self.messages,
            "memory": memory,
            "told": sorted(self.told_on_hold),
        }

    def _do(self, name):
        """Do one operation and count how it ended."""
        self.attempts = 0
        self.calls = 0
        began = time.monotonic()
        try:
            getattr(self, name)()
            outcome = "done"
        except NothingToDo:
            return
        except CreditHoldError:
            outcome = "refused"
        except ValidationError as error:
            outcome = "unexpected"  # a constraint met: two did the same at once
            self._explain(name, outcome, error)
        except UserError as error:
            outcome = "declined"
            self._explain(name, outcome, error)
        except rpc.PG_CONCURRENCY_EXCEPTIONS_TO_RETRY as error:
            outcome = "conflict"
            self._explain(name, outcome, error)
        except Exception as error:
            outcome = "unexpected"
            self._explain(name, outcome, error, traceback.format_exc())
        count = self.counts[name]
        count[outcome] += 1
        count["retried"] += self.attempts - self.calls
        self.seconds[name].append(time.monotonic() - began)

    def _explain(self, name, outcome, error, detail=""):
        kept = self.messages[outcome]
        text = f"{name}: {type(error).__name__}: {error} {detail}"
        if outcome != "declined" or len(kept) < EXPLAINED:
            kept.append(text[:3000])

    # ------------------------------------------------------------------
    # Calls
    # ------------------------------------------------------------------

    def _count_attempts(self):
        """Count how often Odoo really runs what is called."""
        call_kw = rpc.call_kw

        def counted(*args):
            self.attempts += 1
            return call_kw(*args)

        rpc.call_kw = counted

    def _call(self, user, model, method, *args, context=None, **kwargs):
        """Call a public method as a user, retried as Odoo does."""
        if context:
            kwargs["context"] = context
        self.calls += 1
        registry = self.registry = self.registry.check_signaling()
        try:
            with registry.cursor() as cr:
                result = rpc.execute_cr(
                    cr, self.scene.users[user], model, method, args, kwargs
                )
            registry.signal_changes()
        except Exception:
            registry.reset_changes()
            raise
        return result

    def _pick(self, query, *params):
        """Return a row at random, by keys that both sides of a race may draw."""
        with self.registry.cursor() as cr:
            cr.execute(query, params)
            rows = cr.fetchall()
        if not rows:
            raise NothingToDo
        row = self.draw.choice(rows)
        return row[0] if len(row) == 1 else row

    def _seller(self):
        return self.draw.choice(["seller", "seller_bis"])

    def _manager(self):
        return self.draw.choice(["manager", "manager_bis"])

    def _customer(self):
        return self.draw.choice(self.scene.customers)

    # ------------------------------------------------------------------
    # Sales
    # ------------------------------------------------------------------

    def _quotation(self, seller):
        partner = self._pick(
            "SELECT id FROM res_partner WHERE active AND commercial_partner_id = %s",
            self._customer(),
        )
        line = {
            "product_id": self.scene.product,
            "product_uom_qty": self.draw.randint(1, 3),
            "price_unit": self.draw.randint(20000, 250000) / 100,
        }
        return self._call(
            *[seller, "sale.order", "create"],
            {"partner_id": partner, "order_line": [Command.create(line)]},
        )

    def _waiting(self):
        """Return a quotation: a new one, or one that others may have in hand."""
        if self.draw.random() < 0.6:
            return self._quotation(self._seller())
        return self._pick("SELECT id FROM sale_order WHERE state IN ('draft', 'sent')")

    def confirm_or_hold(self):
        order = self._waiting()
        result = self._call(
            self._seller(), "sale.order", "action_confirm_or_hold", [order]
        )
        if isinstance(result, dict) and result.get("tag") == "display_notification":
            self.told_on_hold.add(order)
            raise CreditHoldError("", {})

    def confirm(self):
        self._call(self._seller(), "sale.order", "action_confirm", [self._waiting()])

    def request_release(self):
        order = self._pick(
            "SELECT id FROM sale_order WHERE state IN ('draft', 'sent')"
            " ORDER BY id DESC LIMIT 20"
        )
        self._call(
            self._seller(), "sale.order", "action_request_release", [order], "Please"
        )
        self.told_on_hold.add(order)

    def grow(self):
        line, price = self._pick(
            "SELECT id, price_unit FROM sale_order_line"
            " WHERE state = 'sale' AND qty_invoiced = 0 ORDER BY id DESC LIMIT 20"
        )
        price = round(float(price) * self.draw.uniform(0.7, 1.4), 2)
        self._call(
            self._seller(), "sale.order.line", "write", [line], {"price_unit": price}
        )

    def cancel(self):
        order = self._pick(
            "SELECT id FROM sale_order WHERE state IN ('draft', 'sent', 'sale')"
            " AND invoice_status <> 'invoiced' ORDER BY id LIMIT 30"
        )
        self._call(self._seller(), "sale.order", "action_cancel", [order])

    # ------------------------------------------------------------------
    # Finance
    # ------------------------------------------------------------------

    def _hold(self):
        return self._pick(
            "SELECT id, partner_id, exposure_after FROM credit_hold"
            " WHERE state = 'pending' ORDER BY id LIMIT 20"
        )

    def release(self):
        hold, partner, needed = self._hold()
        way = self.draw.choice(["once", "once", "temporary", "permanent", "condition"])
        options = {"decision": way, "comment": "Stress"}
        if way in ("temporary", "permanent"):
            options["limit_amount"] = round(float(needed) * 1.05, 2)
        if way == "temporary":
            options["limit_until"] = str(time.strftime("%Y-12-31"))
        if way == "condition":
            options |= {"decision": "conditional", "deposit": 500.0}
        self._call(self._manager(), "credit.hold", "action_release", [hold], **options)

    def refuse(self):
        hold, *_rest = self._hold()
        self._call(
            self._manager(), "credit.hold", "action_refuse", [hold], reason="Stress"
        )

    def set_limit(self):
        limit = float(self.draw.randint(50, 160) * 100)
        self._call(
            *[self._manager(), "res.partner", "write", [self._customer()]],
            {"credit_limit": limit},
        )

    # ------------------------------------------------------------------
    # Accounting
    # ------------------------------------------------------------------

    def invoice(self):
        order = self._pick(
            "SELECT id FROM sale_order WHERE state = 'sale'"
            " AND invoice_status = 'to invoice' ORDER BY id LIMIT 30"
        )
        context = {"active_model": "sale.order", "active_ids": [order]}
        wizard = self._call(
            *["accountant", "sale.advance.payment.inv", "create"],
            {"advance_payment_method": "delivered", "sale_order_ids": [order]},
            context=context,
        )
        action = self._call(
            *["accountant", "sale.advance.payment.inv", "create_invoices", [wizard]],
            context=context,
        )
        if self.draw.random() < 0.9 and action.get("res_id"):
            self._call("accountant", "account.move", "action_post", [action["res_id"]])

    def _open_invoice(self):
        return self._pick(
            "SELECT id, amount_residual FROM account_move WHERE state = 'posted'"
            " AND move_type = 'out_invoice' AND amount_residual > 0"
            " ORDER BY id LIMIT 30"
        )

    def pay(self):
        invoice, residual = self._open_invoice()
        context = {"active_model": "account.move", "active_ids": [invoice]}
        part = self.draw.choice([1, 1, 0.5])
        wizard = self._call(
            *["accountant", "account.payment.register", "create"],
            {"amount": round(float(residual) * part, 2)},
            context=context,
        )
        self._call(
            *["accountant", "account.payment.register", "action_create_payments"],
            [wizard],
            context=context,
        )

    def pay_on_account(self):
        payment = self._call(
            *["accountant", "account.payment", "create"],
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self._customer(),
                "amount": float(self.draw.randint(100, 1500)),
            },
        )
        self._call("accountant", "account.payment", "action_post", [payment])

    def credit(self):
        invoice, journal = self._pick(
            "SELECT id, journal_id FROM account_move WHERE state = 'posted'"
            " AND move_type = 'out_invoice' AND amount_residual > 0"
            " ORDER BY id LIMIT 30"
        )
        context = {"active_model": "account.move", "active_ids": [invoice]}
        wizard = self._call(
            *["accountant", "account.move.reversal", "create"],
            {"reason": "Stress", "journal_id": journal},
            context=context,
        )
        action = self._call(
            *["accountant", "account.move.reversal", "refund_moves", [wizard]],
            context=context,
        )
        self._call("accountant", "account.move", "action_post", [action["res_id"]])

    # ------------------------------------------------------------------
    # Scheduled jobs
    # ------------------------------------------------------------------

    def reevaluate(self):
        self._run_job("reevaluate_holds")

    def refresh(self):
        self._run_job("customer_exposure")

    def _run_job(self, name):
        """Run a job now, as the administrator does from its form."""
        job = self._pick(
            "SELECT res_id FROM ir_model_data WHERE module = 'credit_management'"
            " AND name = %s",
            f"ir_cron_{name}",
        )
        result = self._call("admin", "ir.cron", "method_direct_trigger", [job])
        if result is not True:
            raise AssertionError(result["params"]["data"]["debug"])


def _megabytes():
    """Return the memory that this process occupies."""
    status = Path("/proc/self/status").read_text()
    [line] = [line for line in status.splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) // 1024
