resource "aws_route53_zone" "shop" {
  name = "zone-destroyed.example.com"
}
