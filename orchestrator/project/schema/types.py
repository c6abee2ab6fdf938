"""Types of values that several keys share. Strict: YAML has said already what is a number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import ConfigDict, Strict

from orchestrator.project.schema.rules import (
    CPU_RULE,
    NAME_RULE,
    VARIABLE_NAME_RULE,
    VARIABLE_RULE,
    about,
)

Whole = Annotated[int, Strict()]
Flag = Annotated[bool, Strict()]
Text = Annotated[str, Strict()]
Words = tuple[Text, ...]
Cpu = Annotated[Whole, *CPU_RULE]
Memory = Annotated[Whole, about("", low=512, high=122880)]
Count = Annotated[Whole, about("", low=0, high=100)]
Percent = Annotated[Whole, about("", low=1, high=100)]
Seconds = Annotated[Whole, about("", low=1, high=43200)]
# The names of services, sidecars, volumes and storage.
Name = Annotated[Text, *NAME_RULE]
VariableName = Annotated[str, *VARIABLE_NAME_RULE]
Variables = Mapping[VariableName, Annotated[Text, *VARIABLE_RULE]]

NO_OTHER_KEYS = ConfigDict(extra="forbid")
