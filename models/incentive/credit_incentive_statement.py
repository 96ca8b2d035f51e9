from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, format_date

from ...tools.incentive import incentive, untaxed_part
from ..limit.res_partner_rights import MANAGER_GROUP

FROZEN = ("confirmed", "paid")


class CreditIncentiveStatement(models.Model):
    """What a salesperson gets for the cash of a period, payment by payment.

    A draft follows the ledger; the confirmation freezes it. Cash stands on one
    statement only. A payment that is undone after the confirmation is taken back
    by the next statement, and cash booked late into a period that was closed
    already is in there, too.
    """

    _name = "credit.incentive.statement"
    _description = "Incentive Statement"
    _inherit = ["mail.thread"]
    _mail_post_access = "read"
    _order = "date_to desc, user_id, id desc"

    user_id = fields.Many2one(
        "res.users", string="Salesperson", required=True, readonly=True, index=True
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    date_from = fields.Date(string="From", required=True, readonly=True)
    date_to = fields.Date(string="To", required=True, readonly=True)
    state = fields.Selection(
        [("draft", "Draft"), ("confirmed", "Confirmed"), ("paid", "Paid")],
        required=True,
        default="draft",
        readonly=True,
        tracking=True,
    )
    line_ids = fields.One2many(
        "credit.incentive.line", "statement_id", string="Payments", readonly=True
    )
    cash = fields.Monetary(
        string="Cash Received", compute="_compute_totals", store=True
    )
    untaxed = fields.Monetary(
        string="Untaxed Part", compute="_compute_totals", store=True
    )
    amount = fields.Monetary(
        string="Incentive", compute="_compute_totals", store=True, tracking=True
    )
    confirmed_by_id = fields.Many2one("res.users", readonly=True)
    confirmed_on = fields.Date(readonly=True)

    _dates_in_order = models.Constraint(
        "CHECK(date_from <= date_to)", "The period begins before it ends."
    )
    _draft_unique = models.UniqueIndex(
        "(company_id, user_id, date_from, date_to) WHERE state = 'draft'",
        "This salesperson has a draft of this period already.",
    )

    @api.depends("user_id", "date_from", "date_to")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for statement in self:
            statement.display_name = self.env._(
                "%(salesperson)s, %(first)s to %(last)s",
                salesperson=statement.user_id.sudo().name or "",
                first=format_date(self.env, statement.date_from),
                last=format_date(self.env, statement.date_to),
            )

    @api.depends("line_ids.cash", "line_ids.untaxed", "line_ids.amount")
    def _compute_totals(self):
        sums = {
            statement.id: values
            for statement, *values in self.env["credit.incentive.line"]
            .sudo()
            ._read_group(
                [("statement_id", "in", self.ids)],
                ["statement_id"],
                ["cash:sum", "untaxed:sum", "amount:sum"],
            )
        }
        for statement in self:
            statement.cash, statement.untaxed, statement.amount = sums.get(
                statement.id, (0.0, 0.0, 0.0)
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_frozen(self):
        if frozen := self.filtered(lambda s: s.state in FROZEN):
            raise UserError(
                self.env._(
                    "%s is confirmed and stays: what changes since then is settled by"
                    " the next statement.",
                    frozen[0].display_name,
                )
            )

    # ------------------------------------------------------------------
    # Life
    # ------------------------------------------------------------------

    def action_refresh(self):
        """Bring drafts up to date with the ledger.

        :raises AccessError: the user is no credit manager
        """
        self._check_manager()
        self._check_state("draft")
        self.sudo()._fill()

    def action_confirm(self):
        """Freeze statements, as the ledger has them now, and tell the salespeople.

        :raises AccessError: the user is no credit manager
        :raises UserError: the statement is the user's own, or no draft
        """
        self._check_manager()
        self._check_state("draft")
        if not self.env.su and self.env.user in self.user_id:
            raise UserError(
                self.env._("Your own statement is confirmed by another manager.")
            )
        statements = self.sudo()
        statements._fill()
        statements.write(
            {
                "state": "confirmed",
                "confirmed_by_id": self.env.uid,
                "confirmed_on": fields.Date.context_today(self),
            }
        )
        for statement in statements:
            statement.message_subscribe(statement.user_id.partner_id.ids)
            statement.message_post(
                body=self.env._("Your incentive statement is confirmed."),
                subtype_xmlid="mail.mt_comment",
            )

    def action_pay(self):
        """Note that confirmed statements have been paid, with the salary say.

        :raises AccessError: the user is no credit manager
        """
        self._check_manager()
        self._check_state("confirmed")
        self.sudo().state = "paid"

    def action_reopen(self):
        """Make drafts of statements that were confirmed by mistake.

        :raises AccessError: the user is no credit manager
        :raises UserError: paid, or settled by a later statement
        """
        self._check_manager()
        self._check_state("confirmed")
        statements = self.sudo()
        if (
            statements.line_ids
            & self.env["credit.incentive.line"]
            .sudo()
            .search([("origin_id", "in", statements.line_ids.ids)])
            .origin_id
        ):
            raise UserError(
                self.env._("A later statement takes a payment of this one back.")
            )
        statements.write(
            {"state": "draft", "confirmed_by_id": False, "confirmed_on": False}
        )

    def action_print(self):
        """Print the statements."""
        return self.env.ref(
            "credit_management.credit_incentive_statement_report"
        ).report_action(self)

    def action_export(self):
        """Download the statement as a workbook."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/credit/incentive/{self.id}/xlsx",
            "target": "download",
        }

    def _check_manager(self):
        if not (self.env.su or self.env.user.has_group(MANAGER_GROUP)):
            raise AccessError(
                self.env._("Only a credit manager settles the incentive on cash.")
            )
        self.check_access("read")

    def _check_state(self, state):
        labels = dict(self._fields["state"]._description_selection(self.env))
        for statement in self:
            if statement.state != state:
                raise UserError(
                    self.env._(
                        "%(statement)s is not in state “%(state)s”.",
                        statement=statement.display_name,
                        state=labels[state],
                    )
                )

    # ------------------------------------------------------------------
    # What stands on it
    # ------------------------------------------------------------------

    @api.model
    def _prepare_period(self, company, date_from, date_to, users=None):
        """Make a draft for each salesperson whose statement would not be empty.

        Asking again changes nothing but what the ledger has changed.

        :param company: ``res.company``; a branch stands for its root company
        :param users: ``res.users``; None for all salespeople
        :return: the drafts
        :rtype: recordset
        """
        company = company._credit_company()
        statements = self.sudo()
        domain = [
            ("company_id", "=", company.id),
            ("state", "=", "draft"),
            ("date_from", "=", date_from),
            ("date_to", "=", date_to),
        ]
        if users is not None:
            domain.append(("user_id", "in", users.ids))
        drafts = statements.search(domain)
        drafts.line_ids.unlink()
        found = statements._found(company, date_from, date_to, users)
        missing = [user_id for user_id in found if user_id not in drafts.user_id.ids]
        drafts |= statements.create(
            [
                {
                    "user_id": user_id,
                    "company_id": company.id,
                    "date_from": date_from,
                    "date_to": date_to,
                }
                for user_id in missing
            ]
        )
        drafts._write_lines(found)
        drafts.filtered(lambda draft: not draft.line_ids).unlink()
        return drafts.exists().sudo(False)

    def _fill(self):
        """Compute the lines of drafts anew."""
        self.line_ids.unlink()
        for (company, first, last), drafts in self.grouped(
            lambda s: (s.company_id, s.date_from, s.date_to)
        ).items():
            drafts._write_lines(self._found(company, first, last, drafts.user_id))

    def _write_lines(self, found):
        self.env["credit.incentive.line"].create(
            [
                {"statement_id": statement.id, **vals}
                for statement in self
                for vals in found.get(statement.user_id.id, ())
            ]
        )

    @api.model
    def _found(self, company, first, last, users):
        """Return the values of new lines by salesperson.

        :param users: None for all
        :rtype: dict[int, list[dict]]
        """
        begun = self._begun(company, users)
        receipts = self.env["credit.incentive.receipt"]._receipts(
            company, min([first, *begun.values()]), last, users, new_only=True
        )
        due = [r for r in receipts if r.date >= min(first, begun.get(r.user_id, first))]
        found = self._lines_of(company, due)
        for line in self._undone_lines(company, users):
            found.setdefault(line.user_id.id, []).append(line._take_back_values(last))
        return found

    @api.model
    def _begun(self, company, users):
        """Return since when each salesperson's cash is followed by statements."""
        domain = [("company_id", "=", company.id)]
        if users is not None:
            domain.append(("user_id", "in", users.ids))
        groups = self._read_group(domain, ["user_id"], ["date_from:min"])
        return {user.id: first for user, first in groups}

    @api.model
    def _lines_of(self, company, receipts):
        """Apply the rules to receipts; what no rule covers is left out.

        :return: values of lines by salesperson
        :rtype: dict[int, list[dict]]
        """
        rules = self.env["credit.incentive.rule"].sudo()._rules(company)
        users = self.env["res.users"].sudo()
        found = {}
        for receipt in receipts:
            user = users.browse(receipt.user_id)
            if rule := rules._rule_of(user, receipt.date):
                values = self._line_values(company, receipt, rule)
                found.setdefault(receipt.user_id, []).append(values)
        return found

    def _line_values(self, company, receipt, rule):
        currency = company.currency_id
        untaxed = untaxed_part(receipt.cash, receipt.total, receipt.untaxed)
        factor = rule._factor(receipt.days_late)
        return {
            "kind": receipt.kind,
            "partial_id": receipt.partial_id,
            "rule_id": rule.id,
            "move_id": receipt.move_id,
            "name": receipt.move_name,
            "partner_id": receipt.partner_id,
            "date": receipt.date,
            "date_due": receipt.date_due,
            "days_late": receipt.days_late,
            "cash": currency.round(receipt.cash),
            "untaxed": currency.round(untaxed),
            "rate": rule.rate,
            "factor": factor,
            "amount": currency.round(incentive(untaxed, rule.rate, factor)),
        }

    @api.model
    def _undone_lines(self, company, users):
        """Return frozen lines whose reconciliation is gone, not yet taken back."""
        Line = self.env["credit.incentive.line"].sudo()
        Line.flush_model()
        self.flush_model(["state"])
        self.env["account.partial.reconcile"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT line.id
                     FROM credit_incentive_line line
                     JOIN credit_incentive_statement statement
                       ON statement.id = line.statement_id
                    WHERE line.company_id = %s
                      AND line.kind != 'taken_back'
                      AND statement.state IN %s
                      AND NOT EXISTS (SELECT FROM account_partial_reconcile partial
                                       WHERE partial.id = line.partial_id)
                      AND NOT EXISTS (SELECT FROM credit_incentive_line back
                                       WHERE back.origin_id = line.id)
                 ORDER BY line.id""",
                company.id,
                FROZEN,
            )
        )
        lines = Line.browse(line_id for (line_id,) in rows)
        return lines if users is None else lines.filtered(lambda x: x.user_id in users)

    @api.model
    def _so_far(self, company, users, first, last):
        """Return the incentive of salespeople between two dates, as of now.

        What stands on statements counts, what is taken back does not.

        :rtype: float
        """
        receipts = self.env["credit.incentive.receipt"]._receipts(
            company, first, last, users
        )
        found = self._lines_of(company, receipts)
        return sum(values["amount"] for lines in found.values() for values in lines)

    def _file_name(self):
        """Return the name of the file of the statements, without extension."""
        if len(self) == 1:
            return self.env._(
                "Incentive %(name)s %(month)s",
                name=self.user_id.sudo().name,
                month=self.date_to.strftime("%Y-%m"),
            )
        return self.env._("Incentive statements")
