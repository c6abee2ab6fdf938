"""Which options pytest and its plugins know, so that a slip of the pen is told before all of them are installed.

As of the pinned versions: a test holds the list against pytest's own.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

_KNOWN = """
--anyio-mode --assert --basetemp --cache-clear --cache-show --capture --co --code-highlight
--collect-in-virtualenv --collect-only --collectonly --color --confcutdir --config-file
--continue-on-collection-errors --debug --deselect --disable-plugin-autoload --disable-pytest-warnings
--disable-warnings --dist --doctest-continue-on-failure --doctest-glob --doctest-ignore-import-errors
--doctest-modules --doctest-report --durations --durations-min --exitfirst --failed-first --ff --fixtures
--fixtures-per-test --force-short-summary --full-trace --fulltrace --funcargs --help --hypothesis-explain
--hypothesis-profile --hypothesis-seed --hypothesis-show-statistics --hypothesis-verbosity --ignore
--ignore-glob --import-mode --junit-prefix --junit-xml --junitprefix --junitxml --keep-duplicates
--keepduplicates --last-failed --last-failed-no-failures --lf --lfnf --loadscope-reorder --log-auto-indent
--log-cli-date-format --log-cli-format --log-cli-level --log-date-format --log-disable --log-file
--log-file-date-format --log-file-format --log-file-level --log-file-mode --log-format --log-level --long
--looponfail --markers --max-warnings --max-worker-restart --maxfail --maxprocesses --maxschedchunk
--new-first --nf --no-fold-skipped --no-header --no-loadscope-reorder --no-showlocals --no-summary
--noconftest --numprocesses --override-ini --pastebin --pdb --pdbcls --px --pyargs --pythonwarnings --quiet
--report-chars --rootdir --rsyncdir --rsyncignore --runxfail --screens --setup-only --setup-plan --setup-show
--setuponly --setupplan --setupshow --show-capture --showlocals --stepwise --stepwise-reset --stepwise-skip
--session-timeout --strict --strict-config --strict-markers --sw --sw-reset --sw-skip --tb --testrunuid
--timeout --timeout-disable-debugger-detection --timeout-method --timeout_method --trace --trace-config
--traceconfig --tx --verbose --verbosity --version --xfail-tb -V -W -c -d -f -h -k -l -m -n -o -p -q -r -s -v
-x
"""
OPTIONS = frozenset(_KNOWN.split())


def unknown(arguments: Sequence[str]) -> str:
    """The first argument that is an option and none of pytest's; "" where there is none, or a plugin may know it."""
    if os.environ.get("PYTEST_PLUGINS") or any(argument.startswith("-p") for argument in arguments):
        return ""
    for argument in arguments:
        if argument == "--":
            break
        if not argument.startswith("-") or argument == "-" or re.fullmatch(r"-[\d.]+", argument):
            continue
        name = argument.partition("=")[0] if argument.startswith("--") else argument[:2]
        if name not in OPTIONS:
            return argument
    return ""
