from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from ...tools.arguments import read_id
from ...tools.kpi import rate
from ..alert.credit_alert import LIVE
from ..dispute.credit_dispute import OPEN
from ..limit.res_partner_rights import MANAGER_GROUP
from .res_users import SALES_MANAGER_GROUP

# rows of the lists of the cockpit; the rest is one click away
ROWS = 6


class CreditSalesCockpit(models.AbstractModel):
    """What salespeople see of the cash of their customers, on one page.

    The figures are computed with elevated rights, of the customers in reach of
    the user only; documents are those that the user may read anyway.
    """

    _name = "credit.sales.cockpit"
    _description = "Sales Cockpit"

    @api.model
    @api.readonly
    def data(self, salesperson_id=False):
        """Return what the cockpit of a salesperson shows, in the current company.

        :param salesperson_id: one of those whom the user follows; False for all
        :raises AccessError: the user neither sells nor belongs to credit
            management, or does not follow the salesperson
        :rtype: dict
        """
        reach = self._reach()
        users = self._chosen(reach, salesperson_id)
        company = self.env.company._credit_company()
        return {
            "currency_id": company.currency_id.id,
            "salesperson_id": salesperson_id,
            "salespeople": self._salespeople(reach, company),
            "figures": self._figures(company, users),
            "customers": self._customers(company, users),
            "disputes": self._disputes(company, users),
            "holds": self._holds(company, users),
            "alerts": self._alerts(company, users),
            "incentive": self._incentive(company, users),
            "has_ranking": company.credit_sales_ranking,
            "can_switch_ranking": self._may_switch_ranking(),
        }

    @api.model
    @api.readonly
    def ranking(self):
        """Return how the sales teams compare, the least overdue first.

        :return: nothing unless the manager has switched the ranking on
        :raises AccessError: the user neither sells nor belongs to credit management
        :rtype: list[dict]
        """
        self._reach()
        company = self.env.company._credit_company()
        if not company.credit_sales_ranking:
            return []
        today = fields.Date.context_today(self)
        # the manager shows the teams' figures to people without the ledger
        figures = self.env["credit.kpi"].sudo().figures_by("team", company, today)
        payments = (
            self.env["credit.kpi.item"]
            .sudo()
            ._payments(company, today.replace(day=1), today, dimension="team")
        )
        teams = self.env["crm.team"].sudo().browse(filter(None, figures))
        rows = [
            {
                "id": team.id,
                "name": team.name,
                "overdue_rate": figures[team.id]["overdue_rate"],
                "dso": figures[team.id]["dso"],
                "cash": payments[team.id].amount if team.id in payments else 0.0,
                "is_mine": team == self.env.user.sale_team_id,
            }
            for team in teams
        ]
        return sorted(
            rows, key=lambda row: (row["overdue_rate"] is None, row["overdue_rate"])
        )

    @api.model
    def switch_ranking(self, shown):
        """Show the ranking of the teams to salespeople, or no longer.

        :raises AccessError: the user manages neither sales nor credit
        """
        if not self._may_switch_ranking():
            raise AccessError(
                self.env._("Only a manager decides whether the teams are compared.")
            )
        self.env.company._credit_company().credit_sales_ranking = bool(shown)

    def _may_switch_ranking(self):
        user = self.env.user
        return user.has_group(MANAGER_GROUP) or user.has_group(SALES_MANAGER_GROUP)

    # ------------------------------------------------------------------
    # Whose customers
    # ------------------------------------------------------------------

    def _reach(self):
        """Return the salespeople whom the user follows, None for all."""
        reach = self.env.user._credit_sales_scope()
        if reach is not None and not reach:
            raise AccessError(
                self.env._("The cockpit is for salespeople and credit management.")
            )
        return reach

    def _chosen(self, reach, salesperson_id):
        if not salesperson_id:
            return reach
        with self.env["credit.kpi"]._making_sense():
            user = self.env["res.users"].browse(read_id(salesperson_id))
        if reach is not None and user not in reach:
            raise AccessError(
                self.env._("These customers are followed by another team.")
            )
        return user

    def _salespeople(self, reach, company):
        """Return id and name of those to choose from; nobody to choose, nothing.

        :rtype: list[tuple]
        """
        if reach is None:
            groups = (
                self.env["res.partner"]
                .sudo()
                ._read_group(
                    [
                        ("user_id.share", "=", False),
                        ("user_id.company_ids", "in", company.ids),
                        ("customer_rank", ">", 0),
                    ],
                    ["user_id"],
                )
            )
            reach = self.env["res.users"].union(*(user for (user,) in groups))
        people = reach.sudo().sorted("name")
        return [(user.id, user.name) for user in people] if len(people) > 1 else []

    def _of(self, users, path):
        """Return the domain of what belongs to salespeople, None for all."""
        return Domain.TRUE if users is None else Domain(path, "in", users.ids)

    # ------------------------------------------------------------------
    # What is shown
    # ------------------------------------------------------------------

    def _figures(self, company, users):
        """Return what the customers owe, how fast they pay, and since last month."""
        today = fields.Date.context_today(self)
        first = today.replace(day=1)
        domain = self.env["res.users"]._credit_items_followed_by(users)
        last_month = first - relativedelta(days=1)
        # salespeople have no access to the ledger: figures of their customers only
        Item = self.env["credit.kpi.item"].sudo()
        now, before = (
            self.env["credit.kpi"].sudo().trend(company, [today, last_month], domain)
        )
        position = Item._positions(company, today, domain).get(None)
        payments = Item._payments(company, first, today, domain).get(None)
        names = ("receivable", "overdue", "overdue_rate", "dso", "dso_countback")
        return {
            **{name: now[name] for name in names},
            "days": now["days"],
            "before": {name: before[name] for name in names},
            "before_date": fields.Date.to_string(last_month),
            "disputed_rate": rate(
                position.disputed if position else 0.0, now["receivable_gross"]
            ),
            "cash": payments.amount if payments else 0.0,
        }

    def _customers(self, company, users):
        """Return the calls worth making, and how to list all the customers."""
        Customer = self.env["credit.sales.customer"]
        domain = Domain("company_id", "=", company.id) & self._of(
            users, "salesperson_id"
        )
        calls = domain & Domain("priority", ">", 0)
        rows = Customer.search(calls, limit=ROWS)
        return {
            "domain": list(domain),
            "call_domain": list(calls),
            "overdue_domain": list(domain & Domain("overdue", ">", 0)),
            "call_count": Customer.search_count(calls),
            "calls": [
                {
                    "id": row.id,
                    "partner_id": row.partner_id.id,
                    "name": row.partner_id.display_name,
                    "phone": row.phone or "",
                    "to_collect": row.to_collect,
                    "days": row.days_overdue,
                    "reason": row.reason,
                }
                for row in rows
            ],
        }

    def _disputes(self, company, users):
        """Return the disputes that wait for us, the most urgent first."""
        domain = Domain("company_id", "=", company.id) & Domain(
            "state", "in", [state for state in OPEN if state != "waiting_customer"]
        )
        if users is not None:
            domain &= Domain("user_id", "in", users.ids) | Domain(
                "salesperson_id", "in", users.ids
            )
        Dispute = self.env["credit.dispute"]
        [(count, amount)] = Dispute._read_group(
            domain, aggregates=["__count", "amount_company:sum"]
        )
        return {
            "domain": list(domain),
            "count": count,
            "amount": amount or 0.0,
            "rows": [
                {
                    "id": row.id,
                    "name": row.partner_id.display_name,
                    "reference": row.name,
                    "reason": row.reason_id.name,
                    "amount": row.amount_company,
                    "deadline": fields.Date.to_string(row.deadline) or "",
                    "is_late": row.is_late,
                    "is_mine": row.user_id == self.env.user,
                }
                for row in Dispute.search(domain, limit=ROWS)
            ],
        }

    def _holds(self, company, users):
        """Return the orders that wait for a decision."""
        domain = (
            Domain("company_id", "=", company.id)
            & Domain("state", "=", "pending")
            & self._of(users, "order_id.user_id")
        )
        [(count, amount)] = self.env["credit.hold"]._read_group(
            domain, aggregates=["__count", "order_amount:sum"]
        )
        return {"domain": list(domain), "count": count, "amount": amount or 0.0}

    def _alerts(self, company, users):
        """Return the doubts about customers that have no end yet."""
        domain = Domain("company_id", "=", company.id) & Domain("state", "in", LIVE)
        if users is not None:
            domain &= Domain("raised_by_id", "in", users.ids) | Domain(
                "partner_id.user_id", "in", users.ids
            )
        groups = self.env["credit.alert"]._read_group(domain, ["state"], ["__count"])
        counts = dict(groups)
        return {
            "domain": list(domain),
            "count": sum(counts.values()),
            "watched": counts.get("watched", 0),
        }

    def _incentive(self, company, users):
        """Return the incentive of the month so far, of one person who may know it.

        :return: None for several people, for others, or where no rule is
        """
        me = self.env.user
        if users is None or len(users) != 1:
            return None
        if users != me and not me.has_group(MANAGER_GROUP):
            return None
        rules = self.env["credit.incentive.rule"].sudo()._rules(company)
        today = fields.Date.context_today(self)
        if not rules._rule_of(users.sudo(), today):
            return None
        amount = self.env["credit.incentive.statement"]._so_far(
            company, users, today.replace(day=1), today
        )
        return {
            "amount": amount,
            "domain": [("user_id", "=", users.id), ("company_id", "=", company.id)],
        }
