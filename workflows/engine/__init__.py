"""One process instance in memory: no database, no network, no clock. The only place that imports SpiffWorkflow."""
