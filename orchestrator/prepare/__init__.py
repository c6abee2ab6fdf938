"""Before a deploy: prerequisites, the last release, repositories and images, an initialised root module."""
