package conformance

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

const (
	perSideSource = peeringGuide + "vpc-peering-basics.html (tags are only applied in the account or Region in which you create them)"
	filterSource  = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcPeeringConnections.html"
	pagingSource  = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html#api-pagination"
)

func init() {
	register(
		check{Name: "tags given on Create are in the requester's view only", Source: perSideSource,
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				request := p.request()
				request.TagSpecifications = tagged(types.ResourceTypeVpcPeeringConnection, "owner", "us")
				out, err := p.ours.ec2.CreateVpcPeeringConnection(t.Context(), request)
				t.ok(err)
				id := *out.VpcPeeringConnection.VpcPeeringConnectionId
				p.ours.becomes(id, statePending)
				p.theirs.becomes(id, statePending)
				same(t, "requester's tags", tagMap(p.ours.sees(id).Tags), map[string]string{"owner": "us"})
				same(t, "accepter's tags", tagMap(p.theirs.sees(id).Tags), nil)
			}},
		check{Name: "the accepter's tags are in the accepter's view only", Source: perSideSource,
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				id := p.pending()
				t.ok(p.theirs.tag(id, "seen-by", "them"))
				t.until(target, "the tag", func() bool { return len(p.theirs.sees(id).Tags) == 1 })
				same(t, "accepter's tags", tagMap(p.theirs.sees(id).Tags), map[string]string{"seen-by": "them"})
				same(t, "requester's tags", tagMap(p.ours.sees(id).Tags), nil)
			}},
		check{Name: "the same account's two regions have tags of their own for one connection", Source: perSideSource,
			Run: func(t *T, target *Target) {
				account := target.newAccount()
				p := pairOf(t, newSide(t, target, account, here), newSide(t, target, account, there))
				id := p.pending()
				t.ok(p.ours.tag(id, "side", "requester"))
				t.ok(p.theirs.tag(id, "side", "accepter"))
				t.until(target, "both tags", func() bool { return len(p.ours.sees(id).Tags)+len(p.theirs.sees(id).Tags) == 2 })
				same(t, "requester's tags", tagMap(p.ours.sees(id).Tags), map[string]string{"side": "requester"})
				same(t, "accepter's tags", tagMap(p.theirs.sees(id).Tags), map[string]string{"side": "accepter"})
			}},
		check{Name: "a filter by tag finds a connection on the side that tagged it", Source: perSideSource,
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				id := p.pending()
				t.ok(p.ours.tag(id, "owner", "us"))
				t.until(target, "the tag", func() bool { return len(p.ours.sees(id).Tags) == 1 })
				p.ours.finds([]string{id}, filter("tag:owner", "us"))
				p.ours.finds(nil, filter("tag:owner", "them"))
				p.ours.finds([]string{id}, filter("tag-key", "owner"))
				p.theirs.finds(nil, filter("tag:owner", "us"))
			}},
		check{Name: "a third account does not see a connection", Source: lifecycleSource,
			Run: func(t *T, target *Target) {
				id := strangers(t, target).pending()
				_, err := oneSide(t, target).peering(id)
				t.refusedWith(err, "InvalidVpcPeeringConnectionID.NotFound")
			}},
		check{Name: "a third region of the owner's account does not see a connection", Source: "Resources are per Region: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-regions-availability-zones.html",
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				p.pending()
				p.ours.in("ap-south-1").finds(nil)
			}},
		check{Name: "describing an unknown connection by id fails", Source: errorsSource + " InvalidVpcPeeringConnectionID.NotFound",
			Run: func(t *T, target *Target) {
				_, err := oneSide(t, target).peering("pcx-0123456789abcdef0")
				t.refusedWith(err, "InvalidVpcPeeringConnectionID.NotFound")
			}},
		check{Name: "describing a connection by a malformed id fails", Source: errorsSource + " InvalidVpcPeeringConnectionId.Malformed",
			Run: func(t *T, target *Target) {
				_, err := oneSide(t, target).peering("not-an-id")
				t.refusedWith(err, "InvalidVpcPeeringConnectionId.Malformed")
			}},
		check{Name: "acting on an unknown connection fails", Source: errorsSource + " InvalidVpcPeeringConnectionID.NotFound",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				const unknown = "pcx-0123456789abcdef0"
				t.refusedWith(s.accept(unknown), "InvalidVpcPeeringConnectionID.NotFound")
				t.refusedWith(s.reject(unknown), "InvalidVpcPeeringConnectionID.NotFound")
				t.refusedWith(s.deletePeering(unknown), "InvalidVpcPeeringConnectionID.NotFound")
			}},
		check{Name: "a filter by requester or accepter VPC finds the connection on both sides", Source: filterSource,
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				id := p.pending()
				other := p.theirs.vpc("10.13.0.0/16")
				(&pair{t: t, ours: p.ours, theirs: p.theirs, ourVPC: p.ourVPC, peerVPC: other}).pending()
				for _, s := range []*side{p.ours, p.theirs} {
					s.finds([]string{id}, filter("requester-vpc-info.vpc-id", p.ourVPC), filter("accepter-vpc-info.vpc-id", p.peerVPC))
					s.finds(nil, filter("requester-vpc-info.vpc-id", p.peerVPC))
				}
			}},
		check{Name: "filters of different names are ANDed and values of one name ORed", Source: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Filter.html",
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				first := p.pending()
				q := &pair{t: t, ours: p.ours, theirs: p.theirs, ourVPC: p.ourVPC, peerVPC: p.theirs.vpc("10.13.0.0/16")}
				second := q.active()
				p.ours.finds([]string{first, second}, filter("accepter-vpc-info.vpc-id", p.peerVPC, q.peerVPC))
				p.ours.finds([]string{second}, filter("accepter-vpc-info.vpc-id", p.peerVPC, q.peerVPC), filter("status-code", "active"))
				p.ours.finds([]string{first, second}, filter("status-code", "active", "pending-acceptance"))
			}},
		check{Name: "a filter by owner or region of a side works", Source: filterSource,
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				id := p.pending()
				p.ours.finds([]string{id}, filter("accepter-vpc-info.owner-id", p.theirs.account))
				p.ours.finds(nil, filter("accepter-vpc-info.owner-id", p.ours.account))
				p.theirs.finds([]string{id}, filter("requester-vpc-info.owner-id", p.ours.account))
			}},
		check{Name: "filter values may hold wildcards", Source: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html#filtering-wildcards",
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				id := p.pending()
				t.ok(p.ours.tag(id, "owner", "cluster-a"))
				t.until(target, "the tag", func() bool { return len(p.ours.sees(id).Tags) == 1 })
				p.ours.finds([]string{id}, filter("tag:owner", "cluster-*"))
				p.ours.finds([]string{id}, filter("tag:owner", "cluster-?"))
				p.ours.finds(nil, filter("tag:owner", "cluster"))
			}},
		check{Name: "an unknown filter of connections is refused", Source: errorsSource + " InvalidParameterValue; https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Filter.html",
			Run: func(t *T, target *Target) {
				_, err := oneSide(t, target).search(filter("no-such-filter", "x"))
				t.refusedWith(err, "InvalidParameterValue")
			}},
		check{Name: "connections come in pages", Source: pagingSource,
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				hub := s.vpc("10.0.0.0/16")
				var want []string
				for _, block := range []string{"10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16", "10.4.0.0/16", "10.5.0.0/16", "10.6.0.0/16", "10.7.0.0/16"} {
					want = append(want, (&pair{t: t, ours: s, theirs: s, ourVPC: hub, peerVPC: s.vpc(block)}).pending())
				}
				pages := ec2.NewDescribeVpcPeeringConnectionsPaginator(s.ec2, &ec2.DescribeVpcPeeringConnectionsInput{MaxResults: aws.Int32(5)})
				var got []string
				var sizes []int
				for pages.HasMorePages() {
					page, err := pages.NextPage(t.Context())
					t.ok(err)
					sizes = append(sizes, len(page.VpcPeeringConnections))
					for _, c := range page.VpcPeeringConnections {
						got = append(got, *c.VpcPeeringConnectionId)
					}
				}
				same(t, "page sizes", sizes, []int{5, 2})
				same(t, "ids", got, want)
			}},
		check{Name: "a page of connections has at least five places", Source: modelSource + "DescribeVpcPeeringConnectionsMaxResults (5 to 1000)",
			Run: func(t *T, target *Target) {
				_, err := oneSide(t, target).ec2.DescribeVpcPeeringConnections(t.Context(), &ec2.DescribeVpcPeeringConnectionsInput{MaxResults: aws.Int32(1)})
				t.refusedWith(err, "InvalidParameterValue", "InvalidMaxResults")
			}},
		check{Name: "a made-up page token is refused", Source: errorsSource + " InvalidPaginationToken, InvalidNextToken",
			Run: func(t *T, target *Target) {
				_, err := oneSide(t, target).ec2.DescribeVpcPeeringConnections(t.Context(), &ec2.DescribeVpcPeeringConnectionsInput{
					MaxResults: aws.Int32(5), NextToken: aws.String("made-up"),
				})
				t.refusedWith(err, "InvalidPaginationToken", "InvalidNextToken", "InvalidParameterValue")
			}},
	)
}
