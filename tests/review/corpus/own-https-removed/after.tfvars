certificate_arn = null
domain_name     = null
