from odoo.exceptions import UserError


class CreditHoldError(UserError):
    """Documents that may not go on without a credit decision.

    :ivar verdicts: the :class:`CreditVerdict` of each document that is stopped
    """

    def __init__(self, message, verdicts):
        super().__init__(message)
        self.verdicts = verdicts

    @property
    def order_ids(self):
        return [order.id for order in self.verdicts]
