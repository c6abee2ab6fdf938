"""What holds an address, a name or an identity on AWS that others use (hashicorp/aws 5.x)."""

from __future__ import annotations

from orchestrator.review.model import Severity
from orchestrator.review.rules.facts.tables.holder import Kind, table

_NEW_NAME = "Whatever points at the old name must be changed after the apply; lower the DNS records' TTL beforehand"

_NEVER_COMES_BACK = {
    "lb alb": ("load balancer", "its DNS name, and everything reached through it", _NEW_NAME),
    "elb lightsail_lb": ("load balancer", "its DNS name, and everything reached through it", _NEW_NAME),
    "eip lightsail_static_ip": (
        "public IP address",
        "the address itself. It goes back to AWS, and whatever allows or uses it (firewalls, DNS) must be changed",
    ),
    "ec2_managed_prefix_list": ("prefix list", "its id, which others' rules refer to"),
    "route53_zone": (
        "DNS zone",
        "every name in it; a new zone has other name servers, which must be set at the registrar",
        "Lower the TTLs and keep the old zone until the registrar's delegation is changed",
    ),
    "lightsail_domain": ("DNS zone", "every name in it; a new zone has other name servers"),
    "route53_delegation_set": ("set of name servers", "the name servers that registrars delegate to"),
    "route53domains_domain": ("domain", "the domain's registration"),
    "service_discovery_private_dns_namespace service_discovery_public_dns_namespace": (
        "DNS namespace",
        "every name in it",
    ),
    "service_discovery_http_namespace": ("namespace", "every service registered in it"),
    "cloudfront_distribution": ("distribution", "its domain name and its caches", _NEW_NAME),
    "globalaccelerator_accelerator globalaccelerator_custom_routing_accelerator": (
        "accelerator",
        "its two fixed IP addresses",
    ),
    "api_gateway_rest_api apigatewayv2_api appsync_graphql_api": ("API", "its URL, which its clients call", _NEW_NAME),
    "api_gateway_api_key appsync_api_key": ("API key", "the key that clients send"),
    "lambda_function_url": ("function URL", "its URL, which its clients call", _NEW_NAME),
    "apprunner_service": ("service", "its URL, and it stops answering", _NEW_NAME),
    "elastic_beanstalk_environment": ("environment", "its URL, and it stops answering", _NEW_NAME),
    "cognito_user_pool_domain": ("login domain", "the address at which users log in"),
    "cognito_user_pool_client cognito_managed_user_pool_client": (
        "login client",
        "its id and secret, which are configured in the applications",
    ),
    "acmpca_certificate_authority": ("certificate authority", "trust in every certificate that it has issued"),
    "vpn_connection": ("VPN connection", "its tunnels' addresses and keys, which are configured on the other side"),
    "ec2_client_vpn_endpoint": ("client VPN", "its address, which is in every client's configuration"),
    "dx_connection dx_lag dx_gateway dx_hosted_connection": (
        "direct connection",
        "the line. Ordering it again takes days",
    ),
    "ec2_transit_gateway": ("transit gateway", "the routes between all networks attached to it"),
    "transfer_server": ("file transfer server", "its address and host key"),
    "connect_phone_number pinpointsmsvoicev2_phone_number chime_voice_connector": ("phone number", "the number"),
    "vpc_ipam vpc_ipam_pool": ("address pool", "the record of which addresses are assigned to whom"),
}

