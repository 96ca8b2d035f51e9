from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _mail_get_operation_for_mail_message_operation(self, message_operation):
        # EXTENDS mail: finance writes to customers without changing them
        if message_operation == "create" and self.env.user.has_group(
            "credit_management.group_credit_user"
        ):
            return dict.fromkeys(self, "read")
        return super()._mail_get_operation_for_mail_message_operation(message_operation)
