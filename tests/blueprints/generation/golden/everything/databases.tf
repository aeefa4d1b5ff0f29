# Generated from a blueprint: change the blueprint, not this file.

resource "aws_db_subnet_group" "db" {
  name       = "${var.name_prefix}-db"
  subnet_ids = [aws_subnet.private_a.id, aws_subnet.private_b.id]

  tags = {
    Name = "db"
  }
}

resource "random_id" "db" {
  byte_length = 4

  keepers = {
    engine    = "mariadb"
    database  = "shop"
    username  = "owner"
    encrypted = true
  }
}

resource "aws_cloudwatch_log_group" "db__error" {
  name              = "/aws/rds/instance/${var.name_prefix}-db/error"
  retention_in_days = 14

  tags = {
    Name = "db error"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_cloudwatch_log_group" "db__slowquery" {
  name              = "/aws/rds/instance/${var.name_prefix}-db/slowquery"
  retention_in_days = 14

  tags = {
    Name = "db slowquery"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_db_parameter_group" "db" {
  name_prefix = "${var.name_prefix}-db-"
  family      = "mariadb11.4"

  tags = {
    Name = "db"
  }

  parameter {
    name         = "max_connections"
    value        = "300"
    apply_method = "pending-reboot"
  }

  parameter {
    name         = "slow_query_log"
    value        = "1"
    apply_method = "immediate"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_db_instance" "db" {
  identifier                      = "${var.name_prefix}-db"
  engine                          = "mariadb"
  engine_version                  = "11.4"
  instance_class                  = "db.r7g.large"
  storage_type                    = "gp3"
  allocated_storage               = 100
  storage_encrypted               = true
  db_name                         = "shop"
  username                        = "owner"
  multi_az                        = true
  publicly_accessible             = false
  backup_retention_period         = 3
  deletion_protection             = false
  password                        = aws_secretsmanager_secret_version.token.secret_string
  port                            = 3307
  db_subnet_group_name            = aws_db_subnet_group.db.name
  vpc_security_group_ids          = [aws_security_group.other.id]
  allow_major_version_upgrade     = true
  auto_minor_version_upgrade      = true
  parameter_group_name            = aws_db_parameter_group.db.name
  enabled_cloudwatch_logs_exports = ["error", "slowquery"]
  performance_insights_enabled    = var.switch
  copy_tags_to_snapshot           = true
  skip_final_snapshot             = false
  final_snapshot_identifier       = "${var.name_prefix}-db-final-9843437b-${random_id.db.hex}"

  tags = {
    Name = "db"
  }

  depends_on = [aws_cloudwatch_log_group.db__error, aws_cloudwatch_log_group.db__slowquery]
}

resource "aws_db_subnet_group" "kept" {
  name       = "${var.name_prefix}-kept"
  subnet_ids = [aws_subnet.private_a.id, aws_subnet.private_b.id]

  tags = {
    Name = "kept"
  }
}

resource "random_id" "kept" {
  byte_length = 4

  keepers = {
    engine    = "postgres"
    database  = "app"
    username  = "app_owner"
    encrypted = true
  }
}

resource "aws_cloudwatch_log_group" "kept__postgresql" {
  name              = "/aws/rds/instance/${var.name_prefix}-kept/postgresql"
  retention_in_days = 90

  tags = {
    Name = "kept postgresql"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_cloudwatch_log_group" "kept__upgrade" {
  name              = "/aws/rds/instance/${var.name_prefix}-kept/upgrade"
  retention_in_days = 90

  tags = {
    Name = "kept upgrade"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_db_instance" "kept" {
  identifier                      = "${var.name_prefix}-kept"
  engine                          = "postgres"
  instance_class                  = "db.t4g.small"
  storage_type                    = "gp3"
  allocated_storage               = 20
  storage_encrypted               = true
  db_name                         = "app"
  username                        = "app_owner"
  multi_az                        = false
  publicly_accessible             = false
  backup_retention_period         = 7
  deletion_protection             = true
  manage_master_user_password     = true
  db_subnet_group_name            = aws_db_subnet_group.kept.name
  vpc_security_group_ids          = [aws_vpc.main.default_security_group_id]
  auto_minor_version_upgrade      = true
  enabled_cloudwatch_logs_exports = ["postgresql", "upgrade"]
  performance_insights_enabled    = false
  copy_tags_to_snapshot           = true
  skip_final_snapshot             = false
  final_snapshot_identifier       = "${var.name_prefix}-kept-final-239db2af-${random_id.kept.hex}"

  tags = {
    Name = "kept"
  }

  depends_on = [aws_cloudwatch_log_group.kept__postgresql, aws_cloudwatch_log_group.kept__upgrade]
}