_MADE_AGAIN_WITH_A_GAP = {
    "vpc default_vpc": ("network", "its id and everything in it"),
    "subnet default_subnet": ("subnet", "its id and everything in it"),
    "vpc_ipv4_cidr_block_association vpc_ipv6_cidr_block_association": ("address range", "the range of the network"),
    "nat_gateway": ("NAT gateway", "outbound internet access of the private subnets, and the address that others see"),
    "internet_gateway egress_only_internet_gateway": ("internet gateway", "the network's connection to the internet"),
    "vpn_gateway customer_gateway": ("VPN gateway", "the connection to the other network"),
    "ec2_transit_gateway_vpc_attachment vpc_peering_connection": (
        "connection between networks",
        "the connection between them",
    ),
    "dx_private_virtual_interface dx_public_virtual_interface dx_transit_virtual_interface dx_bgp_peer": (
        "interface of a direct connection",
        "the connection to the other network",
    ),
    "directory_service_trust": ("trust between directories", "logins across them"),
    "vpclattice_service": ("service name", "its name, which its clients call"),
    "vpc_endpoint": ("endpoint", "the private connection to the service"),
    "ec2_instance_connect_endpoint": ("way to log in", "logins through it"),
    "vpc_endpoint_service": ("endpoint service", "its name, which its consumers connect to"),
    "network_interface": ("network interface", "its addresses"),
    "lb_target_group alb_target_group vpclattice_target_group": (
        "target group",
        "its ARN and its registered targets. Listeners and services that use it send no traffic until they are updated",
        "`create_before_destroy` with a `name_prefix` (or a name that changes) lets listeners move over first",
    ),
    "lb_listener alb_listener vpclattice_listener": ("listener", "the port. Nothing answers on it"),
    "acm_certificate iam_server_certificate lightsail_certificate": (
        "certificate",
        "the certificate. Whatever presents it cannot be reached over TLS until it has another",
        "`create_before_destroy` keeps the old certificate until the new one is in use",
    ),
    "route53_record": ("DNS record", "the name. It no longer resolves, and resolvers cache that"),
    "route53_records_exclusive": ("DNS records", "the names in it"),
    "route53_resolver_endpoint route53_resolver_rule": ("DNS resolver", "name resolution"),
    "route53_health_check": ("health check", "the check that DNS failover relies on"),
    "api_gateway_domain_name apigatewayv2_domain_name appsync_domain_name": (
        "API domain name",
        "the name's target, which DNS points at",
    ),
    "api_gateway_stage apigatewayv2_stage": ("API stage", "its URL. Nothing answers on it"),
    "api_gateway_vpc_link apigatewayv2_vpc_link": ("VPC link", "the API's connection to the private services"),
    "db_proxy db_proxy_endpoint rds_cluster_endpoint redshift_endpoint_access": (
        "database endpoint",
        "its host name, which clients connect to",
    ),
    "s3_access_point s3control_multi_region_access_point": ("access point", "its name, which clients use"),
    "efs_mount_target efs_access_point": ("mount point", "the address at which the file system is mounted"),
    "iam_openid_connect_provider iam_saml_provider cognito_identity_provider": (
        "identity provider",
        "trust in everybody who logs in through it",
    ),
    "ses_domain_identity ses_email_identity sesv2_email_identity": (
        "sender identity",
        "the permission to send mail as it",
    ),
    "ses_domain_dkim": ("mail signature", "the keys that are published in DNS"),
    "globalaccelerator_listener globalaccelerator_endpoint_group": (
        "accelerator listener",
        "the connection to its targets",
    ),
    "networkfirewall_firewall": ("firewall", "the route that traffic takes through it"),
    "wafv2_web_acl waf_web_acl wafregional_web_acl": ("web ACL", "the filter in front of what it protects"),
    "iot_domain_configuration": ("device endpoint", "the address that devices connect to"),
}

_PATHS = {
    "lb_listener_rule alb_listener_rule vpclattice_listener_rule": (
        "listener rule",
        "its route to a service. Requests that it matched go to the next matching rule, or to the default",
    ),
    "apigatewayv2_route api_gateway_resource api_gateway_method": ("API route", "the route. Calls to it fail"),
    "api_gateway_base_path_mapping apigatewayv2_api_mapping": ("path of a domain", "the path. Calls to it fail"),
}

HOLDERS = {
    **table(Kind.ADDRESS, Severity.MEDIUM, "aws_", _PATHS),
    **table(Kind.ADDRESS, Severity.CRITICAL, "aws_", _NEVER_COMES_BACK),
    **table(Kind.ADDRESS, Severity.HIGH, "aws_", _MADE_AGAIN_WITH_A_GAP),
}
