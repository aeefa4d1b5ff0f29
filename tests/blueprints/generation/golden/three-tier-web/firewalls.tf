# Generated from a blueprint: change the blueprint, not this file.

resource "aws_security_group" "db_firewall" {
  name_prefix = "${var.name_prefix}-db-firewall-"
  description = "The database"
  vpc_id      = aws_vpc.main.id

  tags = {
    Name = "db-firewall"
  }

  lifecycle {
    create_before_destroy = true
    ignore_changes        = [description]
  }
}

resource "aws_security_group_rule" "db_firewall__ingress_tcp_5432_web-firewall" {
  security_group_id        = aws_security_group.db_firewall.id
  type                     = "ingress"
  protocol                 = "tcp"
  from_port                = 5432
  to_port                  = 5432
  source_security_group_id = aws_security_group.web_firewall.id
  description              = "The web servers"
}

resource "aws_security_group" "lb_firewall" {
  name_prefix = "${var.name_prefix}-lb-firewall-"
  description = "The load balancer"
  vpc_id      = aws_vpc.main.id

  tags = {
    Name = "lb-firewall"
  }

  lifecycle {
    create_before_destroy = true
    ignore_changes        = [description]
  }
}

resource "aws_security_group_rule" "lb_firewall__ingress_tcp_80_0-0-0-0-0" {
  security_group_id = aws_security_group.lb_firewall.id
  type              = "ingress"
  protocol          = "tcp"
  from_port         = 80
  to_port           = 80
  cidr_blocks       = ["0.0.0.0/0"]
  description       = "Visitors"
}

resource "aws_security_group_rule" "lb_firewall__egress_tcp_8080_web-firewall" {
  security_group_id        = aws_security_group.lb_firewall.id
  type                     = "egress"
  protocol                 = "tcp"
  from_port                = 8080
  to_port                  = 8080
  source_security_group_id = aws_security_group.web_firewall.id
  description              = "The web servers"
}

resource "aws_security_group" "web_firewall" {
  name_prefix = "${var.name_prefix}-web-firewall-"
  description = "The web servers"
  vpc_id      = aws_vpc.main.id

  tags = {
    Name = "web-firewall"
  }

  lifecycle {
    create_before_destroy = true
    ignore_changes        = [description]
  }
}

resource "aws_security_group_rule" "web_firewall__ingress_tcp_8080_lb-firewall" {
  security_group_id        = aws_security_group.web_firewall.id
  type                     = "ingress"
  protocol                 = "tcp"
  from_port                = 8080
  to_port                  = 8080
  source_security_group_id = aws_security_group.lb_firewall.id
  description              = "The load balancer"
}

resource "aws_security_group_rule" "web_firewall__egress_tcp_5432_db-firewall" {
  security_group_id        = aws_security_group.web_firewall.id
  type                     = "egress"
  protocol                 = "tcp"
  from_port                = 5432
  to_port                  = 5432
  source_security_group_id = aws_security_group.db_firewall.id
  description              = "The database"
}

resource "aws_security_group_rule" "web_firewall__egress_tcp_443_0-0-0-0-0" {
  security_group_id = aws_security_group.web_firewall.id
  type              = "egress"
  protocol          = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_blocks       = ["0.0.0.0/0"]
  description       = "Package mirrors and cloud APIs"
}
