# Generated from a blueprint: change the blueprint, not this file.

resource "aws_vpc" "main" {
  cidr_block           = "10.0.0.0/16"
  enable_dns_support   = true
  enable_dns_hostnames = true

  tags = {
    Name  = "Main network"
    owner = "platform"
  }
}

resource "aws_default_security_group" "main" {
  vpc_id = aws_vpc.main.id

  tags = {
    Name  = "Main network default"
    owner = "platform"
  }
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id

  tags = {
    Name  = "Main network"
    owner = "platform"
  }
}

resource "aws_route_table" "main__public" {
  vpc_id = aws_vpc.main.id

  tags = {
    Name  = "Main network public"
    owner = "platform"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_route" "main__public" {
  route_table_id         = aws_route_table.main__public.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.main.id
}

resource "aws_eip" "main__private_a" {
  domain = "vpc"

  tags = {
    Name  = "Main network nat a"
    owner = "platform"
  }

  depends_on = [aws_internet_gateway.main]
}

resource "aws_nat_gateway" "main__private_a" {
  allocation_id = aws_eip.main__private_a.id
  subnet_id     = aws_subnet.public_a.id

  tags = {
    Name  = "Main network nat a"
    owner = "platform"
  }

  depends_on = [aws_internet_gateway.main]
}

resource "aws_eip" "main__private_b" {
  domain = "vpc"

  tags = {
    Name  = "Main network nat b"
    owner = "platform"
  }

  depends_on = [aws_internet_gateway.main]
}

resource "aws_nat_gateway" "main__private_b" {
  allocation_id = aws_eip.main__private_b.id
  subnet_id     = aws_subnet.public_b.id

  tags = {
    Name  = "Main network nat b"
    owner = "platform"
  }

  depends_on = [aws_internet_gateway.main]
}

resource "aws_route_table" "main__private_a" {
  vpc_id = aws_vpc.main.id

  tags = {
    Name  = "Main network private a"
    owner = "platform"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_route" "main__private_a" {
  route_table_id         = aws_route_table.main__private_a.id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.main__private_a.id
}

resource "aws_route_table" "main__private_b" {
  vpc_id = aws_vpc.main.id

  tags = {
    Name  = "Main network private b"
    owner = "platform"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_route" "main__private_b" {
  route_table_id         = aws_route_table.main__private_b.id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.main__private_b.id
}

resource "aws_cloudwatch_log_group" "main__flow_logs" {
  name              = "/aws/vpc/${var.name_prefix}-main"
  retention_in_days = 365

  tags = {
    Name  = "Main network flow logs"
    owner = "platform"
  }
}

resource "aws_iam_role" "main__flow_logs" {
  name = "${var.name_prefix}-main-flow-logs-8c7c0257"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Action = ["sts:AssumeRole"]
        Principal = {
          Service = ["vpc-flow-logs.amazonaws.com"]
        }
      },
    ]
  })

  tags = {
    Name  = "Main network flow logs"
    owner = "platform"
  }
}

resource "aws_iam_role_policy" "main__flow_logs" {
  name = "${var.name_prefix}-main-flow-logs-8c7c0257"
  role = aws_iam_role.main__flow_logs.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Action = [
          "logs:CreateLogStream",
          "logs:PutLogEvents",
          "logs:DescribeLogGroups",
          "logs:DescribeLogStreams",
        ]
        Resource = [
          aws_cloudwatch_log_group.main__flow_logs.arn,
          "${aws_cloudwatch_log_group.main__flow_logs.arn}:*",
        ]
      },
    ]
  })
}

resource "aws_flow_log" "main" {
  vpc_id          = aws_vpc.main.id
  traffic_type    = "ALL"
  log_destination = aws_cloudwatch_log_group.main__flow_logs.arn
  iam_role_arn    = aws_iam_role.main__flow_logs.arn

  tags = {
    Name  = "Main network"
    owner = "platform"
  }

  depends_on = [aws_iam_role_policy.main__flow_logs]
}

resource "aws_subnet" "private_a" {
  vpc_id                  = aws_vpc.main.id
  cidr_block              = "10.0.2.0/24"
  availability_zone       = "eu-central-1a"
  map_public_ip_on_launch = false

  tags = {
    Name                              = "private-a"
    "kubernetes.io/role/internal-elb" = "1"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_route_table_association" "private_a" {
  subnet_id      = aws_subnet.private_a.id
  route_table_id = aws_route_table.main__private_a.id
}

resource "aws_subnet" "private_b" {
  vpc_id                  = aws_vpc.main.id
  cidr_block              = "10.0.3.0/24"
  availability_zone       = "eu-central-1b"
  map_public_ip_on_launch = false

  tags = {
    Name                              = "private-b"
    "kubernetes.io/role/internal-elb" = "1"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_route_table_association" "private_b" {
  subnet_id      = aws_subnet.private_b.id
  route_table_id = aws_route_table.main__private_b.id
}

resource "aws_subnet" "public_a" {
  vpc_id                  = aws_vpc.main.id
  cidr_block              = "10.0.0.0/24"
  availability_zone       = "eu-central-1a"
  map_public_ip_on_launch = false

  tags = {
    Name                     = "public-a"
    "kubernetes.io/role/elb" = "1"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_route_table_association" "public_a" {
  subnet_id      = aws_subnet.public_a.id
  route_table_id = aws_route_table.main__public.id
}

resource "aws_subnet" "public_b" {
  vpc_id                  = aws_vpc.main.id
  cidr_block              = "10.0.1.0/24"
  availability_zone       = "eu-central-1b"
  map_public_ip_on_launch = false

  tags = {
    Name                     = "public-b"
    "kubernetes.io/role/elb" = "1"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_route_table_association" "public_b" {
  subnet_id      = aws_subnet.public_b.id
  route_table_id = aws_route_table.main__public.id
}
