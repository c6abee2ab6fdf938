resource "terraform_data" "hooks" {
  count = 3
  input = "hook ${count.index}"
}

module "jobs" {
  source = "./jobs"
  names  = ["daily", "weekly"]
}
