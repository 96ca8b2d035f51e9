import io

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date, groupby
from odoo.tools.pdf import PdfFileReader, merge_pdf

LETTERS = ("letter", "registered")
# each one is a run of wkhtmltopdf, and the browser waits for all of them
LETTERS_AT_ONCE = 200
# of the paper: letters carry their own style, and no scripts to wait for
NO_SCRIPT = "data-credit-no-script"


class CreditDunningDelivery(models.Model):
    """Letters: printed in one file, each one kept as it was printed."""

    _inherit = "credit.dunning.delivery"

    def action_print_letters(self):
        """Print letters as one file behind a cover list, and record them as sent.

        What has been printed before is printed again as it was.

        :raises AccessError: the user is not in finance
        :raises UserError: not a letter, a letter that has not been written yet, or
            too many of them
        """
        self.check_access("read")
        self.notice_id._check_collector()
        self._check_letters()
        letters = self._in_print_order()
        # the proof of what was sent is the system's, not the user's
        letters.sudo()._print()
        return {
            "type": "ir.actions.act_url",
            "url": f"/credit/dunning/letters?ids={','.join(map(str, letters.ids))}",
            "target": "download",
        }

    def _check_letters(self):
        if not self or any(delivery.code not in LETTERS for delivery in self):
            raise UserError(self.env._("Choose letters: nothing else is printed."))
        if unwritten := self.filtered(lambda delivery: not delivery.body):
            raise UserError(
                self.env._(
                    "The letter to %s is not written yet: send its notice first.",
                    unwritten[0].customer_id.name,
                )
            )
        if len(self) > LETTERS_AT_ONCE:
            raise UserError(
                self.env._("Choose %s letters at most.", LETTERS_AT_ONCE),
            )

    def _in_print_order(self):
        """Return the letters as they leave the printer: registered ones first."""
        return self.sorted(
            lambda letter: (
                letter.code != "registered",
                letter.customer_id.name or "",
                letter.id,
            )
        )

    def _print(self):
        """Make the files that are missing, and record the letters as sent."""
        for letter in self.filtered(lambda letter: not letter.attachment_id):
            letter._keep_file()
        self.filtered(lambda letter: letter.state == "todo").write(
            {"state": "sent", "sent_date": fields.Datetime.now()}
        )

    def _keep_file(self):
        """Keep the letter as a file of its own, and show it on the customer."""
        customer = self.customer_id
        lang = self._lang()
        attachment = self.env["ir.attachment"].create(
            {
                "name": self.with_context(lang=lang)._letter_name(),
                "raw": self._letter_pdf(),
                "mimetype": "application/pdf",
                "res_model": customer._name,
                "res_id": customer.id,
            }
        )
        self.attachment_id = attachment
        customer._message_log(
            body=self.env._(
                "%(channel)s printed, to %(address)s.",
                channel=self.channel_id.name,
                address=", ".join((self.address or "").splitlines()),
            ),
            attachment_ids=attachment.ids,
        )

    def _letter_name(self):
        name = f"{self.level_id.name} {self.customer_id.name} {self.notice_id.date}"
        return f"{name.replace('/', '-')}.pdf"

    def _letter_pdf(self):
        """Return the letter, followed by the files that its level asks for.

        :rtype: bytes
        """
        letter = self._pdf("credit_management.credit_dunning_letter_report")
        enclosed = [
            content
            for _name, content in self.notice_id._attachments()
            if content.startswith(b"%PDF")
        ]
        return merge_pdf([letter, *enclosed]) if enclosed else letter

    def _pdf(self, report_ref):
        Report = self.env["ir.actions.report"].sudo()
        html, _format = Report._render_qweb_html(report_ref, self.ids)
        return Report._run_wkhtmltopdf(
            [html.decode()],
            report_ref=report_ref,
            specific_paperformat_args={NO_SCRIPT: True},
        )

    def _letters_file(self):
        """Return all the letters as one file, behind a list of them.

        :return: the name of the file and its content
        :rtype: tuple[str, bytes]
        """
        cover = self._pdf("credit_management.credit_dunning_letter_cover_report")
        today = fields.Date.to_string(fields.Date.context_today(self))
        name = self.env._("Letters %s", today)
        letters = self.sudo().attachment_id.mapped("raw")
        return f"{name}.pdf", merge_pdf([cover, *letters])

    def _place_and_date(self):
        """Return what stands above a letter, in the language of its recipient."""
        letter = self.with_context(lang=self._lang())
        company = letter.company_id
        return letter.env._(
            "%(place)s, %(date)s",
            place=company.city or company.name,
            date=format_date(letter.env, letter.notice_id.date, date_format="long"),
        )

    def _page_count(self):
        content = self.sudo().attachment_id.raw
        return len(PdfFileReader(io.BytesIO(content)).pages) if content else 0

    def _totals_by_currency(self):
        """Return what the letters ask for, as (currency, amount)."""
        return [
            (currency, sum(letter.notice_id.amount_net for letter in letters))
            for currency, letters in groupby(self, lambda d: d.notice_id.currency_id)
        ]


class CreditDunningNotice(models.Model):
    _inherit = "credit.dunning.notice"

    def _bank_accounts(self):
        """Return the bank accounts to which the customer pays."""
        banks = self.env["credit.statement"]._bank_accounts(self.company_id)
        return banks.filtered(
            lambda bank: not bank.currency_id or bank.currency_id == self.currency_id
        )


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    @api.model
    def _build_wkhtmltopdf_args(
        self,
        paperformat_id,
        landscape,
        specific_paperformat_args=None,
        set_viewport_size=False,
    ):
        args = super()._build_wkhtmltopdf_args(
            paperformat_id,
            landscape,
            specific_paperformat_args=specific_paperformat_args,
            set_viewport_size=set_viewport_size,
        )
        if (specific_paperformat_args or {}).get(NO_SCRIPT):
            args += ["--disable-javascript", "--javascript-delay", "0"]
        return args
