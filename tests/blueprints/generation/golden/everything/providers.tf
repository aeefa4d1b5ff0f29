# Generated from a blueprint: change the blueprint, not this file.

provider "aws" {
  region = "eu-central-1"

  default_tags {
    tags = {
      project      = "Demo"
      blueprint    = "shop"
      "managed-by" = "terraform"
    }
  }
}

provider "random" {}
