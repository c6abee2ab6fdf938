module "catalogue" {
  source = "./catalogue"
}
