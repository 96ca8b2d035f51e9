"""What the web client asks of the server to show a form or a list."""

import ast

from lxml import etree

PAGE, COUNTED = 80, 10001  # rows of a list, and how far they are counted
SUBPAGE = 40  # rows of a list inside a form
ALWAYS = {"True", "1"}


def asked(model, kind):
    """Return what the client reads for the default view of a kind.

    Invisible fields are read as well. What single widgets ask beside, and contexts of
    fields, are left out.

    :return: for ``web_read`` and ``web_search_read``, with the rights of the user
    """
    arch = model.get_views([(False, kind)])["views"][kind]["arch"]
    return _fields(model, etree.fromstring(arch))


def _fields(model, view, hidden=False):
    """Return what a view reads; ``hidden`` for one that opens later."""
    found = {}
    inside = view.xpath("count(ancestor-or-self::field)")
    for node in view.xpath(f".//field[count(ancestor::field) = {inside}]"):
        _merge(found, {node.get("name"): _detail(model, node, hidden)})
    return found


def _detail(model, node, hidden):
    field = model._fields[node.get("name")]
    hidden = hidden or ALWAYS & {node.get("invisible"), node.get("column_invisible")}
    if field.type in ("many2one", "reference"):
        return {"fields": {} if hidden else {"display_name": {}}}
    if field.type in ("one2many", "many2many") and not hidden:
        return _several(model.env[field.comodel_name], node)
    return {}


def _several(comodel, node):
    """Return what is read of the records of a field: rows of a view, or tags."""
    views = {view.tag: view for view in node}
    if node.get("widget") and not views:
        options = ast.literal_eval(node.get("options", "{}"))
        names = filter(None, ["display_name", options.get("color_field")])
        return {"fields": {name: {} for name in names}}
    kind = node.get("mode") or next((tag for tag in views if tag != "form"), "list")
    if kind not in views:
        return {"fields": asked(comodel, "list"), "limit": SUBPAGE}
    found = _fields(comodel, views[kind])
    if "form" in views:
        _merge(found, _fields(comodel, views["form"], hidden=True))
    return {"fields": found, "limit": SUBPAGE}


def _merge(known, more):
    for name, value in more.items():
        if isinstance(value, dict):
            _merge(known.setdefault(name, {}), value)
        else:
            known[name] = value
