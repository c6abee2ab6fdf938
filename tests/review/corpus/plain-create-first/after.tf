resource "terraform_data" "release" {
  triggers_replace = ["2"]

  lifecycle {
    create_before_destroy = true
  }
}
