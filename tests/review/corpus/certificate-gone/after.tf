# The certificate's block is gone.
