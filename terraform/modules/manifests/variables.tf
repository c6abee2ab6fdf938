variable "services_dir" {
  description = "Folder whose sub-folders are services, each with a service.yaml. Relative paths start at the root module."
  type        = string
  nullable    = false
}

variable "images" {
  description = "Image of each service, by digest: service name => repository@sha256:digest."
  type        = map(string)
  nullable    = false
}
