"""What stands before MiniStack: AWS's host names, the registry's login, the tasks' credentials, a log and faults."""

from __future__ import annotations

import asyncio
import base64
import datetime
import json
import re
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from tests.system.aws_names.server import calls
from tests.system.aws_names.server.calls import Call
from tests.system.aws_names.server.faults import Faults, Rule

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

CREDENTIALS_HOST = "169.254.170.2"
REGISTRY_USER = "AWS"
# Keys of persons by their names; of one the account is another.
PERSONS, STRANGER, OTHER_ACCOUNT = "AKIAREHEARSAL", "stranger", "222222222222"
HANGS_SECONDS = 600.0
# Answers that hold what a later request is judged by.
READ = ("AssumeRole", "AssumeRoleWithWebIdentity", "GetSessionToken")


class Principals:
    """Who holds which access key."""

    def __init__(self, account: str, user: str) -> None:
        self.account = account
        self._user = user
        self._sessions: dict[str, str] = {}

    def arn(self, key: str) -> str:
        """The ARN of who signs with the key: of a role's session, of the person who is named in
        the key, else of the account's engineer."""
        if key.startswith(PERSONS):
            name = key.removeprefix(PERSONS).lower()
            account = self.account if name != STRANGER else OTHER_ACCOUNT
            return f"arn:aws:iam::{account}:user/{name}"
        return self._sessions.get(key, self._user) if key else ""

    def learn(self, answer: bytes) -> None:
        """Remember the session that STS has given away."""
        text = answer.decode(errors="replace")
        key, arn = re.search(r"<AccessKeyId>(.+?)</AccessKeyId>", text), re.search(r"<Arn>(.+?)</Arn>", text)
        if key and arn:
            self._sessions[key[1]] = arn[1]

    def of_task(self, role: str, task: str) -> dict[str, str]:
        """What a task gets from its credentials' address: a session of its role."""
        key = f"ASIA{secrets.token_hex(8).upper()}"
        name = role.rpartition("/")[2]
        self._sessions[key] = f"arn:aws:sts::{self.account}:assumed-role/{name}/{task}"
        until = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=6)
        return {
            "RoleArn": role, "AccessKeyId": key, "SecretAccessKey": secrets.token_hex(20),
            "Token": secrets.token_hex(40), "Expiration": until.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }  # fmt: skip


