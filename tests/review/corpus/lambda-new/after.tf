resource "aws_iam_role" "hook" {
  name               = "hook-lambda-new"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }] })
}

resource "aws_iam_role_policy" "hook" {
  name = "work"
  role = aws_iam_role.hook.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["sqs:SendMessage"], Resource = "arn:aws:sqs:us-east-1:111122223333:hooks" },
      { Effect = "Allow", Action = ["logs:CreateLogStream", "logs:PutLogEvents"], Resource = "arn:aws:logs:us-east-1:111122223333:log-group:/aws/lambda/hook:*" },
    ]
  })
}

resource "aws_lambda_function" "hook" {
  function_name = "hook-lambda-new"
  role          = aws_iam_role.hook.arn
  package_type  = "Zip"
  filename      = "hook/code.zip"
  runtime       = "python3.13"
  handler       = "hook.handle"

  environment {
    variables = { QUEUE_URL = "https://sqs.us-east-1.amazonaws.com/111122223333/hooks", TOKEN_PARAMETER = "/hook/token", PASSWORD_LENGTH = "16" }
  }
}

resource "aws_lambda_permission" "bucket" {
  function_name  = aws_lambda_function.hook.function_name
  action         = "lambda:InvokeFunction"
  principal      = "s3.amazonaws.com"
  source_arn     = "arn:aws:s3:::uploads"
  source_account = "111122223333"
}

resource "aws_cloudwatch_log_group" "hook" {
  name              = "/aws/lambda/hook-lambda-new"
  retention_in_days = 30
}
