output "vpc_id" {
  description = "ID of the VPC."
  value       = aws_vpc.this.id
}

output "public_subnet_ids" {
  description = "Subnets for load balancers, one in each zone, with their route to the internet in place."
  value       = [for zone in var.availability_zones : aws_subnet.public[zone].id]
  depends_on  = [aws_route.internet, aws_route_table_association.public]
}

output "private_subnet_ids" {
  description = "Subnets for tasks, one in each zone, with their route out in place."
  value       = [for zone in var.availability_zones : aws_subnet.private[zone].id]
  depends_on  = [aws_route.nat, aws_route_table_association.private, aws_vpc_endpoint.gateway, aws_vpc_endpoint.interface]
}

output "outpost_subnet_ids" {
  description = "The subnet on the Outpost, with its routes in place; empty where there is none."
  value       = aws_subnet.outpost[*].id
  depends_on  = [aws_route.outpost_nat, aws_route.local_network, aws_route_table_association.outpost, aws_vpc_endpoint.gateway, aws_vpc_endpoint.interface]
}

output "prefix_list_ids" {
  description = "Prefix lists of the gateway endpoints: s3, dynamodb."
  value       = { for name, endpoint in aws_vpc_endpoint.gateway : name => endpoint.prefix_list_id }
}

output "internet" {
  description = "Whether private subnets reach the internet through NAT."
  value       = length(local.nat_zones) > 0
}

output "endpoints" {
  description = "Security group of the interface endpoints, or null where there are none."
  value       = var.egress == "endpoints" ? { security_group_id = aws_security_group.endpoints[0].id } : null
}
