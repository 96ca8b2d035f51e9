from . import test_tools
from . import test_widgets
from . import test_rooms
from . import test_translations
from . import test_gate
