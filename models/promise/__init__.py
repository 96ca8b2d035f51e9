from . import res_company
from . import credit_promise
from . import credit_promise_check
from . import credit_dunning
from . import credit_rule
from . import credit_worklist
from . import res_partner
from . import account_move
