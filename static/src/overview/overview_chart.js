import { Component, onWillStart, useEffect, useRef } from "@odoo/owl";
import { loadBundle } from "@web/core/assets";

/**
 * A chart of Odoo's own chart library, drawn anew whenever its configuration changes.
 *
 * A table of the same figures stands beside it for those who cannot see it.
 */
export class OverviewChart extends Component {
    static template = "credit_management.OverviewChart";
    static props = {
        config: Object,
        label: String,
        onPick: { type: Function, optional: true },
    };

    setup() {
        this.canvas = useRef("canvas");
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            () => {
                const chart = new Chart(this.canvas.el, this.drawn());
                return () => chart.destroy();
            },
            () => [this.props.config],
        );
    }

    /** Return the configuration as the library wants it: it writes in what it is given. */
    drawn() {
        const { type, data, options = {} } = this.props.config;
        return {
            type,
            data: { ...data, datasets: data.datasets.map((dataset) => ({ ...dataset })) },
            options: {
                ...options,
                animation: false,
                maintainAspectRatio: false,
                interaction: { mode: "index", intersect: false },
                onClick: (_event, elements) => {
                    if (elements.length && this.props.onPick) {
                        this.props.onPick(elements[0].index);
                    }
                },
                onHover: (event, elements) => {
                    const picks = this.props.onPick && elements.length;
                    event.native.target.style.cursor = picks ? "pointer" : "default";
                },
            },
        };
    }
}
