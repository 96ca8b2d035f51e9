from odoo.tests import tagged
from odoo.tools import SQL

from .dunning_common import DunningCommon

CUSTOMERS = 5000
# of the tests: what a batch of planning costs, whatever the size of the run
QUERIES_BY_BATCH = 40
# beside what Odoo's own message_post asks for
QUERIES_BY_MESSAGE = 5


@tagged("post_install", "-at_install")
class TestDunningScale(DunningCommon):
    """A run of five thousand customers: what it asks the database."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dunning.level_ids.mail_template_id = cls.env.ref(
            "credit_management.mail_template_dunning_first"
        )
        cls.debtor = cls._create_customer("Debtor 0")
        cls.invoice = cls._invoice(100, due=cls._today(days=-6), partner=cls.debtor)

    @classmethod
    def _copy_rows(cls, records, number, **changes):
        """Copy the rows of records so many times; returns ids: (copy, original).

        :param changes: SQL expressions by column; ``n`` is the number of the copy
        """
        cls.env.flush_all()
        cls.env.cr.execute(
            """SELECT column_name FROM information_schema.columns
                WHERE table_name = %s AND column_name <> 'id'
                  AND is_generated = 'NEVER'""",
            [records._table],
        )
        columns = [name for (name,) in cls.env.cr.fetchall()]
        values = [
            changes.get(name, SQL("original.%s", SQL.identifier(name)))
            for name in columns
        ]
        cls.env.cr.execute(
            SQL(
                """INSERT INTO %(table)s (%(columns)s)
                   SELECT %(values)s
                     FROM %(table)s original, generate_series(1, %(number)s) n
                    WHERE original.id IN %(ids)s
                 ORDER BY n, original.id
                RETURNING id""",
                table=SQL.identifier(records._table),
                columns=SQL(", ").join(map(SQL.identifier, columns)),
                values=SQL(", ").join(values),
                number=number,
                ids=tuple(records.ids),
            )
        )
        ids = [row_id for (row_id,) in cls.env.cr.fetchall()]
        cls.env.invalidate_all()
        return ids

    @classmethod
    def _copy_debtors(cls, number):
        """Give as many customers the same overdue invoice."""
        partner_ids = cls._copy_rows(
            cls.debtor,
            number,
            name=SQL("'Debtor ' || n"),
            complete_name=SQL("'Debtor ' || n"),
            email=SQL("'debtor' || n || '@customer.example.com'"),
            email_normalized=SQL("'debtor' || n || '@customer.example.com'"),
            commercial_partner_id=SQL("NULL"),
        )
        cls.env.cr.execute(
            "UPDATE res_partner SET commercial_partner_id = id WHERE id IN %s",
            [tuple(partner_ids)],
        )
        first = SQL("%s::int[]", partner_ids)
        move_ids = cls._copy_rows(
            cls.invoice,
            number,
            partner_id=SQL("(%s)[n]", first),
            commercial_partner_id=SQL("(%s)[n]", first),
            name=SQL("'COPY/' || n"),
            sequence_prefix=SQL("'COPY/'"),
            sequence_number=SQL("n"),
        )
        cls._copy_rows(
            cls.invoice.line_ids,
            number,
            partner_id=SQL("(%s)[n]", first),
            move_id=SQL("(%s::int[])[n]", move_ids),
            move_name=SQL("'COPY/' || n"),
        )

    def _queries(self, function):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        result = function()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before, result

    def test_a_run_asks_so_much_by_batch_and_no_more(self):
        self._copy_debtors(CUSTOMERS - 1)
        queries, run = self._queries(self._run)
        self.assertEqual(run.ready_count, CUSTOMERS)
        batches = CUSTOMERS // 1000
        self.assertLessEqual(queries, QUERIES_BY_BATCH * batches)
        # a batch of messages, compared with as many plain ones of Odoo
        few, many = run._ready(limit=60)[:10], run._ready(limit=60)[10:]
        few._send()
        queries, _none = self._queries(many._send)
        self.assertEqual(set(many.mapped("state")), {"sent"})
        plain, _none = self._queries(lambda: self._plain_messages(many))
        self.assertLessEqual((queries - plain) / len(many), QUERIES_BY_MESSAGE)

    def _plain_messages(self, notices):
        for notice in notices:
            notice.partner_id.sudo().message_post(
                body="Please pay",
                subject="Reminder",
                partner_ids=notice.partner_id.ids,
                message_type="auto_comment",
                subtype_xmlid="mail.mt_comment",
                email_layout_xmlid="mail.mail_notification_layout",
                mail_auto_delete=False,
                notify_skip_followers=True,
                force_send=False,
            )
