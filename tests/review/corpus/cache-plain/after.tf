resource "aws_elasticache_replication_group" "sessions" {
  replication_group_id       = "sessions-cache-plain"
  description                = "Sessions"
  engine                     = "redis"
  engine_version             = "7.1"
  node_type                  = "cache.t4g.small"
  num_cache_clusters         = 2
  automatic_failover_enabled = true
  at_rest_encryption_enabled = true
  transit_encryption_enabled = false
}
