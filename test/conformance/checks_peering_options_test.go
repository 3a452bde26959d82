package conformance

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

const optionsSource = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcPeeringConnectionOptions.html"

func init() {
	register(
		check{Name: "DNS options can be set on active connections only", Source: "OperationNotPermitted text in terraform-provider-aws vpc_peering_connection_options.go",
			Run: func(t *T, target *Target) {
				p := siblings(t, target)
				p.withDNS()
				id := p.pending()
				t.refusedSaying(p.ours.modify(id, dns, nil), "OperationNotPermitted", "is not active")
			}},
		check{Name: "each side sets its own DNS option and both read it", Source: optionsSource + "; terraform-provider-aws#6730 (inter-Region)",
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				p.withDNS()
				id := p.active()
				t.ok(p.ours.modify(id, dns, nil))
				t.ok(p.theirs.modify(id, nil, dns))
				t.until(target, "both options", func() bool {
					got := p.ours.sees(id)
					return resolves(got.RequesterVpcInfo) && resolves(got.AccepterVpcInfo)
				})
			}},
		check{Name: "DNS options are off on a new peering", Source: optionsSource,
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				got := p.ours.sees(p.active())
				t.holds(!resolves(got.RequesterVpcInfo) && !resolves(got.AccepterVpcInfo), "a fresh peering resolves remote names")
			}},
		check{Name: "one account and region may set both sides' DNS options in one call", Source: optionsSource,
			Run: func(t *T, target *Target) {
				p := siblings(t, target)
				p.withDNS()
				id := p.active()
				t.ok(p.ours.modify(id, dns, dns))
				t.until(target, "both options", func() bool {
					got := p.ours.sees(id)
					return resolves(got.RequesterVpcInfo) && resolves(got.AccepterVpcInfo)
				})
			}},
		check{Name: "a side cannot set the other side's DNS option", Source: "terraform-provider-aws#3676; " + optionsSource,
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				p.withDNS()
				id := p.active()
				t.refusedWith(p.ours.modify(id, nil, dns), "OperationNotPermitted")
				t.refusedWith(p.theirs.modify(id, dns, nil), "OperationNotPermitted")
			}},
		check{Name: "a VPC without DNS hostnames cannot resolve the peer's names", Source: errorsSource + " InvalidVpcPeeringConnectionState.DnsHostnamesDisabled",
			Run: func(t *T, target *Target) {
				p := siblings(t, target)
				t.refusedWith(p.ours.modify(p.active(), dns, nil), "InvalidVpcPeeringConnectionState.DnsHostnamesDisabled")
			}},
		check{Name: "ClassicLink options are refused across regions", Source: "terraform-provider-aws#6730",
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				p.withDNS()
				classic := &types.PeeringConnectionOptionsRequest{
					AllowDnsResolutionFromRemoteVpc: aws.Bool(true), AllowEgressFromLocalClassicLinkToRemoteVpc: aws.Bool(false),
				}
				t.refusedWith(p.ours.modify(p.active(), classic, nil), "OperationNotPermitted")
			}},
		check{Name: "Modify without any option is refused", Source: errorsSource + " MissingParameter",
			Run: func(t *T, target *Target) {
				p := siblings(t, target)
				t.refused(p.ours.modify(p.active(), nil, nil))
			}},
	)
}

var dns = &types.PeeringConnectionOptionsRequest{AllowDnsResolutionFromRemoteVpc: aws.Bool(true)}

func (s *side) modify(id string, requester, accepter *types.PeeringConnectionOptionsRequest) error {
	_, err := s.ec2.ModifyVpcPeeringConnectionOptions(s.t.Context(), &ec2.ModifyVpcPeeringConnectionOptionsInput{
		VpcPeeringConnectionId: &id, RequesterPeeringConnectionOptions: requester, AccepterPeeringConnectionOptions: accepter,
	})
	return err
}

func resolves(info *types.VpcPeeringConnectionVpcInfo) bool {
	return info.PeeringOptions != nil && aws.ToBool(info.PeeringOptions.AllowDnsResolutionFromRemoteVpc)
}

// withDNS gives both VPCs DNS hostnames.
func (p *pair) withDNS() {
	for _, end := range []struct {
		*side
		vpc string
	}{{p.ours, p.ourVPC}, {p.theirs, p.peerVPC}} {
		_, err := end.ec2.ModifyVpcAttribute(p.t.Context(), &ec2.ModifyVpcAttributeInput{
			VpcId: &end.vpc, EnableDnsHostnames: &types.AttributeBooleanValue{Value: aws.Bool(true)},
		})
		p.t.ok(err)
	}
}
