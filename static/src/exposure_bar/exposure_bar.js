import { Component, useState } from "@odoo/owl";
import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { formatMonetary } from "@web/views/fields/formatters";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const LIGHTS = {
    ok: { icon: "fa-check", label: _t("Clear") },
    near: { icon: "fa-exclamation", label: _t("Warning") },
    over: { icon: "fa-times", label: _t("Limit exceeded or blocked") },
    stopped: { icon: "fa-ban", label: _t("Stopped") },
    none: { icon: "fa-minus", label: _t("No limit set") },
};

const SEVERITIES = {
    block: { icon: "fa-times-circle", className: "text-danger", label: _t("Blocks") },
    warn: { icon: "fa-exclamation-triangle", className: "text-warning", label: _t("Warns") },
    pass: { icon: "fa-check-circle", className: "text-success", label: _t("Passes") },
};

// Room kept behind the limit, in share of the picture: what lies there is seen to be too much.
const BEYOND_LIMIT = 0.04;

/** Return the figures to show, or null: without components there is nothing to tell. */
function panelOf(record, fieldName) {
    const value = record.data[fieldName];
    return value?.components ? value : null;
}

/**
 * Place the parts of an exposure on one axis of money, in percent of its length.
 *
 * Credits not allocated yet pay the first debts: the stack starts that far before zero, so that
 * all parts keep their own length and the stack still ends at the net exposure.
 *
 * @param {{ amount: number }[]} components parts to stack; the negative ones are credits
 * @param {number | null} limit
 * @returns {{
 *  start: number, end: number, zero: number, limit: number | null, isOver: boolean
 * }} `start` and `end` of the stack; `isOver` is about the amounts, not about the picture
 */
export function placeOnAxis(components, limit) {
    let credits = 0;
    let debts = 0;
    for (const { amount } of components) {
        if (amount < 0) {
            credits -= amount;
        } else {
            debts += amount;
        }
    }
    const hasLimit = limit !== null;
    const end = debts - credits;
    const highest = Math.max(end, limit ?? 0, 0);
    const length = (highest + credits) * (hasLimit ? 1 + BEYOND_LIMIT : 1) || 1;
    const place = (amount) => ((amount + credits) / length) * 100;
    return {
        start: 0,
        end: place(end),
        zero: place(0),
        limit: hasLimit ? place(limit) : null,
        isOver: hasLimit && end > limit,
    };
}

export class CreditExposureBar extends Component {
    static template = "credit_management.CreditExposureBar";
    static props = {
        ...standardFieldProps,
        compact: { type: Boolean, optional: true },
    };
    static defaultProps = { compact: false };

    setup() {
        this.state = useState({ showWaysOut: false });
    }

    get value() {
        return panelOf(this.props.record, this.props.name);
    }

    get light() {
        return this.value.light in LIGHTS ? this.value.light : "none";
    }

    get lamp() {
        return LIGHTS[this.light];
    }

    get components() {
        return this.value.components.filter(({ amount }) => amount);
    }

    get segments() {
        const debts = this.components.filter(({ amount }) => amount > 0);
        return [...debts.filter((part) => !this.isOrder(part)), ...debts.filter(this.isOrder)];
    }

    get hasCredits() {
        return this.components.some(({ amount }) => amount < 0);
    }

    get hasOrder() {
        return this.components.some(this.isOrder);
    }

    /** What the mark on the bar stands for; null without mark. */
    get limit() {
        const { limit, limit_mode: mode } = this.value;
        if (mode === "prepaid") {
            return limit || 0;
        }
        return mode === "limited" && typeof limit === "number" ? limit : null;
    }

    get axis() {
        return placeOnAxis(this.components, this.limit);
    }

    get hasPicture() {
        return this.components.length || this.limit;
    }

    get limitText() {
        switch (this.value.limit_mode) {
            case "unlimited":
                return _t("Unlimited");
            case "prepaid":
                return _t("None: prepaid only");
            case "limited":
                return this.format(this.value.limit || 0);
            default:
                return _t("Not set");
        }
    }

    get markText() {
        return this.value.limit_mode === "prepaid"
            ? _t("Prepaid only: no credit")
            : _t("Limit %(amount)s", { amount: this.format(this.limit) });
    }

    get limitSource() {
        const { limit_label: label, limit_until: until } = this.value;
        if (!until) {
            return label || "";
        }
        const date = formatDate(deserializeDate(until));
        return label
            ? _t("%(source)s, until %(date)s", { source: label, date })
            : _t("until %(date)s", { date });
    }

    /** The figures under the bar, in reading order. */
    get figures() {
        const { available, exposure, exposure_after: after } = this.value;
        const figures = [
            { key: "exposure", label: _t("Exposure"), text: this.format(exposure || 0) },
        ];
        if (this.hasOrder && typeof after === "number") {
            figures.push({ key: "after", label: _t("With this order"), text: this.format(after) });
        }
        figures.push({
            key: "limit",
            label: _t("Credit limit"),
            text: this.limitText,
            note: this.limitSource,
        });
        if (typeof available === "number" && this.limit !== null) {
            figures.push({
                key: "available",
                label: this.hasOrder ? _t("Available before this order") : _t("Available"),
                text: this.format(available),
                className: available < 0 ? "text-danger" : "",
            });
        }
        return figures;
    }

    /** The picture in words. */
    get description() {
        const parts = this.components.map(
            ({ label, amount }) => `${label} ${this.format(amount)}`
        );
        if (this.limit !== null) {
            parts.push(this.markText);
        }
        const exposure = this.format(this.value.exposure || 0);
        return [_t("Exposure %(amount)s", { amount: exposure }), ...parts].join("; ");
    }

    /** The worst first; what the headline says already is left out. */
    get findings() {
        const order = Object.keys(SEVERITIES);
        return (this.value.findings || [])
            .filter(({ message }) => message && message !== this.value.headline)
            .map((finding) => ({
                ...finding,
                severity: finding.severity in SEVERITIES ? finding.severity : "warn",
            }))
            .sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity))
            .map((finding) => ({ ...finding, look: SEVERITIES[finding.severity] }));
    }

    get waysOut() {
        return this.value.ways_out || [];
    }

    get waysOutId() {
        return `${this.props.id || this.props.name}_ways_out`;
    }

    isOrder({ key }) {
        return key === "this_order";
    }

    lookOf({ key, amount }) {
        return amount < 0 ? "o_credit_bar_credits" : `o_credit_bar_part o_credit_bar_${key}`;
    }

    format(amount) {
        return formatMonetary(amount, { currencyId: this.value.currency_id });
    }

    tooltipOf({ label, amount }) {
        return `${label}: ${this.format(amount)}`;
    }

    toggleWaysOut() {
        this.state.showWaysOut = !this.state.showWaysOut;
    }
}

export const creditExposureBar = {
    component: CreditExposureBar,
    displayName: _t("Credit Exposure Bar"),
    supportedTypes: ["json"],
    supportedOptions: [
        {
            label: _t("Compact"),
            name: "compact",
            type: "boolean",
            help: _t("Show the headline and the bar only."),
        },
    ],
    isEmpty: (record, fieldName) => !panelOf(record, fieldName),
    extractProps: ({ options }) => ({ compact: Boolean(options.compact) }),
};

registry.category("fields").add("credit_exposure_bar", creditExposureBar);
