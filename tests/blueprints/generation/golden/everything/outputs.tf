# Generated from a blueprint: change the blueprint, not this file.

output "authority" {
  value       = aws_eks_cluster.cluster.certificate_authority[0].data
  description = "cluster: The certificate its API server is signed by."
}

output "machine" {
  value = var.machine
}

output "names" {
  value       = aws_route53_zone.zone.name_servers
  description = "zone: The servers that the parent zone must name."
}
