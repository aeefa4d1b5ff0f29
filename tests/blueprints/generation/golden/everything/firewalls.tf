# Generated from a blueprint: change the blueprint, not this file.

resource "aws_security_group" "guard" {
  name_prefix = "${var.name_prefix}-guard-"
  description = "Guards"
  vpc_id      = aws_vpc.main.id

  tags = {
    Name = "guard"
  }

  lifecycle {
    create_before_destroy = true
    ignore_changes        = [description]
  }
}

resource "aws_security_group_rule" "guard__ingress_tcp_443_0-0-0-0-0" {
  security_group_id = aws_security_group.guard.id
  type              = "ingress"
  protocol          = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_blocks       = ["0.0.0.0/0"]
  description       = "Everyone"
}

resource "aws_security_group_rule" "guard__ingress_tcp_443_0-6d0e7095" {
  security_group_id = aws_security_group.guard.id
  type              = "ingress"
  protocol          = "tcp"
  from_port         = 443
  to_port           = 443
  ipv6_cidr_blocks  = ["::/0"]
  description       = "Everyone"
}

resource "aws_security_group_rule" "guard__ingress_tcp_443_var-blocks-e2c05476" {
  security_group_id = aws_security_group.guard.id
  type              = "ingress"
  protocol          = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_blocks       = var.blocks
}

resource "aws_security_group_rule" "guard__ingress_udp_5000_5010_10-0-0-0-8" {
  security_group_id = aws_security_group.guard.id
  type              = "ingress"
  protocol          = "udp"
  from_port         = 5000
  to_port           = 5010
  cidr_blocks       = ["10.0.0.0/8"]
}

resource "aws_security_group_rule" "guard__ingress_all_guard" {
  security_group_id = aws_security_group.guard.id
  type              = "ingress"
  protocol          = "-1"
  from_port         = 0
  to_port           = 0
  self              = true
  description       = "It-s itself"
}

resource "aws_security_group_rule" "guard__ingress_icmp_other" {
  security_group_id        = aws_security_group.guard.id
  type                     = "ingress"
  protocol                 = "icmp"
  from_port                = -1
  to_port                  = -1
  source_security_group_id = aws_security_group.other.id
}

resource "aws_security_group_rule" "guard__egress_all_0-0-0-0-0" {
  security_group_id = aws_security_group.guard.id
  type              = "egress"
  protocol          = "-1"
  from_port         = 0
  to_port           = 0
  cidr_blocks       = ["0.0.0.0/0"]
  description       = "Out"
}

resource "aws_security_group_rule" "guard__egress_tcp_5432_other" {
  security_group_id        = aws_security_group.guard.id
  type                     = "egress"
  protocol                 = "tcp"
  from_port                = 5432
  to_port                  = 5432
  source_security_group_id = aws_security_group.other.id
}

resource "aws_security_group_rule" "guard__egress_tcp_1_2_guard" {
  security_group_id = aws_security_group.guard.id
  type              = "egress"
  protocol          = "tcp"
  from_port         = 1
  to_port           = 2
  self              = true
}

resource "aws_security_group" "other" {
  name_prefix = "${var.name_prefix}-other-"
  description = "Firewall other"
  vpc_id      = aws_vpc.main.id

  tags = {
    Name = "other"
  }

  lifecycle {
    create_before_destroy = true
    ignore_changes        = [description]
  }
}

resource "aws_security_group_rule" "other__ingress_tcp_5432_guard" {
  security_group_id        = aws_security_group.other.id
  type                     = "ingress"
  protocol                 = "tcp"
  from_port                = 5432
  to_port                  = 5432
  source_security_group_id = aws_security_group.guard.id
}
