import ast
import re
from collections import defaultdict
from pathlib import Path

from odoo.tests import BaseCase, tagged

MODELS = Path(__file__).parent.parent / "models"
MODEL_NAME = re.compile(r"credit(\.[a-z]+)+")
OWN_NAME = re.compile(r"credit|^dunning_|^dispute_|^promise_")


class _Room:
    """A folder of `models/`: what it defines, and what it names.

    :ivar imports: the rooms it imports from, each with the place
    :ivar models: names of the models defined or extended by ``_name``
    :ivar members: names of the fields and methods defined
    :ivar used_models: names of models, with the places that mention them
    :ivar used_members: names of members, with the places that mention them
    """

    def __init__(self, name):
        self.name = name
        self.imports = []
        self.models = set()
        self.members = set()
        self.used_models = defaultdict(list)
        self.used_members = defaultdict(list)
        for path in sorted((MODELS / name).rglob("*.py")):
            self._read(path)

    def _read(self, path):
        package = path.relative_to(MODELS).parent.parts
        for node in ast.walk(ast.parse(path.read_text())):
            place = f"models/{path.relative_to(MODELS)}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.ImportFrom):
                self._read_import(node, package, place)
            elif isinstance(node, ast.ClassDef):
                self._read_class(node)
            elif isinstance(node, ast.Attribute):
                self.used_members[node.attr].append(place)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                self._read_text(node.value, place)

    def _read_import(self, node, package, place):
        if node.level:
            base = ("credit_management", "models", *package)
            base = base[: len(base) - node.level + 1]
            path = (*base, *filter(None, (node.module or "").split(".")))
        else:
            path = tuple(node.module.removeprefix("odoo.addons.").split("."))
        if path[:2] == ("credit_management", "models"):
            names = [alias.name for alias in node.names]
            # `from .. import check` imports rooms, `from ..check import x` names one
            rooms = [path[2]] if len(path) > 2 else names
            self.imports += [(room, place) for room in rooms]

    def _read_class(self, node):
        for statement in node.body:
            if isinstance(statement, ast.FunctionDef):
                self.members.add(statement.name)
            elif isinstance(statement, ast.Assign | ast.AnnAssign):
                self._read_assignment(statement)

    def _read_assignment(self, statement):
        targets = getattr(statement, "targets", None) or [statement.target]
        for target in targets:
            if not isinstance(target, ast.Name):
                continue
            if target.id == "_name" and isinstance(statement.value, ast.Constant):
                self.models.add(statement.value.value)
            elif not target.id.startswith("_"):
                self.members.add(target.id)

    def _read_text(self, text, place):
        if MODEL_NAME.fullmatch(text):
            self.used_models[text].append(place)
        else:
            # names of fields, and paths of them, stand in texts
            for name in text.split(".") if re.fullmatch(r"[\w.]+", text) else ():
                self.used_members[name].append(place)


@tagged("post_install", "-at_install")
class TestRooms(BaseCase):
    """A room of `models/` uses only the rooms imported before it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        entrance = ast.parse((MODELS / "__init__.py").read_text())
        names = [
            alias.name
            for node in entrance.body
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        ]
        cls.rooms = [_Room(name) for name in names]
        cls.rank = {name: rank for rank, name in enumerate(names)}

    def test_every_room_is_imported_once(self):
        folders = {path.parent.name for path in MODELS.glob("*/__init__.py")}
        self.assertEqual(folders, set(self.rank))
        self.assertEqual(len(self.rooms), len(self.rank))
        self.assertEqual([path.name for path in MODELS.glob("*.py")], ["__init__.py"])

    def test_a_room_imports_only_rooms_above_it(self):
        for room in self.rooms:
            for imported, place in room.imports:
                self.assertLessEqual(
                    self.rank[imported],
                    self.rank[room.name],
                    f"{place}: “{room.name}” stands above “{imported}”",
                )

    def test_a_room_names_no_model_defined_below_it(self):
        self._check_names("models", "used_models", lambda name: True)

    def test_a_room_names_no_field_or_method_defined_only_below_it(self):
        self._check_names("members", "used_members", OWN_NAME.search)

    def test_arithmetic_knows_no_model(self):
        for path in (MODELS.parent / "tools").glob("*.py"):
            text = path.read_text()
            self.assertNotRegex(text, r"(?m)^\s*(from|import) odoo", path.name)
            self.assertNotRegex(text, r"(?m)^\s*from \.\.", path.name)

    def _check_names(self, defined, used, is_ours):
        home = {}
        for room in self.rooms:
            for name in getattr(room, defined):
                home.setdefault(name, room.name)
        faults = [
            f"{', '.join(places)}: “{room.name}” names “{name}” of “{home[name]}”"
            for room in self.rooms
            for name, places in getattr(room, used).items()
            if name in home
            and is_ours(name)
            and self.rank[home[name]] > self.rank[room.name]
        ]
        self.assertFalse(faults, "\n".join(faults))
