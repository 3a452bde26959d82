# What somebody who keeps VPCs in Terraform has beside crossvpc: tables and groups of both kinds that docs/migrate.md names, and a
# connection across accounts and regions. hack/terraform.sh applies it to the simulated AWS, whose access keys are accounts.
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "endpoint" {
  type = string
}

locals {
  peer = "10.12.0.0/16"
}

provider "aws" {
  region                  = "eu-west-1"
  access_key              = "111111111111"
  secret_key              = "any"
  skip_metadata_api_check = true
  endpoints {
    ec2 = var.endpoint
    sts = var.endpoint
  }
}

provider "aws" {
  alias                   = "us"
  region                  = "us-east-1"
  access_key              = "222222222222"
  secret_key              = "any"
  skip_metadata_api_check = true
  endpoints {
    ec2 = var.endpoint
    sts = var.endpoint
  }
}

resource "aws_vpc" "eu" {
  cidr_block = "10.11.0.0/16"
  tags       = { Name = "eu" }
}

resource "aws_vpc" "us" {
  provider   = aws.us
  cidr_block = local.peer
}

resource "aws_vpc_peering_connection" "eu_us" {
  vpc_id        = aws_vpc.eu.id
  peer_vpc_id   = aws_vpc.us.id
  peer_owner_id = "222222222222"
  peer_region   = "us-east-1"
}

resource "aws_vpc_peering_connection_accepter" "eu_us" {
  provider                  = aws.us
  vpc_peering_connection_id = aws_vpc_peering_connection.eu_us.id
  auto_accept               = true
}

resource "aws_internet_gateway" "eu" {
  vpc_id = aws_vpc.eu.id
}

resource "aws_subnet" "eu" {
  count             = 2
  vpc_id            = aws_vpc.eu.id
  cidr_block        = cidrsubnet(aws_vpc.eu.cidr_block, 8, count.index)
  availability_zone = "eu-west-1${["a", "b"][count.index]}"
}

# Inline routes belong to a list that Terraform keeps as a whole.
resource "aws_route_table" "inline" {
  vpc_id = aws_vpc.eu.id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.eu.id
  }
  lifecycle {
    ignore_changes = [route]
  }
}

resource "aws_route_table" "separate" {
  vpc_id = aws_vpc.eu.id
}

resource "aws_route" "out" {
  route_table_id         = aws_route_table.separate.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.eu.id
}

resource "aws_route_table_association" "eu" {
  count          = 2
  subnet_id      = aws_subnet.eu[count.index].id
  route_table_id = [aws_route_table.inline.id, aws_route_table.separate.id][count.index]
}

resource "aws_security_group" "inline" {
  name   = "inline"
  vpc_id = aws_vpc.eu.id
  ingress {
    protocol    = "tcp"
    from_port   = 443
    to_port     = 443
    cidr_blocks = ["10.11.0.0/16"]
  }
  lifecycle {
    ignore_changes = [ingress]
  }
}

resource "aws_security_group" "separate" {
  name   = "separate"
  vpc_id = aws_vpc.eu.id
}

resource "aws_vpc_security_group_ingress_rule" "own" {
  security_group_id = aws_security_group.separate.id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "10.11.0.0/16"
}

output "connection" {
  value = aws_vpc_peering_connection.eu_us.id
}

output "tables" {
  value = join(" ", [aws_route_table.inline.id, aws_route_table.separate.id])
}

output "groups" {
  value = join(" ", [aws_security_group.inline.id, aws_security_group.separate.id])
}
