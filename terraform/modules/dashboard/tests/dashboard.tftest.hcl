mock_provider "aws" {}

variables {
  name                     = "storyizer-test"
  region                   = "us-east-1"
  cluster_name             = "storyizer-test"
  load_balancer_arn_suffix = "app/storyizer-test/2"

  services = {
    words  = { target_group_arn_suffix = "targetgroup/words/1" }
    mailer = { queue_name = "storyizer-test-mailer", dead_letter_name = "storyizer-test-mailer-dead" }
    stock  = {}
  }
}

run "each_service_has_a_row_that_fills_the_width" {
  command = plan

  assert {
    condition = jsonencode({ for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : split(":", widget.properties.title)[0] => [widget.x, widget.y, widget.width]... }) == jsonencode({
      mailer = [[0, 0, 6], [6, 0, 6], [12, 0, 6], [18, 0, 6]]
      stock  = [[0, 6, 12], [12, 6, 12]]
      words  = [[0, 12, 6], [6, 12, 6], [12, 12, 6], [18, 12, 6]]
    })
    error_message = aws_cloudwatch_dashboard.this.dashboard_body
  }
}

run "a_web_service_shows_its_requests_and_a_worker_its_queue" {
  command = plan

  assert {
    condition = jsonencode([for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : widget.properties.metrics if widget.properties.title == "words: requests and 5xx a minute"]) == jsonencode([[
      ["AWS/ApplicationELB", "RequestCount", "LoadBalancer", "app/storyizer-test/2", "TargetGroup", "targetgroup/words/1"],
      ["AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "LoadBalancer", "app/storyizer-test/2", "TargetGroup", "targetgroup/words/1"],
    ]])
    error_message = aws_cloudwatch_dashboard.this.dashboard_body
  }

  assert {
    condition = jsonencode([for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : widget.properties.metrics if widget.properties.title == "mailer: messages waiting and failed"]) == jsonencode([[
      ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", "storyizer-test-mailer"],
      ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", "storyizer-test-mailer-dead"],
    ]])
    error_message = aws_cloudwatch_dashboard.this.dashboard_body
  }
}

run "a_service_with_several_ports_shows_each" {
  command = plan

  variables {
    services = { words = { target_group_arn_suffix = "targetgroup/words/1", ports = { 9000 = "targetgroup/words9/2" } } }
  }

  assert {
    condition     = jsonencode(jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets[3].properties.metrics[*][5]) == jsonencode(["targetgroup/words/1", "targetgroup/words9/2"]) && length(jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets[2].properties.metrics) == 4
    error_message = aws_cloudwatch_dashboard.this.dashboard_body
  }
}

run "a_queue_without_dead_letters_has_one_line" {
  command = plan

  variables {
    services = { mailer = { queue_name = "storyizer-test-mailer" } }
  }

  assert {
    condition     = length(jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets[2].properties.metrics) == 1
    error_message = aws_cloudwatch_dashboard.this.dashboard_body
  }
}

run "a_name_with_a_space_is_refused" {
  command = plan

  variables {
    name = "story board"
  }

  expect_failures = [var.name]
}
