"""What a secret looks like: by its name, and by its own form."""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache
from itertools import pairwise

from orchestrator.review.values import Sensitive

MASK = repr(Sensitive(None))
"""What stands in a text where Terraform's sensitive values were."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_ALONE = _words("password passwd pwd passphrase secret token credential credentials apikey")
_ENDINGS = ("password", "passwd", "passphrase", "secret", "apikey", "authtoken")
_KEYS = _words(
    """
    api private access secret encryption signing auth master account shared storage ssh license
    """
)
_KEPT_APART = _words(
    """
    alg algorithm allowed arn arns attempts audience bucket cache class count days disabled duration enabled
    endpoint engine env expiration expires expiry field file format header host hours id ids issuer kind label len
    length limit location lifetime manager max method min minutes mode name names namespace path policy port
    prefix provider ref region reset rotation seconds size source store suffix tag template ttl type uri url
    validity version
    """
)
"""Last words that make it something about a secret, and not one."""

_ASKS = _words("allow enable enabled disable has is max min num require required requires use")
_DUMMIES = _words(
    """
    change-me change_me changeme dummy example fake local localstack mock n/a na none not-a-secret null
    placeholder replace-me replace_me replaceme sample tbd test testing todo unset unused xxx your-secret
    """
)
_REFERENCE = re.compile(
    r"arn:|\{\{|\$\{|\$\(|%\(|<[^>]*>$|(?:ssm|secretsmanager|vault|awssm|op|file|gs|s3|sm|ref|env):"
    r"|projects/[^/]+/secrets/|@Microsoft\.KeyVault|valueFrom|(?:\.{0,2}/)[\w./-]*$"
)
_HARMLESS = re.compile(r"(?:true|false|yes|no|on|off|enabled?|disabled?|\d{1,5}[smhd]?)$", re.I)

_SHAPES = (
    ("an AWS access key id", re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b")),
    (
        "a private key",
        re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[^-]*(?:-----END [A-Z0-9 ]*PRIVATE KEY-----)?"),
    ),
    ("a GitHub token", re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})")),
    ("a GitLab token", re.compile(r"\bglpat-[A-Za-z0-9_-]{20,}")),
    ("a Slack token", re.compile(r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}")),
    ("a Slack webhook", re.compile(r"https://hooks\.slack\.com/services/[A-Za-z0-9/]{20,}")),
    ("a Stripe key", re.compile(r"\b[rs]k_live_[A-Za-z0-9]{16,}")),
    ("a Google API key", re.compile(r"\bAIza[A-Za-z0-9_-]{35}")),
    ("an API key", re.compile(r"\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{32,}")),
    ("a SendGrid key", re.compile(r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}")),
    ("an npm token", re.compile(r"\bnpm_[A-Za-z0-9]{36}\b")),
    ("a JSON Web Token", re.compile(r"\beyJ[A-Za-z0-9_-]{8,2000}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+")),
)
_HINT = re.compile(
    r"A[KS]IA|-----BEGIN|gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|hooks\.slack|k_live_|AIza|sk-|SG\.|npm_|eyJ|://[^\s/]*@"
    r"|(?:password|pwd|key)\s*=",
    re.I,
)
"""One look that tells for nearly all texts that none of the shapes is in it."""
_HINTS = (
    "akia", "asia", "-----begin", "gho_", "ghp_", "ghr_", "ghs_", "ghu_", "github_pat_", "glpat-", "xox", "hooks.slack",
    "k_live_", "aiza", "sk-", "sg.", "npm_", "eyj", "://", "password", "pwd", "key",
)  # fmt: skip
"""A text without any of these has nothing that `_HINT` finds. Looking for them is faster: an expression tries all its
forms at each character, which takes seconds for megabytes."""
_LONG = 10_000

_IN_URL = re.compile(r"(?<=[a-z0-9])://[^\s:/@?#]*:([^\s@/]+)@", re.I)
_IN_PAIRS = re.compile(r"(?:^|;)\s*(?:password|pwd|accountkey|sharedaccesskey)\s*=\s*([^;\s]+)", re.I)


class Kind(Enum):
    """How sure it is: a secret, one by its name whose value cannot be seen, or what stands in for one in tests."""

    SECRET = 3
    UNSEEN = 2
    DUMMY = 1


@lru_cache(maxsize=8_192)
def is_secret_name(name: str) -> bool:
    """True if a name says that its value is a secret: `DB_PASSWORD`, `apiKey`, but not `PASSWORD_FILE`."""
    words = [word.lower() for word in _WORD.findall(name)]
    while words and words[-1].isdigit():
        words.pop()
    if not words or words[-1] in _KEPT_APART or words[0] in _ASKS:
        return False
    if any(word in _ALONE or word.endswith(_ENDINGS) for word in words):
        return True
    return any(one in _KEYS and other == "key" for one, other in pairwise(words))


def secret_kind(value: str) -> Kind | None:
    """What the value of something that is named like a secret is; None if it only refers to one, or is a setting."""
    text = value.strip()
    if not text or _HARMLESS.match(text) or (_REFERENCE.match(text) and not secrets_in(text)):
        return None
    if re.match(r"https?://", text) and not secrets_in(text):
        return None
    return Kind.DUMMY if is_dummy(text) else Kind.SECRET


def is_dummy(value: str) -> bool:
    """True for a value that everybody knows to be none."""
    folded = value.strip().lower()
    return folded in _DUMMIES or len(set(folded)) == 1


def secrets_in(text: str) -> list[tuple[str, str]]:
    """What is in a text that has a secret's own form: what it is, and the secret text itself."""
    return _shaped(text) if len(text) >= 12 else []


@lru_cache(maxsize=8_192)
def _shaped(text: str) -> list[tuple[str, str]]:
    # Beyond ASCII an expression takes more characters for the same letter than `lower` does: the long s is an s.
    if text.isascii() or len(text) > _LONG:
        folded = text.lower()
        if not any(word in folded for word in _HINTS):
            return []
    if not _HINT.search(text):
        return []
    found = [(what, match[0]) for what, shape in _SHAPES for match in shape.finditer(text)]
    for what, shape in (("an address with a password", _IN_URL), ("a connection string with a password", _IN_PAIRS)):
        for match in shape.finditer(text):
            secret = match[1]
            if not (_REFERENCE.match(secret) or is_dummy(secret) or MASK in secret or secret.startswith(("$", "%s"))):
                found.append((what, secret))
    return found
