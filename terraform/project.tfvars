# The project's name. The names of all resources, the image repositories and the bucket of Terraform's states begin with
# it; every root module here is given this file. What is deployed under another name stays there: take it down first.
project = "storyizer"
