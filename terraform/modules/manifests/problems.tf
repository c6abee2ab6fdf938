# Each problem is one sentence that starts with the file and the key. HCL has no way to ask for a value's
# type, so types are read off its JSON form: "8000" is a string, 8000 a number, [..] a list, {..} a mapping.

locals {
  # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size
  fargate_memory = {
    "256"   = [512, 1024, 2048]
    "512"   = range(1024, 4097, 1024)
    "1024"  = range(2048, 8193, 1024)
    "2048"  = range(4096, 16385, 1024)
    "4096"  = range(8192, 30721, 1024)
    "8192"  = range(16384, 61441, 4096)
    "16384" = range(32768, 122881, 8192)
  }

  reserved_environment = ["SERVICE_NAME", "ENVIRONMENT", "PORT", "BASE_PATH", "IMAGE_DIGEST", "AWS_REGION", "STORIES_TABLE"]

  path_json = "^\"(/|(/[A-Za-z0-9._~-]+)+)\"$"

  checks = flatten([
    for name, m in local.manifests : [
      for check in [
        {
          ok   = can(regex("^[a-z][a-z0-9-]{0,22}[a-z0-9]$", name))
          key  = "folder"
          text = "the name of a service is 2 to 24 lower-case letters, digits and hyphens, begins with a letter and ends with no hyphen"
        },
        {
          ok   = can(yamldecode(file(local.files[name])))
          key  = "file"
          text = "is empty or not valid YAML"
        },
        {
          # A file that is not YAML has been reported already.
          ok   = !can(yamldecode(file(local.files[name]))) || can(keys(local.parsed[name]))
          key  = "file"
          text = "must be a mapping of keys to values, with at least the key paths"
        },
        {
          ok   = length(setsubtract(keys(local.given[name]), keys(local.defaults))) == 0
          key  = join(", ", setsubtract(keys(local.given[name]), keys(local.defaults)))
          text = "unknown key; known are ${join(", ", keys(local.defaults))}"
        },
        {
          ok   = can(regex("^\\[.+\\]$", jsonencode(m.paths))) && alltrue([for path in try(tolist(m.paths), []) : can(regex(local.path_json, jsonencode(path)))])
          key  = "paths"
          text = "must be a list of one or more paths such as /api/words (no trailing slash, no wildcard) or /"
        },
        {
          # "P/*" must fit in the 128 characters of a path condition.
          ok   = alltrue([for path in try(tolist(m.paths), []) : try(length(path) <= 126, true)])
          key  = "paths"
          text = "a path is at most 126 characters long"
        },
        {
          ok   = can(regex("^[0-9]{4,5}$", jsonencode(m.port))) && try(m.port >= 1024 && m.port <= 65535, false)
          key  = "port"
          text = "must be a whole number from 1024 to 65535 (containers do not run as root)"
        },
        {
          ok   = contains([for cpu in keys(local.fargate_memory) : cpu], jsonencode(m.cpu))
          key  = "cpu"
          text = "must be one of Fargate's sizes: 256, 512, 1024, 2048, 4096, 8192, 16384"
        },
        {
          ok   = can(regex("^[0-9]+$", jsonencode(m.memory)))
          key  = "memory"
          text = "must be a whole number of MiB"
        },
        {
          # Asked only when both are numbers by themselves.
          ok   = !can(local.fargate_memory[jsonencode(m.cpu)]) || !can(regex("^[0-9]+$", jsonencode(m.memory))) || try(contains(local.fargate_memory[jsonencode(m.cpu)], m.memory), false)
          key  = "memory"
          text = "Fargate has no ${try(m.memory, "")} MiB with cpu ${try(m.cpu, "")}; it has ${try(join(", ", local.fargate_memory[jsonencode(m.cpu)]), "")}"
        },
        {
          ok   = can(regex("^(0|[1-9][0-9]?|100)$", jsonencode(m.count)))
          key  = "count"
          text = "must be a whole number of tasks, 0 to 100"
        },
        {
          ok   = can(regex("^\"/[A-Za-z0-9._~/-]*\"$", jsonencode(m.health)))
          key  = "health"
          text = "must be a path such as /healthz"
        },
        {
          ok   = can(regex("^\\{", jsonencode(m.environment)))
          key  = "environment"
          text = "must be a mapping of names to strings"
        },
        {
          ok   = alltrue([for key, value in try({ for k, v in m.environment : k => v if can(keys(m.environment)) }, {}) : can(regex("^\"", jsonencode(value))) && can(regex("^[A-Za-z_][A-Za-z0-9_]*$", key))])
          key  = "environment"
          text = "names are letters, digits and underscores, values are strings (put numbers and booleans in quotes)"
        },
        {
          ok   = length(setintersection(try(keys(m.environment), []), local.reserved_environment)) == 0
          key  = "environment"
          text = "must not set ${join(", ", setintersection(try(keys(m.environment), []), local.reserved_environment))}: every container is given it"
        },
        {
          ok   = contains(["\"none\"", "\"read-only\"", "\"read-write\""], jsonencode(m.table))
          key  = "table"
          text = "must be none, read-only or read-write"
        },
        {
          ok   = can(regex("^\\[", jsonencode(m.smoke)))
          key  = "smoke"
          text = "must be a list of requests"
        },
        {
          ok   = can(regex("^[^@\\s]+@sha256:[0-9a-f]{64}$", var.images[name]))
          key  = "image"
          text = contains(keys(var.images), name) ? "var.images must hold repository@sha256:<64 hexadecimal digits>" : "var.images has no image for service ${name}"
        },
      ] : "${name}/service.yaml: ${check.key}: ${check.text}" if !check.ok
    ]
  ])

  claims = flatten([
    for name, m in local.manifests : [
      for path in try([for path in tolist(m.paths) : tostring(path)], []) : { service = name, path = path, priority = try(local.rules[name][path], 0) }
    ]
  ])
  claims_by_path     = { for claim in local.claims : claim.path => claim.service... }
  claims_by_priority = { for claim in local.claims : claim.priority => claim.path... if claim.priority != 0 }

  problems = concat(
    length(local.files) == 0 ? ["${var.services_dir}: no folder with a service.yaml in it"] : [],
    local.checks,
    [
      for path, services in local.claims_by_path :
      "${join(" and ", [for service in services : "${service}/service.yaml"])}: paths: ${path} is claimed more than once"
      if length(services) > 1
    ],
    [
      for priority, paths in local.claims_by_priority :
      "paths: ${join(" and ", distinct(paths))} have the same listener priority ${priority}; rename one of them"
      if length(distinct(paths)) > 1
    ],
  )
}
