"""What people script with boto3 around a peering, with plain clients of two accounts and regions. Exits with an error where an
answer is not AWS's."""

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

NO_RETRIES = Config(retries={"total_max_attempts": 1})
REQUESTER, ACCEPTER = "111111111111", "222222222222"
DESTINATION = "10.12.0.0/16"


def client(service, account, region):
    """The endpoint is in the environment (AWS_ENDPOINT_URL); awssim reads the account from the access key."""
    return boto3.client(service, region_name=region, aws_access_key_id=account, aws_secret_access_key="any", config=NO_RETRIES)


EU, US = client("ec2", REQUESTER, "eu-west-1"), client("ec2", ACCEPTER, "us-east-1")


def equal(what, got, want):
    if got != want:
        raise SystemExit(f"{what}: got {got!r}, want {want!r}")


def fails(code, call, **parameters):
    try:
        call(**parameters)
    except ClientError as error:
        equal(call.__name__, error.response["Error"]["Code"], code)
        return
    raise SystemExit(f"{call.__name__} succeeds, want {code}")


def tagged(kind, **tags):
    return [{"ResourceType": kind, "Tags": [{"Key": k, "Value": v} for k, v in tags.items()]}]


def named(name, *values):
    return {"Name": name, "Values": list(values)}


def vpc(ec2, block):
    made = ec2.create_vpc(CidrBlock=block)["Vpc"]["VpcId"]
    ec2.get_waiter("vpc_available").wait(VpcIds=[made])
    return made


def peering(own, peer):
    made = EU.create_vpc_peering_connection(
        VpcId=own, PeerVpcId=peer, PeerOwnerId=ACCEPTER, PeerRegion="us-east-1", TagSpecifications=tagged("vpc-peering-connection", Name="eu-us"),
    )["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    US.get_waiter("vpc_peering_connection_exists").wait(VpcPeeringConnectionIds=[made])
    fails("OperationNotPermitted", EU.accept_vpc_peering_connection, VpcPeeringConnectionId=made)
    US.accept_vpc_peering_connection(VpcPeeringConnectionId=made)
    by_tag = [named("tag:Name", "eu-us"), named("status-code", "active")]
    found = EU.describe_vpc_peering_connections(Filters=by_tag)["VpcPeeringConnections"]
    equal("connections by tag", [c["VpcPeeringConnectionId"] for c in found], [made])
    equal("blocks of the accepter", found[0]["AccepterVpcInfo"]["CidrBlockSet"], [{"CidrBlock": DESTINATION}])
    equal("the accepter's own tags", US.describe_vpc_peering_connections(Filters=by_tag)["VpcPeeringConnections"], [])
    fails("InvalidVpcPeeringConnectionId.Malformed", EU.describe_vpc_peering_connections, VpcPeeringConnectionIds=["pcx-1"])
    fails("InvalidVpcPeeringConnectionID.NotFound", EU.describe_vpc_peering_connections, VpcPeeringConnectionIds=["pcx-00000000000000001"])
    fails("DryRunOperation", EU.delete_vpc_peering_connection, VpcPeeringConnectionId=made, DryRun=True)
    return made


def routes(own, connection):
    main = [named("vpc-id", own), named("association.main", "true")]
    table = EU.describe_route_tables(Filters=main)["RouteTables"][0]["RouteTableId"]
    EU.create_route(RouteTableId=table, DestinationCidrBlock=DESTINATION, VpcPeeringConnectionId=connection)
    EU.replace_route(RouteTableId=table, DestinationCidrBlock=DESTINATION, VpcPeeringConnectionId=connection)
    by_target = [named("route.vpc-peering-connection-id", connection)]
    equal("tables by target", [t["RouteTableId"] for t in EU.describe_route_tables(Filters=by_target)["RouteTables"]], [table])
    fails("InvalidParameterValue", EU.describe_route_tables, Filters=[named("no-such-filter", "x")])
    fails("InvalidRoute.NotFound", EU.delete_route, RouteTableId=table, DestinationCidrBlock="10.99.0.0/16")
    return table


def rules(own):
    group = EU.create_security_group(GroupName="pods", Description="pods", VpcId=own)["GroupId"]
    permission = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": DESTINATION, "Description": "peer"}]}
    made = EU.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission], TagSpecifications=tagged("security-group-rule", owner="me"))
    equal("tags of a new rule", made["SecurityGroupRules"][0]["Tags"], [{"Key": "owner", "Value": "me"}])
    fails("InvalidPermission.Duplicate", EU.authorize_security_group_ingress, GroupId=group, IpPermissions=[permission])
    for port in range(8000, 8012):  # the older spelling, too
        EU.authorize_security_group_ingress(GroupId=group, IpProtocol="tcp", FromPort=port, ToPort=port, CidrIp=DESTINATION)
    pages = EU.get_paginator("describe_security_group_rules").paginate(Filters=[named("group-id", group)], PaginationConfig={"PageSize": 5})
    equal("rules by page", [len(page["SecurityGroupRules"]) for page in pages], [5, 5, 4])
    rule = EU.describe_security_group_rules(Filters=[named("tag:owner", "me")])["SecurityGroupRules"][0]["SecurityGroupRuleId"]
    narrower = {"IpProtocol": "tcp", "FromPort": 8443, "ToPort": 8443, "CidrIpv4": DESTINATION}
    EU.modify_security_group_rules(GroupId=group, SecurityGroupRules=[{"SecurityGroupRuleId": rule, "SecurityGroupRule": narrower}])
    again = EU.describe_security_group_rules(SecurityGroupRuleIds=[rule])["SecurityGroupRules"][0]
    equal("a modified rule", (again["FromPort"], again["Tags"]), (8443, [{"Key": "owner", "Value": "me"}]))
    EU.revoke_security_group_ingress(GroupId=group, SecurityGroupRuleIds=[rule])
    fails("InvalidSecurityGroupRuleId.NotFound", EU.revoke_security_group_ingress, GroupId=group, SecurityGroupRuleIds=[rule])


def tags(connection):
    EU.create_tags(Resources=[connection], Tags=[{"Key": "team", "Value": "net"}])
    EU.delete_tags(Resources=[connection], Tags=[{"Key": "Name"}])
    left = EU.describe_tags(Filters=[named("resource-id", connection)])["Tags"]
    equal("tags", [(t["Key"], t["Value"], t["ResourceType"]) for t in left], [("team", "net", "vpc-peering-connection")])


def main():
    own, peer = vpc(EU, "10.11.0.0/16"), vpc(US, DESTINATION)
    connection = peering(own, peer)
    table = routes(own, connection)
    rules(own)
    tags(connection)
    US.delete_vpc_peering_connection(VpcPeeringConnectionId=connection)
    left = EU.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]
    equal("routes to a deleted connection", [r["State"] for r in left if r.get("VpcPeeringConnectionId") == connection], ["blackhole"])
    equal("who calls", client("sts", REQUESTER, "eu-west-1").get_caller_identity()["Account"], REQUESTER)
    resource = boto3.resource("ec2", region_name="eu-west-1", aws_access_key_id=REQUESTER, aws_secret_access_key="any")
    equal("groups by resource", sorted(g.group_name for g in resource.Vpc(own).security_groups.all()), ["default", "pods"])


main()
