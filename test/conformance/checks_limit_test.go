package conformance

import (
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go"
)

const (
	throttlingSource = "https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html"
	limitsSource     = "https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html"
)

func init() {
	register(
		check{Name: "a hundred paged reads pass at once and the next is RequestLimitExceeded", Source: throttlingSource + " (non-mutating: bucket 100, refill 20 a second)", Needs: throttling,
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				defer target.control.SetThrottling(s.account)()
				s.passes(s.pagedRead, 100, 20)
				target.control.Advance(time.Second)
				s.passes(s.pagedRead, 20, 20)
			}},
		check{Name: "fifty unfiltered and unpaged reads of groups pass at once", Source: throttlingSource + " (unfiltered and unpaginated: bucket 50, refill 10 a second)", Needs: throttling,
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				defer target.control.SetThrottling(s.account)()
				read := func() error {
					_, err := s.ec2.DescribeSecurityGroups(t.Context(), &ec2.DescribeSecurityGroupsInput{})
					return err
				}
				s.passes(read, 50, 10)
				target.control.Advance(time.Second)
				s.passes(read, 10, 10)
			}},
		check{Name: "fifty writes pass at once and five a second later", Source: throttlingSource + " (mutating: bucket 50, refill 5 a second)", Needs: throttling,
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				table := s.table(s.vpc(ourBlock))
				defer target.control.SetThrottling(s.account)()
				write := func() error { return s.unroute(table, theirBlock) }
				s.passes(write, 50, 5)
				target.control.Advance(time.Second)
				s.passes(write, 5, 5)
			}},
		check{Name: "each action has a bucket of its own and each region too", Source: throttlingSource, Needs: throttling,
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				table := s.table(s.vpc(ourBlock))
				defer target.control.SetThrottling(s.account)()
				s.callsUntilThrottled(200, func() error { return s.unroute(table, theirBlock) })
				t.refusedWith(s.replace(table, theirBlock, "pcx-0123456789abcdef0"), "InvalidVpcPeeringConnectionID.NotFound", "InvalidRoute.NotFound", "InvalidParameterValue")
				t.refusedWith(s.in(there).unroute("rtb-0123456789abcdef0", theirBlock), "InvalidRouteTableID.NotFound", "InvalidRoute.NotFound")
			}},
		check{Name: "a throttled call is HTTP 503", Source: throttlingSource + "; RequestLimitExceeded in " + errorsSource, Needs: throttling,
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				defer target.control.SetThrottling(s.account)()
				s.callsUntilThrottled(200, s.pagedRead)
				var http interface{ HTTPStatusCode() int }
				t.holds(errors.As(s.pagedRead(), &http) && http.HTTPStatusCode() == 503, "not HTTP 503")
			}},
		check{Name: "a VPC has only as many live peerings as the quota says", Source: limitsSource + "; " + errorsSource + " VpcPeeringConnectionsPerVpcLimitExceeded, ActiveVpcPeeringConnectionPerVpcLimitExceeded", Needs: quotaControl,
			Run: func(t *T, target *Target) {
				p := siblings(t, target)
				defer target.control.SetQuota(p.ours.account, quotaActivePeerings, 1)()
				p.active()
				second := &pair{t: t, ours: p.ours, theirs: p.theirs, ourVPC: p.ourVPC, peerVPC: p.ours.vpc("10.13.0.0/16")}
				out, err := p.ours.ec2.CreateVpcPeeringConnection(t.Context(), second.request())
				if err == nil {
					id := *out.VpcPeeringConnection.VpcPeeringConnectionId
					p.ours.becomes(id, statePending)
					err = p.ours.accept(id)
				}
				t.refusedWith(err, "VpcPeeringConnectionsPerVpcLimitExceeded", "ActiveVpcPeeringConnectionPerVpcLimitExceeded")
			}},
		check{Name: "an account has only as many outstanding requests as the quota says", Source: limitsSource + " (25); " + errorsSource + " OutstandingVpcPeeringConnectionLimitExceeded", Needs: quotaControl,
			Run: func(t *T, target *Target) {
				p := siblings(t, target)
				defer target.control.SetQuota(p.ours.account, quotaOutstanding, 1)()
				p.pending()
				second := &pair{t: t, ours: p.ours, theirs: p.theirs, ourVPC: p.ourVPC, peerVPC: p.ours.vpc("10.13.0.0/16")}
				_, err := p.ours.ec2.CreateVpcPeeringConnection(t.Context(), second.request())
				t.refusedWith(err, "OutstandingVpcPeeringConnectionLimitExceeded", "PendingVpcPeeringConnectionLimitExceeded")
			}},
		check{Name: "a raised quota lets more rules into a group", Source: limitsSource + " (60, adjustable)", Needs: quotaControl,
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				group := s.group(s.vpc(ourBlock), "nodes")
				undo := target.control.SetQuota(s.account, quotaGroupRules, 1)
				defer undo()
				_, err := s.authorize(group, tcp(443, theirBlock), nil)
				t.ok(err)
				_, err = s.authorize(group, tcp(444, theirBlock), nil)
				t.refusedWith(err, "RulesPerSecurityGroupLimitExceeded")
				undo()
				_, err = s.authorize(group, tcp(444, theirBlock), nil)
				t.ok(err)
			}},
		check{Name: "a rule by prefix list counts with the list's maximum entries", Source: prefixListGuide + " (\"the maximum number of entries counts as the same number of rules\"); " + limitsSource, Needs: quotaControl,
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				group, list := s.group(s.vpc(ourBlock), "nodes"), s.prefixList(5, theirBlock)
				defer target.control.SetQuota(s.account, quotaGroupRules, 5)()
				_, err := s.authorize(group, tcp(443, theirBlock), nil)
				t.ok(err)
				byList := types.IpPermission{IpProtocol: aws.String("-1"), PrefixListIds: []types.PrefixListId{{PrefixListId: &list}}}
				_, err = s.authorize(group, byList, nil)
				t.refusedWith(err, "RulesPerSecurityGroupLimitExceeded")
				target.control.SetQuota(s.account, quotaGroupRules, 6)
				_, err = s.authorize(group, byList, nil)
				t.ok(err)
				_, err = s.authorize(group, tcp(444, theirBlock), nil)
				t.refusedWith(err, "RulesPerSecurityGroupLimitExceeded")
			}},
		check{Name: "a route by prefix list counts with the list's maximum entries", Source: prefixListGuide + "; " + limitsSource, Needs: quotaControl,
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				id, table := p.active(), p.ours.table(p.ourVPC)
				list := p.ours.prefixList(5, theirBlock)
				byList := func() error {
					_, err := p.ours.ec2.CreateRoute(t.Context(), &ec2.CreateRouteInput{RouteTableId: &table, DestinationPrefixListId: &list, VpcPeeringConnectionId: &id})
					return err
				}
				defer target.control.SetQuota(p.ours.account, quotaRoutes, 5)() // the local route is one
				t.refusedWith(byList(), "RouteLimitExceeded")
				target.control.SetQuota(p.ours.account, quotaRoutes, 6)
				t.ok(byList())
				t.refusedWith(p.ours.route(table, "10.99.0.0/16", id), "RouteLimitExceeded")
			}},
		check{Name: "an injected fault fails the nth call only", Source: "design: faults by service, action and nth call", Needs: faults,
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				target.control.FailNext(s.account, "ec2", "DescribeVpcs", "InternalError", 2)
				for _, wrong := range []bool{false, true, false} {
					_, err := s.ec2.DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{})
					same(t, "failed", err != nil, wrong)
				}
			}},
		check{Name: "a prefix list is made, routed to and listed with its entries", Source: "https://docs.aws.amazon.com/vpc/latest/userguide/managed-prefix-lists.html",
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				id, table := p.active(), p.ours.table(p.ourVPC)
				out, err := p.ours.ec2.CreateManagedPrefixList(t.Context(), &ec2.CreateManagedPrefixListInput{
					PrefixListName: aws.String("peer"), AddressFamily: aws.String("IPv4"), MaxEntries: aws.Int32(5),
					Entries: []types.AddPrefixListEntry{{Cidr: aws.String(theirBlock), Description: aws.String("primary")}},
				})
				t.ok(err)
				list := out.PrefixList.PrefixListId
				t.until(target, "the entries", func() bool {
					entries, err := p.ours.ec2.GetManagedPrefixListEntries(t.Context(), &ec2.GetManagedPrefixListEntriesInput{PrefixListId: list})
					return err == nil && len(entries.Entries) == 1 && aws.ToString(entries.Entries[0].Cidr) == theirBlock
				})
				_, err = p.ours.ec2.CreateRoute(t.Context(), &ec2.CreateRouteInput{RouteTableId: &table, DestinationPrefixListId: list, VpcPeeringConnectionId: &id})
				t.ok(err)
				t.until(target, "the route", func() bool { return aws.ToString(p.ours.routes(table)[*list].VpcPeeringConnectionId) == id })
			}},
	)
}

func (s *side) pagedRead() error {
	_, err := s.ec2.DescribeVpcs(s.t.Context(), &ec2.DescribeVpcsInput{MaxResults: aws.Int32(5)})
	return err
}

// callsUntilThrottled counts the calls that were not throttled.
func (s *side) callsUntilThrottled(most int, call func() error) int {
	for passed := range most {
		var api smithy.APIError
		if errors.As(call(), &api) && api.ErrorCode() == "RequestLimitExceeded" {
			return passed
		}
	}
	return most
}

// passes wants so many calls to pass before one is throttled. Where time goes
// on meanwhile, the bucket refills under the calls.
func (s *side) passes(call func() error, bucket, refill int) {
	began := time.Now()
	got, most := s.callsUntilThrottled(400, call), bucket
	if s.target.ticking {
		most += int(float64(refill)*time.Since(began).Seconds()) + refill
	}
	if got < bucket || got > most {
		s.t.failAtCaller(1, "%d calls pass, want %d to %d", got, bucket, most)
	}
}
