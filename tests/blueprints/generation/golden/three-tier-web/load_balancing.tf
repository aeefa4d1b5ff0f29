# Generated from a blueprint: change the blueprint, not this file.

resource "aws_lb" "lb" {
  name                       = "${var.name_prefix}-lb"
  load_balancer_type         = "application"
  internal                   = false
  subnets                    = [aws_subnet.public_a.id, aws_subnet.public_b.id]
  security_groups            = [aws_security_group.lb_firewall.id]
  enable_deletion_protection = false
  drop_invalid_header_fields = true
  idle_timeout               = 60

  tags = {
    Name = "lb"
  }

  depends_on = [aws_internet_gateway.main]
}

resource "aws_lb_target_group" "lb__http_8080" {
  name_prefix = "lb-"
  protocol    = "HTTP"
  port        = 8080
  vpc_id      = aws_vpc.main.id
  target_type = "instance"

  tags = {
    Name = "lb http 8080"
  }

  health_check {
    path                = "/healthz"
    matcher             = "200-399"
    protocol            = "HTTP"
    interval            = 15
    timeout             = 5
    healthy_threshold   = 3
    unhealthy_threshold = 3
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_lb_listener" "lb__80" {
  load_balancer_arn = aws_lb.lb.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.lb__http_8080.arn
  }
}
