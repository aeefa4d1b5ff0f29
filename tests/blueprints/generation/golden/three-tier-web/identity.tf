# Generated from a blueprint: change the blueprint, not this file.

resource "aws_iam_role" "web_role" {
  name        = "${var.name_prefix}-web-role"
  description = "What the web servers may do"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Action = ["sts:AssumeRole"]
        Principal = {
          Service = ["ec2.amazonaws.com"]
        }
      },
    ]
  })

  tags = {
    Name = "web-role"
  }
}

resource "aws_iam_instance_profile" "web_role" {
  name = "${var.name_prefix}-web-role"
  role = aws_iam_role.web_role.name

  tags = {
    Name = "web-role"
  }
}
