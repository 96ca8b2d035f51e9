import { Component, onMounted, onWillStart, useState } from "@odoo/owl";
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
            weeksChart: null,
            worth: null,
            pastChart: null,
        });
        useSetupAction({ getLocalState: () => ({ weeks: this.state.weeks }) });
        onWillStart(() => this.load());
        // forecasts of the past take their time: the page does not wait for them
        onMounted(() => this.loadPast());
    }

    ask(method, ...params) {
        const companies = user.activeCompanies.map(({ id }) => id);
        return this.orm.call("credit.kpi.forecast", method, [companies, ...params]);
    }

    async load() {
        const forecast = await this.ask("forecast", this.state.weeks);
        this.state.forecast = forecast;
        this.state.weeksChart = this.chart(forecast.weeks, PARTS, true);
    }

    async loadPast() {
        const worth = await this.ask("accuracy");
        this.state.pastChart = this.chart(worth.past, PAST);
        this.state.worth = worth;
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
        const { receivable, credits_left: left } = this.state.forecast;
        return !receivable && !left;
    }

    /** Return the sum of what the weeks on the screen bring in. */
    get total() {
        return this.state.forecast.weeks.reduce((sum, { expected }) => sum + expected, 0);
    }

    get tiles() {
        const { later, undated, disputed, credits_left: left } = this.state.forecast;
        const { worth } = this.state;
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
                label: _t("Accuracy, last 8 weeks"),
                value: worth ? this.percent(worth.accuracy) : "…",
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
