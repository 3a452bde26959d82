package eks

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/crossvpc/crossvpc/internal/partition"
	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
)

type vpcConfigRequest struct {
	SubnetIDs             []string `json:"subnetIds"`
	SecurityGroupIDs      []string `json:"securityGroupIds"`
	EndpointPublicAccess  *bool    `json:"endpointPublicAccess"`
	EndpointPrivateAccess *bool    `json:"endpointPrivateAccess"`
	PublicAccessCidrs     []string `json:"publicAccessCidrs"`
}

type networkConfigRequest struct {
	ServiceIpv4Cidr string `json:"serviceIpv4Cidr"`
	IPFamily        string `json:"ipFamily"`
}

// accessConfigRequest is who may come in. The creator's own entry is made without a policy: awssim
// has no access policies.
type accessConfigRequest struct {
	AuthenticationMode string `json:"authenticationMode"`
	BootstrapAdmin     *bool  `json:"bootstrapClusterCreatorAdminPermissions"`
}

type createClusterRequest struct {
	Name               string               `json:"name"`
	Version            string               `json:"version"`
	RoleArn            string               `json:"roleArn"`
	VpcConfig          vpcConfigRequest     `json:"resourcesVpcConfig"`
	NetworkConfig      networkConfigRequest `json:"kubernetesNetworkConfig"`
	AccessConfig       accessConfigRequest  `json:"accessConfig"`
	Tags               map[string]string    `json:"tags"`
	ClientRequestToken string               `json:"clientRequestToken"`
}

// standardVersion is what a cluster gets that asks for none.
const standardVersion = "1.33"

// standardServices is the block of services where the VPC is not in 10.0.0.0/8
// (docs.aws.amazon.com/eks/latest/APIReference/API_KubernetesNetworkConfigRequest.html).
const standardServices = "172.20.0.0/16"

var clusterName = regexp.MustCompile(`^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$`)

func invalid(format string, arguments ...any) error {
	return sim.Fail("InvalidParameterException", format, arguments...)
}

func (s *Service) createCluster(c *sim.Call, in *createClusterRequest) (*clusterResult, error) {
	here := s.at(c.Place)
	if err := in.check(); err != nil {
		return nil, err
	}
	if _, taken := here.Get(in.Name); taken {
		return nil, &sim.Failure{Code: "ResourceInUseException", Message: "Cluster already exists with name: " + in.Name, Status: 409}
	}
	vpc, err := s.vpcOf(c.Place, in.VpcConfig)
	if err != nil {
		return nil, err
	}
	made := newCluster(c, in)
	made.vpc = vpc
	made.ownGroup = s.network.MakeClusterGroup(c, vpc, "eks-cluster-sg-"+in.Name+"-"+suffix(c.Place, in.Name),
		"EKS created security group applied to ENI that is attached to EKS Control Plane master nodes, as well as any managed workloads.",
		map[string]string{"Name": "eks-cluster-sg-" + in.Name, "kubernetes.io/cluster/" + in.Name: "owned", "aws:eks:cluster-name": in.Name})
	here.Put(c.Stamp(), made.name, made)
	s.bootstrap(c, made, in.AccessConfig)
	c.After(clusterType, creating, func(at time.Time) { s.finish(c.World().Own(c.Place, at), in.Name) })
	return &clusterResult{answerFor(c.Place, made)}, nil
}

func (in *createClusterRequest) check() error {
	switch {
	case !clusterName.MatchString(in.Name):
		return invalid("The name %q is not a valid cluster name", in.Name)
	case in.RoleArn == "":
		return invalid("The roleArn is missing")
	case in.AccessConfig.AuthenticationMode != "" && !slices.Contains([]string{configMapMode, apiMode, bothModes}, in.AccessConfig.AuthenticationMode):
		return invalid("The authenticationMode %q is not valid", in.AccessConfig.AuthenticationMode)
	case in.NetworkConfig.IPFamily != "" && in.NetworkConfig.IPFamily != "ipv4":
		return invalid("ipFamily %q is not implemented in awssim", in.NetworkConfig.IPFamily)
	case in.NetworkConfig.ServiceIpv4Cidr != "":
		if _, err := netip.ParsePrefix(in.NetworkConfig.ServiceIpv4Cidr); err != nil {
			return invalid("The serviceIpv4Cidr %q is not a CIDR block", in.NetworkConfig.ServiceIpv4Cidr)
		}
	}
	return nil
}

// vpcOf is the VPC of the subnets, which are in two zones at least
// (docs.aws.amazon.com/eks/latest/userguide/network-reqs.html).
func (s *Service) vpcOf(place sim.Place, in vpcConfigRequest) (string, error) {
	zones := map[string]bool{}
	first := ""
	for _, id := range in.SubnetIDs {
		vpc, zone, known := s.network.SubnetPlace(place, id)
		if !known {
			return "", invalid("The subnet ID '%s' does not exist", id)
		}
		if first != "" && vpc != first {
			return "", invalid("Subnets specified must be in the same VPC")
		}
		first, zones[zone] = vpc, true
	}
	if len(zones) < 2 {
		return "", invalid("Subnets specified must be in at least two different AZs")
	}
	for _, id := range in.SecurityGroupIDs {
		if !s.network.GroupIn(place, first, id) {
			return "", invalid("The security group %s does not exist in VPC %s", id, first)
		}
	}
	return first, nil
}

func newCluster(c *sim.Call, in *createClusterRequest) cluster {
	name := strings.ToUpper(suffix(c.Place, in.Name))
	made := cluster{
		name: in.Name, status: creating, version: cmp.Or(in.Version, standardVersion), role: in.RoleArn, created: c.Now,
		subnets: in.VpcConfig.SubnetIDs, groups: in.VpcConfig.SecurityGroupIDs, public: true, publicTo: in.VpcConfig.PublicAccessCidrs,
		mode:     cmp.Or(in.AccessConfig.AuthenticationMode, configMapMode),
		services: cmp.Or(in.NetworkConfig.ServiceIpv4Cidr, standardServices), tags: in.Tags,
		endpoint:  "https://" + name + ".gr7." + c.Region + ".eks." + partition.Of(c.Region).DNSSuffix,
		authority: base64.StdEncoding.EncodeToString([]byte("-----BEGIN CERTIFICATE-----\n" + name + "\n-----END CERTIFICATE-----\n")),
	}
	if in.VpcConfig.EndpointPublicAccess != nil {
		made.public = *in.VpcConfig.EndpointPublicAccess
	}
	if in.VpcConfig.EndpointPrivateAccess != nil {
		made.private = *in.VpcConfig.EndpointPrivateAccess
	}
	if made.public && len(made.publicTo) == 0 {
		made.publicTo = []string{"0.0.0.0/0"}
	}
	return made
}

// suffix makes names of clusters unique, as EKS's are.
func suffix(place sim.Place, name string) string {
	sum := sha256.Sum256([]byte(place.String() + "/" + name))
	return hex.EncodeToString(sum[:5])
}

// finish makes a cluster active that is still being created.
func (s *Service) finish(c *sim.Call, name string) {
	if found, there := s.at(c.Place).Get(name); there && found.status == creating {
		s.at(c.Place).Update(c.Stamp(), name, func(c *cluster) { c.status = active })
	}
}
