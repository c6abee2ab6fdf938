"""Reading where this machine's Debian packages come from."""

from __future__ import annotations

from orchestrator.machine import apt

DEBIAN_12 = {"ID": "debian", "VERSION_CODENAME": "bookworm"}


def test_one_line_sources_are_read_with_their_options_and_without_comments() -> None:
    text = """
    # deb http://old.example/debian bookworm main
    deb [signed-by=/k.gpg arch=amd64] http://mirror.example/debian bookworm main contrib
    deb-src http://mirror.example/debian bookworm main
    deb http://mirror.example/security bookworm-security main
    """
    assert apt.parse_sources(text) == [
        ("http://mirror.example/debian", "bookworm"),
        ("http://mirror.example/security", "bookworm-security"),
    ]


def test_deb822_sources_are_read_with_several_suites_and_continued_lines() -> None:
    text = """\
# a comment
Types: deb deb-src
URIs: http://mirror.example/debian
Suites: bookworm
 bookworm-updates
Components: main

Types: deb
URIs: http://off.example/debian
Suites: bookworm
Enabled: no

Types: deb-src
URIs: http://source.example/debian
Suites: bookworm
"""
    assert apt.parse_sources(text) == [
        ("http://mirror.example/debian", "bookworm"),
        ("http://mirror.example/debian", "bookworm-updates"),
    ]


def test_the_mirrors_of_a_debian_machine_are_used_for_packages_and_security_updates() -> None:
    entries = [
        ("https://vendor.example/apt", "nodistro"),
        ("http://mirror.example/debian/", "bookworm"),
        ("http://mirror.example/debian/", "bookworm-updates"),
        ("http://mirror.example/security", "bookworm-security"),
    ]
    assert apt.choose_mirrors(DEBIAN_12, entries) == apt.Mirrors(
        "http://mirror.example/debian", "http://mirror.example/security"
    )


def test_a_machine_with_packages_from_a_mirror_may_have_no_security_entry() -> None:
    found = apt.choose_mirrors(DEBIAN_12, [("http://mirror.example/debian", "stable")])
    assert found == apt.Mirrors("http://mirror.example/debian", "")


def test_a_machine_without_a_mirror_of_debian_has_none() -> None:
    assert apt.choose_mirrors(DEBIAN_12, [("https://vendor.example/apt", "nodistro")]) is None


def test_another_distributions_mirrors_are_not_taken_for_debians() -> None:
    ubuntu = {"ID": "ubuntu", "VERSION_CODENAME": "noble"}
    assert apt.choose_mirrors(ubuntu, [("http://mirror.example/ubuntu", "noble")]) is None
