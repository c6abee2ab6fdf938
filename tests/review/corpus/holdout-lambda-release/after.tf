resource "aws_iam_role" "function" {
  name = "prices-lambda-release"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_lambda_function" "prices" {
  function_name                  = "prices-lambda-release"
  role                           = aws_iam_role.function.arn
  package_type                   = "Image"
  image_uri                      = "111122223333.dkr.ecr.us-east-1.amazonaws.com/prices:1.5.0"
  memory_size                    = 1024
  timeout                        = 10
  publish                        = true
  reserved_concurrent_executions = 20
  environment {
    variables = {
      LOG_LEVEL           = "info"
      API_KEY_PARAMETER   = "/shop/prices/api-key"
      DATABASE_SECRET_ARN = "arn:aws:secretsmanager:us-east-1:111122223333:secret:prices-database-a1b2c3"
      PASSWORD_MIN_LENGTH = "12"
      SECRET_HEADER_NAME  = "x-origin-verify"
      TOKEN_TTL_SECONDS   = "900"
    }
  }
}

resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.prices.function_name
  function_version = aws_lambda_function.prices.version
}
