# Generated from a blueprint: change the blueprint, not this file.

data "aws_ami" "arm_box" {
  most_recent = true
  owners      = ["136693071363"]

  filter {
    name   = "name"
    values = ["debian-12-arm64-*"]
  }
}

resource "aws_instance" "arm_box" {
  ami                         = data.aws_ami.arm_box.id
  instance_type               = "m7g.large"
  subnet_id                   = aws_subnet.private_a.id
  vpc_security_group_ids      = [aws_vpc.main.default_security_group_id]
  associate_public_ip_address = false
  iam_instance_profile        = ""
  monitoring                  = false
  disable_api_termination     = false
  user_data                   = "#!/bin/sh\necho \"$${HOME}\" %%{ if } \\n 'ü'\n"

  tags = {
    Name = "arm-box"
  }

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  root_block_device {
    encrypted   = true
    volume_size = 20
    volume_type = "gp3"
  }

  lifecycle {
    ignore_changes = [ami]
  }

  depends_on = [aws_route.main__private_a, aws_route_table_association.private_a]
}

data "aws_ami" "box" {
  filter {
    name   = "image-id"
    values = [var.image]
  }
}

resource "aws_instance" "box" {
  ami                         = data.aws_ami.box.id
  subnet_id                   = aws_subnet.public_a.id
  vpc_security_group_ids      = [aws_security_group.guard.id, aws_security_group.other.id]
  associate_public_ip_address = true
  iam_instance_profile        = aws_iam_instance_profile.machine_role.name
  key_name                    = "ops"
  monitoring                  = var.switch
  disable_api_termination     = true
  user_data                   = var.api_key

  instance_type = lookup({
    micro  = "t3.micro"
    small  = "t3.small"
    medium = "t3.medium"
    large  = "t3.large"
    xlarge = "t3.xlarge"
  }, var.machine, var.machine)

  tags = {
    Name = "The box"
    tier = "web"
  }

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  root_block_device {
    encrypted   = true
    volume_size = var.disk
    volume_type = "gp3"
  }

  lifecycle {
    ignore_changes = [ami]
  }

  depends_on = [
    aws_route.main__public,
    aws_route_table_association.public_a,
    aws_db_instance.db,
    aws_elasticache_replication_group.sessions,
    aws_iam_role_policy.machine_role__access,
    aws_iam_role_policy_attachment.machine_role__managed_readonlyaccess-2a3bda39,
  ]
}

data "aws_ami" "crowd" {
  filter {
    name   = "image-id"
    values = ["ami-0abcdef1234567890"]
  }
}

resource "aws_launch_template" "crowd" {
  name                   = "${var.name_prefix}-crowd"
  image_id               = data.aws_ami.crowd.id
  instance_type          = "t3.large"
  key_name               = var.source_
  user_data              = base64encode(var.api_key)
  update_default_version = true

  tags = {
    Name = "crowd"
    tier = "web"
  }

  block_device_mappings {
    device_name = data.aws_ami.crowd.root_device_name

    ebs {
      encrypted             = true
      volume_size           = 50
      volume_type           = "gp3"
      delete_on_termination = true
    }
  }

  iam_instance_profile {
    name = aws_iam_instance_profile.machine_role.name
  }

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  monitoring {
    enabled = true
  }

  network_interfaces {
    device_index                = 0
    associate_public_ip_address = false
    security_groups             = [aws_security_group.guard.id]
  }

  tag_specifications {
    resource_type = "instance"

    tags = {
      project      = "Demo"
      blueprint    = "shop"
      "managed-by" = "terraform"
      Name         = "crowd"
      tier         = "web"
    }
  }

  tag_specifications {
    resource_type = "volume"

    tags = {
      project      = "Demo"
      blueprint    = "shop"
      "managed-by" = "terraform"
      Name         = "crowd"
      tier         = "web"
    }
  }
}

resource "aws_autoscaling_group" "crowd" {
  name                      = "${var.name_prefix}-crowd"
  min_size                  = 1
  max_size                  = 4
  desired_capacity          = var.count_
  vpc_zone_identifier       = [aws_subnet.private_a.id, aws_subnet.private_b.id]
  health_check_type         = "ELB"
  health_check_grace_period = 60
  target_group_arns         = [aws_lb_target_group.front__http_8080.arn]

  launch_template {
    id      = aws_launch_template.crowd.id
    version = aws_launch_template.crowd.latest_version
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
    value               = "crowd"
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

  depends_on = [
    aws_route.main__private_a,
    aws_route_table_association.private_a,
    aws_route.main__private_b,
    aws_route_table_association.private_b,
    aws_iam_role_policy.machine_role__access,
    aws_iam_role_policy_attachment.machine_role__managed_readonlyaccess-2a3bda39,
  ]
}

resource "aws_autoscaling_policy" "crowd" {
  name                   = "${var.name_prefix}-crowd-cpu-664d6ffd"
  autoscaling_group_name = aws_autoscaling_group.crowd.name
  policy_type            = "TargetTrackingScaling"

  target_tracking_configuration {
    target_value = 50

    predefined_metric_specification {
      predefined_metric_type = "ASGAverageCPUUtilization"
    }
  }
}
