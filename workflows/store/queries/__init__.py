"""Reading: lists that can be filtered, sorted and leafed through, and variables as they stand."""
