"""Limits of requests, and bounds of the work with DynamoDB."""

from typing import Final

TEMPLATE_MAX_CHARS: Final = 1000
TEXT_MAX_CHARS: Final = 4000
"""Longer than the template: words are longer than the blanks that they fill."""

BODY_MAX_BYTES: Final = 12 * (TEMPLATE_MAX_CHARS + TEXT_MAX_CHARS) + 1024
"""JSON may escape a character with 12 bytes (a surrogate pair). So a body that is within the limits
above always fits, however its client writes it."""

PAGE_DEFAULT: Final = 20
PAGE_MAX: Final = 50

UNLISTED_SECONDS: Final = 3600
"""How long a story is kept that is not listed. DynamoDB removes it some time after that."""

SHARDS: Final = ("0", "1", "2", "3")
"""Partitions of the index `latest`. One takes at most 1,000 writes a second."""

CONNECT_TIMEOUT_SECONDS: Final = 1
READ_TIMEOUT_SECONDS: Final = 1
RETRIES: Final = 2
"""Three attempts of at most 2 s, and 3 s at most between them when DynamoDB throttles: 9 s, which is
within the request deadline. A thread cannot be cancelled, so only these limits end its work."""

THREADS: Final = 16
"""Calls to DynamoDB at the same time, and connections to it. More threads are slower: a call costs
2 ms of one core, whatever the number of threads."""

WAITING_MAX: Final = 128
"""Calls that may wait for a thread. At 450 calls a second that is a wait of 0.3 s; more than that is
overload, and is better refused at once than late."""

RETRY_AFTER_SECONDS: Final = 1
