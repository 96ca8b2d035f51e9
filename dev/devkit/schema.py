"""The tables of a database as lines of text, to compare with those of another."""

QUESTIONS = {
    "table": """
        SELECT c.relname FROM pg_class c
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v')""",
    "column": """
        SELECT a.attrelid::regclass, a.attname, format_type(a.atttypid, a.atttypmod),
               CASE WHEN a.attnotnull THEN 'not null' END,
               pg_get_expr(d.adbin, d.adrelid)
          FROM pg_attribute a
          JOIN pg_class c ON c.oid = a.attrelid AND c.relkind = 'r'
           AND c.relnamespace = 'public'::regnamespace
     LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
         WHERE a.attnum > 0 AND NOT a.attisdropped""",
    "index": """
        SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'""",
    "constraint": """
        SELECT conrelid::regclass, conname, pg_get_constraintdef(oid)
          FROM pg_constraint
         WHERE connamespace = 'public'::regnamespace AND contype <> 'n'""",
    "comment": """
        SELECT c.relname, a.attname, d.description
          FROM pg_description d
          JOIN pg_class c ON c.oid = d.objoid AND d.classoid = 'pg_class'::regclass
           AND c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid
         WHERE d.objsubid > 0""",
}


def read(database, kinds=QUESTIONS):
    """Return what the database is made of, a line each.

    :rtype: set[str]
    """
    lines = set()
    for kind in kinds:
        rows = database.sql(f"SELECT q::text FROM ({QUESTIONS[kind]}) q")
        lines |= {f"{kind} {row}" for row in rows.splitlines()}
    return lines


def differences(first, second, kinds=("table", "column", "index", "constraint")):
    """Return the lines that one database has alone: - the first, + the second."""
    before, after = read(first, kinds), read(second, kinds)
    return [f"- {line}" for line in sorted(before - after)] + [
        f"+ {line}" for line in sorted(after - before)
    ]
