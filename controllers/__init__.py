from . import credit_incentive
from . import credit_dunning_letters
from . import credit_statement
from . import portal
from . import portal_dunning
from . import portal_credit
from . import portal_payment
from . import portal_dispute
