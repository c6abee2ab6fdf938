resource "aws_apigatewayv2_domain_name" "partners" {
  domain_name = "partners.example.com"

  domain_name_configuration {
    certificate_arn = "arn:aws:acm:us-east-1:111122223333:certificate/00000000-0000-0000-0000-000000000000"
    endpoint_type   = "REGIONAL"
    security_policy = "TLS_1_2"
  }

  mutual_tls_authentication {
    truststore_uri = "s3://partners/truststore.pem"
  }
}
