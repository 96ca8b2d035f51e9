import { Component, onWillStart, useState } from "@odoo/owl";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { cookie } from "@web/core/browser/cookie";
import { deserializeDateTime, formatDateTime } from "@web/core/l10n/dates";
import { getColor } from "@web/core/colors/colors";
import { formatCurrency } from "@web/core/currency";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { formatFloat } from "@web/core/utils/numbers";
import { Layout } from "@web/search/layout";
import { useSetupAction } from "@web/search/action_hook";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { AGE_COLORS } from "../ageing_colors";
import { OverviewChart } from "./overview_chart";

const NOT_KNOWN = "—";
const PERIODS = [
    { months: 7, label: _t("6 months") },
    { months: 13, label: _t("12 months") },
    { months: 25, label: _t("24 months") },
];
const FILTERS = [
    { name: "policy", label: _t("Customer type") },
    { name: "salesperson", label: _t("Salesperson") },
    { name: "team", label: _t("Sales team") },
    { name: "collector", label: _t("Collector") },
    { name: "country", label: _t("Country") },
];

/** The pictures of the credit manager: where the money is, and whether it gets better. */
export class CreditOverview extends Component {
    static template = "credit_management.Overview";
    static components = { Dropdown, DropdownItem, Layout, OverviewChart };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.periods = PERIODS;
        this.state = useState({
            filters: { months: 13, ...this.props.state?.filters },
            situation: null,
            history: null,
            charts: {},
        });
        useSetupAction({ getLocalState: () => ({ filters: { ...this.state.filters } }) });
        onWillStart(async () => {
            this.choices = await this.orm.call("credit.overview", "choices", []);
            await this.load();
        });
    }

    /** Ask for what is so today and for the curves, both at once. */
    async load(renew = false) {
        const filters = { ...this.state.filters };
        const [situation, history] = await Promise.all([
            this.orm.call("credit.overview", "situation", [filters, renew]),
            this.orm.call("credit.overview", "history", [filters, renew]),
        ]);
        Object.assign(this.state, { situation, history });
        this.state.charts = {
            dso: this.dsoChart(history),
            ageing: this.ageingChart(situation),
            rate: this.rateChart(history),
            forecast: null,
        };
        this.loadForecast(filters, renew);
    }

    /** Of a large ledger: when the figures were computed. */
    get computedOn() {
        const { computed_on } = this.state.situation;
        return computed_on && formatDateTime(deserializeDateTime(computed_on));
    }

    /** Ask for the cash to come, which takes longer: nothing else waits for it. */
    async loadForecast(filters, renew) {
        const asked = this.state.charts;
        const weeks = await this.orm.call("credit.overview", "expected", [filters, renew]);
        if (asked === this.state.charts) {
            asked.forecast = this.forecastChart(weeks);
        }
    }

    // ------------------------------------------------------------------
    // Filters
    // ------------------------------------------------------------------

    get filters() {
        return FILTERS.filter(({ name }) => this.choices[name]?.length).map((filter) => ({
            ...filter,
            choices: this.choices[filter.name].map(([id, label]) => ({ id, label })),
            chosen: this.chosenOf(filter.name),
        }));
    }

    chosenOf(name) {
        const choice = this.choices[name].find(([id]) => id === this.state.filters[name]);
        return choice ? choice[1] : null;
    }

    get period() {
        return this.periods.find(({ months }) => months === this.state.filters.months);
    }

    async choose(name, value) {
        this.state.filters[name] = value;
        await this.load();
    }

    // ------------------------------------------------------------------
    // How figures read
    // ------------------------------------------------------------------

    money(amount) {
        return formatCurrency(amount, this.state.situation.currency_id, {
            humanReadable: Math.abs(amount) >= 100000,
            digits: [69, 0],
        });
    }

    days(value) {
        return value === null ? NOT_KNOWN : formatFloat(value, { digits: [16, 1] });
    }

    percent(value) {
        return value === null ? NOT_KNOWN : `${formatFloat(value, { digits: [16, 1] })} %`;
    }

    get isEmpty() {
        const { receivable_gross, unallocated, sales } = this.state.situation.figures;
        return !receivable_gross && !unallocated && !sales;
    }

    get countback() {
        const { dso_countback, dso_countback_remainder } = this.state.situation.figures;
        const days = this.days(dso_countback);
        return dso_countback_remainder > 0 ? `≥ ${days}` : days;
    }

    get tiles() {
        const { figures, holds, disputes, promises } = this.state.situation;
        return [
            {
                name: "receivable",
                label: _t("Receivable"),
                value: this.money(figures.receivable),
                note: _t("%s not due yet", this.money(figures.not_due)),
                open: () => this.openItems(),
            },
            {
                name: "overdue",
                label: _t("Overdue"),
                value: this.money(figures.overdue),
                note: this.overdueNote(figures),
                open: () => this.openItems("overdue"),
            },
            {
                name: "dso",
                label: _t("DSO, %s days of sales", figures.days),
                value: this.days(figures.dso),
                note: _t("count-back %(countback)s, best possible %(best)s", {
                    countback: this.countback,
                    best: this.days(figures.bpdso),
                }),
                open: () => this.openBehind("open_sales"),
            },
            {
                name: "collected",
                label: _t("Collected this month"),
                value: this.money(figures.collected_month),
                note: _t("effectiveness %s", this.percent(figures.cei)),
                open: () => this.openBehind("open_payments"),
            },
            {
                name: "holds",
                label: _t("Holds to decide"),
                value: holds.number,
                note: this.holdsNote(holds),
                isLate: holds.late > 0,
                open: () => this.open("credit_hold_action"),
            },
            {
                name: "disputes",
                label: _t("Disputes"),
                value: disputes.number,
                note: _t("%(amount)s, %(days)s days", {
                    amount: this.money(disputes.amount),
                    days: this.days(disputes.days),
                }),
                isLate: disputes.late > 0,
                open: () => this.open("credit_dispute_action"),
            },
            {
                name: "promises",
                label: _t("Promised this week"),
                value: this.money(promises.amount),
                note: _t("%s of promises kept", this.percent(promises.kept)),
                open: () => this.open("credit_promise_action"),
            },
        ];
    }

    overdueNote(figures) {
        const note = _t("%(rate)s of what is open, %(actionable)s actionable", {
            rate: this.percent(figures.overdue_rate),
            actionable: this.money(figures.overdue_actionable),
        });
        if (figures.late_cost === null) {
            return note;
        }
        return _t("%(note)s; late payments of %(days)s days cost %(cost)s", {
            note,
            days: figures.days,
            cost: this.money(figures.late_cost),
        });
    }

    holdsNote({ amount, hours, in_time }) {
        if (hours === null) {
            return this.money(amount);
        }
        return _t("%(amount)s, decided in %(hours)s h, %(rate)s in time", {
            amount: this.money(amount),
            hours: this.days(hours),
            rate: this.percent(in_time),
        });
    }

    /** Return the customers who owe most, with the length of their bars. */
    get debtors() {
        const { customers } = this.state.situation.top;
        const highest = Math.max(...customers.map((row) => Math.max(row.net, row.overdue)));
        return customers.map((row) => ({
            ...row,
            amount: this.money(row.net),
            width: (100 * Math.max(row.net, 0)) / highest,
            overdueWidth: (100 * Math.min(row.overdue, Math.max(row.net, 0))) / highest,
        }));
    }

    targetsOf(kpi) {
        return this.state.history.targets.filter((target) => target.kpi === kpi);
    }

    get topNote() {
        const { share, number, effective_number } = this.state.situation.top;
        return _t("%(share)s of the receivable; %(number)s debtors weigh like %(effective)s", {
            share: this.percent(share),
            number,
            effective: this.days(effective_number),
        });
    }

    // ------------------------------------------------------------------
    // Charts
    // ------------------------------------------------------------------

    color(index) {
        return getColor(index, cookie.get("color_scheme"), "odoo");
    }

    line(label, data, color, options = {}) {
        return {
            label,
            data,
            borderColor: color,
            backgroundColor: color,
            borderWidth: 2,
            pointRadius: 2,
            tension: 0.2,
            ...options,
        };
    }

    dsoChart(history) {
        const datasets = [
            this.line(_t("Standard"), history.dso, "#45689a", { borderWidth: 3 }),
            this.line(_t("Count-back"), history.dso_countback, "#43a595"),
            this.line(_t("Best possible"), history.bpdso, "#9aa5b1"),
        ];
        for (const target of history.targets.filter(({ kpi }) => kpi === "dso")) {
            datasets.push(
                this.line(target.label, target.values, "#b5443c", {
                    borderDash: [6, 4],
                    pointRadius: 0,
                }),
            );
        }
        return this.lineChart(history.labels, datasets);
    }

    rateChart(history) {
        const datasets = [
            this.line(_t("Overdue rate (%)"), history.overdue_rate, "#cf6440", {
                fill: true,
                backgroundColor: "rgba(207, 100, 64, 0.15)",
            }),
        ];
        for (const target of history.targets.filter(({ kpi }) => kpi === "overdue_rate")) {
            datasets.push(
                this.line(target.label, target.values, "#b5443c", {
                    borderDash: [6, 4],
                    pointRadius: 0,
                }),
            );
        }
        return this.lineChart(history.labels, datasets);
    }

    lineChart(labels, datasets) {
        return {
            type: "line",
            data: { labels, datasets },
            options: {
                spanGaps: true,
                scales: { y: { beginAtZero: true } },
                plugins: {
                    legend: {
                        display: datasets.length > 1,
                        position: "bottom",
                        labels: { boxWidth: 12 },
                    },
                    tooltip: {
                        callbacks: {
                            label: ({ dataset, parsed }) =>
                                `${dataset.label}: ${this.days(parsed.y)}`,
                        },
                    },
                },
            },
        };
    }

    barChart(labels, datasets, stacked = false) {
        const money = (value) => this.money(value);
        return {
            type: "bar",
            data: { labels, datasets },
            options: {
                scales: {
                    x: { stacked, grid: { display: false } },
                    y: { stacked, beginAtZero: true, ticks: { callback: money } },
                },
                plugins: {
                    legend: {
                        display: datasets.length > 1,
                        position: "bottom",
                        labels: { boxWidth: 12 },
                    },
                    tooltip: {
                        callbacks: {
                            label: ({ dataset, parsed }) =>
                                `${dataset.label}: ${money(parsed.y)}`,
                        },
                    },
                },
            },
        };
    }

    ageingChart({ ageing }) {
        return this.barChart(
            ageing.map(({ label }) => label),
            [
                {
                    label: _t("Open"),
                    data: ageing.map(({ amount }) => amount),
                    backgroundColor: AGE_COLORS,
                },
            ],
        );
    }

    forecastChart(weeks) {
        const series = [
            { name: "usual", label: _t("As they usually pay"), color: "#45689a" },
            { name: "late", label: _t("Later than usual"), color: "#dd8a3e" },
            { name: "promised", label: _t("Promised"), color: "#43a595" },
            { name: "planned", label: _t("In a plan"), color: "#8481dd" },
        ];
        return this.barChart(
            weeks.map(({ label }) => label),
            series.map(({ name, label, color }) => ({
                label,
                data: weeks.map((week) => week[name]),
                backgroundColor: color,
            })),
            true,
        );
    }

    // ------------------------------------------------------------------
    // What is behind a figure
    // ------------------------------------------------------------------

    open(xmlid) {
        return this.action.doAction(`credit_management.${xmlid}`);
    }

    async openItems(bucket = null) {
        const filters = { ...this.state.filters };
        const action = await this.orm.call("credit.overview", "open_items", [filters, bucket]);
        return this.action.doAction(action);
    }

    async openBehind(method) {
        const filters = { ...this.state.filters };
        return this.action.doAction(await this.orm.call("credit.overview", method, [filters]));
    }

    openForecast() {
        return this.open("credit_kpi_forecast_action");
    }

    /** Open the aged balance as it was at the end of a month of the curves. */
    openMonth(index) {
        return this.action.doAction("credit_management.credit_aged_balance_action", {
            additionalContext: { as_of: this.state.history.dates[index] },
        });
    }

    openCustomer(id) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "res.partner",
            res_id: id,
            views: [[false, "form"]],
        });
    }
}

registry.category("actions").add("credit_overview", CreditOverview);
