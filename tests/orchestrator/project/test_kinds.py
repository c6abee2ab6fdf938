"""Kinds of services: which keys go with which, and what holds among services."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from orchestrator.errors import Failure
from orchestrator.project import manifest
from orchestrator.project.schema import among
from orchestrator.project.schema.exports import editor
from orchestrator.project.schema.service import Service

VALIDATOR = jsonschema.Draft202012Validator(editor.schema())
KMS = "arn:aws:kms:us-east-1:111122223333:key/1234"

# ruff: noqa: E501  (a manifest a line)

RIGHT = {
    "a backend": "kind: backend\nport: 9000\n",
    "a worker": "kind: worker\nqueue: {visibility: 300, attempts: 3, keep_days: 13, fifo: true}\n",
    "a worker that scales": "kind: worker\nscaling: {min: 1, max: 9, backlog: 10}\nalarms: {queue_age: 60, dead_letters: 1}\n",
    "a job": 'kind: job\nschedule: "cron(0 3 * * ? *)"\ntime_zone: Europe/Berlin\nretries: 2\ntimeout: 60\noverlap: allow\n',
    "a job that is only started by hand": "kind: job\n",
    "a rate": "kind: job\nschedule: rate(1 hour)\n",
    "a web service with all that scales": "paths: [/a]\nscaling:\n  min: 2\n  max: 10\n  cpu: 60\n  memory: 70\n  requests: 500\n"
    '  schedule: [{cron: "0 8 ? * MON-FRI *", time_zone: UTC, min: 4, max: 10}]\n',
    "alarms": "paths: [/a]\nalarms: {errors: 5, latency: 1.5, unhealthy: 1, cpu: 90, memory: 90, rollback: [errors, latency]}\n",
    "secrets": "paths: [/a]\nsecrets:\n  A: /storyizer/key\n  ROOT: storyizer-key\n  B: {secret: prod/db, key: password}\n"
    f"  C: {{parameter: /x, kms_key: '{KMS}'}}\n  D: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:db-AbCdEf'\n",
    "a sidecar": "kind: sidecar\nimage: envoyproxy/envoy:v1.31\ncommand: [envoy]\nenvironment: {A: b}\nsecrets: {B: /b}\n",
    "volumes": "paths: [/a]\nvolumes:\n  scratch: {path: /tmp/scratch}\n"
    "  shared: {path: /data, file_system: fs-0123, access_point: fsap-0123, file_system_security_group: sg-0123, read_only: true}\n",
    "storage": "paths: [/a]\nstorage:\n  things: {table: {key: {id: text, at: number}, expires: ttl}, access: read-write}\n"
    "  uploads: {bucket: {versions: false, expire_days: 30}, access: read-only, variable: BUCKET}\n"
    "  mails: {queue: {}, access: send}\n",
    "several ports": "paths: [/a]\nports:\n  9000: {paths: [/a/b, /c], health: /ready}\n  65535: {paths: [/]}\n",
    "as many ports as ECS has target groups for": "paths: [/a]\nports: {1024: {paths: [/b]}, 9000: {paths: [/c]}, 9001: {paths: [/d]}, 9002: {paths: [/e]}}\n",
    "one word of capacity": "paths: [/a]\ncapacity: fargate_spot\n",
    "tasks on demand among those on Spot": "kind: backend\ncapacity: {fargate_spot: {base: 1}}\n",
    "a capacity of one environment": "kind: job\ncapacity: ec2\nenvironments: {staging: {capacity: fargate}}\n",
    "a worker outside AWS": "kind: worker\ncapacity: external\nvolumes: {scratch: {path: /scratch}}\nscaling: {min: 1, max: 2, cpu: 50}\n",
    "environments": "paths: [/a]\nenvironments:\n  staging: {scaling: {min: 1, max: 2, cpu: 50}, secrets: {A: /b}, alarms: {cpu: 80}}\n",
}  # fmt: skip

WRONG = [
    ("kind: worker\npaths: [/a]\n", 2, "'paths' does not fit kind: worker; only a service of kind web is behind the load"),
    ("kind: worker\nport: 80\n", 2, "'port' is 80; use 1024 to 65535"),
    ("kind: worker\nport: 8000\n", 2, "'port' does not fit kind: worker; it is for web and backend: remove it"),
    ("kind: backend\nsmoke: []\n", 2, "'smoke' does not fit kind: backend"),
    ("kind: backend\nhealth: /up\n", 2, "'health' does not fit kind: backend"),
    ("kind: job\ncount: 1\n", 2, "'count' does not fit kind: job; it is for web and backend and worker"),
    ("kind: job\nscaling: {min: 1, max: 2, cpu: 50}\n", 2, "'scaling' does not fit kind: job"),
    ("paths: [/a]\nschedule: rate(1 hour)\n", 2, "'schedule' does not fit kind: web; only a job runs at times"),
    ("paths: [/a]\nqueue: {}\n", 2, "'queue' does not fit kind: web; only a service of kind worker takes messages"),
    ("kind: cron\n", 1, "'kind' is 'cron'; use one of web, backend, worker, job"),
    ("kind: web\n", 1, "the key 'paths' is missing"),
    ("kind: job\nschedule: rate(1 hours)\n", 2, "'schedule' is 'rate(1 hours)', not a schedule; write a schedule like"),
    ("kind: job\nschedule: 0 3 * * *\n", 2, "not a schedule"),
    ("kind: job\ntime_zone: Europe/Berlin\n", 2, "'time_zone' is of a schedule, and there is none"),
    ("paths: [/a]\nscaling: {min: 3, max: 2, cpu: 50}\n", 2, "min 3 is more than max 2"),
    ("paths: [/a]\nscaling:\n  min: 1\n  max: 2\n", 2, "scaling says not by what; add cpu"),
    ("paths: [/a]\nscaling: {min: 1, max: 2, backlog: 5}\n", 2, "'backlog' is measured only for kind: worker"),
    ("kind: worker\nscaling: {min: 0, max: 2, backlog: 5}\n", 2, "it cannot begin with none"),
    ("kind: worker\nscaling: {min: 1, max: 2, requests: 5}\n", 2, "'requests' is measured only for kind: web"),
    ("paths: [/a]\nscaling: {max: 2, cpu: 50}\n", 2, "the key 'scaling.min' is missing"),
    ("paths: [/a]\nscaling:\n  min: 1\n  max: 2\n  cpu: 50\n  schedule:\n    - {cron: 0 8 * * *, min: 1, max: 2}\n", 7, "cron expression"),
    ("paths: [/a]\nscaling: {min: 1, max: 2, cpu: 50}\ncount: 2\n", 3, "'count' and 'scaling' both say how many tasks run; remove count"),
    ("paths: [/a]\nscaling: {min: 1, max: 2, cpu: 50}\nenvironments:\n  x: {count: 2}\n", 4, "both say how many tasks run; set scaling of x"),
    ("kind: job\ntimeout: 30\n", 2, "'timeout' is 30"),
    ("kind: sidecar\nbefore_deploy: {command: [a]}\n", 2, "'before_deploy' does not fit kind: sidecar"),
    ("kind: job\nbefore_deploy: {timeout: 5}\n", 2, "the key 'before_deploy.command' is missing"),
    ("kind: job\nbefore_deploy:\n  command: []\n", 3, "'before_deploy.command'"),
    ("kind: worker\nalarms: {errors: 1}\n", 2, "'errors' is measured only for kind: web, and this is kind: worker"),
    ("paths: [/a]\nalarms:\n  cpu: 90\n  rollback: [errors]\n", 4, "'rollback' names 'errors', which has no threshold"),
    ("paths: [/a]\nenvironment: {A: b}\nsecrets:\n  A: /b\n", 4, "A stands in both 'environment' and 'secrets'"),
    ("paths: [/a]\nsecrets: {A: b/c}\n", 2, "'b/c', not a name or ARN of an SSM parameter; write a name or ARN of an SSM"),
    ("paths: [/a]\nsecrets: {A: {key: b}}\n", 2, "names neither a parameter nor a secret"),
    ("paths: [/a]\nsecrets: {A: {parameter: /a, secret: b}}\n", 2, "names both a parameter and a secret"),
    ("paths: [/a]\nsecrets: {A: {parameter: /a, key: b}}\n", 2, "asks for a key of a parameter"),
    ("paths: [/a]\nsecrets: {PORT: /a}\n", 2, "'secrets' sets PORT, which Terraform sets"),
    ("paths: [/a]\nvolumes: {scratch: {path: work}}\n", 2, "'volumes.scratch.path' is 'work', not a path"),
    ("paths: [/a]\nvolumes: {Scratch: {path: /scratch}}\n", 2, "is called 'Scratch'; use 1 to 20 of a-z"),
    ("paths: [/a]\nstorage: {x: {access: read-only}}\n", 2, "storage 'x' says not what it is"),
    ("paths: [/a]\nstorage: {x: {bucket: {}, queue: {}, access: send}}\n", 2, "it is bucket and queue at once"),
    ("paths: [/a]\nstorage: {x: {bucket: {}, access: send}}\n", 2, "a bucket has no access send; use read-only"),
    ("paths: [/a]\nstorage: {x: {queue: {}, access: read-only}}\n", 2, "a queue has no access read-only; use send"),
    ("paths: [/a]\nstorage: {x: {table: {key: {}}, access: read-only}}\n", 2, "has not one or two attributes"),
    ("paths: [/a]\nstorage: {x: {table: {key: {id: string}}, access: read-only}}\n", 2, "use one of text, number, binary"),
    ("paths: [/a]\nenvironment: {X_BUCKET: b}\nstorage: {x: {bucket: {}, access: read-only}}\n", 2, "also set by storage"),
    ("kind: sidecar\nmemory: 512\n", 2, "'memory' does not fit kind: sidecar"),
    ("kind: job\ncalls: [api]\n", 2, "'calls' does not fit kind: job; it is for web and backend and worker"),
    ("kind: sidecar\nport: 9000\n", 2, "'port' does not fit kind: sidecar"),
    ("kind: worker\nenvironment: {QUEUE_URL: b}\n", 2, "'QUEUE_URL' is also set by queue"),
    ("kind: backend\nports: {9000: {paths: [/b]}}\n", 2, "'ports' does not fit kind: backend; only a service of kind web is behind the load"),
    ("kind: sidecar\nports: {9000: {paths: [/b]}}\n", 2, "'ports' does not fit kind: sidecar"),
    ("paths: [/a]\ncapacity: external\nports: {9000: {paths: [/b]}}\n", 2, "'capacity' is external, which does not fit kind: web"),
    ("paths: [/a]\nports:\n  8000: {paths: [/b]}\n", 3, "port 8000 stands in 'ports', and it is the service's 'port'; use another port"),
    ("paths: [/a]\nport: 9000\nports:\n  9000: {paths: [/b]}\n", 4, "port 9000 stands in 'ports', and it is the service's 'port'"),
    ("paths: [/a]\nports:\n  9000: {paths: [/b]}\n  9000: {paths: [/c]}\n", 4, "'ports' sets 9000 twice; keep one of them"),
    ("paths: [/a]\nports:\n  80: {paths: [/b]}\n", 3, "'ports' names the port 80; use a whole number from 1024 to 65535"),
    ("paths: [/a]\nports:\n  '9000': {paths: [/b]}\n", 3, "'ports' names the port '9000'; use a whole number from 1024 to 65535, unquoted"),
    ("paths: [/a]\nports:\n  9_000: {paths: [/b]}\n", 3, "the key 9_000 is a number in YAML, not text"),
    ("paths: [/a]\nports:\n  admin: {paths: [/b]}\n", 3, "'ports' names the port 'admin'"),
    ("paths: [/a]\nports: [9000]\n", 2, "'ports' is a list, not a mapping; write ports: {9000: {paths: [/admin], health: /ready}}"),
    ("paths: [/a]\nports:\n  9000: {health: /b}\n", 3, "the key 'ports.9000.paths' is missing; add `paths: [/admin]`"),
    ("paths: [/a]\nports:\n  9000:\n    path: [/b]\n", 4, "unknown key 'path' in ports.9000; did you mean 'paths'?"),
    ("paths: [/a]\nports:\n  9000:\n    paths: [b]\n", 4, "'paths' holds 'b', which is not a path prefix"),
    ("paths: [/a]\nports:\n  9000:\n    paths: [/b]\n    health: ready\n", 5, "'ports.9000.health' is 'ready', not a path"),
    ("paths: [/a]\nports:\n  9000: {paths: [/b]}\n  9001: {paths: [/c]}\n  9002: {paths: [/d]}\n  9003: {paths: [/e]}\n  9004: {paths: [/f]}\n", 7,
     "port 9004 is one too many: ECS registers a service with 5 target groups at most; keep 4 further ports"),
    ("paths: [/a]\nports:\n  9000:\n    paths: [/b, /a]\n", 4, "path '/a' is already the path of port 8000; give one of them another path"),
    ("paths: [/a]\nports: {9000: {paths: [/b]}}\nsmoke:\n  - get: /b/c\n  - get: /c\n", 5, "'smoke' asks for '/c', which goes to another service; use a path below /a or /b"),
    ("paths: [/a]\ncapacity: spot\n", 2, "'capacity' is 'spot'; use one of fargate, fargate_spot, ec2, external, or {fargate_spot: {base: 1}}"),
    ("paths: [/a]\ncapacity: [ec2]\n", 2, "'capacity' is a list; use one of fargate"),
    ("paths: [/a]\ncapacity:\n", 2, "'capacity' is empty"),
    ("paths: [/a]\ncapacity: {ec2: {}}\n", 2, "'capacity' is a mapping of ec2; only fargate_spot has something to say"),
    ("paths: [/a]\ncapacity: {}\n", 2, "'capacity' is a mapping of nothing"),
    ("paths: [/a]\ncapacity: {fargate_spot: {weight: 1}}\n", 2, "something else than base; write {fargate_spot: {base: 1}}"),
    ("paths: [/a]\ncapacity: {fargate_spot: {base: 0}}\n", 2, "'capacity' has the base 0; use a whole number from 1 to 100"),
    ("paths: [/a]\nenvironments:\n  staging: {capacity: lambda}\n", 3, "'environments.staging.capacity' is 'lambda'"),
    ("kind: job\ncapacity: {fargate_spot: {base: 1}}\n", 2, "'capacity' has a base, and each run of a job is one task"),
    ("kind: sidecar\ncapacity: ec2\n", 2, "'capacity' does not fit kind: sidecar"),
    ("paths: [/a]\ncapacity: external\n", 2, "'capacity' is external, which does not fit kind: web; neither a load balancer nor Service Connect"),
    ("kind: backend\nenvironments:\n  staging:\n    capacity: external\n", 4, "'environments.staging.capacity' is external, which does not fit kind: backend"),
    ("kind: worker\ncapacity: external\nvolumes:\n  shared:\n    path: /data\n    file_system: fs-0123\n    file_system_security_group: sg-0123\n", 6,
     "'capacity' is external, and EFS cannot be mounted outside AWS; keep the files in a bucket"),
]  # fmt: skip

# Service => manifest; whose, at which line, and what is said.
AMONG = [
    ({"web": "paths: [/a]\ncalls: [api]\n"}, "web", 2, "'calls' names 'api', and there is no such service"),
    ({"web": "paths: [/a]\ncalls: [web]\n"}, "web", 2, "'calls' names itself"),
    ({"web": "paths: [/a]\ncalls: [bg]\n", "bg": "kind: worker\n", "api": "kind: backend\n"}, "web", 2,
     "'calls' names 'bg', which is of kind worker; name a service of kind backend: api"),
    ({"web": "paths: [/a]\nsidecars: {proxy: {}}\n"}, "web", 2, "'sidecars' names 'proxy', and there is no such service"),
    ({"web": "paths: [/a]\nsidecars: {api: {}}\n", "api": "kind: backend\n", "proxy": "kind: sidecar\n"}, "web", 2,
     "'sidecars' names 'api', which is of kind backend; name a service of kind sidecar: proxy"),
    ({"web": "paths: [/a]\nsidecars:\n  proxy: {mounts: {x: /x}}\n", "proxy": "kind: sidecar\n"}, "web", 3,
     "sidecar 'proxy' mounts 'x', which is no volume of web"),
    ({"one": "paths: [/a]\nports: {9000: {paths: [/b]}}\n", "two": "paths:\n- /c\n- /b\n"}, "two", 3,
     "path '/b' is already the path of services/one/service.yaml"),
    ({"one": "paths: [/a]\n", "two": "paths: [/b]\nports:\n  9000:\n    paths:\n    - /c\n    - /a\n"}, "two", 6,
     "path '/a' is already the path of services/one/service.yaml"),
    ({"one": "paths: [/a]\nstorage: {x: {bucket: {}, access: read-only}}\n",
      "two": "paths: [/b]\nstorage:\n  x: {bucket: {}, access: read-only}\n"}, "two", 3, "storage 'x' is also storage of one"),
    ({"bg": "kind: worker\ncapacity: external\ncalls: [api]\n", "api": "kind: backend\n"}, "bg", 3,
     "'capacity' is external, and there 'calls' reaches nothing: no Service Connect; send to a queue instead"),
    ({"job": "kind: job\ncapacity: external\nsidecars: {proxy: {}}\n", "proxy": "kind: sidecar\n"}, "job", 3,
     "'capacity' is external, where containers do not reach each other at 127.0.0.1: no sidecars"),
    ({"one": "paths: [/a]\nstorage: {x: {of: two, access: send}}\n", "two": "paths: [/b]\n"}, "one", 2, "two has no storage 'x'"),
    ({"one": "paths: [/a]\nstorage: {x: {of: three, access: read-only}}\n", "three": "paths: [/c]\n",
      "two": "paths: [/b]\nstorage: {x: {bucket: {}, access: read-only}}\n"}, "one", 2, "it is of two: write of: two"),
    ({"one": "paths: [/a]\nstorage: {bg: {of: bg, access: read-only}}\n", "bg": "kind: worker\n"}, "one", 2,
     "bg has no access read-only; use send or receive"),
]  # fmt: skip


def write(folder: Path, files: dict[str, str]) -> list[Service]:
    for name, text in files.items():
        (folder / name).mkdir()
        (folder / name / "service.yaml").write_text(text)
    return manifest.load(folder)


@pytest.mark.parametrize("name", RIGHT)
def test_what_fits_is_taken_by_the_check_and_by_an_editor(tmp_path: Path, name: str) -> None:
    write(tmp_path, {"verbs": RIGHT[name]})
    # An editor sees every key as text.
    seen = json.loads(json.dumps(yaml.safe_load(RIGHT[name])))
    assert [error.message for error in VALIDATOR.iter_errors(seen)] == []


@pytest.mark.parametrize(
    "ports", [{"80": {"paths": ["/b"]}}, {"65536": {"paths": ["/b"]}}, {"9000": {}}, {"9000": {"path": ["/b"]}}]
)
def test_an_editor_marks_ports_that_the_check_refuses(ports: dict[str, object]) -> None:
    assert VALIDATOR.is_valid({"paths": ["/a"], "ports": {"1024": {"paths": ["/b"]}, "65535": {"paths": ["/c"]}}})
    assert not VALIDATOR.is_valid({"paths": ["/a"], "ports": ports})


@pytest.mark.parametrize(("text", "line", "said"), WRONG, ids=[said for _, _, said in WRONG])
def test_what_does_not_fit_is_refused_with_its_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    with pytest.raises(Failure) as refused:
        write(tmp_path, {"verbs": text})
    assert f"verbs/service.yaml:{line}: " in refused.value.reason
    assert said in refused.value.reason


@pytest.mark.parametrize(("files", "name", "line", "said"), AMONG, ids=[said for *_, said in AMONG])
def test_what_does_not_hold_among_services_is_refused(
    tmp_path: Path, files: dict[str, str], name: str, line: int, said: str
) -> None:
    with pytest.raises(Failure) as refused:
        write(tmp_path, files)
    assert f"{name}/service.yaml:{line}: " in refused.value.reason
    assert said in refused.value.reason


def test_a_worker_has_a_queue_and_others_may_send_to_it(tmp_path: Path) -> None:
    services = write(
        tmp_path,
        {
            "mailer": "kind: worker\n",
            "page": "paths: [/]\nstorage: {mailer: {of: mailer, access: send, variable: MAIL_QUEUE}}\n",
        },
    )
    assert set(among.items(services)) == {"mailer"}
    mailer, page = services
    assert among.grants(mailer) == [among.Grant("mailer", "receive", "QUEUE_URL")]
    assert among.grants(page) == [among.Grant("mailer", "send", "MAIL_QUEUE")]


OWN = "the environment staging does not have; add  {}  to terraform/environments/staging.tfvars (docs/capacity.md), or use"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("paths: [/a]\ncapacity: ec2\n", 2, "'capacity' is ec2, which " + OWN.format("ec2 = {...}")),
        ("kind: job\ncapacity: fargate\nenvironments:\n  staging:\n    capacity: external\n", 5,
         "'environments.staging.capacity' is external, which " + OWN.format("external = {...}")),
    ],
)  # fmt: skip
def test_a_capacity_that_the_environment_does_not_have_is_refused(
    tmp_path: Path, text: str, line: int, said: str
) -> None:
    (tmp_path / "verbs").mkdir()
    file = tmp_path / "verbs" / "service.yaml"
    file.write_text(text)
    with pytest.raises(Failure) as refused:
        manifest.load(tmp_path, environment="staging", capacities=["fargate", "fargate_spot"])
    assert refused.value.reason.startswith(f"{file}:{line}: {said} one of fargate, fargate_spot")
    manifest.load(tmp_path, environment="staging", capacities=["fargate", "ec2", "external"])


def test_only_the_capacity_in_that_environment_has_to_be_there(tmp_path: Path) -> None:
    (tmp_path / "verbs").mkdir()
    manifested = "paths: [/a]\ncapacity: ec2\nenvironments: {local: {capacity: fargate_spot}}\n"
    (tmp_path / "verbs" / "service.yaml").write_text(manifested)
    (service,) = manifest.load(tmp_path, environment="local", capacities=["fargate", "fargate_spot"])
    given = manifest.for_terraform([service])["services"]["verbs"]["capacity"]
    assert given == {"kind": "fargate_spot", "base": 0}


def test_a_manifest_from_before_storage_still_has_its_table(tmp_path: Path) -> None:
    """What such a release deployed, its table and its rights, is what storage says today."""
    before = write(tmp_path, {"save": "paths: [/api/stories]\ntable: read-write\n"})
    today = [service for service in manifest.load() if service.name == "save"]
    assert manifest.for_terraform(before)["storage"] == manifest.for_terraform(today)["storage"]
    assert among.grants(before[0]) == among.grants(today[0])
