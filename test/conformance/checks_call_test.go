package conformance

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

const (
	dryRunSource = errorsSource + " DryRunOperation; DryRun in each request's page"
	tagsSource   = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html"
)

func init() {
	register(
		check{Name: "a dry run of Create says it would succeed and creates nothing", Source: dryRunSource,
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				request := p.request()
				request.DryRun = aws.Bool(true)
				_, err := p.ours.ec2.CreateVpcPeeringConnection(t.Context(), request)
				t.refusedWith(err, "DryRunOperation")
				p.ours.finds(nil)
			}},
		check{Name: "a dry run of Accept accepts nothing", Source: dryRunSource,
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				id := p.pending()
				_, err := p.theirs.ec2.AcceptVpcPeeringConnection(t.Context(), &ec2.AcceptVpcPeeringConnectionInput{VpcPeeringConnectionId: &id, DryRun: aws.Bool(true)})
				t.refusedWith(err, "DryRunOperation")
				target.pause()
				same(t, "state", p.theirs.sees(id).Status.Code, statePending)
			}},
		check{Name: "a dry run of CreateRoute makes no route", Source: dryRunSource,
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				id, table := p.active(), p.ours.table(p.ourVPC)
				_, err := p.ours.ec2.CreateRoute(t.Context(), &ec2.CreateRouteInput{RouteTableId: &table, DestinationCidrBlock: aws.String(theirBlock), VpcPeeringConnectionId: &id, DryRun: aws.Bool(true)})
				t.refusedWith(err, "DryRunOperation")
				same(t, "number of routes", len(p.ours.routes(table)), 1)
			}},
		check{Name: "a dry run of Authorize makes no rule", Source: dryRunSource,
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				group := s.group(s.vpc(ourBlock), "nodes")
				_, err := s.ec2.AuthorizeSecurityGroupIngress(t.Context(), &ec2.AuthorizeSecurityGroupIngressInput{GroupId: &group, IpPermissions: []types.IpPermission{tcp(443, theirBlock)}, DryRun: aws.Bool(true)})
				t.refusedWith(err, "DryRunOperation")
				same(t, "number of rules", len(s.rules(filter("group-id", group))), 1)
			}},
		check{Name: "an action that does not exist is InvalidAction", Source: errorsSource + " InvalidAction",
			Run: func(t *T, target *Target) {
				status, body := oneSide(t, target).raw(url.Values{"Action": {"DescribeNoSuchThing"}, "Version": {"2016-11-15"}})
				same(t, "status", status, http.StatusBadRequest)
				t.holds(bytes.Contains(body, []byte("<Code>InvalidAction</Code>")), "answer %.200s", body)
			}},
		check{Name: "a request without a required parameter is MissingParameter", Source: errorsSource + " MissingParameter",
			Run: func(t *T, target *Target) {
				status, body := oneSide(t, target).raw(url.Values{"Action": {"CreateSubnet"}, "Version": {"2016-11-15"}, "CidrBlock": {"10.11.1.0/24"}})
				same(t, "status", status, http.StatusBadRequest)
				t.holds(bytes.Contains(body, []byte("<Code>MissingParameter</Code>")), "answer %.200s", body)
			}},
		check{Name: "an unknown parameter is refused", Source: errorsSource + " UnknownParameter",
			Run: func(t *T, target *Target) {
				status, body := oneSide(t, target).raw(url.Values{"Action": {"DescribeVpcs"}, "Version": {"2016-11-15"}, "NoSuchParameter": {"x"}})
				same(t, "status", status, http.StatusBadRequest)
				t.holds(bytes.Contains(body, []byte("<Code>UnknownParameter</Code>")), "answer %.200s", body)
			}},
		check{Name: "every answer has a request id of its own", Source: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html#query-response",
			Run: func(t *T, target *Target) {
				s, ids := oneSide(t, target), map[string]bool{}
				for range 2 {
					_, body := s.raw(url.Values{"Action": {"DescribeVpcs"}, "Version": {"2016-11-15"}})
					_, rest, found := strings.Cut(string(body), "<requestId>")
					id, _, _ := strings.Cut(rest, "<")
					t.holds(found && id != "", "answer %.200s", body)
					ids[id] = true
				}
				same(t, "number of different ids", len(ids), 2)
			}},
		check{Name: "keys that nobody has are AuthFailure", Source: errorsSource + " AuthFailure", Needs: keyCheck,
			Run: func(t *T, target *Target) {
				config := target.configWithKeys(aws.Credentials{AccessKeyID: "AKIANOBODYHASTHISKEY", SecretAccessKey: "x"}, here)
				_, err := ec2.NewFromConfig(config).DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{})
				t.refusedWith(err, "AuthFailure")
			}},
		check{Name: "tags are put over older ones and are at most fifty", Source: tagsSource + "; " + errorsSource + " TagLimitExceeded",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				vpc := s.vpc(ourBlock)
				t.ok(s.tag(vpc, "a", "1"))
				t.ok(s.tag(vpc, "a", "2"))
				t.until(target, "the second value", func() bool {
					got, err := s.describeVPC(vpc)
					return err == nil && tagMap(got.Tags)["a"] == "2" && len(got.Tags) == 1
				})
				var many []types.Tag
				for n := range 50 {
					many = append(many, types.Tag{Key: aws.String("k" + string(rune('A'+n))), Value: aws.String("")})
				}
				_, err := s.ec2.CreateTags(t.Context(), &ec2.CreateTagsInput{Resources: []string{vpc}, Tags: many})
				t.refusedWith(err, "TagLimitExceeded")
			}},
		check{Name: "keys that begin with aws are reserved", Source: tagsSource + "#tag-restrictions",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				t.refusedWith(s.tag(s.vpc(ourBlock), "aws:mine", "x"), "InvalidParameterValue")
			}},
		check{Name: "tagging an unknown resource fails", Source: errorsSource + " InvalidVpcPeeringConnectionID.NotFound",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				t.refusedWith(s.tag("pcx-0123456789abcdef0", "a", "1"), "InvalidVpcPeeringConnectionID.NotFound")
				t.refusedWith(s.tag("vpc-0123456789abcdef0", "a", "1"), "InvalidVpcID.NotFound", "InvalidID")
			}},
		check{Name: "DeleteTags with another value keeps the tag and without a value removes it", Source: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteTags.html",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				vpc := s.vpc(ourBlock)
				t.ok(s.tag(vpc, "a", "1"))
				untag := func(value *string) {
					_, err := s.ec2.DeleteTags(t.Context(), &ec2.DeleteTagsInput{Resources: []string{vpc}, Tags: []types.Tag{{Key: aws.String("a"), Value: value}}})
					t.ok(err)
				}
				t.until(target, "the tag", func() bool { return s.hasTag(vpc, "a") })
				untag(aws.String("other"))
				t.holds(s.hasTag(vpc, "a"), "the tag is gone though its value was not named")
				untag(nil)
				t.until(target, "no tag", func() bool { return !s.hasTag(vpc, "a") })
			}},
		check{Name: "DescribeTags lists the caller's own tags by resource", Source: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeTags.html",
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				id := p.pending()
				t.ok(p.ours.tag(id, "side", "requester"))
				t.ok(p.theirs.tag(id, "side", "accepter"))
				for want, s := range map[string]*side{"requester": p.ours, "accepter": p.theirs} {
					t.until(target, "the "+want+"'s tag", func() bool {
						out, err := s.ec2.DescribeTags(t.Context(), &ec2.DescribeTagsInput{Filters: []types.Filter{filter("resource-id", id)}})
						t.ok(err)
						return len(out.Tags) == 1 && aws.ToString(out.Tags[0].Value) == want && out.Tags[0].ResourceType == types.ResourceTypeVpcPeeringConnection
					})
				}
			}},
		check{Name: "DescribeTags takes wildcards in the key, and a kind of resource",
			Source: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeTags.html, https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				vpc := s.vpc(ourBlock)
				for _, key := range []string{"kubernetes.io/cluster/eu", "kubernetes.io/role", "eks:cluster-name"} {
					t.ok(s.tag(vpc, key, "owned"))
				}
				keys := func(kind types.ResourceType) []string {
					out, err := s.ec2.DescribeTags(t.Context(), &ec2.DescribeTagsInput{Filters: []types.Filter{
						filter("resource-id", vpc), filter("resource-type", string(kind)),
						{Name: aws.String("key"), Values: []string{"kubernetes.io/cluster/*", "eks:cluster-name"}},
					}})
					t.ok(err)
					var found []string
					for _, tag := range out.Tags {
						found = append(found, aws.ToString(tag.Key))
					}
					return found
				}
				t.until(target, "the tags", func() bool { return len(keys(types.ResourceTypeVpc)) == 2 })
				t.holds(!slices.Contains(keys(types.ResourceTypeVpc), "kubernetes.io/role"), "a key is found that the wildcard leaves out")
				same(t, "tags of instances", len(keys(types.ResourceTypeInstance)), 0)
			}},
	)
}

func (s *side) hasTag(vpc, key string) bool {
	got, err := s.describeVPC(vpc)
	s.t.ok(err)
	_, there := tagMap(got.Tags)[key]
	return there
}

// raw sends a signed EC2 request that the SDK would not make.
func (s *side) raw(form url.Values) (status int, body []byte) {
	payload := []byte(form.Encode())
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.target.Endpoint+"/", bytes.NewReader(payload))
	s.t.ok(err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	keys, err := s.config.Credentials.Retrieve(s.t.Context())
	s.t.ok(err)
	sum := sha256.Sum256(payload)
	s.t.ok(v4.NewSigner().SignHTTP(s.t.Context(), keys, request, hex.EncodeToString(sum[:]), "ec2", s.region, time.Now()))
	var answer capture
	response, err := s.target.http.Do(request.WithContext(withCapture(context.WithoutCancel(s.t.Context()), &answer)))
	s.t.ok(err)
	s.t.ok(response.Body.Close())
	return response.StatusCode, []byte(answer.exchange.Body)
}
