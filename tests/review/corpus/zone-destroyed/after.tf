# The zone's block is gone.
