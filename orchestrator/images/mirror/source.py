"""A registry that an image is taken from, spoken to in its own protocol (OCI distribution) with Docker's logins."""

from __future__ import annotations

import base64
import json
import os
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from typing import Any

from orchestrator.images.mirror import credentials
from orchestrator.images.mirror.credentials import Login
from orchestrator.images.mirror.reference import Reference
from orchestrator.images.registries import trust

_SECONDS = 60.0
_LARGEST_TOKEN = 1 << 20


class Source:
    """One repository of a registry. What it holds is read only."""

    def __init__(self, reference: Reference) -> None:
        scheme = "http" if reference.is_on_this_machine else "https"
        self.url = f"{scheme}://{reference.api_host}"
        self.name = reference.name
        self._login = credentials.find(reference.host)
        self._authorization = ""
        proxies = (urllib.request.ProxyHandler({}),) if reference.is_on_this_machine else ()
        secure = urllib.request.HTTPSHandler(context=trust.context(os.environ))
        self._opener = urllib.request.build_opener(secure, *proxies)

    def call(self, method: str, url: str, headers: Mapping[str, str] | None = None, body: Any = None) -> Any:
        """The answer of the registry, logged in where it asks for that. Raises `HTTPError` and `OSError`."""
        try:
            return self._open(method, url, headers, body)
        except urllib.error.HTTPError as error:
            if error.code != 401:
                raise
            with error:
                wanted = self._answer_to(error.headers.get("WWW-Authenticate", ""))
            if not wanted or wanted == self._authorization:
                raise
            self._authorization = wanted
        return self._open(method, url, headers, body)

    def path(self, kind: str, reference: str = "") -> str:
        """The URL of a manifest or blob."""
        return f"{self.url}/v2/{self.name}/{kind}/{reference}"

    def _open(self, method: str, url: str, headers: Mapping[str, str] | None, body: Any) -> Any:
        request = urllib.request.Request(urllib.parse.urljoin(self.url, url), data=body, method=method)
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        if self._authorization:
            # A redirect does not get it: it goes to a store with a login of its own.
            request.add_unredirected_header("Authorization", self._authorization)
        return self._opener.open(request, timeout=_SECONDS)

    def _answer_to(self, challenge: str) -> str:
        kind, _, rest = challenge.partition(" ")
        if kind.lower() == "basic":
            return _basic(self._login) if self._login else ""
        if kind.lower() != "bearer":
            return ""
        asked = dict(re.findall(r'(\w+)="([^"]*)"', rest))
        realm = asked.pop("realm", "")
        asked.setdefault("scope", f"repository:{self.name}:pull")
        return f"Bearer {self._token(realm, asked)}" if realm.startswith(("https://", f"{self.url}/")) else ""

    def _token(self, realm: str, asked: Mapping[str, str]) -> str:
        query = {name: value for name, value in asked.items() if name in ("service", "scope")}
        if self._login and self._login.identity_token:
            form = {**query, "grant_type": "refresh_token", "refresh_token": self._login.identity_token,
                    "client_id": "storyizer"}  # fmt: skip
            request = urllib.request.Request(realm, data=urllib.parse.urlencode(form).encode())
        else:
            mark = "&" if "?" in realm else "?"
            request = urllib.request.Request(f"{realm}{mark}{urllib.parse.urlencode(query)}")
            if self._login:
                request.add_unredirected_header("Authorization", _basic(self._login))
        with self._opener.open(request, timeout=_SECONDS) as answer:
            said = json.loads(answer.read(_LARGEST_TOKEN))
        return str(said.get("token") or said.get("access_token") or "")


def _basic(login: Login) -> str:
    return f"Basic {base64.b64encode(f'{login.user}:{login.password}'.encode()).decode()}"
