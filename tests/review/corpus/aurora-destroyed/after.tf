# The cluster's block is gone.
