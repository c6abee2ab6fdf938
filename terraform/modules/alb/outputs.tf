output "name" {
  description = "Name of the load balancer."
  value       = aws_lb.this.name
}

output "arn_suffix" {
  description = "Name of the load balancer in CloudWatch: the end of its ARN."
  value       = aws_lb.this.arn_suffix
}

output "dns_name" {
  description = "DNS name that AWS assigned to the load balancer."
  value       = aws_lb.this.dns_name
}

output "zone_id" {
  description = "Hosted zone of the load balancer's address, for alias records."
  value       = aws_lb.this.zone_id
}

output "scheme" {
  description = "https when there is a certificate, else http."
  value       = local.https ? "https" : "http"
}

output "target_group_arns" {
  description = "Route (a service, or SERVICE:PORT) => its target group, already used by a listener because ECS rejects it otherwise."
  value       = { for name, group in aws_lb_target_group.this : name => group.arn }
  depends_on  = [aws_lb_listener.http, aws_lb_listener.https, aws_lb_listener_rule.this]
}

output "security_group_id" {
  description = "Security group of the load balancer."
  value       = aws_security_group.this.id
}

output "target_group_arn_suffixes" {
  description = "Route (a service, or SERVICE:PORT) => name of its target group in CloudWatch: the end of its ARN."
  value       = { for name, group in aws_lb_target_group.this : name => group.arn_suffix }
}
