"""Terraform's AWS provider, kept between the runs of Terraform, and its schemas cut down to what a run can need."""
