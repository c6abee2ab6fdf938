# Reads services/*/service.yaml, fills in defaults and lists everything that is wrong with them.
# There is no provider here: the module only turns files into values.

locals {
  files = { for file in fileset(var.services_dir, "*/service.yaml") : dirname(file) => "${var.services_dir}/${file}" }

  defaults = {
    paths       = []
    port        = 8000
    cpu         = 256
    memory      = 512
    count       = 2
    health      = "/healthz"
    environment = {}
    table       = "none"
    smoke       = [] # for the orchestrator, which checks what stands in it
  }

  # An empty file is a manifest without keys; what is no mapping is reported by problems.tf.
  parsed    = { for name, file in local.files : name => try(yamldecode(file(file)), null) }
  given     = { for name, parsed in local.parsed : name => try({ for key, value in parsed : key => value if can(keys(parsed)) }, {}) }
  manifests = { for name, given in local.given : name => merge(local.defaults, given) }

  # Stable when services come and go: a path's priority depends on that path alone. Longer paths come first,
  # the hash separates paths of one length. "/" is not a rule but the listener's default action.
  rules = {
    for name, manifest in local.manifests : name => {
      for path in try(tolist(manifest.paths), []) : path =>
      1000 * (49 - min(length(path), 48)) + parseint(substr(sha256(path), 0, 6), 16) % 1000
      if can(regex("^/.", path)) # what is no path at all is reported by problems.tf
    }
  }

  services = {
    for name, manifest in local.manifests : name => {
      paths       = tolist(manifest.paths)
      rules       = local.rules[name]
      is_default  = contains(manifest.paths, "/")
      port        = manifest.port
      cpu         = manifest.cpu
      memory      = manifest.memory
      count       = manifest.count
      health      = manifest.health
      environment = tomap(manifest.environment)
      table       = manifest.table
      image       = var.images[name]
    }
    if length(local.problems) == 0
  }
}
