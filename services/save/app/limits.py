"""Limits of requests, and bounds of the work with DynamoDB."""

from typing import Final

from servicekit.timing import REQUEST_DEADLINE_SECONDS

TEMPLATE_MAX_CHARS: Final = 1000
TEXT_MAX_CHARS: Final = 4000
"""Longer than the template: words are longer than the blanks that they fill."""

BODY_MAX_BYTES: Final = 12 * (TEMPLATE_MAX_CHARS + TEXT_MAX_CHARS) + 1024
"""JSON may escape a character with 12 bytes (a surrogate pair). So a body that is within the limits
above always fits, however its client writes it."""

IDEMPOTENCY_KEY_MAX_CHARS: Final = 255

PAGE_DEFAULT: Final = 20
PAGE_MAX: Final = 50

UNLISTED_SECONDS: Final = 3600
"""How long a story is kept that is not listed. DynamoDB removes it some time after that."""

TOMBSTONE_SECONDS: Final = 24 * 3600
"""How long it is remembered that a story was deleted: so late may a request with its
Idempotency-Key be repeated without bringing it back."""

SHARDS: Final = ("0", "1", "2", "3")
"""Partitions of the index `latest`. One takes at most 1,000 writes a second."""

CONNECT_TIMEOUT_SECONDS: Final = 1
READ_TIMEOUT_SECONDS: Final = 1
ATTEMPT_SECONDS: Final = CONNECT_TIMEOUT_SECONDS + READ_TIMEOUT_SECONDS
"""How long one attempt of a call takes if DynamoDB is silent. A thread cannot be cancelled, so only
its time-outs end its work, and they are no bound of everything: looking up the name and fetching
credentials have times of their own, the first time-out is for each of the name's addresses, and the
second for each part of an answer that trickles in."""

ATTEMPTS: Final = 3
"""Of one call, while the request has time: a fault that is no longer than a moment is not noticed."""

FAULT_WAIT_SECONDS: Final = 0.05
THROTTLED_WAIT_SECONDS: Final = 0.4
"""The longest wait before the second attempt; twice that before the third. The wait is random, so
that those who failed together do not come back together."""

WORK_SECONDS: Final = REQUEST_DEADLINE_SECONDS - 1
"""How long all of a request's calls may take, those that follow one another and their waits
included. No attempt begins that would end later, were DynamoDB silent. One that takes still longer
(see ATTEMPT_SECONDS) meets the request's deadline, and keeps its thread until it ends."""

THREADS: Final = 16
"""Calls to DynamoDB at the same time, and connections to it. More threads are slower: a call costs
about 1 ms of one core, whatever the number of threads."""

WAITING_MAX: Final = 128
"""Calls that may wait for a thread. At 450 calls a second that is a wait of 0.3 s; more than that is
overload, and is better refused at once than late."""

RETRY_AFTER_SECONDS: Final = 1
