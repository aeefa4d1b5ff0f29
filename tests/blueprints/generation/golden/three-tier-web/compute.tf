# Generated from a blueprint: change the blueprint, not this file.

data "aws_ami" "web" {
  most_recent = true
  owners      = ["amazon"]

  filter {
    name   = "name"
    values = ["al2023-ami-2023.*-x86_64"]
  }
}

resource "aws_launch_template" "web" {
  name                   = "${var.name_prefix}-web"
  image_id               = data.aws_ami.web.id
  instance_type          = "t3.small"
  user_data              = base64encode("#!/bin/sh\nset -eu\nsystemctl enable --now web\n")
  update_default_version = true

  tags = {
    Name = "web"
    tier = "web"
  }

  block_device_mappings {
    device_name = data.aws_ami.web.root_device_name

    ebs {
      encrypted             = true
      volume_size           = 20
      volume_type           = "gp3"
      delete_on_termination = true
    }
  }

  iam_instance_profile {
    name = aws_iam_instance_profile.web_role.name
  }

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  monitoring {
    enabled = false
  }

  network_interfaces {
    device_index                = 0
    associate_public_ip_address = false
    security_groups             = [aws_security_group.web_firewall.id]
  }

  tag_specifications {
    resource_type = "instance"

    tags = {
      project      = "Demo"
      blueprint    = "shop"
      "managed-by" = "terraform"
      Name         = "web"
      tier         = "web"
    }
  }

  tag_specifications {
    resource_type = "volume"

    tags = {
      project      = "Demo"
      blueprint    = "shop"
      "managed-by" = "terraform"
      Name         = "web"
      tier         = "web"
    }
  }
}

resource "aws_autoscaling_group" "web" {
  name                      = "${var.name_prefix}-web"
  min_size                  = 2
  max_size                  = 6
  desired_capacity          = var.web_machines
  vpc_zone_identifier       = [aws_subnet.app_a.id, aws_subnet.app_b.id]
  health_check_type         = "ELB"
  health_check_grace_period = 300
  target_group_arns         = [aws_lb_target_group.lb__http_8080.arn]

  launch_template {
    id      = aws_launch_template.web.id
    version = aws_launch_template.web.latest_version
  }

  instance_refresh {
    strategy = "Rolling"

    preferences {
      min_healthy_percentage = 90
    }
  }

  tag {
    key                 = "project"
    value               = "Demo"
    propagate_at_launch = false
  }

  tag {
    key                 = "blueprint"
    value               = "shop"
    propagate_at_launch = false
  }

  tag {
    key                 = "managed-by"
    value               = "terraform"
    propagate_at_launch = false
  }

  tag {
    key                 = "Name"
    value               = "web"
    propagate_at_launch = false
  }

  tag {
    key                 = "tier"
    value               = "web"
    propagate_at_launch = false
  }

  lifecycle {
    ignore_changes = [desired_capacity]
  }

  depends_on = [aws_route.main__private, aws_route_table_association.app_a, aws_route_table_association.app_b]
}

resource "aws_autoscaling_policy" "web" {
  name                   = "${var.name_prefix}-web-cpu-2dd1608f"
  autoscaling_group_name = aws_autoscaling_group.web.name
  policy_type            = "TargetTrackingScaling"

  target_tracking_configuration {
    target_value = 60

    predefined_metric_specification {
      predefined_metric_type = "ASGAverageCPUUtilization"
    }
  }
}
