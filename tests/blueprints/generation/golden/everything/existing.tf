# Generated from a blueprint: change the blueprint, not this file.

data "aws_s3_bucket" "releases" {
  bucket = "acme-releases"
}
