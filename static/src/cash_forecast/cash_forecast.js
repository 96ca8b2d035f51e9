import { Component, onWillStart, useState } from "@odoo/owl";
import { formatCurrency } from "@web/core/currency";
import { deserializeDate, formatDate, serializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { user } from "@web/core/user";
import { formatFloat } from "@web/core/utils/numbers";
import { useSetupAction } from "@web/search/action_hook";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { OverviewChart } from "../overview/overview_chart";

const NOT_KNOWN = "—";
const PERIODS = [4, 8, 13, 26];
const PARTS = [
    { name: "promised", label: _t("Promised"), color: "#43a595" },
    { name: "planned", label: _t("In payment plans"), color: "#8481dd" },
    { name: "usual", label: _t("As customers usually pay"), color: "#45689a" },
    { name: "late", label: _t("Later than usual"), color: "#e0a84b" },
];
const PAST = [
    { name: "foreseen", label: _t("Foreseen"), color: "#b9c1cb" },
    { name: "received", label: _t("Received"), color: "#45689a" },
];
const LIST = "credit_management.credit_kpi_forecast_line_action";

/** How much customers will pay, week by week, and how far such words were true. */
export class CashForecast extends Component {
    static template = "credit_management.CashForecast";
    static components = { Layout, OverviewChart };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.periods = PERIODS;
        this.parts = PARTS;
        this.state = useState({
            weeks: this.props.state?.weeks || 13,
            forecast: null,
            charts: {},
        });
        useSetupAction({ getLocalState: () => ({ weeks: this.state.weeks }) });
        onWillStart(() => this.load());
    }

    async load() {
        const { weeks } = this.state;
        const companies = user.activeCompanies.map(({ id }) => id);
        const forecast = await this.orm.call("credit.kpi.forecast", "forecast", [
            companies,
            weeks,
        ]);
        this.state.forecast = forecast;
        this.state.charts = {
            weeks: this.chart(forecast.weeks, PARTS, true),
            past: this.chart(forecast.past, PAST),
        };
    }

    async choose(weeks) {
        this.state.weeks = weeks;
        await this.load();
    }

    // ------------------------------------------------------------------
    // How figures read
    // ------------------------------------------------------------------

    money(amount, options) {
        const { currency_id: currencyId } = this.state.forecast;
        return formatCurrency(amount, currencyId, { digits: [69, 0], ...options });
    }

    percent(value) {
        return value === null ? NOT_KNOWN : `${formatFloat(value, { digits: [16, 0] })}\u00a0%`;
    }

    weekOf({ start }) {
        return formatDate(deserializeDate(start), { format: "d LLL" });
    }

    get isEmpty() {
        const { receivable, past, credits_left: left } = this.state.forecast;
        return !receivable && !left && past.every((week) => !week.received);
    }

    /** Return the sum of what the weeks on the screen bring in. */
    get total() {
        return this.state.forecast.weeks.reduce((sum, { expected }) => sum + expected, 0);
    }

    get tiles() {
        const { later, undated, disputed, credits_left: left, accuracy } = this.state.forecast;
        return [
            {
                key: "weeks",
                label: _t("Expected in %s weeks", this.state.weeks),
                value: this.money(this.total),
                open: () => this.openDates(...this.horizon),
            },
            {
                key: "later",
                label: _t("Later"),
                value: this.money(later.expected),
                open: () => this.openDates(this.horizon[1], null),
            },
            {
                key: "undated",
                label: _t("So late that nobody knows"),
                value: this.money(undated),
                note: _t("a month later than usual: get a promise"),
                open: () => this.openBasis("undated", _t("So late that nobody knows")),
            },
            {
                key: "disputed",
                label: _t("Disputed"),
                value: this.money(disputed),
                open: () => this.openBasis("disputed", _t("Disputed")),
            },
            ...(left
                ? [
                      {
                          key: "credits",
                          label: _t("Credits beyond the debt"),
                          value: this.money(-left),
                          open: () => this.openBasis("credit", _t("Credits beyond the debt")),
                      },
                  ]
                : []),
            {
                key: "accuracy",
                label: _t("Accuracy, last %s weeks", this.state.forecast.past.length),
                value: this.percent(accuracy),
                note: _t("100 % less the errors of all weeks"),
            },
        ];
    }

    get horizon() {
        const { weeks } = this.state.forecast;
        const end = deserializeDate(weeks.at(-1).end).plus({ days: 1 });
        return [weeks[0].start, serializeDate(end)];
    }

    chart(weeks, series, stacked = false) {
        return {
            type: "bar",
            data: {
                labels: weeks.map((week) => this.weekOf(week)),
                datasets: series.map(({ name, label, color }) => ({
                    label,
                    data: weeks.map((week) => week[name]),
                    backgroundColor: color,
                })),
            },
            options: {
                scales: {
                    x: { stacked, grid: { display: false } },
                    y: {
                        stacked,
                        beginAtZero: true,
                        ticks: { callback: (value) => this.money(value, { humanReadable: true }) },
                    },
                },
                plugins: {
                    legend: { position: "bottom", labels: { boxWidth: 12 } },
                    tooltip: {
                        callbacks: {
                            label: ({ dataset, parsed }) =>
                                `${dataset.label}: ${this.money(parsed.y)}`,
                        },
                    },
                },
            },
        };
    }

    // ------------------------------------------------------------------
    // What is behind a figure
    // ------------------------------------------------------------------

    openWeek(week) {
        const end = serializeDate(deserializeDate(week.end).plus({ days: 1 }));
        return this.openDates(week.start, end, _t("Expected in the week of %s", this.weekOf(week)));
    }

    /** Open what is expected between two dates, the second one excluded. */
    openDates(first, end, name = _t("Expected Payments")) {
        const domain = [["expected_on", ">=", first]];
        if (end) {
            domain.push(["expected_on", "<", end]);
        }
        return this.open(name, domain);
    }

    openBasis(basis, name) {
        return this.open(name, [["basis", "=", basis]]);
    }

    async open(name, domain) {
        const action = await this.action.loadAction(LIST);
        return this.action.doAction({ ...action, name, domain, context: {}, path: false });
    }

    openAll() {
        return this.action.doAction(LIST);
    }
}

registry.category("actions").add("credit_cash_forecast", CashForecast);
