"""Multiplies records in SQL: whole clusters of rows that refer to one another.

A row of a copy has the id of the copy's base in its table plus the rank of the row in
its cluster; references within the cluster follow, all others stay. Which columns refer
to which table, the database tells.
"""

from contextlib import contextmanager

CUSTOMERS = "res_partner"
# Ids are given in this order; what has no id of its own follows by itself.
TABLES = (
    "sale_order",
    "sale_order_line",
    "account_move",
    "account_payment",
    "account_full_reconcile",
    "account_partial_reconcile",
    "account_move_line",
)
DATES = ("date", "timestamp without time zone")

# What a copy does not take over as it is; `s` is the template's row, `k` the copy.
NEW_DATE = "(s.date + k.shift)"
PREFIX = f"""(CASE WHEN s.sequence_prefix ~ '/[0-9]+/[0-9]+/$'
    THEN regexp_replace(s.sequence_prefix, '/[0-9]+/[0-9]+/$',
                        to_char({NEW_DATE}, '/YYYY/MM/'))
    ELSE regexp_replace(s.sequence_prefix, '/[0-9]+/$',
                        to_char({NEW_DATE}, '/YYYY/')) END)"""
MOVE_NAME = f"""(CASE WHEN s.state = 'posted'
    THEN {PREFIX} || lpad(({{id}})::text, 9, '0') ELSE s.name END)"""
CUSTOMER_NAME = "'Customer ' || lpad(k.customer::text, 6, '0')"
OF_MOVE = "(SELECT move.name FROM account_move move WHERE move.id = {move_id})"
OVERRIDES = {
    "sale_order": {
        "name": "'S' || lpad(({id})::text, 7, '0')",
        "access_token": "NULL",
    },
    "account_move": {
        "name": MOVE_NAME,
        "sequence_prefix": f"CASE WHEN s.state = 'posted' THEN {PREFIX}"
        " ELSE s.sequence_prefix END",
        "sequence_number": "CASE WHEN s.state = 'posted' THEN {id}"
        " ELSE s.sequence_number END",
        "payment_reference": "CASE WHEN s.payment_reference = s.name"
        f" THEN {MOVE_NAME} ELSE s.payment_reference END",
        "invoice_partner_display_name": f"CASE WHEN s.invoice_partner_display_name"
        f" IS NOT NULL THEN {CUSTOMER_NAME} END",
        "access_token": "NULL",
    },
    "account_payment": {"name": OF_MOVE},
    "account_move_line": {
        "move_name": OF_MOVE,
        "name": f"replace(s.name, COALESCE(s.move_name, '?'), COALESCE({OF_MOVE}, ''))",
        "matching_number": "CASE WHEN s.full_reconcile_id IS NOT NULL"
        " THEN ({full_reconcile_id})::text"
        " WHEN s.matching_number LIKE 'P%'"
        " THEN 'P' || (SELECT k.base_account_partial_reconcile + rank FROM bench_map"
        " WHERE tbl = 'account_partial_reconcile'"
        " AND old = substr(s.matching_number, 2)::int) END",
    },
}
PARTNER_OVERRIDES = {
    "name": f"CASE WHEN m.rank = 1 THEN {CUSTOMER_NAME} ELSE s.name END",
    "complete_name": f"{CUSTOMER_NAME}"
    " || CASE WHEN m.rank = 1 THEN '' ELSE ', ' || s.name END",
    "commercial_company_name": CUSTOMER_NAME,
}


