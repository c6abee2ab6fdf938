"""What Terraform waits for, from its log; with lines as Terraform 1.11 and the provider 5.100 write them."""

from __future__ import annotations

from orchestrator.terraform.silence import PATIENCE_SECONDS, Requests

PROVIDER = "[DEBUG] provider.terraform-provider-aws_v5.100.0_x5: "
NAMES = "rpc.service=ECS rpc.method=DescribeClusters tf_req_id=6fd2153a tf_rpc=ReadResource"
SENT = f"2026-11-29T02:02:18.720Z {PROVIDER}HTTP Request Sent: http.url=https://ecs.us-east-1.amazonaws.com/ {NAMES}\n"
REFUSED = f"""2026-11-29T02:02:18.721Z {PROVIDER}HTTP Response Received: rpc.system=aws-api
  http.response.body=
  | {{"__type": "ThrottlingException", "message": "Rate exceeded"}}
   http.response.header.x_amzn_errortype=ThrottlingException {NAMES} http.status_code=400
"""
ANSWERED = f"2026-11-29T02:02:18.730Z {PROVIDER}HTTP Response Received: http.status_code=200 {NAMES}\n"
RETRIED = f"2026-11-29T02:02:23.771Z {PROVIDER}retrying request ECS/DescribeClusters, attempt 5: {NAMES}\n"
BACKEND = (
    "2026-11-29T02:03:18.137Z [DEBUG] backend-s3: HTTP Request Sent: aws.region=us-east-1 rpc.method=ListObjectsV2 "
    "rpc.service=S3 tf_backend.req_id=d24439e6 http.url=https://bucket.s3.us-east-1.amazonaws.com/?list-type=2\n"
)
NEXT = "2026-11-29T02:03:19.000Z [INFO]  backend/local: plan operation completed\n"


def waiting(*entries: str, seconds: float = PATIENCE_SECONDS) -> list[tuple[str, str, str, int]]:
    requests = Requests()
    for entry in [*entries, NEXT]:
        # As it is read: in pieces that end anywhere.
        requests.take(entry[:30], 0.0)
        requests.take(entry[30:], 0.0)
    return [(found.name, found.host, found.code, found.attempt) for found in requests.long(seconds)]


def test_a_request_without_an_answer_is_waited_for() -> None:
    assert waiting(SENT) == [("ECS DescribeClusters", "ecs.us-east-1.amazonaws.com", "", 1)]
    assert waiting(SENT, seconds=PATIENCE_SECONDS - 1) == []


def test_one_that_is_answered_is_not() -> None:
    assert waiting(SENT, ANSWERED) == []


def test_an_error_counts_only_if_the_request_is_sent_again() -> None:
    assert waiting(SENT, REFUSED) == []
    again = ("ECS DescribeClusters", "ecs.us-east-1.amazonaws.com", "ThrottlingException", 5)
    assert waiting(SENT, REFUSED, RETRIED) == [again]
    assert waiting(SENT, REFUSED, RETRIED, SENT) == [again]
    assert waiting(SENT, REFUSED, RETRIED, SENT, ANSWERED) == []


def test_a_name_that_is_not_found_is_asked_for_again_without_an_answer_between() -> None:
    assert waiting(SENT, RETRIED) == [("ECS DescribeClusters", "ecs.us-east-1.amazonaws.com", "", 5)]


def test_the_states_requests_are_in_the_log_too() -> None:
    assert waiting(BACKEND) == [("S3 ListObjectsV2", "bucket.s3.us-east-1.amazonaws.com", "", 1)]


def test_two_of_the_same_kind_are_kept_apart() -> None:
    other = SENT.replace("6fd2153a", "11111111")
    assert len(waiting(SENT, other)) == 2 and len(waiting(SENT, other, ANSWERED)) == 1


def test_what_is_no_log_is_passed_over() -> None:
    assert waiting("no log\n", "\n") == []
