from . import credit_customer_stop
from . import credit_hold_release
from . import credit_hold_way_out
from . import credit_release_request