class Copies:
    """Copies of the clusters of one template customer."""

    def __init__(self, cr, partner_ids, clusters):
        self.cr = cr
        self.partner_ids = partner_ids
        self.clusters = clusters
        self.columns = self._read_columns()
        self.references = self._read_references()
        self.start = {
            table: self._scalar(f"SELECT COALESCE(MAX(id), 0) FROM {table}")
            for table in (*TABLES, CUSTOMERS)
        }

    def make(self, customers, plan):
        """Insert the customers and their documents.

        :param int customers: how many
        :param plan: of each document (index of cluster, number of customer, days by
            which it is moved)
        """
        relations = self._relations()
        with self._bare([*TABLES, CUSTOMERS, *relations]):
            self._map_templates()
            self._place(customers, plan)
            self._copy_customers(customers)
            for table in TABLES:
                self._copy(table)
            for table, column in relations.items():
                self._copy_relation(table, column)

    # ------------------------------------------------------------------
    # What the database tells of itself
    # ------------------------------------------------------------------

    def _rows(self, query, *params):
        self.cr.execute(query, params or None)
        return self.cr.fetchall()

    def _scalar(self, query, *params):
        return self._rows(query, *params)[0][0]

    def _read_columns(self):
        """Return the type of each column, by table."""
        columns = {}
        for table, column, kind in self._rows(
            "SELECT table_name, column_name, data_type FROM information_schema.columns"
            " WHERE table_schema = current_schema AND is_generated = 'NEVER'"
            " ORDER BY ordinal_position"
        ):
            columns.setdefault(table, {})[column] = kind
        return columns

    def _read_references(self):
        """Return the table that each column refers to, by table."""
        references = {}
        for table, column, target in self._rows(
            """SELECT c.conrelid::regclass::text, a.attname, c.confrelid::regclass::text
                 FROM pg_constraint c
                 JOIN pg_attribute a
                   ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
                WHERE c.contype = 'f' AND c.confrelid::regclass::text IN %s""",
            (*TABLES, CUSTOMERS),
        ):
            references.setdefault(table, {})[column] = target
        return references

    def _relations(self):
        """Return the tables of many2many fields in which a template has rows.

        :return: by table, the column that refers to the template
        """
        found = {}
        for table, references in self.references.items():
            owners = [column for column, to in references.items() if to in TABLES]
            if "id" in self.columns[table] or not owners:
                continue
            column, target = owners[0], references[owners[0]]
            ids = [id_ for c in self.clusters for id_ in c.records.get(target, ())]
            if ids and self._scalar(
                f"SELECT EXISTS (SELECT FROM {table} WHERE {column} IN %s)", tuple(ids)
            ):
                found[table] = column
        return found

    @contextmanager
    def _bare(self, tables):
        """Take indexes and foreign keys away for a while: loading is faster."""
        constraints = self._rows(
            """SELECT conrelid::regclass::text, quote_ident(conname),
                      pg_get_constraintdef(oid)
                 FROM pg_constraint
                WHERE contype = 'f' AND conrelid::regclass::text IN %s""",
            tuple(tables),
        )
        indexes = self._rows(
            """SELECT quote_ident(i.indexname), i.indexdef
                 FROM pg_indexes i
                WHERE i.schemaname = current_schema AND i.tablename IN %s
                  AND NOT EXISTS (SELECT FROM pg_constraint
                                   WHERE conindid = quote_ident(i.indexname)::regclass)
            """,
            tuple(tables),
        )
        for table, name, _definition in constraints:
            self.cr.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        for name, _definition in indexes:
            self.cr.execute(f"DROP INDEX {name}")
        yield
        for _name, definition in indexes:
            self.cr.execute(definition)
        for table, name, definition in constraints:
            self.cr.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")

    # ------------------------------------------------------------------
    # Copying
    # ------------------------------------------------------------------

    def _map_templates(self):
        """Give each template row its rank."""
        self.cr.execute(
            """CREATE TEMP TABLE bench_map (
                   tbl varchar, old int, cluster int, rank int) ON COMMIT DROP"""
        )
        rows = [
            (CUSTOMERS, old, None, rank) for rank, old in enumerate(self.partner_ids, 1)
        ]
        for number, cluster in enumerate(self.clusters):
            for table, ids in cluster.records.items():
                rows += [(table, old, number, rank) for rank, old in enumerate(ids, 1)]
        self.cr.execute_values("INSERT INTO bench_map VALUES %s", rows)
        self.cr.execute("CREATE INDEX ON bench_map (tbl, old)")
        self.cr.execute("ANALYZE bench_map")

    def _place(self, customers, plan):
        """Give each copy its customer's first id and its base in each table."""
        self.cr.execute(
            """CREATE TEMP TABLE bench_plan (
                   copy serial, cluster int, customer int, shift int) ON COMMIT DROP"""
        )
        self.cr.execute_values(
            "INSERT INTO bench_plan (cluster, customer, shift) VALUES %s",
            plan,
            page_size=10000,
        )
        bases = ", ".join(
            f"""{self.start[table]}
                + COALESCE(SUM(size.{table}) OVER before, 0)::int AS base_{table}"""
            for table in TABLES
        )
        sizes = ", ".join(
            f"COUNT(*) FILTER (WHERE tbl = '{table}') AS {table}" for table in TABLES
        )
        self.cr.execute(
            f"""CREATE TEMP TABLE bench_copy ON COMMIT DROP AS
                SELECT bench_plan.*, {bases},
                       {self.start[CUSTOMERS]} + (customer - 1) * %s AS base_{CUSTOMERS}
                  FROM bench_plan
                  JOIN (SELECT cluster, {sizes} FROM bench_map GROUP BY cluster) size
                 USING (cluster)
                WINDOW before AS (ORDER BY copy
                                  ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)""",
            [len(self.partner_ids)],
        )
        self.cr.execute("CREATE INDEX ON bench_copy (cluster)")
        self.cr.execute("ANALYZE bench_copy")

    def _copy_customers(self, customers):
        self.cr.execute(
            f"""CREATE TEMP TABLE bench_customer ON COMMIT DROP AS
                SELECT number AS customer, 0 AS shift,
                       {self.start[CUSTOMERS]} + (number - 1) * %s AS base_{CUSTOMERS}
                  FROM generate_series(1, %s) number""",
            [len(self.partner_ids), customers],
        )
        self._insert(CUSTOMERS, "bench_customer k", "TRUE", PARTNER_OVERRIDES)

    def _copy(self, table):
        self._insert(
            table, "bench_copy k", "m.cluster = k.cluster", OVERRIDES.get(table, {})
        )

    def _insert(self, table, copies, condition, overrides):
        expressions, joins = self._references_of(table)
        expressions["id"] = f"k.base_{table} + m.rank"
        for column, kind in self.columns[table].items():
            if kind in DATES and table != CUSTOMERS:
                expressions[column] = f"s.{column} + k.shift * interval '1 day'"
        for column, expression in overrides.items():
            if column in self.columns[table]:
                expressions[column] = expression.replace(
                    "{id}", expressions["id"]
                ).format(**expressions)
        self._insert_select(
            table,
            expressions,
            f"""FROM {copies}
                JOIN bench_map m ON m.tbl = '{table}' AND {condition}
                JOIN {table} s ON s.id = m.old {joins}""",
        )
        self.cr.execute(
            f"SELECT setval('{table}_id_seq', (SELECT MAX(id) FROM {table}))"
        )

    def _copy_relation(self, table, column):
        target = self.references[table][column]
        expressions, joins = self._references_of(table)
        self._insert_select(
            table,
            expressions,
            f"""FROM bench_copy k
                JOIN bench_map m ON m.tbl = '{target}' AND m.cluster = k.cluster
                JOIN {table} s ON s.{column} = m.old {joins}""",
        )

    def _references_of(self, table):
        """Return the expressions of columns that follow the copy, and their joins."""
        expressions, joins = {}, ""
        for column, target in self.references.get(table, {}).items():
            alias = f"to_{column}"
            expressions[column] = (
                f"COALESCE(k.base_{target} + {alias}.rank, s.{column})"
                if target == CUSTOMERS or table != CUSTOMERS
                else f"s.{column}"
            )
            joins += f"""
                LEFT JOIN bench_map {alias}
                       ON {alias}.tbl = '{target}' AND {alias}.old = s.{column}"""
        return expressions, joins

    def _insert_select(self, table, expressions, source):
        columns = self.columns[table]
        values = ", ".join(
            expressions.get(column, f's."{column}"') for column in columns
        )
        names = ", ".join(f'"{column}"' for column in columns)
        self.cr.execute(f"INSERT INTO {table} ({names}) SELECT {values} {source}")
