from odoo import models
from odoo.tools import float_round

# figure, scope, login of whom it is about, owner, days since its start, days to go,
# and what the value shall become, in percent of the start
TARGETS = [
    ("dso", "company", None, "cfo", -60, 210, 85),
    ("overdue_rate", "company", None, "credit", -45, 120, 70),
    ("dso", "salesperson", "sales", "sales", -30, 150, 80),
]


class CreditDemo(models.AbstractModel):
    """Where the company wants its figures to be."""

    _inherit = "credit.demo"

    def _set_targets(self):
        Target = self._as("cfo", self.env["credit.kpi.target"])
        for kpi, scope, about, owner, start, end, percent in TARGETS:
            vals = {
                "kpi": kpi,
                "scope": scope,
                "salesperson_id": about and self._user(about).id,
                "user_id": self._user(owner).id,
                "start_date": self._day(start),
                "target_date": self._day(end),
            }
            value = Target.new(vals).start_value
            if value:
                goal = float_round(value * percent / 100, precision_digits=0)
                Target.create({**vals, "target_value": goal})
