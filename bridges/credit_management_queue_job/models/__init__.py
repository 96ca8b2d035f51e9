from . import queue_job
from . import credit_job_owner
from . import credit_dunning_run
from . import credit_task
from . import credit_task_file
from . import credit_task_mailing
