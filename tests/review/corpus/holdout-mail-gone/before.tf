resource "aws_route53_zone" "shop" {
  name = "mail-gone.example.com"
}

resource "aws_route53_record" "mail" {
  zone_id = aws_route53_zone.shop.zone_id
  name    = "mail-gone.example.com"
  type    = "MX"
  ttl     = 3600
  records = ["10 mx1.mail.example.net", "20 mx2.mail.example.net"]
}

resource "aws_route53_health_check" "primary" {
  fqdn              = "primary.mail-gone.example.com"
  port              = 443
  type              = "HTTPS"
  resource_path     = "/health"
  failure_threshold = 3
  request_interval  = 30
}

resource "aws_route53_record" "primary" {
  zone_id         = aws_route53_zone.shop.zone_id
  name            = "www.mail-gone.example.com"
  type            = "A"
  ttl             = 60
  records         = ["192.0.2.10"]
  set_identifier  = "primary"
  health_check_id = aws_route53_health_check.primary.id
  failover_routing_policy {
    type = "PRIMARY"
  }
}

resource "aws_route53_record" "secondary" {
  zone_id        = aws_route53_zone.shop.zone_id
  name           = "www.mail-gone.example.com"
  type           = "A"
  ttl            = 60
  records        = ["192.0.2.20"]
  set_identifier = "secondary"
  failover_routing_policy {
    type = "SECONDARY"
  }
}
