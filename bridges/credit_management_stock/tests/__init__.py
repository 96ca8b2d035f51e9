from . import test_delivery_hold
from . import test_delivery_rights
from . import test_order_book
from . import test_retained_goods
from . import test_translations
