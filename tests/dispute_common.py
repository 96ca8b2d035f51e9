from .dunning_common import DunningCommon


class DisputeCommon(DunningCommon):
    """A customer of the salesperson's, without control, who contests invoices."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reason = cls.env.ref("credit_management.credit_dispute_reason_price")
        cls.cause = cls.env.ref("credit_management.credit_dispute_cause_price")
        cls.customer.credit_blocking_mode = "none"
        cls.customer.user_id = cls.salesperson

    @classmethod
    def _item(cls, invoice):
        return invoice._dunning_items()[:1]

    @classmethod
    def _overdue(cls, amount, **vals):
        """Return an invoice that is six days overdue."""
        return cls._invoice(amount, due=cls._today(days=-6), **vals)

    @classmethod
    def _dispute(cls, invoice, amount=None, user=None, **vals):
        """Return a dispute of an invoice, of all of it by default."""
        item = cls._item(invoice)
        if amount is None:
            amount = item.amount_residual_currency
        return (
            cls.env["credit.dispute"]
            .with_user(user or cls.collector)
            .action_open([(item, amount)], vals.pop("reason", cls.reason), **vals)
        )

    @classmethod
    def _post(cls, move):
        """Post an entry with the rights of accounting."""
        move.with_env(cls.env).action_post()

    def _due(self):
        """Return what a run of today asks the customer to pay."""
        notice = self._notice(self._run())
        return notice.amount_due if notice.state in ("ready", "review") else 0.0
