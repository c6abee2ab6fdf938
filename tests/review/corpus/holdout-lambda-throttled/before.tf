resource "aws_iam_role" "function" {
  name = "thumbnails-lambda-throttled"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_lambda_function" "thumbnails" {
  function_name                  = "thumbnails-lambda-throttled"
  role                           = aws_iam_role.function.arn
  package_type                   = "Image"
  image_uri                      = "111122223333.dkr.ecr.us-east-1.amazonaws.com/thumbnails:2.0.1"
  memory_size                    = 512
  timeout                        = 30
  reserved_concurrent_executions = 50
}

resource "aws_lambda_permission" "uploads" {
  statement_id   = "uploads"
  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.thumbnails.function_name
  principal      = "s3.amazonaws.com"
  source_arn     = "arn:aws:s3:::uploads-lambda-throttled"
  source_account = "111122223333"
}
