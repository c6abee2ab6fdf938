resource "aws_iam_role" "run" {
  name               = "lambda-secret-run"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }] })
}

resource "aws_lambda_function" "bill" {
  function_name = "lambda-secret-bill"
  role          = aws_iam_role.run.arn
  package_type  = "Image"
  image_uri     = "111122223333.dkr.ecr.us-east-1.amazonaws.com/bill@sha256:a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"

  environment {
    variables = {
      LOG_LEVEL          = "debug"
      PAGE_TOKEN_SECONDS = "600"
      DB_PASSWORD        = "Kx9-vTq2-mmR7"
      PASSWORD_FILE      = "/run/secrets/password"
      API_KEY_ARN        = "arn:aws:secretsmanager:us-east-1:111122223333:secret:api-key-AbCdEf"
    }
  }
}
