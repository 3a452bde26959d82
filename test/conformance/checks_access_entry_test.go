package conformance

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	ekstypes "github.com/aws/aws-sdk-go-v2/service/eks/types"
)

const (
	accessEntrySource = "https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html"
	accessModeSource  = "https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateAccessConfigRequest.html"
)

func init() {
	register(
		check{Name: "an access entry of a role has the groups it was given and a name for each session", Source: eksSource + "AccessEntry; " + accessEntrySource,
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				s.clusterWithEntries("prod")
				role := "arn:aws:iam::" + s.account + ":role/crossvpc"
				out, err := s.eks.CreateAccessEntry(t.Context(), s.entryInput("prod", role, "crossvpc"))
				t.ok(err)
				seen, err := s.eks.DescribeAccessEntry(t.Context(), &eks.DescribeAccessEntryInput{ClusterName: aws.String("prod"), PrincipalArn: &role})
				t.ok(err)
				same(t, "principal", aws.ToString(seen.AccessEntry.PrincipalArn), role)
				same(t, "groups", seen.AccessEntry.KubernetesGroups, []string{"crossvpc"})
				same(t, "user", aws.ToString(seen.AccessEntry.Username), "arn:aws:sts::"+s.account+":assumed-role/crossvpc/{{SessionName}}")
				same(t, "type", aws.ToString(seen.AccessEntry.Type), "STANDARD")
				same(t, "ARN", aws.ToString(seen.AccessEntry.AccessEntryArn), aws.ToString(out.AccessEntry.AccessEntryArn))
				t.holds(strings.HasPrefix(aws.ToString(seen.AccessEntry.AccessEntryArn), "arn:aws:eks:"+here+":"+s.account+":access-entry/prod/role/"+s.account+"/crossvpc/"), "ARN %q", aws.ToString(seen.AccessEntry.AccessEntryArn))
			}},
		check{Name: "an access entry of a user has the user's ARN as name", Source: accessEntrySource,
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				s.clusterWithEntries("prod")
				user := "arn:aws:iam::" + s.account + ":user/somebody"
				out, err := s.eks.CreateAccessEntry(t.Context(), s.entryInput("prod", user, "crossvpc"))
				t.ok(err)
				same(t, "user", aws.ToString(out.AccessEntry.Username), user)
			}},
		check{Name: "a principal has one access entry in a cluster", Source: eksSource + "CreateAccessEntry (ResourceInUseException)",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				s.clusterWithEntries("prod")
				role := "arn:aws:iam::" + s.account + ":role/crossvpc"
				_, err := s.eks.CreateAccessEntry(t.Context(), s.entryInput("prod", role, "crossvpc"))
				t.ok(err)
				_, err = s.eks.CreateAccessEntry(t.Context(), s.entryInput("prod", role, "crossvpc"))
				t.refusedSaying(err, "ResourceInUseException", "already in use on this cluster")
			}},
		check{Name: "a session is no principal of an access entry", Source: accessEntrySource + " (the principal ARN is an IAM one)",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				s.clusterWithEntries("prod")
				_, err := s.eks.CreateAccessEntry(t.Context(), s.entryInput("prod", "arn:aws:sts::"+s.account+":assumed-role/crossvpc/session", "crossvpc"))
				t.refusedWith(err, "InvalidParameterException")
			}},
		check{Name: "an access entry gives no group of Kubernetes or AWS itself", Source: accessEntrySource + " (system:, eks:, aws:, amazon:, iam:)",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				s.clusterWithEntries("prod")
				for _, group := range []string{"system:masters", "eks:nodes", "aws:x", "amazon:x", "iam:x"} {
					_, err := s.eks.CreateAccessEntry(t.Context(), s.entryInput("prod", "arn:aws:iam::"+s.account+":role/crossvpc", group))
					t.refusedWith(err, "InvalidParameterException")
				}
			}},
		check{Name: "an unknown access entry is ResourceNotFoundException", Source: eksSource + "DescribeAccessEntry",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				s.clusterWithEntries("prod")
				role := aws.String("arn:aws:iam::" + s.account + ":role/nobody")
				_, err := s.eks.DescribeAccessEntry(t.Context(), &eks.DescribeAccessEntryInput{ClusterName: aws.String("prod"), PrincipalArn: role})
				t.refusedSaying(err, "ResourceNotFoundException", "The specified principalArn could not be found")
				_, err = s.eks.DeleteAccessEntry(t.Context(), &eks.DeleteAccessEntryInput{ClusterName: aws.String("prod"), PrincipalArn: role})
				t.refusedWith(err, "ResourceNotFoundException")
				_, err = s.eks.DescribeAccessEntry(t.Context(), &eks.DescribeAccessEntryInput{ClusterName: aws.String("none"), PrincipalArn: role})
				t.refusedSaying(err, "ResourceNotFoundException", "No cluster found for name: none.")
			}},
		check{Name: "access entries are updated, listed in pages and deleted", Source: eksSource + "UpdateAccessEntry, ListAccessEntries, DeleteAccessEntry",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				s.clusterWithEntries("prod")
				roles := []string{"arn:aws:iam::" + s.account + ":role/a", "arn:aws:iam::" + s.account + ":role/b"}
				for _, role := range roles {
					_, err := s.eks.CreateAccessEntry(t.Context(), s.entryInput("prod", role))
					t.ok(err)
				}
				out, err := s.eks.UpdateAccessEntry(t.Context(), &eks.UpdateAccessEntryInput{ClusterName: aws.String("prod"), PrincipalArn: &roles[0], KubernetesGroups: []string{"crossvpc"}})
				t.ok(err)
				same(t, "groups", out.AccessEntry.KubernetesGroups, []string{"crossvpc"})
				var listed []string
				pages := eks.NewListAccessEntriesPaginator(s.eks, &eks.ListAccessEntriesInput{ClusterName: aws.String("prod"), MaxResults: aws.Int32(1)})
				for pages.HasMorePages() {
					page, err := pages.NextPage(t.Context())
					t.ok(err)
					listed = append(listed, page.AccessEntries...)
				}
				same(t, "principals", listed, roles)
				_, err = s.eks.DeleteAccessEntry(t.Context(), &eks.DeleteAccessEntryInput{ClusterName: aws.String("prod"), PrincipalArn: &roles[0]})
				t.ok(err)
				_, err = s.eks.DescribeAccessEntry(t.Context(), &eks.DescribeAccessEntryInput{ClusterName: aws.String("prod"), PrincipalArn: &roles[0]})
				t.refusedWith(err, "ResourceNotFoundException")
			}},
		check{Name: "a cluster that asks for nothing goes by its ConfigMap and takes no access entries", Source: accessModeSource,
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				_, err := s.eks.CreateCluster(t.Context(), s.clusterInput("prod", s.vpc(ourBlock)))
				t.ok(err)
				s.clusterActive("prod")
				same(t, "mode", s.cluster("prod").AccessConfig.AuthenticationMode, ekstypes.AuthenticationModeConfigMap)
				_, err = s.eks.CreateAccessEntry(t.Context(), s.entryInput("prod", "arn:aws:iam::"+s.account+":role/crossvpc", "crossvpc"))
				t.refusedSaying(err, "InvalidRequestException", "authentication mode must be set to one of [API, API_AND_CONFIG_MAP]")
			}},
	)
}

// clusterWithEntries makes an active cluster that takes access entries, without any.
func (s *side) clusterWithEntries(name string) {
	in := s.clusterInput(name, s.vpc(ourBlock))
	in.AccessConfig = &ekstypes.CreateAccessConfigRequest{
		AuthenticationMode:                      ekstypes.AuthenticationModeApiAndConfigMap,
		BootstrapClusterCreatorAdminPermissions: aws.Bool(false),
	}
	_, err := s.eks.CreateCluster(s.t.Context(), in)
	s.t.ok(err)
	s.clusterActive(name)
}

func (s *side) entryInput(cluster, principal string, groups ...string) *eks.CreateAccessEntryInput {
	return &eks.CreateAccessEntryInput{ClusterName: &cluster, PrincipalArn: &principal, KubernetesGroups: groups}
}
