"""What the sheets of the monthly report have in common."""

from .xlsx_sheet import HEADER_ROW, XlsxSheet

# rows that a chart covers, below or beside a table
CHART_ROWS = 20
# of three lines of text
HEADER_HEIGHT = 45


class MonthlySheet(XlsxSheet):
    """A sheet with tables and charts of a month's figures.

    :param month: ``MonthlyFigures``
    """

    def __init__(self, env, workbook, title, month):
        self.month = month
        super().__init__(env, workbook, title)
        self.sheet.set_row(HEADER_ROW, HEADER_HEIGHT)
        self.amount = self.money(month.currency)
        self.total = self.money(month.currency, bold=True)
        self.percent = workbook.add_format({"num_format": "0.0%"})
        self.number = workbook.add_format({"num_format": "#,##0"})
        self.bold_number = workbook.add_format({"num_format": "#,##0", "bold": True})
        self.days = workbook.add_format({"num_format": "0.0"})
        self.at_least = workbook.add_format({"num_format": '"≥ "0.0'})

    def fill(self):
        """Write the rows and the charts."""
        raise NotImplementedError

    def text(self, column, value, style=None):
        """Write a text, which stays one even when it begins with “=”."""
        if value:
            self.sheet.write_string(self.row, column, value, style)

    def value(self, column, value, style):
        """Write a number; nothing where a figure has no meaning."""
        if value is not None:
            self.sheet.write_number(self.row, column, value, style)

    def share(self, column, percent):
        """Write percents as Excel has them: 0.41 shown as 41.0 %."""
        self.value(column, None if percent is None else percent / 100, self.percent)

    def formula(self, column, formula, style, value):
        """Write a formula with the value that it has, empty for none."""
        self.sheet.write_formula(
            self.row, column, formula, style, "" if value is None else value
        )

    def sums(self, columns, last):
        """Write a row with the sums of columns below the rows until ``last``.

        :param dict columns: sum by column
        """
        self.row += 1
        self.text(0, self.env._("Total"), self.bold)
        for column, value in columns.items():
            self.formula(
                column, f"=SUM({self.rows_of(column, last)})", self.total, value
            )

    def chart(self, kind, title, columns, last, at, subtype=None, axis=None):
        """Draw columns of the rows below the header.

        :param str kind: ``line`` or ``column``
        :param columns: their numbers; the categories are in the first column
        :param int last: the last row drawn
        :param tuple at: row and column where the chart begins
        :param axis: what the values are, in a word
        """
        if last <= HEADER_ROW:
            return
        first, name = HEADER_ROW + 1, self.sheet.get_name()
        chart = self.workbook.add_chart({"type": kind, "subtype": subtype})
        for column in columns:
            chart.add_series(
                {
                    "name": [name, HEADER_ROW, column],
                    "categories": [name, first, 0, last, 0],
                    "values": [name, first, column, last, column],
                    # a month between two without figures is no line
                    "marker": {"type": "circle", "size": 5} if kind == "line" else None,
                }
            )
        chart.set_title({"name": title, "name_font": {"size": 12}})
        chart.set_legend({"position": "bottom", "none": len(columns) == 1})
        grid = {"visible": True, "line": {"color": "#DDDDDD"}}
        chart.set_y_axis({"name": axis, "num_format": "#,##0", "major_gridlines": grid})
        chart.set_x_axis({"num_font": {"rotation": -45}})
        chart.show_blanks_as("gap")
        chart.set_size({"width": 900, "height": CHART_ROWS * 20})
        self.sheet.insert_chart(*at, chart)
