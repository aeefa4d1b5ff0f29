# Generated from a blueprint: change the blueprint, not this file.

resource "aws_lb" "front" {
  name                       = "${var.name_prefix}-front"
  load_balancer_type         = "application"
  internal                   = false
  subnets                    = [aws_subnet.public_a.id, aws_subnet.public_b.id]
  security_groups            = [aws_security_group.guard.id]
  enable_deletion_protection = var.switch
  drop_invalid_header_fields = true
  idle_timeout               = 30

  tags = {
    Name = "front"
  }

  depends_on = [aws_internet_gateway.main]
}

resource "aws_lb_target_group" "front__http_8080" {
  name_prefix = "front-"
  protocol    = "HTTP"
  port        = 8080
  vpc_id      = aws_vpc.main.id
  target_type = "instance"

  tags = {
    Name = "front http 8080"
  }

  health_check {
    path                = "/up"
    matcher             = "200-399"
    protocol            = "HTTP"
    interval            = 20
    timeout             = 4
    healthy_threshold   = 2
    unhealthy_threshold = 4
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_lb_target_group_attachment" "front__http_8080_box" {
  target_group_arn = aws_lb_target_group.front__http_8080.arn
  target_id        = aws_instance.box.id
  port             = 8080
}

resource "aws_lb_target_group_attachment" "front__http_8080_arm-box" {
  target_group_arn = aws_lb_target_group.front__http_8080.arn
  target_id        = aws_instance.arm_box.id
  port             = 8080
}

resource "aws_lb_listener" "front__80" {
  load_balancer_arn = aws_lb.front.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type = "redirect"

    redirect {
      port        = "443"
      protocol    = "HTTPS"
      status_code = "HTTP_301"
    }
  }
}

resource "aws_lb_listener" "front__443" {
  load_balancer_arn = aws_lb.front.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = "arn:aws:acm:eu-central-1:111122223333:certificate/12345678"

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.front__http_8080.arn
  }
}

resource "aws_lb_listener" "front__8443" {
  load_balancer_arn = aws_lb.front.arn
  port              = 8443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = "arn:aws:acm:eu-central-1:111122223333:certificate/12345678"

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.front__http_8080.arn
  }
}

resource "aws_lb" "wire" {
  name                       = "${var.name_prefix}-wire"
  load_balancer_type         = "network"
  internal                   = true
  subnets                    = [aws_subnet.private_a.id]
  enable_deletion_protection = false

  tags = {
    Name = "wire"
  }
}

resource "aws_lb_target_group" "wire__tcp_5000" {
  name_prefix = "wire-"
  protocol    = "TCP"
  port        = 5000
  vpc_id      = aws_vpc.main.id
  target_type = "instance"

  tags = {
    Name = "wire tcp 5000"
  }

  health_check {
    protocol            = "TCP"
    interval            = 30
    timeout             = 5
    healthy_threshold   = 3
    unhealthy_threshold = 3
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_lb_target_group" "wire__udp_5001" {
  name_prefix = "wire-"
  protocol    = "UDP"
  port        = 5001
  vpc_id      = aws_vpc.main.id
  target_type = "instance"

  tags = {
    Name = "wire udp 5001"
  }

  health_check {
    protocol            = "TCP"
    interval            = 30
    timeout             = 5
    healthy_threshold   = 3
    unhealthy_threshold = 3
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_lb_target_group" "wire__tcp_5002" {
  name_prefix = "wire-"
  protocol    = "TCP"
  port        = 5002
  vpc_id      = aws_vpc.main.id
  target_type = "instance"

  tags = {
    Name = "wire tcp 5002"
  }

  health_check {
    protocol            = "TCP"
    interval            = 30
    timeout             = 5
    healthy_threshold   = 3
    unhealthy_threshold = 3
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_lb_listener" "wire__5000" {
  load_balancer_arn = aws_lb.wire.arn
  port              = 5000
  protocol          = "TCP"

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.wire__tcp_5000.arn
  }
}

resource "aws_lb_listener" "wire__5001" {
  load_balancer_arn = aws_lb.wire.arn
  port              = 5001
  protocol          = "UDP"

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.wire__udp_5001.arn
  }
}

resource "aws_lb_listener" "wire__5002" {
  load_balancer_arn = aws_lb.wire.arn
  port              = 5002
  protocol          = "TLS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = var.source_

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.wire__tcp_5002.arn
  }
}
