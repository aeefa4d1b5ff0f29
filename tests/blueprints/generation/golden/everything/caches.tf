# Generated from a blueprint: change the blueprint, not this file.

resource "aws_elasticache_subnet_group" "sessions" {
  name       = "${var.name_prefix}-sessions"
  subnet_ids = [aws_subnet.private_a.id, aws_subnet.private_b.id]

  tags = {
    Name = "sessions"
  }
}

resource "aws_elasticache_replication_group" "sessions" {
  replication_group_id       = "${var.name_prefix}-sessions"
  description                = "Cache sessions"
  engine                     = "redis"
  engine_version             = "7.1"
  subnet_group_name          = aws_elasticache_subnet_group.sessions.name
  security_group_ids         = [aws_security_group.other.id]
  transit_encryption_enabled = true
  port                       = 6379
  num_cache_clusters         = 2
  automatic_failover_enabled = true
  multi_az_enabled           = true
  at_rest_encryption_enabled = true
  auth_token                 = aws_secretsmanager_secret_version.token.secret_string
  snapshot_retention_limit   = 2

  node_type = lookup({
    micro  = "cache.t4g.micro"
    small  = "cache.t4g.small"
    medium = "cache.t4g.medium"
    large  = "cache.m7g.large"
    xlarge = "cache.m7g.xlarge"
  }, var.machine, var.machine)

  tags = {
    Name = "sessions"
  }
}

resource "aws_elasticache_subnet_group" "shards" {
  name       = "${var.name_prefix}-shards"
  subnet_ids = [aws_subnet.private_a.id, aws_subnet.private_b.id]

  tags = {
    Name = "shards"
  }
}

resource "aws_elasticache_cluster" "shards" {
  cluster_id                 = "${var.name_prefix}-shards"
  engine                     = "memcached"
  node_type                  = "cache.t4g.small"
  subnet_group_name          = aws_elasticache_subnet_group.shards.name
  security_group_ids         = [aws_vpc.main.default_security_group_id]
  transit_encryption_enabled = true
  port                       = 11211
  num_cache_nodes            = 2
  az_mode                    = "cross-az"

  tags = {
    Name = "shards"
  }
}
