from . import credit_rule
from . import credit_policy
from . import credit_check
from . import credit_check_panel
from . import res_partner
from . import sale_order
from . import account_move
