"""What other clouds and services than AWS add to the rules: rows, the code that rows alone cannot do, and words."""
