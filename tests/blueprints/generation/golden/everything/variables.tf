# Generated from a blueprint: change the blueprint, not this file.

variable "name_prefix" {
  type        = string
  description = "What the names of all resources begin with; another one for each deployment."
  default     = "shop"

  validation {
    condition     = can(regex("^[a-z](-?[a-z0-9])*$", var.name_prefix)) && !can(regex("^(amzn|aws|internal(-|$)|sg(-|$)|ssm|sthree(-|$)|xn(-|$))", var.name_prefix))
    error_message = "The prefix is made of lower-case letters, digits and single hyphens between them, begins with a letter and has at most 15 characters. AWS reserves names that begin with amzn, aws, internal-, sg-, ssm, sthree- or xn-."
  }

  validation {
    condition     = length(var.name_prefix) <= 15
    error_message = "The value must have at most 15 characters."
  }
}

variable "api_key" {
  type        = string
  description = "A key."
  sensitive   = true
  nullable    = false
}

variable "blocks" {
  type     = list(string)
  default  = ["198.51.100.0/24"]
  nullable = false
}

variable "count_" {
  type     = number
  default  = 3
  nullable = false
}

variable "disk" {
  type     = number
  default  = 30
  nullable = false
}

variable "image" {
  type     = string
  default  = "ami-0abcdef1234567890"
  nullable = false
}

variable "machine" {
  type     = string
  default  = "large"
  nullable = false
}

variable "name_prefix_" {
  type        = string
  description = "A name that the generator uses itself."
  nullable    = false
}

variable "source_" {
  type        = string
  description = "A name that Terraform keeps for itself."
  nullable    = false
}

variable "switch" {
  type     = bool
  default  = true
  nullable = false
}
