# Generated from a blueprint: change the blueprint, not this file.

resource "aws_subnet" "app_a" {
  vpc_id                  = aws_vpc.main.id
  cidr_block              = "10.20.10.0/24"
  availability_zone       = "us-east-1a"
  map_public_ip_on_launch = false

  tags = {
    Name = "app-a"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_route_table_association" "app_a" {
  subnet_id      = aws_subnet.app_a.id
  route_table_id = aws_route_table.main__private.id
}

resource "aws_subnet" "app_b" {
  vpc_id                  = aws_vpc.main.id
  cidr_block              = "10.20.11.0/24"
  availability_zone       = "us-east-1b"
  map_public_ip_on_launch = false

  tags = {
    Name = "app-b"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_route_table_association" "app_b" {
  subnet_id      = aws_subnet.app_b.id
  route_table_id = aws_route_table.main__private.id
}

resource "aws_subnet" "data_a" {
  vpc_id                  = aws_vpc.main.id
  cidr_block              = "10.20.20.0/24"
  availability_zone       = "us-east-1a"
  map_public_ip_on_launch = false

  tags = {
    Name = "data-a"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_route_table_association" "data_a" {
  subnet_id      = aws_subnet.data_a.id
  route_table_id = aws_route_table.main__private.id
}

resource "aws_subnet" "data_b" {
  vpc_id                  = aws_vpc.main.id
  cidr_block              = "10.20.21.0/24"
  availability_zone       = "us-east-1b"
  map_public_ip_on_launch = false

  tags = {
    Name = "data-b"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_route_table_association" "data_b" {
  subnet_id      = aws_subnet.data_b.id
  route_table_id = aws_route_table.main__private.id
}

resource "aws_vpc" "main" {
  cidr_block           = "10.20.0.0/16"
  enable_dns_support   = true
  enable_dns_hostnames = true

  tags = {
    Name = "main"
  }
}

resource "aws_default_security_group" "main" {
  vpc_id = aws_vpc.main.id

  tags = {
    Name = "main default"
  }
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id

  tags = {
    Name = "main"
  }
}

resource "aws_route_table" "main__public" {
  vpc_id = aws_vpc.main.id

  tags = {
    Name = "main public"
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

resource "aws_eip" "main__private" {
  domain = "vpc"

  tags = {
    Name = "main nat"
  }

  depends_on = [aws_internet_gateway.main]
}

resource "aws_nat_gateway" "main__private" {
  allocation_id = aws_eip.main__private.id
  subnet_id     = aws_subnet.public_a.id

  tags = {
    Name = "main nat"
  }

  depends_on = [aws_internet_gateway.main]
}

resource "aws_route_table" "main__private" {
  vpc_id = aws_vpc.main.id

  tags = {
    Name = "main private"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_route" "main__private" {
  route_table_id         = aws_route_table.main__private.id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.main__private.id
}

resource "aws_subnet" "public_a" {
  vpc_id                  = aws_vpc.main.id
  cidr_block              = "10.20.0.0/24"
  availability_zone       = "us-east-1a"
  map_public_ip_on_launch = false

  tags = {
    Name = "public-a"
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
  cidr_block              = "10.20.1.0/24"
  availability_zone       = "us-east-1b"
  map_public_ip_on_launch = false

  tags = {
    Name = "public-b"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_route_table_association" "public_b" {
  subnet_id      = aws_subnet.public_b.id
  route_table_id = aws_route_table.main__public.id
}
