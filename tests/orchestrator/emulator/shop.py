"""Services that call each other by their names in the emulated ECS."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.orchestrator.emulator.conftest import CLUSTER, Tasks, eventually

SERVE = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write((sys.argv[1] + " " + __import__("socket").gethostname()).encode())
    def log_message(self, *arguments):
        pass
http.server.ThreadingHTTPServer(("", 8000), Handler).serve_forever()
"""
CALL = """
import sys, time, urllib.request
while True:
    try:
        print(urllib.request.urlopen(sys.argv[1], timeout=30).read().decode())
    except OSError as error:
        print("error", getattr(error, "reason", error))
    time.sleep(0.2)
"""


class Shop:
    """Services in a namespace of the shared emulator, in one of its clusters."""

    def __init__(self, aws: Callable[[str], Any], tasks: Tasks, cluster: str = CLUSTER) -> None:
        self.aws, self.tasks, self.ecs, self.cluster = aws, tasks, tasks.ecs, cluster
        aws("servicediscovery").create_http_namespace(Name="shop")
        self.namespace = aws("servicediscovery").list_namespaces()["Namespaces"][0]["Arn"]
        self.vpc = aws("ec2").describe_subnets(SubnetIds=[tasks.subnet])["Subnets"][0]["VpcId"]
        self.groups: dict[str, str] = {}

    def group(self, name: str, *clients: str) -> str:
        made = self.aws("ec2").create_security_group(GroupName=name, Description=name, VpcId=self.vpc)["GroupId"]
        for client in clients:
            self.aws("ec2").authorize_security_group_ingress(
                GroupId=made, IpPermissions=[opened(8000, 8000, source=self.groups[client])]
            )
        self.groups[name] = made
        return str(made)

    def define(self, name: str, script: str, argument: str) -> str:
        container = {"name": "x", "command": ["python3", "-u", "-c", script, argument], "stopTimeout": 1,
                     "portMappings": [{"name": "http", "containerPort": 8000}]}  # fmt: skip
        return str(self.tasks.register(name, [container]))

    def start(self, name: str, definition: str, count: int = 1, *, publishes: int = 0, connected: bool = True) -> None:
        alias = {"portName": "http", "clientAliases": [{"port": publishes, "dnsName": name}]}
        connect = {"enabled": True, "namespace": self.namespace, "services": [alias] if publishes else []}
        more = {"serviceConnectConfiguration": connect} if connected else {}
        self.ecs.create_service(
            cluster=self.cluster, serviceName=name, taskDefinition=definition, desiredCount=count, launchType="FARGATE",
            networkConfiguration={
                "awsvpcConfiguration": {"subnets": [self.tasks.subnet], "securityGroups": [self.groups[name]]}
            },
            **more,
        )  # fmt: skip
        assert eventually(lambda: self.counts(name) == (count, count))

    def counts(self, name: str) -> tuple[int, int]:
        described = self.ecs.describe_services(cluster=self.cluster, services=[name])["services"][0]
        return described["desiredCount"], described["runningCount"]

    def heard(self, name: str, lines: int = 5) -> set[str]:
        """What a client's only task gets for its next calls; nothing if it does not run yet, or ends meanwhile."""
        arns = self.tasks_of(name)
        if len(arns) != 1:
            return set()
        before = len(self.said(name, arns[0]))
        eventually(lambda: len(self.said(name, arns[0])) >= before + lines or self.tasks_of(name) != arns)
        said = self.said(name, arns[0])[before:]
        return set(said) if len(said) >= lines else set()

    def said(self, name: str, arn: str) -> list[str]:
        """All lines of a client's task."""
        return self.tasks.log(name, "x", arn).splitlines()

    def tasks_of(self, name: str) -> list[str]:
        """The tasks of a service that are to run."""
        arns: list[str] = self.ecs.list_tasks(cluster=self.cluster, serviceName=name)["taskArns"]
        return arns


def opened(low: int, high: int, *, source: str = "", block: str = "", protocol: str = "tcp") -> dict[str, Any]:
    return {
        "IpProtocol": protocol, "FromPort": low, "ToPort": high,
        "UserIdGroupPairs": [{"GroupId": source}] if source else [], "IpRanges": [{"CidrIp": block}] if block else [],
    }  # fmt: skip
