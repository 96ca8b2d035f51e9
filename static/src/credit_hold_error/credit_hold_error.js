import { WarningDialog } from "@web/core/errors/error_dialogs";
import { registry } from "@web/core/registry";

// an order that finance must decide on is no crash: tell it as Odoo tells a user error
registry
    .category("error_dialogs")
    .add("odoo.addons.credit_management.models.hold.errors.CreditHoldError", WarningDialog);
