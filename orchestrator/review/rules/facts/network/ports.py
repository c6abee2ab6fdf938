"""Ports that nobody opens to the internet on purpose."""

from __future__ import annotations

from orchestrator.review.rules.facts.network.traffic import LAST_PORT, Traffic

SENSITIVE: dict[int, str] = {
    21: "FTP",
    22: "SSH",
    23: "Telnet",
    111: "RPC",
    135: "RPC",
    139: "NetBIOS",
    389: "LDAP",
    445: "SMB",
    873: "rsync",
    1433: "SQL Server",
    1434: "SQL Server",
    1521: "Oracle",
    2049: "NFS",
    2181: "ZooKeeper",
    2375: "Docker",
    2376: "Docker",
    2379: "etcd",
    2380: "etcd",
    3306: "MySQL",
    3389: "RDP",
    4333: "mSQL",
    5432: "PostgreSQL",
    5439: "Redshift",
    5500: "VNC",
    5601: "Kibana",
    5900: "VNC",
    5985: "WinRM",
    5986: "WinRM",
    6379: "Redis",
    6443: "Kubernetes",
    7000: "Cassandra",
    8086: "InfluxDB",
    9042: "Cassandra",
    9092: "Kafka",
    9200: "Elasticsearch",
    9300: "Elasticsearch",
    10250: "kubelet",
    11211: "Memcached",
    27017: "MongoDB",
    27018: "MongoDB",
}
"""Ports of administrators and of databases."""


def sensitive(item: Traffic) -> list[str]:
    """What is behind the ports, as far as it is sensitive."""
    return [name for port, name in SENSITIVE.items() if item.first <= port <= item.last]


def described(item: Traffic) -> str:
    """Ports, what is behind them, and where from, in words."""
    names = sensitive(item) if item.last - item.first < LAST_PORT else []
    return f"{item.ports}{f' ({names[0]})' if names else ''} from {item.source}"
