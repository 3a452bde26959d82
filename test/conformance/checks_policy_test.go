package conformance

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"
)

const (
	authorizationSource = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html "
	tagOnCreateSource   = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html"
	deniedSource        = "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html"
	evaluationSource    = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html"
	sessionTagsSource   = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html"
	peeringPolicySource = "https://docs.aws.amazon.com/vpc/latest/peering/security-iam.html"
)

// mayRead lets describe everything.
const mayRead = `"Effect":"Allow","Action":"ec2:Describe*","Resource":"*"`

// allow is a statement about an action on resources of a type here, under conditions.
func (s *side) allow(action, resource, conditions string) string {
	return `"Effect":"Allow","Action":"` + action + `","Resource":"` + s.arnOf(resource) + `","Condition":{` + conditions + `}`
}

// arnOf is the ARN of a resource of the side, such as vpc/vpc-1 or route-table/*.
func (s *side) arnOf(resource string) string {
	return "arn:aws:ec2:" + s.region + ":" + s.account + ":" + resource
}

// under puts the side's keys under a policy and nothing else.
func (s *side) under(statements ...string) {
	s.target.control.Attach(s.arn(), append(statements, mayRead)...)
}

func init() {
	register(
		check{Name: "what no policy allows is denied, with the action, the resource, the reason and an encoded message", Source: deniedSource + "; aws/karpenter-provider-aws#4527", Needs: policies,
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				id, table := p.active(), p.ours.table(p.ourVPC)
				p.ours.under()
				t.refusedSaying(p.ours.route(table, theirBlock, id), "UnauthorizedOperation",
					"You are not authorized to perform this operation. User: "+p.ours.arn()+" is not authorized to perform: ec2:CreateRoute on resource: "+
						p.ours.arnOf("route-table/"+table)+" because no identity-based policy allows the ec2:CreateRoute action. Encoded authorization failure message: ")
			}},
		check{Name: "an explicit deny of a service control policy has precedence and is named", Source: deniedSource + "; " + evaluationSource, Needs: policies,
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				id, table := p.active(), p.ours.table(p.ourVPC)
				p.ours.under(`"Effect":"Allow","Action":"*","Resource":"*"`)
				target.control.Attach(p.ours.account, `"Effect":"Deny","Action":"ec2:CreateRoute","Resource":"*"`)
				t.refusedSaying(p.ours.route(table, theirBlock, id), "UnauthorizedOperation", "with an explicit deny in a service control policy")
				_, err := p.ours.describeVPC(p.ourVPC)
				t.ok(err)
			}},
		check{Name: "a route is created under the condition of the table's VPC", Source: authorizationSource + "CreateRoute: route-table*, ec2:Vpc", Needs: policies,
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				id, table := p.active(), p.ours.table(p.ourVPC)
				foreign := p.ours.table(p.ours.vpc("10.99.0.0/16"))
				p.ours.under(p.ours.allow("ec2:CreateRoute", "route-table/*", `"ArnEquals":{"ec2:Vpc":"`+p.ours.arnOf("vpc/"+p.ourVPC)+`"}`))
				t.ok(p.ours.route(table, theirBlock, id))
				t.refusedWith(p.ours.route(foreign, theirBlock, id), "UnauthorizedOperation")
			}},
		check{Name: "a connection is requested by leave of the VPC and of the connection", Source: authorizationSource + "CreateVpcPeeringConnection: vpc*, vpc-peering-connection*; " + peeringPolicySource, Needs: policies,
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				vpc := p.ours.allow("ec2:CreateVpcPeeringConnection", "vpc/"+p.ourVPC, "")
				connection := p.ours.allow("ec2:CreateVpcPeeringConnection", "vpc-peering-connection/*", `"ArnEquals":{"ec2:AccepterVpc":"`+p.theirs.arnOf("vpc/"+p.peerVPC)+`"}`)
				p.ours.under(vpc)
				_, err := p.ours.ec2.CreateVpcPeeringConnection(t.Context(), p.request())
				t.refusedSaying(err, "UnauthorizedOperation", "on resource: "+p.ours.arnOf("vpc-peering-connection/*"))
				p.ours.under(connection)
				_, err = p.ours.ec2.CreateVpcPeeringConnection(t.Context(), p.request())
				t.refusedSaying(err, "UnauthorizedOperation", "on resource: "+p.ours.arnOf("vpc/"+p.ourVPC))
				p.ours.under(vpc, connection)
				p.create()
			}},
		check{Name: "what is made with tags is made by leave to tag, too", Source: authorizationSource + "CreateVpcPeeringConnection, dependent action ec2:CreateTags; " + tagOnCreateSource, Needs: policies,
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				request := p.request()
				request.TagSpecifications = tagged(types.ResourceTypeVpcPeeringConnection, "team", "network")
				create := `"Effect":"Allow","Action":"ec2:CreateVpcPeeringConnection","Resource":"*"`
				p.ours.under(create)
				_, err := p.ours.ec2.CreateVpcPeeringConnection(t.Context(), request)
				t.refusedSaying(err, "UnauthorizedOperation", "ec2:CreateTags on resource: "+p.ours.arnOf("vpc-peering-connection/*"))
				p.ours.under(create, p.ours.allow("ec2:CreateTags", "vpc-peering-connection/*", `"StringEquals":{"ec2:CreateAction":"CreateVpcPeeringConnection"}`))
				out, err := p.ours.ec2.CreateVpcPeeringConnection(t.Context(), request)
				t.ok(err)
				t.refusedWith(p.ours.tag(*out.VpcPeeringConnection.VpcPeeringConnectionId, "team", "other"), "UnauthorizedOperation")
			}},
		check{Name: "leave for group rules counts only where they are made with tags", Source: authorizationSource + "AuthorizeSecurityGroupIngress: only enforced when the API request includes TagSpecifications", Needs: policies,
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				group := s.group(s.vpc(ourBlock), "nodes")
				rule := func(block string) types.IpPermission {
					return types.IpPermission{IpProtocol: aws.String("-1"), IpRanges: []types.IpRange{{CidrIp: &block}}}
				}
				tags := tagged(types.ResourceTypeSecurityGroupRule, "team", "network")
				ofGroup := s.allow("ec2:AuthorizeSecurityGroupIngress", "security-group/*", "")
				s.under(ofGroup)
				_, err := s.authorize(group, rule(theirBlock), nil)
				t.ok(err)
				_, err = s.authorize(group, rule("10.99.0.0/16"), tags)
				t.refusedSaying(err, "UnauthorizedOperation", "on resource: "+s.arnOf("security-group-rule/*"))
				s.under(ofGroup, s.allow("ec2:AuthorizeSecurityGroupIngress", "security-group-rule/*", `"StringEquals":{"aws:RequestTag/team":"network"}`),
					s.allow("ec2:CreateTags", "security-group-rule/*", `"StringEquals":{"ec2:CreateAction":"AuthorizeSecurityGroupIngress"},"ForAllValues:StringEquals":{"aws:TagKeys":["team"]}`))
				_, err = s.authorize(group, rule("10.99.0.0/16"), tags)
				t.ok(err)
			}},
		check{Name: "a request is accepted by leave of the VPC and of the connection", Source: authorizationSource + "AcceptVpcPeeringConnection: vpc*, vpc-peering-connection*; " + peeringPolicySource, Needs: policies,
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				id := p.pending()
				connection := p.theirs.allow("ec2:AcceptVpcPeeringConnection", "vpc-peering-connection/*", `"ArnEquals":{"ec2:RequesterVpc":"`+p.ours.arnOf("vpc/"+p.ourVPC)+`"}`)
				p.theirs.under(connection)
				t.refusedSaying(p.theirs.accept(id), "UnauthorizedOperation", "on resource: "+p.theirs.arnOf("vpc/"+p.peerVPC))
				p.theirs.under(connection, p.theirs.allow("ec2:AcceptVpcPeeringConnection", "vpc/"+p.peerVPC, ""))
				t.ok(p.theirs.accept(id))
			}},
		check{Name: "a condition on tags of a connection looks at the caller's own tags", Source: authorizationSource + "DeleteVpcPeeringConnection: aws:ResourceTag; https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html (tags are per account and Region)", Needs: policies,
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				id := p.active()
				t.ok(p.ours.tag(id, "team", "network"))
				p.theirs.under(p.theirs.allow("ec2:DeleteVpcPeeringConnection", "vpc-peering-connection/*", `"StringEquals":{"aws:ResourceTag/team":"network"}`))
				t.refusedWith(p.theirs.deletePeering(id), "UnauthorizedOperation")
				p.ours.under(p.ours.allow("ec2:DeleteVpcPeeringConnection", "vpc-peering-connection/*", `"StringEquals":{"aws:ResourceTag/team":"network"}`))
				t.ok(p.ours.deletePeering(id))
			}},
		check{Name: "of a key that is not there a condition does not hold", Source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html", Needs: policies,
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				id := p.active()
				p.ours.under(p.ours.allow("ec2:DeleteVpcPeeringConnection", "vpc-peering-connection/*", `"StringEquals":{"aws:ResourceTag/team":"network"}`))
				t.refusedWith(p.ours.deletePeering(id), "UnauthorizedOperation")
				p.ours.under(p.ours.allow("ec2:DeleteVpcPeeringConnection", "vpc-peering-connection/*", `"StringEqualsIfExists":{"aws:ResourceTag/team":"network"},"Null":{"aws:ResourceTag/team":"true"}`))
				t.ok(p.ours.deletePeering(id))
			}},
		check{Name: "what is gone is denied, not unknown, where a policy wants something of it", Source: "aws/karpenter-provider-aws#2100", Needs: policies,
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				vpc := s.vpc(ourBlock)
				gone := s.table(vpc)
				_, err := s.ec2.DeleteRouteTable(t.Context(), &ec2.DeleteRouteTableInput{RouteTableId: &gone})
				t.ok(err)
				unroute := func() error {
					_, err := s.ec2.DeleteRoute(t.Context(), &ec2.DeleteRouteInput{RouteTableId: &gone, DestinationCidrBlock: aws.String(theirBlock)})
					return err
				}
				s.under(s.allow("ec2:DeleteRoute", "route-table/*", `"ArnEquals":{"ec2:Vpc":"`+s.arnOf("vpc/"+vpc)+`"}`))
				t.refusedWith(unroute(), "UnauthorizedOperation")
				s.under(s.allow("ec2:DeleteRoute", "route-table/*", ""))
				t.refusedWith(unroute(), "InvalidRouteTableID.NotFound")
			}},
		check{Name: "a role of another account is assumed by leave of both accounts", Source: evaluationSource + " (cross-account)", Needs: roleRegistry,
			Run: func(t *T, target *Target) {
				s, other := oneSide(t, target), target.newAccount()
				trust := `"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + s.account + `:root"},"Action":"sts:AssumeRole"`
				target.control.DeclareTrust(other, "network", trust)
				s.under()
				_, err := s.assume(other, "network", "")
				t.refusedSaying(err, "AccessDenied", "because no identity-based policy allows the sts:AssumeRole action")
				s.under(`"Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:aws:iam::` + other + `:role/network"`)
				_, err = s.assume(other, "network", "")
				t.ok(err)
			}},
		check{Name: "in one account a trust policy that names the caller is enough", Source: evaluationSource + " (single account)", Needs: roleRegistry,
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				target.control.DeclareTrust(s.account, "named", `"Effect":"Allow","Principal":{"AWS":"`+s.arn()+`"},"Action":"sts:AssumeRole"`)
				target.control.DeclareTrust(s.account, "all", `"Effect":"Allow","Principal":{"AWS":"`+s.account+`"},"Action":"sts:AssumeRole"`)
				target.control.DeclareTrust(s.account, "nobody", `"Effect":"Allow","Principal":{"AWS":"`+target.newAccount()+`"},"Action":"sts:AssumeRole"`)
				s.under()
				_, err := s.assume(s.account, "named", "")
				t.ok(err)
				_, err = s.assume(s.account, "all", "")
				t.refusedSaying(err, "AccessDenied", "because no identity-based policy allows the sts:AssumeRole action")
				_, err = s.assume(s.account, "nobody", "")
				t.refusedSaying(err, "AccessDenied", "because no role trust policy allows the sts:AssumeRole action")
			}},
		check{Name: "a session gets tags only by leave to tag it, and passes on those that are transitive", Source: sessionTagsSource + " (permissions required, role chaining)", Needs: roleRegistry,
			Run: func(t *T, target *Target) {
				s, other := oneSide(t, target), target.newAccount()
				trust := func(action string) string {
					return `"Effect":"Allow","Principal":{"AWS":"*"},"Action":"` + action + `"`
				}
				in := roleInput(other, "first", "")
				in.Tags, in.TransitiveTagKeys = []ststypes.Tag{{Key: aws.String("team"), Value: aws.String("network")}}, []string{"team"}
				target.control.DeclareTrust(other, "first", trust("sts:AssumeRole"))
				_, err := s.sts.AssumeRole(t.Context(), in)
				t.refusedWith(err, "AccessDenied")
				target.control.DeclareTrust(other, "first", trust("sts:AssumeRole"), trust("sts:TagSession"))
				out, err := s.sts.AssumeRole(t.Context(), in)
				t.ok(err)
				session := sideWith(t, target, other, target.configWithKeys(aws.Credentials{
					AccessKeyID: *out.Credentials.AccessKeyId, SecretAccessKey: *out.Credentials.SecretAccessKey, SessionToken: *out.Credentials.SessionToken,
				}, here))
				target.control.DeclareTrust(other, "second", trust("sts:AssumeRole"))
				_, err = session.assume(other, "second", "")
				t.refusedSaying(err, "AccessDenied", "sts:TagSession")
				target.control.DeclareTrust(other, "second", trust("sts:AssumeRole"), trust("sts:TagSession"))
				_, err = session.assume(other, "second", "")
				t.ok(err)
			}},
		check{Name: "who one is can be asked whatever policies say", Source: "https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html (no permissions are required)", Needs: policies,
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				target.control.Attach(s.arn(), `"Effect":"Deny","Action":"*","Resource":"*"`)
				out, err := s.sts.GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
				t.ok(err)
				same(t, "account", aws.ToString(out.Account), s.account)
				_, err = s.describeVPC("vpc-0123456789abcdef0")
				t.refusedWith(err, "UnauthorizedOperation")
				t.holds(!strings.Contains(err.Error(), "Encoded"), "a read is denied with an encoded message: %v", err)
			}},
		check{Name: "names of resources have the partition of their region", Source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html", Needs: policies,
			Run: func(t *T, target *Target) {
				for region, partition := range map[string]string{"us-gov-west-1": "aws-us-gov", "cn-north-1": "aws-cn", "eusc-de-east-1": "aws-eusc"} {
					s := newSide(t, target, target.newAccount(), region)
					t.holds(strings.HasPrefix(s.arn(), "arn:"+partition+":iam::"), "caller %s in %s", s.arn(), region)
					group, err := s.ec2.CreateSecurityGroup(t.Context(), &ec2.CreateSecurityGroupInput{VpcId: aws.String(s.vpc(ourBlock)), GroupName: aws.String("x"), Description: aws.String("x")})
					t.ok(err)
					t.holds(strings.HasPrefix(aws.ToString(group.SecurityGroupArn), "arn:"+partition+":ec2:"+region+":"), "group %s", aws.ToString(group.SecurityGroupArn))
				}
			}},
	)
}
