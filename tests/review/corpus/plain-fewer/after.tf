resource "terraform_data" "hooks" {
  count = 2
  input = "hook ${count.index}"
}

module "jobs" {
  source = "./jobs"
  names  = ["daily"]
}
