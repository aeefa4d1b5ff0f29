# Generated from a blueprint: change the blueprint, not this file.

resource "aws_iam_role" "cluster__control_plane" {
  name = "${var.name_prefix}-cluster-control-plane-89757081"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Action = ["sts:AssumeRole"]
        Principal = {
          Service = ["eks.amazonaws.com"]
        }
      },
    ]
  })

  tags = {
    Name = "cluster control plane"
  }
}

resource "aws_iam_role_policy_attachment" "cluster__control_plane_AmazonEKSClusterPolicy" {
  role       = aws_iam_role.cluster__control_plane.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_iam_role_policy_attachment" "cluster__nodes_AmazonEKSWorkerNodePolicy" {
  role       = aws_iam_role.node_role.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_iam_role_policy_attachment" "cluster__nodes_AmazonEKS_CNI_Policy" {
  role       = aws_iam_role.node_role.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy"

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_iam_role_policy_attachment" "cluster__nodes_AmazonEC2ContainerRegistryReadOnly" {
  role       = aws_iam_role.node_role.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly"

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_kms_key" "cluster" {
  description             = "Kubernetes secrets of cluster"
  enable_key_rotation     = true
  deletion_window_in_days = 30

  tags = {
    Name = "cluster"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_cloudwatch_log_group" "cluster" {
  name              = "/aws/eks/${var.name_prefix}-cluster/cluster"
  retention_in_days = 180

  tags = {
    Name = "cluster"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_eks_cluster" "cluster" {
  name                      = "${var.name_prefix}-cluster"
  version                   = "1.35"
  role_arn                  = aws_iam_role.cluster__control_plane.arn
  enabled_cluster_log_types = ["api", "audit", "authenticator", "controllerManager", "scheduler"]

  tags = {
    Name = "cluster"
  }

  vpc_config {
    subnet_ids              = [aws_subnet.private_a.id, aws_subnet.private_b.id]
    security_group_ids      = [aws_security_group.guard.id]
    endpoint_private_access = true
    endpoint_public_access  = true
    public_access_cidrs     = var.blocks
  }

  access_config {
    authentication_mode                         = "API_AND_CONFIG_MAP"
    bootstrap_cluster_creator_admin_permissions = true
  }

  encryption_config {
    resources = ["secrets"]

    provider {
      key_arn = aws_kms_key.cluster.arn
    }
  }

  depends_on = [
    aws_iam_role_policy_attachment.cluster__control_plane_AmazonEKSClusterPolicy,
    aws_cloudwatch_log_group.cluster,
  ]
}

resource "aws_iam_openid_connect_provider" "cluster" {
  url            = aws_eks_cluster.cluster.identity[0].oidc[0].issuer
  client_id_list = ["sts.amazonaws.com"]

  tags = {
    Name = "cluster pods"
  }
}

resource "aws_eks_access_entry" "cluster__arn-aws-iam-111122223333-role-platform-1f58c1ba" {
  cluster_name  = aws_eks_cluster.cluster.name
  principal_arn = "arn:aws:iam::111122223333:role/platform"

  tags = {
    Name = "cluster administrator"
  }
}

resource "aws_eks_access_policy_association" "cluster__arn-aws-iam-111122223333-role-platform-1f58c1ba" {
  cluster_name  = aws_eks_cluster.cluster.name
  principal_arn = aws_eks_access_entry.cluster__arn-aws-iam-111122223333-role-platform-1f58c1ba.principal_arn
  policy_arn    = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"

  access_scope {
    type = "cluster"
  }
}

resource "aws_eks_access_entry" "cluster__ref-machine-role-arn-9e6f8fde" {
  cluster_name  = aws_eks_cluster.cluster.name
  principal_arn = aws_iam_role.machine_role.arn

  tags = {
    Name = "cluster administrator"
  }
}

resource "aws_eks_access_policy_association" "cluster__ref-machine-role-arn-9e6f8fde" {
  cluster_name  = aws_eks_cluster.cluster.name
  principal_arn = aws_eks_access_entry.cluster__ref-machine-role-arn-9e6f8fde.principal_arn
  policy_arn    = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"

  access_scope {
    type = "cluster"
  }
}

resource "aws_eks_pod_identity_association" "cluster__shop-orders-v2-f167e7e9" {
  cluster_name    = aws_eks_cluster.cluster.name
  namespace       = "shop"
  service_account = "orders.v2"
  role_arn        = aws_iam_role.pod_role.arn

  tags = {
    Name = "cluster pods"
  }
}

resource "aws_launch_template" "cluster__general" {
  name                   = "${var.name_prefix}-cluster-general-0373e2e3"
  update_default_version = true

  tags = {
    Name = "cluster general"
  }

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      encrypted             = true
      volume_size           = 80
      volume_type           = "gp3"
      delete_on_termination = true
    }
  }

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 2
  }

  tag_specifications {
    resource_type = "instance"

    tags = {
      project      = "Demo"
      blueprint    = "shop"
      "managed-by" = "terraform"
      Name         = "cluster general"
    }
  }
}

