package conformance

// cliStory has every action of awssim in it. See cli.tell for its form.
const cliStory = `
sts get-caller-identity
sts assume-role --role-arn arn:aws:iam::{account}:role/network --role-session-name cli
ec2 describe-regions
ec2 describe-availability-zones
ec2 describe-account-attributes

vpc=Vpc.VpcId ec2 create-vpc --cidr-block 10.11.0.0/16
peer=Vpc.VpcId ec2 create-vpc --cidr-block 10.12.0.0/16
third=Vpc.VpcId ec2 create-vpc --cidr-block 10.13.0.0/16
block=CidrBlockAssociation.AssociationId ec2 associate-vpc-cidr-block --vpc-id {vpc} --cidr-block 100.64.0.0/16
wait
ec2 disassociate-vpc-cidr-block --association-id {block}
ec2 modify-vpc-attribute --vpc-id {vpc} --enable-dns-hostnames Value=true
ec2 modify-vpc-attribute --vpc-id {peer} --enable-dns-hostnames Value=true
ec2 describe-vpc-attribute --vpc-id {vpc} --attribute enableDnsHostnames
ec2 create-tags --resources {vpc} {peer} --tags Key=env,Value=test Key=other,Value=x
ec2 delete-tags --resources {vpc} --tags Key=other
ec2 describe-tags --filters Name=resource-id,Values={vpc}
ec2 describe-vpcs --filters Name=tag:env,Values=test
control=VpcEncryptionControl.VpcEncryptionControlId ec2 create-vpc-encryption-control --vpc-id {third}
ec2 modify-vpc-encryption-control --vpc-encryption-control-id {control} --vpc-peering-exclusion enable
ec2 delete-vpc-encryption-control --vpc-encryption-control-id {control}

one=Subnet.SubnetId ec2 create-subnet --vpc-id {vpc} --cidr-block 10.11.1.0/24 --availability-zone eu-west-1a
two=Subnet.SubnetId ec2 create-subnet --vpc-id {vpc} --cidr-block 10.11.2.0/24 --availability-zone eu-west-1b
spare=Subnet.SubnetId ec2 create-subnet --vpc-id {vpc} --cidr-block 10.11.3.0/24
ec2 modify-subnet-attribute --subnet-id {one} --map-public-ip-on-launch
ec2 describe-subnets

pcx=VpcPeeringConnection.VpcPeeringConnectionId ec2 create-vpc-peering-connection --vpc-id {vpc} --peer-vpc-id {peer}
refused=VpcPeeringConnection.VpcPeeringConnectionId ec2 create-vpc-peering-connection --vpc-id {vpc} --peer-vpc-id {third}
wait
ec2 accept-vpc-peering-connection --vpc-peering-connection-id {pcx}
ec2 reject-vpc-peering-connection --vpc-peering-connection-id {refused}
wait
ec2 modify-vpc-peering-connection-options --vpc-peering-connection-id {pcx} --requester-peering-connection-options AllowDnsResolutionFromRemoteVpc=true
wait
ec2 describe-vpc-peering-connections

table=RouteTable.RouteTableId ec2 create-route-table --vpc-id {vpc}
other=RouteTable.RouteTableId ec2 create-route-table --vpc-id {vpc}
bound=AssociationId ec2 associate-route-table --route-table-id {table} --subnet-id {one}
moved=NewAssociationId ec2 replace-route-table-association --association-id {bound} --route-table-id {other}
ec2 disassociate-route-table --association-id {moved}
igw=InternetGateway.InternetGatewayId ec2 create-internet-gateway
ec2 attach-internet-gateway --internet-gateway-id {igw} --vpc-id {vpc}
ec2 create-route --route-table-id {table} --destination-cidr-block 10.12.0.0/16 --gateway-id {igw}
ec2 replace-route --route-table-id {table} --destination-cidr-block 10.12.0.0/16 --vpc-peering-connection-id {pcx}
ec2 describe-internet-gateways
vgw=VpnGateway.VpnGatewayId ec2 create-vpn-gateway --type ipsec.1
ec2 attach-vpn-gateway --vpn-gateway-id {vgw} --vpc-id {vpc}
ec2 enable-vgw-route-propagation --gateway-id {vgw} --route-table-id {table}
ec2 describe-vpn-gateways
ec2 disable-vgw-route-propagation --gateway-id {vgw} --route-table-id {table}
tgw=TransitGateway.TransitGatewayId ec2 create-transit-gateway --description story
wait
attached=TransitGatewayVpcAttachment.TransitGatewayAttachmentId ec2 create-transit-gateway-vpc-attachment --transit-gateway-id {tgw} --vpc-id {vpc} --subnet-ids {one}
wait
ec2 describe-transit-gateways
ec2 describe-transit-gateway-vpc-attachments
nat=NatGateway.NatGatewayId ec2 create-nat-gateway --subnet-id {one} --connectivity-type private
wait
ec2 describe-nat-gateways
list=PrefixList.PrefixListId ec2 create-managed-prefix-list --prefix-list-name peer --address-family IPv4 --max-entries 5 --entries Cidr=10.12.0.0/16,Description=peer
wait
ec2 modify-managed-prefix-list --prefix-list-id {list} --current-version 1 --add-entries Cidr=10.20.0.0/16
wait
ec2 get-managed-prefix-list-entries --prefix-list-id {list}
ec2 describe-managed-prefix-lists
ec2 describe-route-tables --filters Name=vpc-id,Values={vpc}

acl=NetworkAcl.NetworkAclId ec2 create-network-acl --vpc-id {vpc}
ec2 create-network-acl-entry --network-acl-id {acl} --ingress --rule-number 50 --protocol -1 --rule-action deny --cidr-block 10.12.0.0/16
ec2 replace-network-acl-entry --network-acl-id {acl} --ingress --rule-number 50 --protocol -1 --rule-action allow --cidr-block 10.12.0.0/16
ec2 delete-network-acl-entry --network-acl-id {acl} --ingress --rule-number 50
aclbound=NetworkAcls.0.Associations.0.NetworkAclAssociationId ec2 describe-network-acls --filters Name=association.subnet-id,Values={spare} Name=default,Values=true
aclwas=NetworkAcls.0.NetworkAclId ec2 describe-network-acls --filters Name=association.subnet-id,Values={spare} Name=default,Values=true
acl2=NewAssociationId ec2 replace-network-acl-association --association-id {aclbound} --network-acl-id {acl}
ec2 replace-network-acl-association --association-id {acl2} --network-acl-id {aclwas}
ec2 delete-network-acl --network-acl-id {acl}

group=GroupId ec2 create-security-group --vpc-id {vpc} --group-name nodes --description story
rule=SecurityGroupRules.0.SecurityGroupRuleId ec2 authorize-security-group-ingress --group-id {group} --protocol tcp --port 443 --cidr 10.12.0.0/16
out=SecurityGroupRules.0.SecurityGroupRuleId ec2 authorize-security-group-egress --group-id {group} --protocol tcp --port 443 --cidr 10.12.0.0/16
ec2 update-security-group-rule-descriptions-ingress --group-id {group} --security-group-rule-descriptions SecurityGroupRuleId={rule},Description=in
ec2 update-security-group-rule-descriptions-egress --group-id {group} --security-group-rule-descriptions SecurityGroupRuleId={out},Description=out
ec2 modify-security-group-rules --group-id {group} --security-group-rules SecurityGroupRuleId={rule},SecurityGroupRule={IpProtocol=tcp,FromPort=80,ToPort=80,CidrIpv4=10.12.0.0/16}
ec2 describe-security-group-rules --filters Name=group-id,Values={group}
ec2 describe-security-groups
theirs=GroupId ec2 create-security-group --vpc-id {peer} --group-name nodes --description story
ec2 authorize-security-group-ingress --group-id {group} --protocol tcp --port 443 --source-group {theirs}
ec2 describe-security-group-references --group-id {theirs}

eni=NetworkInterface.NetworkInterfaceId ec2 create-network-interface --subnet-id {one} --groups {group} --description pods
ec2 modify-network-interface-attribute --network-interface-id {eni} --description more-pods
second=AssignedPrivateIpAddresses.0.PrivateIpAddress ec2 assign-private-ip-addresses --network-interface-id {eni} --secondary-private-ip-address-count 2
ec2 unassign-private-ip-addresses --network-interface-id {eni} --private-ip-addresses {second}
instance=Instances.0.InstanceId ec2 run-instances --image-id ami-0123456789abcdef0 --instance-type m5.large --subnet-id {one}
wait
attachment=AttachmentId ec2 attach-network-interface --network-interface-id {eni} --instance-id {instance} --device-index 1
ec2 describe-network-interfaces --filters Name=attachment.instance-id,Values={instance}
ec2 describe-instances --instance-ids {instance}
ec2 detach-network-interface --attachment-id {attachment}
wait
ec2 terminate-instances --instance-ids {instance}
ec2 delete-network-interface --network-interface-id {eni}

eks create-cluster --name story --role-arn arn:aws:iam::{account}:role/eks --resources-vpc-config subnetIds={one},{two} --access-config authenticationMode=API_AND_CONFIG_MAP,bootstrapClusterCreatorAdminPermissions=false
wait
eks describe-cluster --name story
eks list-clusters
eks create-access-entry --cluster-name story --principal-arn arn:aws:iam::{account}:role/crossvpc --kubernetes-groups crossvpc
eks describe-access-entry --cluster-name story --principal-arn arn:aws:iam::{account}:role/crossvpc
eks update-access-entry --cluster-name story --principal-arn arn:aws:iam::{account}:role/crossvpc --kubernetes-groups crossvpc others
eks list-access-entries --cluster-name story
eks delete-access-entry --cluster-name story --principal-arn arn:aws:iam::{account}:role/crossvpc
eks delete-cluster --name story
wait

template=LaunchTemplate.LaunchTemplateId ec2 create-launch-template --launch-template-name nodes --launch-template-data ImageId=ami-0123456789abcdef0,InstanceType=m5.large
ec2 create-launch-template-version --launch-template-id {template} --launch-template-data ImageId=ami-0123456789abcdef1,InstanceType=m5.large
ec2 describe-launch-templates
autoscaling create-auto-scaling-group --auto-scaling-group-name nodes --launch-template LaunchTemplateId={template},Version=$Latest --min-size 0 --max-size 3 --desired-capacity 1 --vpc-zone-identifier {one},{two} --tags Key=role,Value=node,PropagateAtLaunch=true
wait
autoscaling update-auto-scaling-group --auto-scaling-group-name nodes --max-size 4
autoscaling set-desired-capacity --auto-scaling-group-name nodes --desired-capacity 2
wait
member=AutoScalingInstances.0.InstanceId autoscaling describe-auto-scaling-instances
autoscaling describe-auto-scaling-groups
autoscaling terminate-instance-in-auto-scaling-group --instance-id {member} --no-should-decrement-desired-capacity
wait
autoscaling describe-scaling-activities --auto-scaling-group-name nodes
autoscaling put-warm-pool --auto-scaling-group-name nodes --pool-state Running --max-group-prepared-capacity 3
autoscaling describe-warm-pool --auto-scaling-group-name nodes
autoscaling delete-warm-pool --auto-scaling-group-name nodes --force-delete
autoscaling delete-auto-scaling-group --auto-scaling-group-name nodes --force-delete
wait
ec2 delete-launch-template --launch-template-id {template}

ec2 revoke-security-group-ingress --group-id {group} --security-group-rule-ids {rule}
ec2 revoke-security-group-egress --group-id {group} --security-group-rule-ids {out}
ec2 delete-route --route-table-id {table} --destination-cidr-block 10.12.0.0/16
ec2 delete-managed-prefix-list --prefix-list-id {list}
ec2 delete-nat-gateway --nat-gateway-id {nat}
ec2 delete-transit-gateway-vpc-attachment --transit-gateway-attachment-id {attached}
wait
ec2 delete-transit-gateway --transit-gateway-id {tgw}
ec2 detach-vpn-gateway --vpn-gateway-id {vgw} --vpc-id {vpc}
ec2 delete-vpn-gateway --vpn-gateway-id {vgw}
ec2 detach-internet-gateway --internet-gateway-id {igw} --vpc-id {vpc}
ec2 delete-internet-gateway --internet-gateway-id {igw}
ec2 delete-vpc-peering-connection --vpc-peering-connection-id {pcx}
wait
ec2 describe-stale-security-groups --vpc-id {vpc}
ec2 delete-security-group --group-id {group}
ec2 delete-security-group --group-id {theirs}
ec2 delete-route-table --route-table-id {table}
ec2 delete-subnet --subnet-id {spare}
ec2 delete-vpc --vpc-id {third}
`
