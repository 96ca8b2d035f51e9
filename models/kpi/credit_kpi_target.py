from odoo import api, fields, models

from .credit_kpi_customer import FILTERS

# figures in days, in percent, and those that get better as they rise
IN_DAYS = ("dso", "dso_countback", "add", "wadp", "wadl", "wado")
HIGHER_IS_BETTER = ("cei",)


class CreditKpiTarget(models.Model):
    """A figure that somebody leads, in a straight line, to a value by a date."""

    _name = "credit.kpi.target"
    _description = "Target"
    _inherit = ["mail.thread"]
    _order = "target_date, id"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name")
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company._credit_company(),
        domain=[("parent_id", "=", False)],
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        required=True,
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
        tracking=True,
        help="Answers for the target, and gets a message about it each month.",
    )
    kpi = fields.Selection(
        [
            ("dso", "DSO, standard"),
            ("dso_countback", "DSO, count-back"),
            ("add", "Average days delinquent"),
            ("wadp", "Weighted days to pay"),
            ("wadl", "Weighted days late of payments"),
            ("wado", "Weighted days overdue"),
            ("overdue_rate", "Overdue rate"),
            ("overdue_rate_clean", "Overdue rate without disputes"),
            (
                "overdue_rate_actionable",
                "Overdue rate without disputes, promises and plans",
            ),
            ("cei", "Collection effectiveness"),
        ],
        string="Figure",
        required=True,
        default="dso",
        tracking=True,
    )

    # whose figure
    scope = fields.Selection(
        [
            ("company", "Whole company"),
            ("policy", "Customer type"),
            ("salesperson", "Salesperson"),
            ("team", "Sales team"),
            ("collector", "Collector"),
            ("country", "Country"),
        ],
        required=True,
        default="company",
    )
    policy_id = fields.Many2one(
        "credit.policy",
        string="Customer Type",
        ondelete="cascade",
        check_company=True,
    )
    salesperson_id = fields.Many2one(
        "res.users", ondelete="cascade", domain=[("share", "=", False)]
    )
    team_id = fields.Many2one(
        "crm.team", string="Sales Team", ondelete="cascade", check_company=True
    )
    collector_id = fields.Many2one(
        "res.users",
        ondelete="cascade",
        domain=lambda self: self.env["res.users"]._credit_collector_domain(),
    )
    country_id = fields.Many2one("res.country", ondelete="cascade")

    # from where to where
    start_date = fields.Date(
        string="From", required=True, default=fields.Date.context_today, tracking=True
    )
    start_value = fields.Float(
        required=True,
        digits=(16, 1),
        compute="_compute_start_value",
        compute_sudo=False,  # who asks must be allowed to read the figure
        store=True,
        precompute=True,
        readonly=False,
        tracking=True,
        help="What the figure was on the first day, as far as the ledger knows it.",
    )
    target_date = fields.Date(string="By", required=True, tracking=True)
    target_value = fields.Float(
        string="Target", required=True, digits=(16, 1), tracking=True
    )
    unit = fields.Char(compute="_compute_unit")

    _dates_in_order = models.Constraint(
        "CHECK(target_date > start_date)", "The target is reached after it has begun."
    )
    _values_differ = models.Constraint(
        "CHECK(target_value != start_value)",
        "A target leads somewhere: its value is not the one that it starts from.",
    )
    _scope_given = models.Constraint(
        """CHECK(CASE scope
                 WHEN 'company' THEN true
                 WHEN 'policy' THEN policy_id IS NOT NULL
                 WHEN 'salesperson' THEN salesperson_id IS NOT NULL
                 WHEN 'team' THEN team_id IS NOT NULL
                 WHEN 'collector' THEN collector_id IS NOT NULL
                 WHEN 'country' THEN country_id IS NOT NULL END)""",
        "Choose whose figure the target is for.",
    )
    _scope_alone = models.Constraint(
        """CHECK(num_nonnulls(policy_id, salesperson_id, team_id, collector_id,
                              country_id) <= 1)""",
        "A target is for one customer type, salesperson, team, collector or country.",
    )
    _one_open = models.UniqueIndex(
        """(company_id, kpi, scope, COALESCE(policy_id, salesperson_id, team_id,
                                             collector_id, country_id, 0))
           WHERE active""",
        "This figure has an open target already: archive it to set another one.",
    )

    @api.depends_context("lang")
    @api.depends("kpi", "scope", *(f"{scope}_id" for scope in FILTERS))
    def _compute_name(self):
        kpis = dict(self._fields["kpi"]._description_selection(self.env))
        for target in self:
            target.name = self.env._(
                "%(figure)s: %(scope)s",
                figure=kpis.get(target.kpi, ""),
                scope=target._scope_name(),
            )

    @api.depends("company_id", "kpi", "scope", "start_date",
                 *(f"{scope}_id" for scope in FILTERS))  # fmt: skip
    def _compute_start_value(self):
        for day, targets in self.grouped("start_date").items():
            values = targets._values([day]) if day else {}
            for target in targets:
                target.start_value = values.get(target, {}).get(day) or 0.0

    @api.depends_context("lang")
    @api.depends("kpi")
    def _compute_unit(self):
        for target in self:
            target.unit = self.env._("days") if target.kpi in IN_DAYS else "%"

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._with_one_scope(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._with_one_scope(vals))

    @api.model
    def _with_one_scope(self, vals):
        """Empty what names another kind of scope than the one that is set."""
        if "scope" not in vals:
            return vals
        others = {f"{scope}_id": False for scope in FILTERS if scope != vals["scope"]}
        return {**vals, **others}

    def _scope_record(self):
        """Return whose figure it is; an empty record where it is the whole company."""
        return self[f"{self.scope}_id"] if self.scope in FILTERS else self.policy_id

    def _scope_name(self):
        labels = dict(self._fields["scope"]._description_selection(self.env))
        return self._scope_record().sudo().display_name or labels.get(self.scope, "")
