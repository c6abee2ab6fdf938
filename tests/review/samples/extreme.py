"""What stands in a plan that means ill, and very much of it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from orchestrator.review.cost.result import Cost, CostLine, Unpriced
from orchestrator.review.model import (
    Action,
    Check,
    Context,
    Counts,
    Deploy,
    Difference,
    Edge,
    Finding,
    Output,
    Plan,
    Review,
    Severity,
    Verdict,
)
from orchestrator.review.values import UNKNOWN
from tests.review.samples.parts import resource

HOSTILE = (
    "<script>document.title='owned'</script><img src=x onerror=alert(1)>",
    "]]></style></title></textarea>--><!--",
    '"\' onmouseover="alert(1)" \'',
    "````` ~~~~ ``` `` ` </details></summary>",
    "@octocat and #123 and GH-1 and octocat/hello#1 and https://evil.example/ and a@b.example",
    "![pixel](https://evil.example/x.png) [link](javascript:alert(1)) <https://evil.example>",
    "| a | b |\n|---|---|\n# heading\n- item\n1. one\n> quote\n---\n    code",
    "\u202egnp.exe\u202c \u2066left\u2069 \u200bzero\ufeff \x00\x07\x1b[31mred\x1b]8;;https://evil.example\x07 \ud800",
    "::error::workflow command\r\n::add-mask::x",
    "*bold* _under_ **x** ~~gone~~ &lt;b&gt; &amp; \\ \\` $x$ =text=",
    "줄\u2028줄\u2029끝 " + "e\u0301" * 40,
    "x" * 100_000,
)


def hostile(text: str) -> Review:
    """The text everywhere where a plan, a policy or a log may bring it in."""
    worst = resource(
        f'aws_s3_bucket.b["{text}"]',
        Action.REPLACE,
        Difference(("tags", text), text, f"{text}!"),
        Difference((text,), None, text, added=True),
        Difference(("content",), f"a\n{text}\nb", f"a\n{text}?\nb"),
        Difference(("list",), [text], {text: text}),
        before={text: text},
        after={text: text},
        moved_from=text,
        import_id=text,
        deposed=text,
        action_reason="replace_because_cannot_update",
        replace_paths=((text,),),
    )
    made = replace(worst, action=Action.CREATE, module=text, address=f"{text}.aws_x.y", type=text, name=text)
    return Review(
        plan=Plan(
            resources=(worst, made),
            drift=(worst,),
            other_drift=1,
            outputs=(Output(text, Action.UPDATE, text, [text]),),
            checks=(Check(text, text, (text,)),),
            edges=(Edge(f"{text}.aws_x.y", "aws_s3_bucket.b"), Edge(text, text)),
            terraform_version=text,
            made_at=text,
            notes=(text,),
        ),
        verdict=Verdict.DANGEROUS,
        because=text,
        counts=Counts(create=1, replace=1),
        findings=(
            Finding("data-replaced", Severity.HIGH, worst.address, text, text, (text,), text, [text]),
            Finding("data-replaced", Severity.LOW, text, text, text, (text,), text, text),
            Finding("data-replaced", Severity.LOW, text, text, text),
            Finding("data-replaced", Severity.HIGH, text, text, text, excepted=text),
        ),
        deploys=(Deploy(text, text, text, f"{text}2", (text,), text),),
        context=Context(environment=text, title=text, project=text, commit=text, file=text),
        stops=True,
        policy_notes=(text,),
        cost=Cost(Decimal(7), (text,), text, (CostLine(text, text, Decimal(7)),), (Unpriced(text, text),), (text,)),
    )


def large(count: int = 5_000) -> Review:
    """A plan with this many changed resources."""
    resources = tuple(
        resource(
            f'module.shard[{number % 50}].aws_sqs_queue.work["{number}"]',
            (Action.UPDATE, Action.CREATE, Action.REPLACE)[number % 3],
            Difference(("visibility_timeout_seconds",), 30, number),
            Difference(("policy", "Statement", 0, "Resource"), f"arn:aws:sqs:eu-central-1:1:old-{number}", "*"),
            Difference(("arn",), f"arn:aws:sqs:eu-central-1:123456789012:work-{number}", UNKNOWN, noise=True),
            before={"name": f"work-{number}", "tags": {"number": str(number)}},
            after={"name": f"work-{number}", "tags": {"number": str(number)}, "arn": UNKNOWN},
        )
        for number in range(count)
    )
    return Review(
        plan=Plan(resources=resources, secrets=frozenset(f"hunter-{number}-secret" for number in range(200))),
        verdict=Verdict.CAREFUL,
        because="Many queues change.",
        counts=Counts(create=count // 3, update=count // 3, replace=count // 3),
        findings=tuple(
            Finding(
                "resource-policy-widened",
                Severity.MEDIUM if place < 450 * count // 5_000 else Severity.LOW,
                resources[number].address,
                "The queue's policy now holds for every resource.",
                "Name the queue.",
            )
            for place, number in enumerate(range(0, count, 10))
        ),
    )
