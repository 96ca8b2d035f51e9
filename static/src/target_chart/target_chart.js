import { Component, onWillStart, useEffect, useRef } from "@odoo/owl";
import { loadBundle } from "@web/core/assets";
import { cookie } from "@web/core/browser/cookie";
import { getColor, getCustomColor } from "@web/core/colors/colors";
import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { formatFloat } from "@web/views/fields/formatters";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** Pairs of date and value as points of a chart; dates are positions in time. */
function toPoints(pairs) {
    return pairs.map(([date, y]) => ({ x: deserializeDate(date).toMillis(), y }));
}

/** The figure of the last months, and the straight line that leads to the target. */
export class CreditTargetChart extends Component {
    static template = "credit_management.TargetChart";
    static props = { ...standardFieldProps };

    setup() {
        this.canvas = useRef("canvas");
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            (canvas) => {
                if (!canvas) {
                    return;
                }
                const chart = new Chart(canvas, this.config);
                return () => chart.destroy();
            },
            () => [this.canvas.el, this.props.record.data[this.props.name]]
        );
    }

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
        const value = getColor(0, scheme, "odoo");
        const path = getColor(3, scheme, "odoo");
        const { unit, values, path: pathPoints } = this.data;
        const dateOf = (x) => formatDate(luxon.DateTime.fromMillis(x));
        const valueOf = (y) => `${formatFloat(y, { digits: [16, 1] })}\u00a0${unit}`;
        return {
            type: "line",
            data: {
                datasets: [
                    {
                        label: _t("Figure"),
                        data: toPoints(values),
                        borderColor: value,
                        backgroundColor: value,
                        spanGaps: false,
                    },
                    {
                        label: _t("Path to the target"),
                        data: toPoints(pathPoints),
                        borderColor: path,
                        backgroundColor: path,
                        borderDash: [6, 4],
                        pointRadius: 2,
                    },
                ],
            },
            options: {
                maintainAspectRatio: false,
                animation: false,
                scales: {
                    x: {
                        type: "linear",
                        grid: { display: false },
                        ticks: { callback: dateOf, color: text, maxTicksLimit: 6 },
                    },
                    y: { grid: { color: grid }, ticks: { color: text } },
                },
                plugins: {
                    legend: { position: "bottom", labels: { color: text } },
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
}

registry.category("fields").add("credit_target_chart", {
    component: CreditTargetChart,
    displayName: _t("Path to a Target"),
    supportedTypes: ["json"],
});
