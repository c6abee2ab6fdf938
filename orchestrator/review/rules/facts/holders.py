"""What a type of resource holds, and so what goes when it is destroyed.

The tables are in `tables/`, one per provider and kind. A type that is in none of them is judged by its name, and the
finding says so; `holder_of` gives None if the name says nothing either.
"""

from __future__ import annotations

import re
from functools import cache

from orchestrator.review.model import Severity
from orchestrator.review.rules.facts.tables import (
    aws_addresses,
    aws_data,
    aws_harmless,
    aws_services,
    azure,
    elsewhere,
    google,
    other_clouds,
)
from orchestrator.review.rules.facts.tables.holder import Holder, Kind
from orchestrator.review.rules.facts.tables.other_names import first_name

TABLES = (
    aws_data.HOLDERS,
    aws_addresses.HOLDERS,
    aws_services.HOLDERS,
    aws_harmless.HOLDERS,
    elsewhere.HOLDERS,
    azure.HOLDERS,
    google.HOLDERS,
    other_clouds.HOLDERS,
)
KNOWN = {type_: holder for table in TABLES for type_, holder in table.items()}

_PLAIN = (
    "policy|policies|attachment|association|rule|rules|permission|permissions|membership|member|assignment|binding|"
    "iam_member|iam_binding|iam_policy|notification|notifications|configuration|settings|setting|options|subscription|"
    "target|route|routes|schedule|alias|tag|tags|link|acceptance|accepter|validation|verification|authorization|"
    "grant|grants|mapping|parameter_group|subnet_group|option_group|role|profile|event_source|"
    "exclusive|admin_account|ipset|match_set|pattern_set|rule_group|features?|filter|config|status|type|template|"
    "propagation|lock|diagnostic_setting|preferences|metric_filter|dashboard|monitor|trigger|hook|webhook"
)
_HARMLESS_NAME = re.compile(rf"_(?:{_PLAIN})$|^aws_datasync_location_")
_DATA_NAME = re.compile(
    r"_(?:database|databases|db|sql|mysql|postgres|postgresql|mongodb|redis|cache|table|dataset|bucket|storage|volume|"
    r"disk|filesystem|file_system|fileshare|share|snapshot|backup|vault|repository|registry|queue|topic|stream|index|"
    r"secret|key|password|ledger|archive|warehouse|datastore|store|lake|log_group|user_pool|directory)"
    r"(?:_v\d+|_instance|_cluster|_server|_account|_database)*$"
)
_ADDRESS_NAME = re.compile(
    r"_(?:load_?balancer|lb|alb|nlb|zone|dns|domain|domain_name|record|ip|ip_address|floating_ip|address|certificate|"
    r"vpc|network|subnet|subnetwork|gateway|vpn|distribution|endpoint)(?:_v\d+)?$"
)


def holder_of(type_: str) -> Holder | None:
    """What a resource of this type holds; None if neither a table nor the name tells."""
    return KNOWN.get(type_) or KNOWN.get(first_name(type_)) or _by_name(type_)


@cache
def _by_name(type_: str) -> Holder | None:
    noun = type_.partition("_")[2].replace("_", " ") or type_
    if _HARMLESS_NAME.search(type_):
        return Holder(Kind.HARMLESS, noun, guessed=True)
    if _DATA_NAME.search(type_):
        return Holder(Kind.DATA, noun, "whatever is in it", Severity.HIGH, guessed=True)
    if _ADDRESS_NAME.search(type_):
        return Holder(Kind.ADDRESS, noun, "what others reach it by", Severity.HIGH, guessed=True)
    return None
