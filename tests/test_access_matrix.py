from itertools import count

from odoo import fields
from odoo.fields import Command
from odoo.models import MAGIC_COLUMNS
from odoo.tests import tagged
from odoo.tools import SQL

from .common import CreditCommon
from .rights_common import rights


def _each(letters, roles):
    return dict.fromkeys(roles.split(), letters)


EMPLOYEES = "employee salesperson sales_manager accountant administrator collector"
SELLERS = "salesperson sales_manager"
FINANCE = "collector manager"
# What each role may do: r(ead), w(rite), c(reate), u(nlink), in its own company.
# Roles that are not named may do nothing: neither customers nor visitors ever may.
TABLE = {
    # what managers set, and everybody goes by
    """
    credit.alert.reason credit.contact.role credit.dispute.cause credit.dispute.reason
    credit.dispute.team credit.dunning.level credit.dunning.policy credit.policy
    credit.policy.rule
    """: _each("r", EMPLOYEES) | {"manager": "rwcu"},
    "credit.dispute.line credit.dunning.channel credit.rule": _each(
        "r", f"{EMPLOYEES} manager"
    ),
    "credit.collector.rule credit.kpi.target credit.quiet.period": {
        "collector": "r",
        "manager": "rwcu",
    },
    "credit.incentive.rule credit.incentive.step": {"manager": "rwcu"},
    # what only actions change
    """
    credit.customer.exposure credit.dunning.notice credit.dunning.notice.line
    credit.dunning.run credit.kpi.analysis credit.kpi.forecast.line
    credit.payment.plan.item credit.payment.plan.line credit.promise.line
    credit.worklist
    """: _each("r", FINANCE),
    "credit.hold credit.sales.customer": _each("r", f"{SELLERS} {FINANCE}"),
    "credit.exposure.lock credit.overview.kept": {"administrator": "r"},
    "credit.incentive.line": _each("r", f"{SELLERS} manager"),
    "credit.incentive.statement": _each("r", SELLERS) | {"manager": "ru"},
    # what people enter; models refuse the fields that are not theirs to write
    "credit.limit.change": _each("rc", f"{SELLERS} {FINANCE}"),
    "credit.alert": _each("rwc", SELLERS) | _each("r", FINANCE),
    "credit.dispute": _each("rw", f"{EMPLOYEES} manager"),
    "credit.dunning.delivery": _each("rw", FINANCE),
    "credit.payment.plan credit.promise": _each("rc", FINANCE),
    # dialogs, each its user's own
    """
    credit.collector.assignment credit.dispute.decide credit.dispute.decide.line
    credit.dunning.call credit.dunning.legal credit.dunning.level.change
    credit.dunning.pause credit.dunning.start credit.monthly.report
    credit.payment.plan.create credit.payment.plan.create.item
    credit.payment.plan.create.line credit.statement.request
    """: _each("rwcu", FINANCE),
    """
    credit.alert.answer credit.collector.absence credit.customer.stop
    credit.hold.release credit.hold.way.out credit.incentive.prepare
    """: {"manager": "rwcu"},
    "credit.dispute.open credit.dispute.open.line": _each(
        "rwcu", f"{SELLERS} accountant {FINANCE}"
    ),
    "credit.release.request": _each("rwcu", f"{SELLERS} accountant"),
}
# they belong to no company: all of them use the same ones
SHARED = {
    "credit.alert.reason",
    "credit.contact.role",
    "credit.dispute.cause",
    "credit.dispute.reason",
    "credit.dispute.team",
    "credit.dunning.channel",
    "credit.exposure.lock",
    "credit.overview.kept",
    "credit.rule",
}
# what records have though their table does not ask for it
GIVEN = {"credit.hold": ["order_id"]}
# who may do nothing with a record that is not theirs to resolve, or not yet to see
NARROWED = {
    "credit.dispute": "employee administrator",
    "credit.dispute.line": "employee administrator",
    "credit.incentive.line": SELLERS,
    "credit.incentive.statement": SELLERS,
}


