"""Applications of other tools, read and written as services of this project. So far those of AWS Copilot."""
