"""From the output of `terraform show -json PLAN` to a `Plan` in which nothing sensitive is left."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from orchestrator.errors import Failure
from orchestrator.review.model import Action, Check, Difference, Invocation, Output, Plan, Resource
from orchestrator.review.reading import configuration, drift, hidden, parse, recognition, references, structures
from orchestrator.review.reading.configuration import Configuration
from orchestrator.review.reading.recognition import MAKE_ONE, refuse_others
from orchestrator.review.secrets import exposed, left_open, marked_states, masking, sensitive_texts
from orchestrator.review.secrets.scrub import Scrubber
from orchestrator.review.values import UNKNOWN, AttributePath

_ACTIONS: Mapping[tuple[str, ...], Action] = {
    ("no-op",): Action.NO_OP,
    ("create",): Action.CREATE,
    ("read",): Action.READ,
    ("update",): Action.UPDATE,
    ("delete",): Action.DELETE,
    ("forget",): Action.FORGET,
    ("delete", "create"): Action.REPLACE,
    ("create", "delete"): Action.REPLACE,
    # The old object stays, Terraform only lets go of it: nothing is destroyed.
    ("create", "forget"): Action.CREATE,
    ("forget", "create"): Action.CREATE,
}


def read(shown: Mapping[str, Any]) -> Plan:
    """The plan, masked. Raises `Failure` for anything that is no plan of a format that is known."""
    refuse_others(shown)
    try:
        return _read(shown)
    except (KeyError, TypeError, AttributeError, IndexError, ValueError, RecursionError) as error:
        raise Failure(
            "the plan is not as Terraform writes it",
            # Not the error's text: it may quote a value.
            reason=f"A part of it is missing or of another kind ({type(error).__name__}): was it edited?",
            next_step=MAKE_ONE,
        ) from error


def read_bytes(data: bytes, name: str) -> Plan:
    """The plan in a file's bytes, masked. `name` is the file's, for messages. Raises `Failure`."""
    quickly = marked_states.plan(data)
    if quickly is not None:
        return read(quickly)
    shown, passed_over = parse.document(data, name)
    plan = read(shown)
    return replace(plan, notes=(*passed_over, *plan.notes))


def _read(shown: Mapping[str, Any]) -> Plan:
    shown = left_open.marked(shown, unreliable=recognition.is_old(shown))
    config = configuration.read(shown)
    secrets = sensitive_texts.secrets(shown, config)
    reader = _Reader(config, Scrubber(secrets), secrets)
    resources = tuple(reader.resource(item) for item in shown.get("resource_changes") or ())
    drifted = tuple(reader.resource(item) for item in shown.get("resource_drift") or ())
    outputs = tuple(reader.outputs(shown.get("output_changes") or {}))
    changes = [item for item in resources if item.managed and (item.action is not Action.NO_OP or item.moved_from)]
    only_refreshes = shown.get("applyable") is True and not changes and not outputs
    matters = drift.that_matters(
        drifted, resources, () if only_refreshes else shown.get("relevant_attributes") or (), everything=only_refreshes
    )
    shown_ones = {id(item) for item in matters}
    return Plan(
        resources=resources,
        drift=matters,
        other_drift=len(drifted) - len(matters),
        drifted_elsewhere=tuple(item for item in drifted if id(item) not in shown_ones),
        outputs=outputs,
        checks=tuple(reader.checks(shown.get("checks") or ())),
        invocations=tuple(reader.invocations(shown.get("action_invocations") or ())),
        edges=references.edges(config, {configuration.without_keys(item.address) for item in changes}),
        terraform_version=str(shown.get("terraform_version") or ""),
        made_at=str(shown.get("timestamp") or ""),
        notes=recognition.notes(shown),
        complete=shown.get("complete") is not False,
        errored=shown.get("errored") is True,
        destroys_all=_destroys_all(resources),
        secrets=secrets,
    )


def _destroys_all(resources: tuple[Resource, ...]) -> bool:
    """True for `-destroy`: nothing stays, and Terraform has no reason to tell for any of it."""
    managed = [item for item in resources if item.managed]
    return bool(managed) and all(item.action is Action.DELETE and not item.action_reason for item in managed)


class _Reader:
    """Makes masked parts of raw ones."""

    def __init__(self, config: Configuration, scrubber: Scrubber, secrets: frozenset[str] = frozenset()) -> None:
        self._config = config
        self._scrub = scrubber
        self._secrets = secrets

    def resource(self, raw: Mapping[str, Any]) -> Resource:
        change = _sound(raw)
        address, text = raw["address"], self._scrub.text
        action = _action(change, self._address(address))
        before, after = self._sides(change, resource=True)
        paths: tuple[AttributePath, ...] = tuple(
            tuple(self._scrub.value(path)) for path in change.get("replace_paths") or ()
        )
        previous = raw.get("previous_address") or address
        found: tuple[Difference, ...] = ()
        if action in (Action.UPDATE, Action.REPLACE):
            known = self._config.attributes(address)
            provider = raw["type"].partition("_")[0]
            found = structures.differences(before, after, replace_paths=paths, configured=known, provider=provider)
        unknown = [name for name, value in after.items() if value is UNKNOWN] if isinstance(after, Mapping) else []
        images: hidden.Images = ()
        if raw["type"] == "aws_ecs_task_definition" and (secret := hidden.images(change)):
            images = tuple((name, old and text(old), new and text(new)) for name, old, new in secret)
            found = tuple(hidden.with_images(change, images, found))
        return Resource(
            address=self._address(address),
            module=self._address(raw.get("module_address") or ""),
            type=raw["type"],
            name=raw["name"],
            provider=raw.get("provider_name") or "",
            action=action,
            before=before,
            after=after,
            # A mode that is not known here is looked at like a managed resource, rather than passed over.
            managed=raw.get("mode") not in ("data", "ephemeral"),
            index=self._scrub.value(raw.get("index")),
            create_before_destroy=change["actions"] == ["create", "delete"],
            action_reason=raw.get("action_reason") or "",
            replace_paths=paths,
            differences=found,
            moved_from=self._address(previous) if previous != address else "",
            import_id=self._import_id(change.get("importing")),
            deposed=raw.get("deposed") or "",
            hidden_images=images,
            configured=self._config.attributes(address),
            documents=tuple(self._config.documents(address, unknown)) if unknown else (),
            region=self._scrub.text(self._config.region(address)),
            exposed=tuple(
                (text(name), tuple(self._scrub.value(path)))
                for name, path in exposed.exposed(raw["type"], change, self._secrets)
            ),
        )

    def _address(self, address: str) -> str:
        return configuration.keys_replaced(address, self._scrub.text)

    def _sides(self, change: Mapping[str, Any], *, resource: bool = False) -> tuple[Any, Any]:
        """What is sensitive on one side is masked on both: it must not leak when the mark comes or goes."""
        trees = [tree for side in ("before", "after") if masking.marks(tree := change.get(f"{side}_sensitive"))]
        before = change.get("before")
        after = masking.with_unknown(change.get("after"), change.get("after_unknown"))
        if resource and True in trees:
            # All of it is hidden: its attributes' names still tell what changes.
            trees = [dict.fromkeys({**(before or {}), **(after or {})}, True)]
        return (
            self._scrub.value(masking.masked(before, *trees)),
            self._scrub.value(masking.masked(after, *trees)),
        )

    def _import_id(self, importing: Any) -> str:
        if not isinstance(importing, Mapping):
            return ""
        if importing.get("unknown"):
            return "(known after apply)"
        name = importing.get("id") or importing.get("identity") or ""
        return self._scrub.text(name if isinstance(name, str) else json.dumps(name, ensure_ascii=False))

    def outputs(self, raw: Mapping[str, Any]) -> Iterator[Output]:
        for name, change in raw.items():
            action = _action(change, f"output {name}")
            if action is not Action.NO_OP:
                before, after = self._sides(change)
                yield Output(name, action, before, after)

    def invocations(self, raw: Iterable[Mapping[str, Any]]) -> Iterator[Invocation]:
        for one in raw:
            trigger = one.get("lifecycle_action_trigger") or {}
            by, event = trigger.get("triggering_resource_address") or "", trigger.get("action_trigger_event") or ""
            values = masking.with_unknown(one.get("config_values"), one.get("config_unknown"))
            values = self._scrub.value(masking.masked(values, one.get("config_sensitive")))
            when = f"{event} of {self._address(by)}" if by else ""
            yield Invocation(self._address(one["address"]), when, values)

    def checks(self, raw: Iterable[Mapping[str, Any]]) -> Iterator[Check]:
        for check in raw:
            # An input of a module that is made of what the apply makes: Terraform validates it then.
            is_input = (check.get("address") or {}).get("kind") == "var"
            instances = check.get("instances") or [check]
            for one in instances:
                if one.get("status") in ("fail", "error") or (one.get("status") == "unknown" and not is_input):
                    address = (one.get("address") or check.get("address") or {}).get("to_display")
                    address = address or (check.get("address") or {}).get("to_display", "")
                    messages = (str(problem.get("message") or "") for problem in one.get("problems") or ())
                    yield Check(self._address(str(address)), one["status"], tuple(map(self._scrub.text, messages)))


_TEXTS = ("module_address", "provider_name", "action_reason", "deposed", "previous_address", "mode")


def _sound(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """A resource's change. Raises `TypeError` if one of the two has something that Terraform never writes there."""
    change: Mapping[str, Any] = raw["change"]
    texts = [raw["address"], raw["type"], raw["name"], *(raw[name] for name in _TEXTS if raw.get(name) is not None)]
    paths = change.get("replace_paths") or []
    sides = (change.get("before"), change.get("after"), change.get("after_unknown") or None)
    if (
        not all(isinstance(text, str) for text in texts)
        or not all(side is None or isinstance(side, dict) for side in sides)
        or not all(type(part) in (str, int) for path in paths for part in path)
        or not isinstance(raw.get("index"), str | int | None)
    ):
        raise TypeError("of another kind")
    return change


def _action(change: Mapping[str, Any], what: str) -> Action:
    actions = tuple(change.get("actions") or ())
    if actions not in _ACTIONS:
        raise Failure(
            f"{what}: the plan has an action that is not known here: {', '.join(actions) or 'none'}",
            reason="What is not understood cannot be reviewed.",
            next_step="review this plan by hand, or with a version of this program that knows the action",
        )
    return _ACTIONS[actions]
