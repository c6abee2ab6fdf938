resource "aws_route53_zone" "shop" {
  name = "records-changed.example.com"
}

resource "aws_route53_record" "www" {
  zone_id = aws_route53_zone.shop.zone_id
  name    = "www"
  type    = "A"
  ttl     = 300
  records = ["192.0.2.10"]
}

resource "aws_route53_record" "api" {
  zone_id = aws_route53_zone.shop.zone_id
  name    = "api"
  type    = "A"
  ttl     = 300
  records = ["192.0.2.20"]
}
