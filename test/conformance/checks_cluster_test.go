package conformance

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	ekstypes "github.com/aws/aws-sdk-go-v2/service/eks/types"
)

const eksSource = "botocore data/eks/2017-11-01/service-2.json "

func init() {
	register(
		check{Name: "a cluster is created and then active", Source: eksSource + "ClusterStatus",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				out, err := s.eks.CreateCluster(t.Context(), s.clusterInput("prod", s.vpc(ourBlock)))
				t.ok(err)
				same(t, "status", out.Cluster.Status, ekstypes.ClusterStatusCreating)
				s.clusterActive("prod")
				got := s.cluster("prod")
				same(t, "ARN", aws.ToString(got.Arn), "arn:aws:eks:"+here+":"+s.account+":cluster/prod")
				t.holds(strings.HasPrefix(aws.ToString(got.Endpoint), "https://"), "endpoint %q", aws.ToString(got.Endpoint))
				t.holds(got.CertificateAuthority != nil && aws.ToString(got.CertificateAuthority.Data) != "", "no certificate authority")
			}},
		check{Name: "a cluster names the VPC of its subnets", Source: eksSource + "VpcConfigResponse",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				vpc := s.vpc(ourBlock)
				in := s.clusterInput("prod", vpc)
				in.ResourcesVpcConfig.SecurityGroupIds = []string{s.group(vpc, "control-plane")}
				_, err := s.eks.CreateCluster(t.Context(), in)
				t.ok(err)
				s.clusterActive("prod")
				got := s.cluster("prod").ResourcesVpcConfig
				same(t, "VPC", aws.ToString(got.VpcId), vpc)
				same(t, "subnets", got.SubnetIds, in.ResourcesVpcConfig.SubnetIds)
				same(t, "groups", got.SecurityGroupIds, in.ResourcesVpcConfig.SecurityGroupIds)
			}},
		check{Name: "a cluster gets a group of its own that lets its members talk", Source: "https://docs.aws.amazon.com/eks/latest/userguide/sec-group-reqs.html",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				_, err := s.eks.CreateCluster(t.Context(), s.clusterInput("prod", s.vpc(ourBlock)))
				t.ok(err)
				s.clusterActive("prod")
				group := aws.ToString(s.cluster("prod").ResourcesVpcConfig.ClusterSecurityGroupId)
				out, err := s.ec2.DescribeSecurityGroups(t.Context(), &ec2.DescribeSecurityGroupsInput{GroupIds: []string{group}})
				t.ok(err)
				t.holds(strings.HasPrefix(aws.ToString(out.SecurityGroups[0].GroupName), "eks-cluster-sg-prod-"), "name %q", aws.ToString(out.SecurityGroups[0].GroupName))
				same(t, "tag", tagMap(out.SecurityGroups[0].Tags)["kubernetes.io/cluster/prod"], "owned")
				var self []string
				for _, rule := range s.rules(filter("group-id", group)) {
					if rule.ReferencedGroupInfo != nil {
						self = append(self, aws.ToString(rule.ReferencedGroupInfo.GroupId))
					}
				}
				same(t, "groups let in", self, []string{group})
			}},
		check{Name: "a cluster's service block is kept", Source: eksSource + "KubernetesNetworkConfigResponse",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				in := s.clusterInput("prod", s.vpc(ourBlock))
				in.KubernetesNetworkConfig = &ekstypes.KubernetesNetworkConfigRequest{ServiceIpv4Cidr: aws.String("172.21.0.0/16")}
				_, err := s.eks.CreateCluster(t.Context(), in)
				t.ok(err)
				got := s.cluster("prod").KubernetesNetworkConfig
				same(t, "block", aws.ToString(got.ServiceIpv4Cidr), "172.21.0.0/16")
				same(t, "family", got.IpFamily, ekstypes.IpFamilyIpv4)
			}},
		check{Name: "an unknown cluster is ResourceNotFoundException", Source: eksSource + "DescribeCluster",
			Run: func(t *T, target *Target) {
				_, err := oneSide(t, target).eks.DescribeCluster(t.Context(), &eks.DescribeClusterInput{Name: aws.String("nobody")})
				t.refusedSaying(err, "ResourceNotFoundException", "No cluster found for name: nobody.")
			}},
		check{Name: "a cluster's name is taken once per account and region", Source: eksSource + "CreateCluster (ResourceInUseException)",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				vpc := s.vpc(ourBlock)
				in := s.clusterInput("prod", vpc)
				_, err := s.eks.CreateCluster(t.Context(), in)
				t.ok(err)
				_, err = s.eks.CreateCluster(t.Context(), in)
				t.refusedWith(err, "ResourceInUseException")
				_, err = s.in(there).eks.DescribeCluster(t.Context(), &eks.DescribeClusterInput{Name: in.Name})
				t.refusedWith(err, "ResourceNotFoundException")
			}},
		check{Name: "subnets of two zones at least make a cluster", Source: "https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				in := s.clusterInput("prod", s.vpc(ourBlock))
				in.ResourcesVpcConfig.SubnetIds = in.ResourcesVpcConfig.SubnetIds[:1]
				_, err := s.eks.CreateCluster(t.Context(), in)
				t.refusedWith(err, "InvalidParameterException")
			}},
		check{Name: "clusters are listed by name in pages", Source: eksSource + "ListClusters",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				vpc := s.vpc(ourBlock)
				first := s.clusterInput("a", vpc)
				_, err := s.eks.CreateCluster(t.Context(), first)
				t.ok(err)
				first.Name = aws.String("b")
				_, err = s.eks.CreateCluster(t.Context(), first)
				t.ok(err)
				pages := eks.NewListClustersPaginator(s.eks, &eks.ListClustersInput{MaxResults: aws.Int32(1)})
				var names []string
				for pages.HasMorePages() {
					page, err := pages.NextPage(t.Context())
					t.ok(err)
					same(t, "size of a page", len(page.Clusters), 1)
					names = append(names, page.Clusters...)
				}
				same(t, "names", names, []string{"a", "b"})
			}},
		check{Name: "a deleted cluster is unknown", Source: eksSource + "DeleteCluster",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				_, err := s.eks.CreateCluster(t.Context(), s.clusterInput("prod", s.vpc(ourBlock)))
				t.ok(err)
				s.clusterActive("prod")
				_, err = s.eks.DeleteCluster(t.Context(), &eks.DeleteClusterInput{Name: aws.String("prod")})
				t.ok(err)
				t.until(target, "the cluster gone", func() bool {
					_, err := s.eks.DescribeCluster(t.Context(), &eks.DescribeClusterInput{Name: aws.String("prod")})
					return err != nil
				})
				_, err = s.eks.DescribeCluster(t.Context(), &eks.DescribeClusterInput{Name: aws.String("prod")})
				t.refusedWith(err, "ResourceNotFoundException")
			}},
		check{Name: "a cluster's endpoint can stand for a real API server", Source: "crossvpc's own need, not AWS's behaviour", Needs: settableEKS,
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				_, err := s.eks.CreateCluster(t.Context(), s.clusterInput("prod", s.vpc(ourBlock)))
				t.ok(err)
				s.clusterActive("prod")
				target.control.SetEKSEndpoint(s.account, here, "prod", "https://127.0.0.1:6443", "Y2E=")
				got := s.cluster("prod")
				same(t, "endpoint", aws.ToString(got.Endpoint), "https://127.0.0.1:6443")
				same(t, "certificate authority", aws.ToString(got.CertificateAuthority.Data), "Y2E=")
			}},
	)
}

