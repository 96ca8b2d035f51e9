import { Component } from "@odoo/owl";
import { deserializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { formatFloat } from "@web/core/utils/numbers";
import { formatMonetary } from "@web/views/fields/formatters";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { OverviewChart } from "../overview/overview_chart";

const NOT_KNOWN = "—";
// a change of less than a day is none
const SAME_DAYS = 1;
const SERIES = [
    { name: "not_due", label: _t("Not due"), color: "#45689a" },
    { name: "overdue", label: _t("Overdue"), color: "#b5443c" },
];

/** How a customer pays: its own DSO, how late it is, and what it owed by month. */
export class CreditPace extends Component {
    static template = "credit_management.CreditPace";
    static components = { OverviewChart };
    static props = standardFieldProps;

    get value() {
        return this.props.record.data[this.props.name];
    }

    number(value, digits = 1) {
        return value === null ? NOT_KNOWN : formatFloat(value, { digits: [16, digits] });
    }

    percent(value) {
        return value === null ? NOT_KNOWN : `${this.number(value, 0)}\u00a0%`;
    }

    days(value) {
        return value === null ? NOT_KNOWN : _t("%s days", this.number(value));
    }

    get countback() {
        const { dso_countback, dso_countback_remainder } = this.value;
        const days = this.number(dso_countback);
        return dso_countback_remainder > 0 ? `≥ ${days}` : days;
    }

    /** Compare with the 12 months before; days more are worse. */
    trendOf(now, before) {
        if (now === null || before === null) {
            return { note: now === null ? "" : _t("nothing paid the year before") };
        }
        const change = now - before;
        if (Math.abs(change) < SAME_DAYS) {
            return { note: _t("as the year before") };
        }
        return change > 0
            ? {
                  note: _t("%s slower than the year before", this.days(change)),
                  className: "text-danger",
                  icon: "fa-arrow-up",
              }
            : {
                  note: _t("%s faster than the year before", this.days(-change)),
                  className: "text-success",
                  icon: "fa-arrow-down",
              };
    }

    get tiles() {
        const { value } = this;
        return [
            {
                key: "dso",
                label: _t("DSO, %s days of sales", value.days),
                text: this.days(value.dso),
                note:
                    value.dso === null
                        ? _t("no sales in these days")
                        : _t("count-back %s", this.countback),
            },
            {
                key: "days_late",
                label: _t("Days late, 12 months"),
                text: this.days(value.days_late),
                ...this.trendOf(value.days_late, value.days_late_before),
            },
            {
                key: "days_to_pay",
                label: _t("Days to pay, 12 months"),
                text: this.days(value.days_to_pay),
                ...this.trendOf(value.days_to_pay, value.days_to_pay_before),
            },
            {
                key: "on_time",
                label: _t("Paid on time, 12 months"),
                text: this.percent(value.on_time),
                note:
                    value.on_time_before === null
                        ? ""
                        : _t("%s the year before", this.percent(value.on_time_before)),
            },
            ...this.promises,
        ];
    }

    /** What became of promises, for those who may know. */
    get promises() {
        const {
            credit_promise_ended_count: ended,
            credit_promise_kept_rate: kept,
            credit_promise_kept_amount_rate: received,
        } = this.props.record.data;
        if (!ended) {
            return [];
        }
        return [
            {
                key: "promises",
                label: _t("Promises kept"),
                text: this.percent(kept),
                note: _t("of %(number)s; %(rate)s of the amounts", {
                    number: ended,
                    rate: this.percent(received),
                }),
            },
        ];
    }

    /** The configuration of the chart, kept as long as the value: a new one is drawn anew. */
    get chart() {
        if (this.chartValue !== this.value) {
            this.chartValue = this.value;
            this.chartConfig = this.chartOf(this.value);
        }
        return this.chartConfig;
    }

    chartOf({ months, currency_id: currencyId }) {
        const money = (amount) =>
            formatMonetary(amount, { currencyId, humanReadable: true, digits: [16, 0] });
        return {
            type: "bar",
            data: {
                labels: months.map(({ date }) => deserializeDate(date).toFormat("LLL yy")),
                datasets: SERIES.map(({ name, label, color }) => ({
                    label,
                    data: months.map((month) => month[name]),
                    backgroundColor: color,
                })),
            },
            options: {
                scales: {
                    x: { stacked: true, grid: { display: false } },
                    y: {
                        stacked: true,
                        beginAtZero: true,
                        ticks: { callback: money, maxTicksLimit: 4 },
                    },
                },
                plugins: {
                    legend: { position: "bottom", labels: { boxWidth: 12 } },
                    tooltip: {
                        callbacks: {
                            label: ({ dataset, parsed }) =>
                                `${dataset.label}: ${formatMonetary(parsed.y, { currencyId })}`,
                        },
                    },
                },
            },
        };
    }
}

registry.category("fields").add("credit_pace", {
    component: CreditPace,
    displayName: _t("How a Customer Pays"),
    supportedTypes: ["json"],
    isEmpty: (record, fieldName) => !record.data[fieldName],
});
