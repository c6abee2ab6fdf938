"""Where the services' secrets are kept: looked at before a deploy, without reading a value."""
