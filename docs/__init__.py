"""The pages, and what builds them (`make docs`)."""
