"""What runs outside a command: deadlines, escalations, jobs, the command line. The only place that imports Prefect."""
