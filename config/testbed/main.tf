# Two small clusters in two regions of one account, to try crossvpc on. README.md says what they cost.
terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 5.50" }
  }
}

provider "aws" {
  region = "eu-west-1"
}

provider "aws" {
  alias  = "us"
  region = "us-east-1"
}

module "eu" {
  source = "./side"
  name   = "crossvpc-eu"
  cidr   = "10.11.0.0/16"
}

module "us" {
  source    = "./side"
  providers = { aws = aws.us }
  name      = "crossvpc-us"
  cidr      = "10.12.0.0/16"
}

output "eu" {
  value = { region = "eu-west-1", vpc = module.eu.vpc_id, cluster = module.eu.cluster }
}

output "us" {
  value = { region = "us-east-1", vpc = module.us.vpc_id, cluster = module.us.cluster }
}
