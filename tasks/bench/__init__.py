"""What the engine costs, beside what raw SpiffWorkflow costs on the same diagram in the same run."""
