# All roles of a pair of clusters, in two accounts or in one: fill in the locals and the profiles.
terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 5.29" }
  }
}

data "aws_partition" "this" {}

locals {
  installation_id = "prod"
  eu              = { region = "eu-west-1", account = "111111111111", vpc = "vpc-0aaaaaaaaaaaaaaaa", cluster = "prod-eu" }
  us              = { region = "us-east-1", account = "222222222222", vpc = "vpc-0bbbbbbbbbbbbbbbb", cluster = "prod-us" }

  # One for each cluster, also where both are in one account: each has an external id and a VPC of its own.
  roles = { eu = "crossvpc-eu", us = "crossvpc-us" }

  # By name, since each of the roles names the other.
  iam               = "arn:${data.aws_partition.this.partition}:iam"
  operator_role_arn = "${local.iam}::${local.eu.account}:role/crossvpc-operator"
}

provider "aws" {
  region = local.eu.region
}

provider "aws" {
  alias   = "us"
  region  = local.us.region
  profile = "us" # of the other cluster's account
}

module "operator" {
  source  = "../operator"
  hub     = { region = local.eu.region, account = local.eu.account, cluster = local.eu.cluster }
  assumes = ["${local.iam}::${local.eu.account}:role/${local.roles.eu}", "${local.iam}::${local.us.account}:role/${local.roles.us}"]
}

module "eu" {
  source            = "../role"
  name              = local.roles.eu
  depends_on        = [module.operator] # IAM refuses a principal that does not exist
  side              = "requester"
  operator_role_arn = local.operator_role_arn
  installation_id   = local.installation_id
  identity          = "eu"
  own               = local.eu
  peer              = { region = local.us.region, account = local.us.account, vpc = local.us.vpc }
}

module "us" {
  source            = "../role"
  name              = local.roles.us
  depends_on        = [module.operator]
  providers         = { aws = aws.us }
  side              = "accepter"
  operator_role_arn = local.operator_role_arn
  installation_id   = local.installation_id
  identity          = "us"
  own               = local.us
  peer              = { region = local.eu.region, account = local.eu.account, vpc = local.eu.vpc }
}

output "roles" {
  value = { operator = module.operator.arn, eu = module.eu.arn, us = module.us.arn }
}
