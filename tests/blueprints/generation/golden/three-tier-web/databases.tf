# Generated from a blueprint: change the blueprint, not this file.

resource "aws_db_subnet_group" "db" {
  name       = "${var.name_prefix}-db"
  subnet_ids = [aws_subnet.data_a.id, aws_subnet.data_b.id]

  tags = {
    Name = "db"
    tier = "data"
  }
}

resource "random_id" "db" {
  byte_length = 4

  keepers = {
    engine    = "postgres"
    database  = "shop"
    username  = "shop_owner"
    encrypted = true
  }
}

resource "aws_cloudwatch_log_group" "db__postgresql" {
  name              = "/aws/rds/instance/${var.name_prefix}-db/postgresql"
  retention_in_days = 90

  tags = {
    Name = "db postgresql"
    tier = "data"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_cloudwatch_log_group" "db__upgrade" {
  name              = "/aws/rds/instance/${var.name_prefix}-db/upgrade"
  retention_in_days = 90

  tags = {
    Name = "db upgrade"
    tier = "data"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_db_parameter_group" "db" {
  name_prefix = "${var.name_prefix}-db-"
  family      = "postgres16"

  tags = {
    Name = "db"
    tier = "data"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_db_instance" "db" {
  identifier                      = "${var.name_prefix}-db"
  engine                          = "postgres"
  engine_version                  = "16"
  instance_class                  = "db.t4g.medium"
  storage_type                    = "gp3"
  allocated_storage               = 50
  storage_encrypted               = true
  db_name                         = "shop"
  username                        = "shop_owner"
  multi_az                        = true
  publicly_accessible             = false
  backup_retention_period         = 14
  deletion_protection             = true
  password                        = var.db_password
  db_subnet_group_name            = aws_db_subnet_group.db.name
  vpc_security_group_ids          = [aws_security_group.db_firewall.id]
  allow_major_version_upgrade     = true
  auto_minor_version_upgrade      = true
  parameter_group_name            = aws_db_parameter_group.db.name
  enabled_cloudwatch_logs_exports = ["postgresql", "upgrade"]
  performance_insights_enabled    = false
  copy_tags_to_snapshot           = true
  skip_final_snapshot             = false
  final_snapshot_identifier       = "${var.name_prefix}-db-final-9843437b-${random_id.db.hex}"

  tags = {
    Name = "db"
    tier = "data"
  }

  depends_on = [aws_cloudwatch_log_group.db__postgresql, aws_cloudwatch_log_group.db__upgrade]
}
