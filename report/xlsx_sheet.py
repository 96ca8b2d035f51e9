"""What the workbooks of this module have in common."""

from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

HEADER_ROW = 2
EXCEL_SHORT_DATE = 14  # shown as the reader's own settings have it


class XlsxSheet:
    """A sheet with a title, a header that stays on screen, and rows.

    It is made for a workbook in constant memory: rows are written from the top
    to the bottom. Subclasses tell ``name()`` and ``columns()``, pairs of label and
    width.

    :param env: of the reader, for the language
    :param workbook: ``xlsxwriter.Workbook``
    """

    def __init__(self, env, workbook, title):
        self.env = env
        self.workbook = workbook
        self.sheet = workbook.add_worksheet(self.name())
        self.row = HEADER_ROW
        self._money_formats = {}
        self.date_format = workbook.add_format({"num_format": EXCEL_SHORT_DATE})
        self.bold = workbook.add_format({"bold": True})
        self._write_header(title, self.columns())

    def name(self):
        """Return the name of the sheet."""
        raise NotImplementedError

    def columns(self):
        """Return the label and the width of each column."""
        raise NotImplementedError

    def _write_header(self, title, columns):
        style = {"bold": True, "bg_color": "#EEEEEE", "bottom": 1, "text_wrap": True}
        header = self.workbook.add_format(style)
        for column, (_label, width) in enumerate(columns):
            self.sheet.set_column(column, column, width)
        self.sheet.freeze_panes(HEADER_ROW + 1, 0)
        self.sheet.set_landscape()
        self.sheet.fit_to_pages(1, 0)
        self.sheet.repeat_rows(HEADER_ROW)
        self.sheet.write_string(0, 0, title, self.bold)
        for column, (label, _width) in enumerate(columns):
            self.sheet.write_string(HEADER_ROW, column, label, header)

    def money(self, currency, bold=False):
        """Return the format of amounts in a currency, as Odoo shows them."""
        key = (currency.id, bold)
        if key not in self._money_formats:
            digits = "#,##0" + ("." + "0" * currency.decimal_places).rstrip(".")
            symbol = f"[${currency.symbol or currency.name}]"
            self._money_formats[key] = self.workbook.add_format(
                {
                    "bold": bold,
                    "num_format": f"{symbol}{digits}"
                    if currency.position == "before"
                    else f"{digits}\\ {symbol}",
                }
            )
        return self._money_formats[key]

    def cell(self, column):
        """Return the name of a cell of the current row: “C7”."""
        return xl_rowcol_to_cell(self.row, column)

    def rows_of(self, column, last):
        """Return the cells of a column below the header until a row: “C4:C7”."""
        letter = xl_col_to_name(column)
        return f"{letter}{HEADER_ROW + 2}:{letter}{last + 1}"

    def filter_rows(self, last):
        """Offer to filter the rows until ``last``, if there are any."""
        if last > HEADER_ROW:
            self.sheet.autofilter(HEADER_ROW, 0, last, len(self.columns()) - 1)


def span_label(env, first, last):
    """Return how an age of overdue items is called: “1–30 Days”.

    :param last: None for the age without end
    """
    if last:
        return env._("%(first)s to %(last)s Days", first=first, last=last)
    return env._("More than %s Days", first - 1)
