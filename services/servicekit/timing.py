"""The timing budget of a rolling deploy, as far as a service's process holds it.

A request must never be lost while one task replaces another. That depends on how these numbers
and the load balancer's and ECS's own (defined in Terraform) lie to each other:

    health check timeout < health check interval
    request deadline < graceful shutdown
    load balancer's idle timeout < keep-alive
    drain + graceful shutdown < ECS stopTimeout

All values are seconds. `LOAD_BALANCER_*` and `STOP_TIMEOUT_SECONDS` are not used by the process:
they stand here so that a test can hold the whole budget, Terraform included, against one module.
"""

from typing import Final

REQUEST_DEADLINE_SECONDS: Final = 10
"""A request that is not answered by then is answered 503, or 408 if its body has not come."""

HEAD_DEADLINE_SECONDS: Final = 10
"""How long a request's head may take from its first byte to its last; after it, the request's own deadline begins.
Also how long after its first byte a body may still be coming that nobody waits for any more."""

READINESS_TIMEOUT_SECONDS: Final = 2
"""How long `/readyz` waits for what the service depends on."""

KEEP_ALIVE_SECONDS: Final = 75
"""Idle connections live longer here than at the load balancer, so that it is never the load
balancer that reuses a connection which this side is closing (seen by users as a 502). The same time
is given to a new connection on which nothing comes."""

DRAIN_SECONDS: Final = 20
"""How long to keep answering after SIGTERM. ECS sends SIGTERM at the same time as it takes the
task out of the load balancer, so requests go on arriving for a while."""

GRACEFUL_SHUTDOWN_SECONDS: Final = 15
"""How long requests in flight may take after the drain; above the request deadline."""

REST_SECONDS: Final = 1
"""How long after the drain the first request on a new connection, or the rest of a request's head, may take to come."""

STOP_TIMEOUT_SECONDS: Final = 60
"""ECS `stopTimeout`: SIGKILL comes this long after SIGTERM."""

LOAD_BALANCER_IDLE_SECONDS: Final = 60
"""The load balancer's idle timeout."""

LOAD_BALANCER_DEREGISTRATION_SECONDS: Final = 30
"""The target group's deregistration delay."""
