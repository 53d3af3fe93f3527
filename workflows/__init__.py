"""The engine: diagrams, decisions, deadlines and their records. Knows no HTTP and no Prefect."""
