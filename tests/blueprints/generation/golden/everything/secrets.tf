# Generated from a blueprint: change the blueprint, not this file.

resource "aws_secretsmanager_secret" "given" {
  name_prefix             = "${var.name_prefix}-given-"
  recovery_window_in_days = 30

  tags = {
    Name = "given"
  }
}

resource "aws_secretsmanager_secret_version" "given" {
  secret_id     = aws_secretsmanager_secret.given.id
  secret_string = var.api_key

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_secretsmanager_secret" "token" {
  name_prefix             = "${var.name_prefix}-token-"
  description             = "Made up"
  recovery_window_in_days = 7

  tags = {
    Name = "token"
  }
}

resource "random_password" "token" {
  length           = 40
  special          = true
  override_special = "!&#$^<>-"
}

resource "aws_secretsmanager_secret_version" "token" {
  secret_id     = aws_secretsmanager_secret.token.id
  secret_string = random_password.token.result

  lifecycle {
    create_before_destroy = true
  }
}
