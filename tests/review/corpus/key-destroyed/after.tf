# The key's block is gone: all that it encrypts can soon be read no more.
