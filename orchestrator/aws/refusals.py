"""What to say when AWS stops answering in the middle of something: why, what is left, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from orchestrator.aws import session
from orchestrator.errors import Failure

# https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html and what AWS's services add to it.
_EXPIRED_CODES = (
    "ExpiredToken", "ExpiredTokenException", "RequestExpired", "InvalidClientTokenId", "UnrecognizedClientException",
    "InvalidToken",
)  # fmt: skip
# botocore's own, which it raises before it sends anything.
_EXPIRED_ERRORS = frozenset({
    "NoCredentialsError", "CredentialRetrievalError", "TokenRetrievalError", "SSOTokenLoadError",
    "UnauthorizedSSOTokenError", "RefreshWithMFAUnsupportedError", "LoginRefreshRequired",
})  # fmt: skip


def expired(error: Exception) -> bool:
    """True if the credentials are not valid any more, as the error has it."""
    names = {kind.__name__ for kind in type(error).__mro__}
    return session.is_code(error, *_EXPIRED_CODES) or bool(names & _EXPIRED_ERRORS)


def failure(error: Exception, message: str, *, left: str = "", next_step: str) -> Failure:
    """The failure for an AWS error; `left` says what goes on without anybody watching."""
    renew = "renew the credentials (aws sso login), then: " if expired(error) else ""
    why = "The credentials have expired. " if expired(error) else ""
    return Failure(message, reason=f"{why}{session.explain(error)}\n{left}".strip(), next_step=f"{renew}{next_step}")


@contextmanager
def explained(message: str, *, left: str = "", next_step: str) -> Iterator[None]:
    """Whatever AWS refuses while inside ends in that failure."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise failure(error, message, left=left, next_step=next_step) from error