// clusterInput makes two subnets in two zones for a cluster.
func (s *side) clusterInput(name, vpc string) *eks.CreateClusterInput {
	var subnets []string
	for zone, block := range map[string]string{"a": "10.11.1.0/24", "b": "10.11.2.0/24"} {
		out, err := s.ec2.CreateSubnet(s.t.Context(), &ec2.CreateSubnetInput{
			VpcId: &vpc, CidrBlock: &block, AvailabilityZone: aws.String(s.region + zone),
			TagSpecifications: tagged(types.ResourceTypeSubnet, "kubernetes.io/cluster/"+name, "shared"),
		})
		s.t.ok(err)
		subnets = append(subnets, *out.Subnet.SubnetId)
	}
	return &eks.CreateClusterInput{
		Name: &name, RoleArn: aws.String("arn:aws:iam::" + s.account + ":role/eks"),
		ResourcesVpcConfig: &ekstypes.VpcConfigRequest{SubnetIds: subnets},
	}
}

func (s *side) cluster(name string) ekstypes.Cluster {
	out, err := s.eks.DescribeCluster(s.t.Context(), &eks.DescribeClusterInput{Name: &name})
	s.t.ok(err)
	return *out.Cluster
}

func (s *side) clusterActive(name string) {
	s.t.until(s.target, "cluster "+name+" active", func() bool { return s.cluster(name).Status == ekstypes.ClusterStatusActive })
}
