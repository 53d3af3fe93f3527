"""The DMN Technology Compatibility Kit: its test cases, and how far our decisions agree with them."""
