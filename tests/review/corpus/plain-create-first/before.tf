resource "terraform_data" "release" {
  triggers_replace = ["1"]

  lifecycle {
    create_before_destroy = true
  }
}
