package eks

import (
	"encoding/base64"
	"slices"
	"time"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
)

type vpcConfigAnswer struct {
	VpcID                  string   `json:"vpcId"`
	SubnetIDs              []string `json:"subnetIds"`
	SecurityGroupIDs       []string `json:"securityGroupIds"`
	ClusterSecurityGroupID string   `json:"clusterSecurityGroupId"`
	EndpointPublicAccess   bool     `json:"endpointPublicAccess"`
	EndpointPrivateAccess  bool     `json:"endpointPrivateAccess"`
	PublicAccessCidrs      []string `json:"publicAccessCidrs"`
}

type networkConfigAnswer struct {
	ServiceIpv4Cidr string `json:"serviceIpv4Cidr"`
	IPFamily        string `json:"ipFamily"`
}

type authorityAnswer struct {
	Data string `json:"data,omitempty"`
}

type accessConfigAnswer struct {
	AuthenticationMode string `json:"authenticationMode"`
}

type clusterAnswer struct {
	Name          string              `json:"name"`
	Arn           string              `json:"arn"`
	CreatedAt     float64             `json:"createdAt"`
	Version       string              `json:"version"`
	Endpoint      string              `json:"endpoint,omitempty"`
	RoleArn       string              `json:"roleArn"`
	VpcConfig     vpcConfigAnswer     `json:"resourcesVpcConfig"`
	NetworkConfig networkConfigAnswer `json:"kubernetesNetworkConfig"`
	Status        string              `json:"status"`
	Authority     authorityAnswer     `json:"certificateAuthority"`
	AccessConfig  accessConfigAnswer  `json:"accessConfig"`
	Platform      string              `json:"platformVersion"`
	Tags          map[string]string   `json:"tags"`
}

type clusterResult struct {
	Cluster clusterAnswer `json:"cluster"`
}

// answerFor renders a cluster; it has no endpoint before it is active.
func answerFor(place sim.Place, c cluster) clusterAnswer {
	answer := clusterAnswer{
		Name: c.name, Arn: place.ARN("eks", "cluster/"+c.name),
		CreatedAt: float64(c.created.UnixNano()) / float64(time.Second), Version: c.version, RoleArn: c.role, Status: c.status,
		VpcConfig: vpcConfigAnswer{
			VpcID: c.vpc, SubnetIDs: c.subnets, SecurityGroupIDs: listed(c.groups), ClusterSecurityGroupID: c.ownGroup,
			EndpointPublicAccess: c.public, EndpointPrivateAccess: c.private, PublicAccessCidrs: listed(c.publicTo),
		},
		NetworkConfig: networkConfigAnswer{c.services, "ipv4"}, AccessConfig: accessConfigAnswer{c.mode}, Platform: "eks.1", Tags: c.tags,
	}
	if c.status != creating {
		answer.Endpoint, answer.Authority = c.endpoint, authorityAnswer{c.authority}
	}
	if answer.Tags == nil {
		answer.Tags = map[string]string{}
	}
	return answer
}

// listed renders an empty list as [].
func listed(values []string) []string { return append([]string{}, values...) }

type nameRequest struct {
	Name string `query:"name,required" json:"-"`
}

func (s *Service) describeCluster(c *sim.Call, in *nameRequest) (*clusterResult, error) {
	found, there := s.at(c.Place).See(c.View(clusterType), in.Name)
	if !there {
		return nil, notFound(in.Name)
	}
	return &clusterResult{answerFor(c.Place, found)}, nil
}

type listClustersRequest struct {
	MaxResults *int32 `query:"maxResults" json:"-"`
	NextToken  string `query:"nextToken" json:"-"`
}

type listClustersAnswer struct {
	Clusters  []string `json:"clusters"`
	NextToken string   `json:"nextToken,omitempty"`
}

// listClusters lists names in pages; a token is the name that the page before ended with.
func (s *Service) listClusters(c *sim.Call, in *listClustersRequest) (*listClustersAnswer, error) {
	after, err := base64.StdEncoding.DecodeString(in.NextToken)
	if err != nil {
		return nil, invalid("Invalid token")
	}
	names := []string{}
	for name := range s.at(c.Place).Seen(c.View(clusterType)) {
		if name > string(after) {
			names = append(names, name)
		}
	}
	page, token, err := paged(names, in.MaxResults)
	return &listClustersAnswer{page, token}, err
}

// paged sorts names and cuts them to a page; the token says what it ended with.
func paged(names []string, maxResults *int32) (page []string, token string, err error) {
	slices.Sort(names)
	most := int32(100)
	if maxResults != nil {
		most = *maxResults
	}
	if most < 1 || most > 100 {
		return nil, "", invalid("maxResults %d is not between 1 and 100", most)
	}
	if len(names) <= int(most) {
		return names, "", nil
	}
	names = names[:most]
	return names, base64.StdEncoding.EncodeToString([]byte(names[most-1])), nil
}

func (s *Service) deleteCluster(c *sim.Call, in *nameRequest) (*clusterResult, error) {
	here := s.at(c.Place)
	gone, there := here.Get(in.Name)
	if !there {
		return nil, notFound(in.Name)
	}
	if gone.status != deleting {
		gone.status = deleting
		here.Put(c.Stamp(), gone.name, gone)
		c.After(clusterType, deleting, func(at time.Time) {
			own := c.World().Own(c.Place, at)
			s.network.DropGroup(own, gone.ownGroup)
			s.dropEntries(own, gone.name)
			s.at(c.Place).Delete(own.Stamp(), gone.name)
		})
	}
	return &clusterResult{answerFor(c.Place, gone)}, nil
}
