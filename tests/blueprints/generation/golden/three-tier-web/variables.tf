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

variable "db_password" {
  type        = string
  description = "Password of the database administrator."
  sensitive   = true
  nullable    = false
}

variable "web_machines" {
  type        = number
  description = "Web servers at the start."
  default     = 2
  nullable    = false
}
