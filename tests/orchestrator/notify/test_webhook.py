"""A document POSTed to a real server: retried within bounds, and with nothing of the URL shown."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.notify import webhook
from orchestrator.notify.webhook import Bounds, NotSent
from tests.orchestrator.notify.receiver import Receiver

# Little is waited for between two attempts, and each has all the time that a busy machine may need.
QUICK = Bounds(attempts=3, attempt_seconds=60.0, total_seconds=180.0, pause_seconds=0.05)
SECRETS = ("secret-token", "hidden-key", "T0", "user", "pass-word")


def test_the_document_arrives_as_json(receiver: Receiver) -> None:
    webhook.send(receiver.url, {"event": "success", "text": "é"}, QUICK)
    (got,) = receiver.received
    assert got["body"] == {"event": "success", "text": "é"}
    assert got["path"] == "/services/T0/secret-token?key=hidden-key"
    assert got["headers"]["Content-Type"].startswith("application/json")


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_an_answer_that_may_pass_is_asked_again(receiver: Receiver, status: int) -> None:
    receiver.answers = [status, status, 204]
    webhook.send(receiver.url, {}, QUICK)
    assert len(receiver.received) == 3


def test_one_that_goes_on_failing_is_given_up(receiver: Receiver) -> None:
    receiver.answers = [500]
    with pytest.raises(NotSent, match=r"^it answered 500 \(3 attempts\)$"):
        webhook.send(receiver.url, {}, QUICK)
    assert len(receiver.received) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_one_that_will_not_pass_is_asked_once(receiver: Receiver, status: int) -> None:
    receiver.answers = [status]
    with pytest.raises(NotSent, match=f"^it answered {status}$"):
        webhook.send(receiver.url, {}, QUICK)
    assert len(receiver.received) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(receiver: Receiver, status: int) -> None:
    receiver.answers, receiver.headers = [status], {"Location": "/elsewhere"}
    with pytest.raises(NotSent, match=f"^it answered {status}$"):
        webhook.send(receiver.url, {}, QUICK)
    assert [item["path"] for item in receiver.received] == ["/services/T0/secret-token?key=hidden-key"]


def test_one_that_hangs_holds_nothing_up_for_longer_than_the_bounds(receiver: Receiver) -> None:
    receiver.wait_seconds = 60
    began = time.monotonic()
    with pytest.raises(NotSent, match="no answer"):
        webhook.send(receiver.url, {}, Bounds(3, 0.4, 1.0, 0.05))
    assert time.monotonic() - began < 30


def test_nor_does_one_that_answers_a_byte_at_a_time(receiver: Receiver) -> None:
    receiver.trickle = True
    began = time.monotonic()
    with pytest.raises(NotSent, match="no answer within"):
        webhook.send(receiver.url, {}, Bounds(2, 0.5, 1.2, 0.05))
    assert time.monotonic() - began < 15, "the whole answer takes 22 seconds"


@pytest.fixture
def deaf() -> Iterator[int]:
    """A port at which nobody listens, and nobody else will."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        yield reserved.getsockname()[1]


def test_nothing_there_is_a_reason_and_no_traceback(deaf: int) -> None:
    with pytest.raises(NotSent, match="refused") as caught:
        webhook.send(f"http://127.0.0.1:{deaf}/secret-token", {}, QUICK)
    assert "secret-token" not in str(caught.value)


def test_user_and_password_of_the_url_are_sent_as_such(receiver: Receiver) -> None:
    webhook.send(receiver.url.replace("http://", "http://user:pass%20word@"), {}, QUICK)
    assert receiver.received[0]["headers"]["Authorization"] == "Basic dXNlcjpwYXNzIHdvcmQ="


def test_the_shell_s_proxy_counts_and_not_for_this_machine(
    receiver: Receiver, deaf: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{receiver.port}")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    webhook.send("http://hooks.example.invalid/abc", {}, QUICK)
    assert receiver.received[0]["path"] == "http://hooks.example.invalid/abc"
    with pytest.raises(NotSent, match="refused"):
        webhook.send(f"http://localhost:{deaf}/abc", {}, QUICK)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://hooks.example.com/services/T0/secret-token", "https://hooks.example.com/***"),
        ("https://user:pass-word@example.com:8443/?key=hidden-key", "https://***@example.com:8443/***"),
        ("https://example.com?key=hidden-key", "https://example.com/***"),
        ("https://example.com/#secret-token", "https://example.com/***"),
        ("http://[::1]:8080/T0", "http://[::1]:8080/***"),
        ("https://example.com", "https://example.com"),
        ("http://[broken", "(a URL that cannot be read)"),
        ("http://a:99999/T0", "(a URL that cannot be read)"),
    ],
)
def test_a_url_is_shown_without_what_lets_one_use_it(url: str, shown: str) -> None:
    assert webhook.shown(url) == shown
    for secret in SECRETS:
        assert secret not in webhook.without_urls(f"cannot reach '{url}'", url)


@given(
    st.text("abcXYZ019-_%", min_size=4, max_size=12),
    st.sampled_from(["https://h.example/{}", "https://u:{}@h.example/", "https://h.example/?k={}", "https://{}@h.example"]),
)  # fmt: skip
def test_whatever_the_secret_it_is_in_no_text(secret: str, form: str) -> None:
    url = form.format(secret)
    text = webhook.without_urls(f"unknown host {secret} at {url}/x ({url})", url)
    assert secret not in text


@pytest.mark.parametrize("setting", ["$HOOK", "${HOOK}"])
def test_the_url_may_be_in_a_variable(setting: str) -> None:
    assert webhook.variable(setting) == "HOOK"
    assert webhook.resolved(setting, {"HOOK": "https://example.com/x"}) == "https://example.com/x"
    with pytest.raises(NotSent, match=r"\$HOOK is not set in this shell"):
        webhook.resolved(setting, {})
    with pytest.raises(NotSent, match=r"\$HOOK holds no http or https URL") as caught:
        webhook.resolved(setting, {"HOOK": "file:///secret-token"})
    assert "secret-token" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["", "x", "ftp://example.com", "https://", "http://[::1", "http://a:b/", "http://a:0/", "http://a\n/"]
)
def test_what_is_no_url_is_not_asked(url: str) -> None:
    assert not webhook.is_url(url)
