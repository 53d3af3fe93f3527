"""Pictures of the main pages, taken on the sample month by a real browser."""