resource "aws_eks_node_group" "cluster__general" {
  cluster_name           = aws_eks_cluster.cluster.name
  node_group_name_prefix = "general-"
  node_role_arn          = aws_iam_role.node_role.arn
  subnet_ids             = [aws_subnet.private_a.id, aws_subnet.private_b.id]
  ami_type               = "AL2023_ARM_64_STANDARD"
  capacity_type          = "SPOT"
  instance_types         = ["m7g.large"]

  labels = {
    "example.com/tier" = "general"
  }

  tags = {
    Name = "cluster general"
  }

  scaling_config {
    desired_size = 2
    min_size     = 1
    max_size     = 5
  }

  launch_template {
    id      = aws_launch_template.cluster__general.id
    version = aws_launch_template.cluster__general.latest_version
  }

  lifecycle {
    create_before_destroy = true
    ignore_changes        = [scaling_config[0].desired_size]
  }

  depends_on = [
    aws_iam_role_policy_attachment.cluster__nodes_AmazonEKSWorkerNodePolicy,
    aws_iam_role_policy_attachment.cluster__nodes_AmazonEKS_CNI_Policy,
    aws_iam_role_policy_attachment.cluster__nodes_AmazonEC2ContainerRegistryReadOnly,
    aws_route.main__private_a,
    aws_route_table_association.private_a,
    aws_route.main__private_b,
    aws_route_table_association.private_b,
  ]
}

resource "aws_launch_template" "cluster__big-db0d7937" {
  name                   = "${var.name_prefix}-cluster-big-6e854ca5"
  update_default_version = true

  tags = {
    Name = "cluster big-"
  }

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      encrypted             = true
      volume_size           = 50
      volume_type           = "gp3"
      delete_on_termination = true
    }
  }

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 2
  }

  tag_specifications {
    resource_type = "instance"

    tags = {
      project      = "Demo"
      blueprint    = "shop"
      "managed-by" = "terraform"
      Name         = "cluster big-"
    }
  }
}

resource "aws_eks_node_group" "cluster__big-db0d7937" {
  cluster_name           = aws_eks_cluster.cluster.name
  node_group_name_prefix = "big-db0d7937-"
  node_role_arn          = aws_iam_role.node_role.arn
  subnet_ids             = [aws_subnet.private_a.id, aws_subnet.private_b.id]
  ami_type               = "AL2023_x86_64_STANDARD"
  capacity_type          = "ON_DEMAND"
  instance_types         = ["t3.xlarge"]

  tags = {
    Name = "cluster big-"
  }

  scaling_config {
    desired_size = 1
    min_size     = 1
    max_size     = 3
  }

  launch_template {
    id      = aws_launch_template.cluster__big-db0d7937.id
    version = aws_launch_template.cluster__big-db0d7937.latest_version
  }

  lifecycle {
    create_before_destroy = true
    ignore_changes        = [scaling_config[0].desired_size]
  }

  depends_on = [
    aws_iam_role_policy_attachment.cluster__nodes_AmazonEKSWorkerNodePolicy,
    aws_iam_role_policy_attachment.cluster__nodes_AmazonEKS_CNI_Policy,
    aws_iam_role_policy_attachment.cluster__nodes_AmazonEC2ContainerRegistryReadOnly,
    aws_route.main__private_a,
    aws_route_table_association.private_a,
    aws_route.main__private_b,
    aws_route_table_association.private_b,
  ]
}

resource "aws_eks_addon" "cluster__vpc-cni" {
  cluster_name                = aws_eks_cluster.cluster.name
  addon_name                  = "vpc-cni"
  resolve_conflicts_on_create = "OVERWRITE"
  resolve_conflicts_on_update = "OVERWRITE"

  tags = {
    Name = "cluster vpc-cni"
  }
}

resource "aws_eks_addon" "cluster__kube-proxy" {
  cluster_name                = aws_eks_cluster.cluster.name
  addon_name                  = "kube-proxy"
  resolve_conflicts_on_create = "OVERWRITE"
  resolve_conflicts_on_update = "OVERWRITE"

  tags = {
    Name = "cluster kube-proxy"
  }
}

resource "aws_eks_addon" "cluster__eks-pod-identity-agent" {
  cluster_name                = aws_eks_cluster.cluster.name
  addon_name                  = "eks-pod-identity-agent"
  resolve_conflicts_on_create = "OVERWRITE"
  resolve_conflicts_on_update = "OVERWRITE"

  tags = {
    Name = "cluster eks-pod-identity-agent"
  }
}

resource "aws_eks_addon" "cluster__coredns" {
  cluster_name                = aws_eks_cluster.cluster.name
  addon_name                  = "coredns"
  resolve_conflicts_on_create = "OVERWRITE"
  resolve_conflicts_on_update = "OVERWRITE"

  tags = {
    Name = "cluster coredns"
  }

  depends_on = [aws_eks_node_group.cluster__general, aws_eks_node_group.cluster__big-db0d7937]
}