@tagged("post_install", "-at_install")
class TestAccessMatrix(CreditCommon):
    """Who may do what with which model, in their company and in another one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_company = cls.setup_other_company()["company"]
        cls.roles = {
            "employee": cls._create_user("employee", "base.group_user"),
            "salesperson": cls.salesperson,
            "sales_manager": cls.sales_manager,
            "accountant": cls.accountant,
            "collector": cls.collector,
            "manager": cls.manager,
            "administrator": cls._create_user("administrator", "base.group_system"),
            "portal": cls._create_user("portal", "base.group_portal"),
            "public": cls.env.ref("base.public_user"),
        }
        cls.models = sorted(
            name
            for name, model in cls.registry.items()
            if model._original_module == "credit_management" and not model._abstract
        )
        cls.table = {
            name: rights for names, rights in TABLE.items() for name in names.split()
        }

    def setUp(self):
        super().setUp()
        self.numbers = count()
        self.inserted = {}

    def test_every_model_is_in_the_table(self):
        self.assertEqual(sorted(self.table), self.models)

    def test_each_role_may_do_what_the_table_says(self):
        for name in self.models:
            with self.subTest(name):
                self.assertEqual(self._may(self.env[name]), self.table.get(name))

    def test_records_of_the_own_company_and_of_another_one(self):
        for name in self._models(is_transient=False):
            own = self._record(name, self.company)
            theirs = self._record(name, self.other_company)
            expected = dict(self.table[name])
            for role in NARROWED.get(name, "").split():
                expected.pop(role)
            with self.subTest(name):
                self.assertEqual(self._may(own), expected)
                self.assertEqual(self._may(theirs), expected if name in SHARED else {})

    def test_dialogs_are_their_users_own(self):
        for name in self._models(is_transient=True):
            for role, letters in self.table[name].items():
                self.inserted.clear()
                dialog = self._record(name, self.company, self.roles[role])
                with self.subTest(name, role=role):
                    self.assertEqual(self._may(dialog), {role: letters})

    def test_read_models_show_the_own_company_alone(self):
        self.customer.user_id = self.salesperson
        for company in (self.company, self.other_company):
            self.env.user.company_ids |= company
            invoice = self._invoice(
                100,
                due=self._today(days=-40),
                company_id=company.id,
                invoice_user_id=self.salesperson.id,
                currency_id=company.currency_id.id,
            )
            self.assertEqual(invoice.company_id, company)
        both = (self.company | self.other_company).ids
        for name in self._models(is_transient=False, is_read=True):
            rows = self.env[name].sudo().with_context(allowed_company_ids=both)
            with self.subTest(name):
                self.assertEqual(set(rows.search([]).company_id.ids), set(both))
            for role in self.table[name]:
                rows = self.env[name].with_user(self.roles[role])
                with self.subTest(name, role=role):
                    self.assertEqual(rows.search([]).company_id, self.company)

    # ------------------------------------------------------------------
    # Rights
    # ------------------------------------------------------------------

    def _may(self, records):
        return rights(records, self.roles)

    def _models(self, is_transient, is_read=False):
        return [
            name
            for name in self.models
            if self.env[name]._transient == is_transient
            and (self.env[name]._table_query is not None) == is_read
        ]

    # ------------------------------------------------------------------
    # Records of any model
    # ------------------------------------------------------------------

    def _record(self, name, company, user=None):
        """Return a record of a company, and of a user, with what it depends on.

        It goes straight to the table: no model would make all of them at once.
        """
        key = (name, company)
        if key not in self.inserted:
            user = user or self.salesperson
            self.inserted[key] = self._insert(self.env[name].sudo(), company, user)
        return self.inserted[key]

    def _insert(self, model, company, user):
        values = {
            name: self._value(field, company, user)
            for name, field in model._fields.items()
            if field.store
            and field.column_type
            and name not in MAGIC_COLUMNS
            and (field.required or name in GIVEN.get(model._name, ["company_id"]))
        }
        columns = {
            name: model._fields[name].convert_to_column_insert(value, model, values)
            for name, value in values.items()
        }
        if model._log_access:
            columns["create_uid"] = user.id
        ((id_,),) = self.env.execute_query(
            SQL(
                "INSERT INTO %s (%s) VALUES %s RETURNING id",
                SQL.identifier(model._table),
                SQL(", ").join(map(SQL.identifier, columns)),
                tuple(columns.values()),
            )
        )
        return model.browse(id_)

    def _value(self, field, company, user):
        number = next(self.numbers)  # constraints want values that differ
        if field.type == "many2one":
            return self._related(field.comodel_name, company, user).id
        if field.type == "selection":
            return field.get_values(self.env)[0]
        by_type = {
            "boolean": False,
            "date": self._today(days=number),
            "datetime": fields.Datetime.now(),
            "float": number % 90,  # of percent, some of them
            **dict.fromkeys(("char", "html", "text"), f"Value {number}"),
        }
        return by_type.get(field.type, number)

    def _related(self, name, company, user):
        if name in self.models:
            return self._record(name, company, user)
        known = {
            "res.company": company,
            "res.currency": company.currency_id,
            "res.partner": self.customer,
            "res.users": self.salesperson,
        }
        if name in known:
            return known[name]
        if name == "account.move.line":
            return self._related("account.move", company, user).line_ids[0]
        if name not in ("account.move", "sale.order"):
            return self.env[name].sudo().search([], limit=1)
        key = (name, company)
        if key not in self.inserted:
            self.inserted[key] = self._document(name, company)
        return self.inserted[key]

    def _document(self, name, company):
        vals = {"partner_id": self.customer.id, "company_id": company.id}
        if name == "sale.order":
            vals["user_id"] = self.salesperson.id
        else:
            line = Command.create({"name": "Advice", "price_unit": 1})
            vals |= {"move_type": "out_invoice", "invoice_line_ids": [line]}
        return self.env[name].sudo().create(vals)
