{
    "name": "Credit Management: Job Queue",
    "summary": "Reminders, statements and large files are shared between workers",
    "version": "19.0.1.0.0",
    "category": "Accounting/Accounting",
    "author": "Credit Management contributors",
    "license": "LGPL-3",
    "depends": ["credit_management", "queue_job"],
    "data": [
        "security/ir.model.access.csv",
        "security/ir_rules.xml",
        "data/queue_job_data.xml",
        "views/credit_dunning_run_views.xml",
        "views/credit_task_views.xml",
    ],
    "assets": {
        "web.assets_backend": ["credit_management_queue_job/static/src/**/*"],
    },
    "auto_install": True,
}
