"""The sample month: reports, staff, exemptions, parking records and what goes wrong, worked by the real engine."""
