"""The save service: keeps finished stories in DynamoDB."""
