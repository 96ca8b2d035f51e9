import { Component } from "@odoo/owl";
import { cookie } from "@web/core/browser/cookie";
import { getColor, getCustomColor } from "@web/core/colors/colors";
import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { formatFloat } from "@web/views/fields/formatters";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { OverviewChart } from "../overview/overview_chart";

const { DateTime } = luxon;

/** Pairs of date and value as points of a chart; dates are positions in time. */
function toPoints(pairs) {
    return pairs.map(([date, y]) => ({ x: deserializeDate(date).toMillis(), y }));
}

/** The figure of the last months, and the straight line that leads to the target. */
export class CreditTargetChart extends Component {
    static template = "credit_management.TargetChart";
    static components = { OverviewChart };
    static props = { ...standardFieldProps };

    get data() {
        return this.props.record.data[this.props.name];
    }

    get label() {
        return _t("%s: the figure and the path to the target", this.data.name);
    }

    get config() {
        const scheme = cookie.get("color_scheme");
        const grid = getCustomColor(scheme, "#d8dadd", "#3C3E4B");
        const text = getCustomColor(scheme, "#111827", "#E4E4E4");
        const { unit, values, path } = this.data;
        const dateOf = (x) => formatDate(DateTime.fromMillis(x));
        const monthOf = (x) => DateTime.fromMillis(x).toFormat("MMM yyyy");
        const valueOf = (y) => `${formatFloat(y, { digits: [16, 1] })}\u00a0${unit}`;
        return {
            type: "line",
            data: {
                datasets: [
                    this.line(_t("Figure"), values, getColor(0, scheme, "odoo")),
                    this.line(_t("Path to the target"), path, text, {
                        borderDash: [6, 4],
                        borderWidth: 1.5,
                        pointRadius: 2,
                    }),
                ],
            },
            options: {
                scales: {
                    x: {
                        type: "linear",
                        bounds: "data",
                        grid: { display: false },
                        ticks: { callback: monthOf, color: text, maxTicksLimit: 6 },
                    },
                    y: { grid: { color: grid }, ticks: { color: text } },
                },
                plugins: {
                    legend: {
                        position: "bottom",
                        labels: { color: text, usePointStyle: true, pointStyle: "line" },
                    },
                    tooltip: {
                        callbacks: {
                            title: ([item]) => dateOf(item.parsed.x),
                            label: ({ dataset, parsed }) =>
                                `${dataset.label}: ${valueOf(parsed.y)}`,
                        },
                    },
                },
            },
        };
    }

    line(label, pairs, color, options = {}) {
        return {
            label,
            data: toPoints(pairs),
            borderColor: color,
            backgroundColor: color,
            spanGaps: false,
            ...options,
        };
    }
}

registry.category("fields").add("credit_target_chart", {
    component: CreditTargetChart,
    displayName: _t("Path to a Target"),
    supportedTypes: ["json"],
});
