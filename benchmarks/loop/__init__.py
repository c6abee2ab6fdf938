"""How long a person waits for `up`, beside `terraform plan`, an earlier commit and the lab's way by hand."""
