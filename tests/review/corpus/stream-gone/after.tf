# The application's block is gone.
