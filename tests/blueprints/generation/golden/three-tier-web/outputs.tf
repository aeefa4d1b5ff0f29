# Generated from a blueprint: change the blueprint, not this file.

output "database_host" {
  value       = aws_db_instance.db.address
  description = "db: The DNS name it answers at."
}

output "url" {
  value       = aws_lb.lb.dns_name
  description = "lb: The name that clients use."
}
