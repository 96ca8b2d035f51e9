from werkzeug.exceptions import NotFound

from odoo.http import Controller, request, route

from .credit_statement import file_response


class CreditDunningLetters(Controller):
    @route("/credit/dunning/letters", type="http", auth="user", methods=["GET"])
    def credit_dunning_letters(self, ids=""):
        """Download letters that have been printed, as one file behind a list."""
        if not all(part.isdecimal() for part in ids.split(",")):
            raise NotFound
        wanted = [int(part) for part in ids.split(",")]
        letters = request.env["credit.dunning.delivery"].browse(wanted).exists()
        letters.check_access("read")
        letters.notice_id._check_collector()
        if not letters or not all(letter.attachment_id for letter in letters):
            raise NotFound
        return file_response(*letters._letters_file())
