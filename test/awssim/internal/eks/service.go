package eks

import (
	"time"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/wire"
)

// network is what a cluster needs of the account's EC2.
type network interface {
	SubnetPlace(place sim.Place, id string) (vpc, zone string, known bool)
	GroupIn(place sim.Place, vpc, id string) bool
	MakeClusterGroup(c *sim.Call, vpc, name, description string, tags map[string]string) string
	DropGroup(c *sim.Call, id string)
}

// clusterType is the kind of clusters in a Timing.
const clusterType = "eks-cluster"

// The states of a cluster that pass or stay by themselves.
const (
	creating = "CREATING"
	active   = "ACTIVE"
	deleting = "DELETING"
)

// Service is the simulated EKS of all accounts and regions.
type Service struct {
	world    *sim.World
	network  network
	clusters map[sim.Place]*sim.Table[cluster]
	entries  map[sim.Place]*sim.Table[entry]
}

// cluster is a cluster in store.
type cluster struct {
	name      string
	status    string
	version   string
	role      string
	created   time.Time
	vpc       string
	subnets   []string
	groups    []string
	ownGroup  string
	private   bool
	public    bool
	publicTo  []string
	services  string
	endpoint  string
	authority string
	// mode is CONFIG_MAP, API or API_AND_CONFIG_MAP.
	mode string
	tags map[string]string
}

// New makes an EKS without any cluster.
func New(world *sim.World, network network) *Service {
	s := &Service{world: world, network: network}
	s.Reset()
	return s
}

// Name implements sim.Service.
func (s *Service) Name() string { return "eks" }

// Protocol implements sim.Service.
func (s *Service) Protocol() sim.Protocol {
	return wire.RESTJSON{Routes: map[string]string{
		"POST /clusters":          "CreateCluster",
		"GET /clusters":           "ListClusters",
		"GET /clusters/{name}":    "DescribeCluster",
		"DELETE /clusters/{name}": "DeleteCluster",

		"POST /clusters/{name}/access-entries":                  "CreateAccessEntry",
		"GET /clusters/{name}/access-entries":                   "ListAccessEntries",
		"GET /clusters/{name}/access-entries/{principalArn}":    "DescribeAccessEntry",
		"POST /clusters/{name}/access-entries/{principalArn}":   "UpdateAccessEntry",
		"DELETE /clusters/{name}/access-entries/{principalArn}": "DeleteAccessEntry",
	}}
}

// Actions implements sim.Service.
func (s *Service) Actions() map[string]sim.Action {
	return map[string]sim.Action{
		"CreateCluster":   wire.REST(s.createCluster),
		"ListClusters":    wire.REST(s.listClusters),
		"DescribeCluster": wire.REST(s.describeCluster),
		"DeleteCluster":   wire.REST(s.deleteCluster),

		"CreateAccessEntry":   wire.REST(s.createEntry),
		"ListAccessEntries":   wire.REST(s.listEntries),
		"DescribeAccessEntry": wire.REST(s.describeEntry),
		"UpdateAccessEntry":   wire.REST(s.updateEntry),
		"DeleteAccessEntry":   wire.REST(s.deleteEntry),
	}
}

// Reset implements sim.Service.
func (s *Service) Reset() {
	s.clusters, s.entries = map[sim.Place]*sim.Table[cluster]{}, map[sim.Place]*sim.Table[entry]{}
}

// Dump implements sim.Service.
func (s *Service) Dump() any {
	dump := map[string]any{}
	for place, clusters := range s.clusters {
		all := []dumped{}
		for _, c := range clusters.All() {
			all = append(all, dumped{answerFor(place, c), s.entriesOf(place, c.name)})
		}
		dump[place.String()] = all
	}
	return dump
}

// dumped is a cluster with its access entries.
type dumped struct {
	clusterAnswer

	AccessEntries []entryAnswer `json:"accessEntries"`
}

// at is what the place has.
func (s *Service) at(place sim.Place) *sim.Table[cluster] {
	if s.clusters[place] == nil {
		s.clusters[place] = &sim.Table[cluster]{}
	}
	return s.clusters[place]
}

// SetEndpoint lets a real API server stand behind a cluster; authority is a PEM bundle in base64. An
// unknown cluster is reported as false.
func (s *Service) SetEndpoint(place sim.Place, name, endpoint, authority string) bool {
	found := false
	s.world.Do(func(now time.Time) {
		found = s.at(place).Update(sim.Stamp{At: now, Origin: place}, name, func(c *cluster) {
			c.endpoint, c.authority = endpoint, authority
		})
	})
	return found
}

func notFound(name string) error {
	return &sim.Failure{Code: "ResourceNotFoundException", Message: "No cluster found for name: " + name + ".", Status: 404}
}