class Front:
    """ASGI application around MiniStack's. `domains` are the names of load balancers by their domain."""

    def __init__(self, app: App, folder: Path, principals: Principals, domains: dict[str, str]) -> None:
        self.app = app
        self.principals = principals
        self.domains = domains
        self.password = secrets.token_hex(20)
        self.task_roles: dict[str, tuple[str, str]] = {}
        self._log = (folder / "calls.jsonl").open("a", buffering=1)
        self._faults = Faults(folder / "faults.json")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        host = headers.get("host", "").partition(":")[0].lower()
        port = headers.get("x-rehearsal-port", "")
        if host == CREDENTIALS_HOST:
            await self._give_credentials(scope, send)
        elif host.endswith(".elb.amazonaws.com") or host in self.domains:
            await self._balance(scope, receive, send, host, port)
        else:
            await self._call(scope, receive, send, headers, host)

    async def _give_credentials(self, scope: Scope, send: Send) -> None:
        found = self.task_roles.get(scope["path"])
        if found is None:
            await _answer(send, 404, {}, b'{"code":"InvalidIdInRequest","message":"no such task"}')
            return
        body = json.dumps(self.principals.of_task(*found)).encode()
        await _answer(send, 200, {"content-type": "application/json"}, body)

    async def _balance(self, scope: Scope, receive: Receive, send: Send, host: str, port: str) -> None:
        from ministack.core import responses
        from ministack.services import alb

        if region := balancer_region(host):
            responses.set_request_region(region)
        wanted = self.domains.get(host, "")
        balancer = alb._find_lb_by_name(wanted) if wanted else alb.find_lb_for_host(host)
        if balancer is None:
            await _answer(send, 503, {}, b"no load balancer has this name")
            return
        scheme = b"https" if port == "443" else b"http"
        kept = [(name, value) for name, value in scope["headers"] if name.lower() not in _SET]
        named = [(b"host", f"{balancer['DNSName']}:{port}".encode()), (b"x-forwarded-proto", scheme)]
        await self.app({**scope, "headers": [*named, *kept]}, receive, _by_name(balancer["DNSName"], host, send))

    async def _call(self, scope: Scope, receive: Receive, send: Send, headers: dict[str, str], host: str) -> None:
        call = Call(host, scope["method"], scope["path"])
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
        key = calls.access_key(headers, query)
        call.principal = self.principals.arn(key)
        body = b""
        if ".dkr.ecr." in host:
            call.service, call.login = "registry", self._has_login(headers)
        else:
            body = await _whole(receive)
            calls.identify(call, headers, body, query, self.principals.account)
            receive = _again(body, receive)
        rule = self._faults.of(call.as_dict())
        send = self._noted(call, send)
        if rule is not None:
            call.fault = True
            await self._fail(call, rule, headers, send)
        elif call.login is False:
            call.status = 401
            wanted = f'Basic realm="https://{host}/",service="ecr.amazonaws.com"'
            await _answer(send, 401, {"www-authenticate": wanted}, b"")
        elif call.service == "sts" and call.action == "GetCallerIdentity" and key:
            call.status = 200
            await _answer(send, 200, {"content-type": "text/xml"}, _identity(call.principal))
        elif call.service == "ecr" and call.action == "GetAuthorizationToken":
            call.status = 200
            await _answer(send, 200, {"content-type": "application/x-amz-json-1.1"}, self._login(host))
        else:
            await self.app(scope, receive, self._watched(call, send))

    def _noted(self, call: Call, send: Send) -> Send:
        """Who has an answer finds the call in the log."""

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._note(call)
            await send(message)

        return sent

    def _note(self, call: Call) -> None:
        self._log.write(json.dumps(call.as_dict()) + "\n")

    def _watched(self, call: Call, send: Send) -> Send:
        parts: list[bytes] = []

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                call.status = message["status"]
            elif call.action in READ and call.service == "sts":
                parts.append(message.get("body", b""))
                if not message.get("more_body"):
                    self.principals.learn(b"".join(parts))
            await send(message)

        return sent

    def _has_login(self, headers: dict[str, str]) -> bool:
        kind, _, value = headers.get("authorization", "").partition(" ")
        return kind.lower() == "basic" and base64.b64decode(value) == f"{REGISTRY_USER}:{self.password}".encode()

    def _login(self, host: str) -> bytes:
        token = base64.b64encode(f"{REGISTRY_USER}:{self.password}".encode()).decode()
        region = host.removeprefix("api.ecr.").partition(".")[0]
        until = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=12)
        address = f"https://{self.principals.account}.dkr.ecr.{region}.amazonaws.com"
        data = {"authorizationToken": token, "expiresAt": until.timestamp(), "proxyEndpoint": address}
        return json.dumps({"authorizationData": [data]}).encode()

    async def _fail(self, call: Call, rule: Rule, headers: dict[str, str], send: Send) -> None:
        effect = rule.get("effect", "")
        if effect == "hang":
            self._note(call)
            await asyncio.sleep(rule.get("seconds", HANGS_SECONDS))
            return
        if effect == "cut":
            # HAProxy closes the connection at that.
            await _answer(send, 502, {"x-rehearsal-cut": "1"}, b"")
            return
        if effect == "redirect":
            call.status = 301
            body = b"<Error><Code>PermanentRedirect</Code><Message>The bucket is in another region.</Message></Error>"
            shown = {"x-amz-bucket-region": rule["region"], "content-type": "application/xml"}
            await _answer(send, 301, shown, b"" if call.method == "HEAD" else body)
            return
        if call.service == "registry":
            call.status = rule["status"]
            said = {"errors": [{"code": rule["code"], "message": rule.get("message", "")}]}
            await _answer(send, rule["status"], {"content-type": "application/json"}, json.dumps(said).encode())
            return
        call.status, shown, body = calls.refusal(call, headers, rule)
        await _answer(send, call.status, shown, b"" if call.method == "HEAD" else body)


_SET = (b"host", b"x-forwarded-proto")


def balancer_region(host: str) -> str:
    """The region in a load balancer's name, "" for another host."""
    name, found, _ = host.partition(".elb.amazonaws.com")
    return name.rpartition(".")[2] if found else ""


def _by_name(own: str, asked: str, send: Send) -> Send:
    """Redirects lead to the name that was asked for, not to the load balancer's own."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            shown = [
                (name, value.replace(own.encode(), asked.encode()) if name.lower() == b"location" else value)
                for name, value in message["headers"]
            ]
            message = {**message, "headers": shown}
        await send(message)

    return sent


def _identity(arn: str) -> bytes:
    account = arn.split(":")[4]
    result = f"<Arn>{arn}</Arn><UserId>AROAREHEARSAL:session</UserId><Account>{account}</Account>"
    return (
        '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
        f"{result}</GetCallerIdentityResult></GetCallerIdentityResponse>"
    ).encode()


async def _whole(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body"):
            return b"".join(parts)


def _again(body: bytes, receive: Receive) -> Receive:
    """The body that has been read, once more, and whatever comes after it."""
    given = False

    async def received() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return received


async def _answer(send: Send, status: int, headers: dict[str, str], body: bytes) -> None:
    shown = {"content-length": str(len(body)), **headers}
    pairs = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in shown.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})
