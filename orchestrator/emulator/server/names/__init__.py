"""Service Connect: the names by which a service's tasks reach other services, `http://NAME:PORT`.

On AWS a proxy beside each task does this. Here each name has an address of this machine, where the emulator listens and
passes connections on to the running tasks.
"""
