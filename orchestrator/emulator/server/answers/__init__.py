"""What MiniStack's answers lack of AWS's, where Terraform or the orchestrator reads it."""
