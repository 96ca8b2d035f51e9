import { changeOf, placed } from "@credit_management/sales_cockpit/sales_cockpit";
import { describe, expect, test } from "@odoo/hoot";

describe.current.tags("headless");

test("a change needs both figures", () => {
    expect(changeOf(52, 50)).toBe(2);
    expect(changeOf(0, 50)).toBe(-50);
    expect(changeOf(null, 50)).toBe(null);
    expect(changeOf(50, null)).toBe(null);
});

test("teams are placed by the figure chosen, equal ones share their place", () => {
    const teams = [
        { name: "A", dso: 50, cash: 10 },
        { name: "B", dso: null, cash: 30 },
        { name: "C", dso: 40, cash: 10 },
        { name: "D", dso: 50, cash: 0 },
    ];
    const places = (rows) => rows.map((row) => [row.place, row.name]);
    expect(places(placed(teams, "dso", true))).toEqual([
        [1, "C"],
        [2, "A"],
        [2, "D"],
        [null, "B"],
    ]);
    expect(places(placed(teams, "cash", false))).toEqual([
        [1, "B"],
        [2, "A"],
        [2, "C"],
        [4, "D"],
    ]);
    expect(teams[0].place).toBe(undefined);
});
