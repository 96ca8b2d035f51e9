import { Component } from "@odoo/owl";
import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { formatMonetary } from "@web/views/fields/formatters";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const STATES = {
    settled: { icon: "fa-check", label: _t("Paid") },
    due: { icon: "fa-hourglass-half", label: _t("Due today") },
    missed: { icon: "fa-exclamation", label: _t("Missed") },
    upcoming: { icon: "fa-clock-o", label: _t("To come") },
};

/** The instalments of a payment plan, one after the other: done, due, missed, to come. */
export class CreditPlanTimeline extends Component {
    static template = "credit_management.CreditPlanTimeline";
    static props = { ...standardFieldProps, isCompact: { type: Boolean, optional: true } };
    static defaultProps = { isCompact: false };

    get instalments() {
        const { currency_id: currencyId, instalments } = this.props.record.data[this.props.name];
        const money = (amount) => formatMonetary(amount, { currencyId });
        return instalments.map((instalment) => {
            const { icon, label } = STATES[instalment.state];
            const date = formatDate(deserializeDate(instalment.date));
            const amount = money(instalment.amount);
            const rest = _t("%s left", money(instalment.residual));
            const isPartial = instalment.residual > 0 && instalment.residual < instalment.amount;
            return {
                ...instalment,
                amount,
                date,
                icon,
                label,
                rest: isPartial ? rest : "",
                share: 100 * (1 - instalment.residual / instalment.amount),
                title: [date, amount, label, isPartial && rest].filter(Boolean).join(" · "),
            };
        });
    }
}

registry.category("fields").add("credit_plan_timeline", {
    component: CreditPlanTimeline,
    displayName: _t("Time Line of Instalments"),
    supportedTypes: ["json"],
    supportedOptions: [{ label: _t("Without dates and amounts"), name: "compact", type: "boolean" }],
    extractProps: ({ options }) => ({ isCompact: Boolean(options.compact) }),
    isEmpty: (record, fieldName) => !record.data[fieldName]?.instalments?.length,
});
