from . import credit_statement
from . import portal
