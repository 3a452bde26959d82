# The role of an AWSIdentity: the policies of config/iam, with the words in capitals filled in. The provider is that of the
# role's account.
terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 5.0" }
  }
}

variable "name" {
  description = "Name of the role."
  type        = string
  default     = "crossvpc"
}

variable "side" {
  description = "What the role does: requester, accepter or both (also for a requester that accepts what the accepter requested); participant for the security groups of a VPC that another account shares (docs/shared-vpc.md)."
  type        = string
  validation {
    condition     = contains(["requester", "accepter", "both", "participant"], var.side)
    error_message = "side must be requester, accepter, both or participant."
  }
}

variable "operator_role_arn" {
  description = "The operator's own role, which assumes this one."
  type        = string
}

variable "installation_id" {
  description = "The installation id that crossvpc was given on day one (docs/hub.md)."
  type        = string
}

variable "identity" {
  description = "Name of the AWSIdentity: the second part of the external id."
  type        = string
}

variable "takeover" {
  description = "Whether the role may also adopt what exists and give it back: takeover.json, for spec.adopt (docs/takeover.md)."
  type        = bool
  default     = false
}

variable "egress" {
  description = "Whether the role may also add egress rules: egress.json, for securityGroups.egress: Allow (docs/aws.md)."
  type        = bool
  default     = false
}

variable "own" {
  description = "Where the role acts. cluster: name of the EKS cluster whose nodes may be replaced."
  type        = object({ region = string, account = string, vpc = string, cluster = string })
}

variable "owner_account" {
  description = "The account that owns the shared VPC; only with side participant."
  type        = string
  default     = ""
}

variable "peer" {
  description = "The VPC at the other end."
  type        = object({ region = string, account = string, vpc = string })
}

data "aws_partition" "this" {}

locals {
  own  = { requester = "REQUESTER_", accepter = "ACCEPTER_", both = "OWN_", participant = "OWN_" }[var.side]
  peer = { requester = "ACCEPTER_", accepter = "REQUESTER_", both = "PEER_", participant = "PEER_" }[var.side]

  # Terraform knows no loop over replace: one after the other.
  text_partition    = replace(file("${path.module}/../../${var.side}.json"), "PARTITION", data.aws_partition.this.partition)
  text_own_region   = replace(local.text_partition, "${local.own}REGION", var.own.region)
  text_own_account  = replace(local.text_own_region, "${local.own}ACCOUNT", var.own.account)
  text_own_vpc      = replace(local.text_own_account, "${local.own}VPC", var.own.vpc)
  text_own_cluster  = replace(local.text_own_vpc, "${local.own}CLUSTER", var.own.cluster)
  text_peer_region  = replace(local.text_own_cluster, "${local.peer}REGION", var.peer.region)
  text_peer_account = replace(local.text_peer_region, "${local.peer}ACCOUNT", var.peer.account)
  text_peer_vpc     = replace(local.text_peer_account, "${local.peer}VPC", var.peer.vpc)
  text_owner        = replace(local.text_peer_vpc, "OWNER_ACCOUNT", var.owner_account)
  policy            = replace(local.text_owner, "INSTALLATION_ID", var.installation_id)

  # takeover.json speaks of OWN_… and PEER_….
  takeover_partition    = replace(file("${path.module}/../../takeover.json"), "PARTITION", data.aws_partition.this.partition)
  takeover_own_region   = replace(local.takeover_partition, "OWN_REGION", var.own.region)
  takeover_own_account  = replace(local.takeover_own_region, "OWN_ACCOUNT", var.own.account)
  takeover_own_vpc      = replace(local.takeover_own_account, "OWN_VPC", var.own.vpc)
  takeover_peer_region  = replace(local.takeover_own_vpc, "PEER_REGION", var.peer.region)
  takeover_peer_account = replace(local.takeover_peer_region, "PEER_ACCOUNT", var.peer.account)
  takeover_peer_vpc     = replace(local.takeover_peer_account, "PEER_VPC", var.peer.vpc)
  takeover_policy       = replace(local.takeover_peer_vpc, "INSTALLATION_ID", var.installation_id)

  # egress.json speaks of OWN_… alone.
  egress_partition   = replace(file("${path.module}/../../egress.json"), "PARTITION", data.aws_partition.this.partition)
  egress_own_region  = replace(local.egress_partition, "OWN_REGION", var.own.region)
  egress_own_account = replace(local.egress_own_region, "OWN_ACCOUNT", var.own.account)
  egress_own_vpc     = replace(local.egress_own_account, "OWN_VPC", var.own.vpc)
  egress_policy      = replace(local.egress_own_vpc, "INSTALLATION_ID", var.installation_id)

  trust_operator = replace(file("${path.module}/../../trust.json"), "arn:PARTITION:iam::OPERATOR_ACCOUNT:role/OPERATOR_ROLE", var.operator_role_arn)
  trust          = replace(local.trust_operator, "INSTALLATION_ID/IDENTITY_NAME", "${var.installation_id}/${var.identity}")
}

resource "aws_iam_role" "this" {
  name               = var.name
  assume_role_policy = local.trust
}

resource "aws_iam_role_policy" "this" {
  name   = "crossvpc"
  role   = aws_iam_role.this.id
  policy = local.policy
}

resource "aws_iam_role_policy" "takeover" {
  count  = var.takeover ? 1 : 0
  name   = "crossvpc-takeover"
  role   = aws_iam_role.this.id
  policy = local.takeover_policy
}

resource "aws_iam_role_policy" "egress" {
  count  = var.egress ? 1 : 0
  name   = "crossvpc-egress"
  role   = aws_iam_role.this.id
  policy = local.egress_policy
}

output "arn" {
  description = "spec.roleARN of the AWSIdentity."
  value       = aws_iam_role.this.arn
}

output "policy" {
  description = "The policy with all words filled in."
  value       = local.policy
}
