import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const ICONS = {
    email: "fa-envelope-o",
    sms: "fa-commenting-o",
    phone: "fa-phone",
    letter: "fa-file-text-o",
    registered: "fa-certificate",
};

/** The levels of a dunning policy, from the first statement to the last step. */
export class CreditDunningLadder extends Component {
    static template = "credit_management.CreditDunningLadder";
    static props = standardFieldProps;

    get steps() {
        return this.props.record.data[this.props.name] || [];
    }

    /** The steps with the due date among them: what stands before it is no reminder yet. */
    get marks() {
        const marks = this.steps.map((step, index) => ({ ...step, key: index }));
        const due = marks.findIndex((step) => !step.is_pre_reminder);
        if (due > 0) {
            marks.splice(due, 0, { key: "due", isDueDate: true });
        }
        return marks;
    }

    classOf(step) {
        if (step.is_firm) {
            return "o_credit_ladder_firm";
        }
        return step.is_pre_reminder ? "o_credit_ladder_before" : "o_credit_ladder_after";
    }

    iconOf({ code }) {
        return ICONS[code] || "fa-paper-plane-o";
    }

    titleOf(step) {
        const channels = step.channels.map(({ name }) => name).join(", ");
        const parts = [step.name, channels, step.recipient, ...step.effects];
        if (!step.is_mandatory) {
            parts.push(_t("May be skipped"));
        }
        return parts.filter(Boolean).join(" · ");
    }
}

registry.category("fields").add("credit_dunning_ladder", {
    component: CreditDunningLadder,
    displayName: _t("Dunning Ladder"),
    supportedTypes: ["json"],
    isEmpty: (record, fieldName) => !record.data[fieldName]?.length,
});
