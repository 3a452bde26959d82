# The operator's own role, in the hub's account, and the way it gets to the operator's pods: EKS Pod Identity, or IRSA where
# oidc_provider is given.
terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 5.29" }
  }
}

variable "name" {
  description = "Name of the role."
  type        = string
  default     = "crossvpc-operator"
}

variable "hub" {
  description = "The EKS cluster that crossvpc runs in."
  type        = object({ region = string, account = string, cluster = string })
}

variable "assumes" {
  description = "Roles of the AWSIdentities."
  type        = list(string)
}

variable "oidc_provider" {
  description = "For IRSA: the issuer of the hub without https://. Empty: EKS Pod Identity."
  type        = string
  default     = ""
}

data "aws_partition" "this" {}

locals {
  irsa           = var.oidc_provider != ""
  file           = local.irsa ? "operator-trust-irsa.json" : "operator-trust-pod-identity.json"
  text_partition = replace(file("${path.module}/../../${local.file}"), "PARTITION", data.aws_partition.this.partition)
  text_account   = replace(local.text_partition, "HUB_ACCOUNT", var.hub.account)
  text_region    = replace(local.text_account, "HUB_REGION", var.hub.region)
  text_cluster   = replace(local.text_region, "HUB_CLUSTER", var.hub.cluster)
  trust          = replace(local.text_cluster, "OIDC_PROVIDER", var.oidc_provider)
}

resource "aws_iam_role" "this" {
  name               = var.name
  assume_role_policy = local.trust
}

resource "aws_iam_role_policy" "assume_sides" {
  name = "assume-sides"
  role = aws_iam_role.this.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [for s in jsondecode(file("${path.module}/../../operator.json")).Statement : merge(s, { Resource = var.assumes })]
  })
}

resource "aws_eks_pod_identity_association" "this" {
  count           = local.irsa ? 0 : 1
  cluster_name    = var.hub.cluster
  namespace       = "crossvpc-system"
  service_account = "crossvpc"
  role_arn        = aws_iam_role.this.arn
}

output "arn" {
  description = "aws.roleARN of the chart, with IRSA."
  value       = aws_iam_role.this.arn
}
