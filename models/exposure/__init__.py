from . import res_company
from . import credit_exposure_source
from . import account_move_line
from . import account_move
from . import sale_order_line
from . import credit_exposure
from . import res_partner
from . import credit_customer_exposure
