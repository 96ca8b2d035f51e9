from . import test_dunning_jobs
from . import test_job_runner
from . import test_task
from . import test_translations
