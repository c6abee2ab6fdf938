"""Google Cloud. Attributes as in the provider hashicorp/google 5.x to 7.x."""
