"""The rows of PERFORMANCE.md's goal table, each a function that measures and gives lines of the table."""
