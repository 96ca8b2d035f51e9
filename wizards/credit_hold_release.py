from odoo import api, fields, models
from odoo.exceptions import UserError


class CreditHoldRelease(models.TransientModel):
    """The dialog of the decision: asks, then calls the holds' own actions."""

    _name = "credit.hold.release"
    _description = "Decision on Credit Holds"

    hold_ids = fields.Many2many(
        "credit.hold",
        required=True,
        default=lambda self: self.env.context.get("active_ids"),
    )
    partner_id = fields.Many2one("res.partner", compute="_compute_situation")
    company_id = fields.Many2one("res.company", compute="_compute_situation")
    currency_id = fields.Many2one(related="company_id.currency_id")
    hold_count = fields.Integer(compute="_compute_situation")
    explanation = fields.Text(compute="_compute_situation")
    request_comment = fields.Text(compute="_compute_situation")
    credit_panel = fields.Json(compute="_compute_situation")
    excess = fields.Monetary(string="Above the Limit", compute="_compute_situation")
    way_out_ids = fields.One2many(
        "credit.hold.way.out", "wizard_id", string="Ways Out", readonly=True
    )
    decision = fields.Selection(
        [
            ("once", "Release once"),
            ("temporary", "Temporary limit"),
            ("permanent", "Permanent limit"),
            ("conditional", "Release on condition"),
            ("refused", "Refuse"),
            ("facts", "Ask sales for facts"),
        ],
        required=True,
        default="once",
    )
    comment = fields.Text(string="Note")
    limit_amount = fields.Monetary(string="New Limit")
    limit_until = fields.Date(string="Until")
    deposit = fields.Monetary()
    invoice_ids = fields.Many2many(
        "account.move",
        string="Invoices to Be Paid",
        domain="[('commercial_partner_id', '=', partner_id), ('state', '=', 'posted'),"
        " ('move_type', '=', 'out_invoice'), ('amount_residual', '>', 0)]",
    )
    notify_customer = fields.Boolean(string="Write to the Customer", default=True)
    subject = fields.Char(compute="_compute_message", store=True, readonly=False)
    message = fields.Html(compute="_compute_message", store=True, readonly=False)

    @api.depends("hold_ids")
    def _compute_situation(self):
        for wizard in self:
            holds = wizard.hold_ids._origin or wizard.hold_ids
            wizard.hold_count = len(holds)
            wizard.company_id = holds.company_id[:1] or self.env.company
            one_customer = len(holds.partner_id) == 1
            wizard.partner_id = holds.partner_id if one_customer else False
            wizard.explanation = "\n".join(
                f"{hold._document().name}: {line}" if len(holds) > 1 else line
                for hold in holds
                for line in (hold.explanation or "").splitlines()
            )
            wizard.request_comment = "\n".join(
                hold.request_comment for hold in holds if hold.request_comment
            )
            # shown only: reading the dialog must not write
            verdicts = holds._verdicts_now(serialise=False)
            last = list(verdicts.values())[-1:]
            wizard.excess = last[0].excess if last else 0.0
            wizard.credit_panel = (
                self._panel(last[0]) if one_customer and last else False
            )

    def _panel(self, verdict):
        Check = self.env["credit.check"].sudo()
        Check._load_panel_facts([verdict.case])
        return Check._panel(verdict.case, verdict.findings)

    @api.depends("decision", "hold_ids")
    def _compute_message(self):
        for wizard in self:
            hold = wizard.hold_ids[:1]
            if wizard.decision != "refused" or not hold:
                wizard.subject = wizard.message = False
                continue
            template = hold._refusal_template().sudo()
            rendered = template._generate_template(
                hold._origin.ids or hold.ids, ("subject", "body_html")
            )
            values = next(iter(rendered.values()))
            wizard.subject = values["subject"]
            wizard.message = values["body_html"]

    @api.model_create_multi
    def create(self, vals_list):
        wizards = super().create(vals_list)
        for wizard in wizards:
            wizard.way_out_ids = wizard._ways_out()
        return wizards

    def _ways_out(self):
        """Return the commands that list the ways out of a single hold."""
        if len(self.hold_ids) != 1:
            return []
        Check = self.env["credit.check"].sudo()
        commands = []
        for verdict in self.hold_ids._verdicts_now(serialise=False).values():
            for path in Check._ways_out(verdict.case, verdict.findings):
                lines = self.env["account.move.line"].browse(i.id for i in path.items)
                commands.append(
                    fields.Command.create(
                        {
                            "kind": path.kind,
                            "name": Check._path_message(verdict.case, path),
                            "amount": path.amount,
                            "move_ids": [fields.Command.set(lines.move_id.ids)],
                        }
                    )
                )
        return commands

    def _reopen(self):
        """Show the dialog again, as it is now."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Decide"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_apply(self):
        """Decide as the dialog says.

        :raises AccessError: see :meth:`credit.hold.action_release`
        :raises UserError: the same, or nothing to decide on
        """
        self.ensure_one()
        holds = self.hold_ids
        if not holds:
            raise UserError(self.env._("Choose the orders to decide on."))
        if self.decision == "refused":
            writes = self.notify_customer
            holds.action_refuse(
                self.comment,
                message=self.message if writes else "",
                subject=self.subject,
            )
        elif self.decision == "facts":
            holds.action_ask_facts(self.comment)
        else:
            holds.action_release(**self._release_arguments())
        return {"type": "ir.actions.act_window_close"}

    def _release_arguments(self):
        """Return the arguments of :meth:`credit.hold.action_release`. Extend to add."""
        return {
            "decision": self.decision,
            "comment": self.comment or "",
            "limit_amount": self.limit_amount,
            "limit_until": self.limit_until,
            "deposit": self.deposit,
            "invoice_ids": self.invoice_ids.ids,
        }
