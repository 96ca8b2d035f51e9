from . import credit_customer_stop
from . import credit_dunning_call
from . import credit_dunning_level_change
from . import credit_dunning_pause
from . import credit_dunning_start
from . import credit_hold_release
from . import credit_hold_way_out
from . import credit_release_request
