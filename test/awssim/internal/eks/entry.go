package eks

import (
	"regexp"
	"strings"
	"time"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
)

// entryType is the kind of access entries in a Timing.
const entryType = "eks-access-entry"

// The authentication modes of a cluster; one made by the API takes the first unless it asks for another
// (docs.aws.amazon.com/eks/latest/APIReference/API_CreateAccessConfigRequest.html).
const (
	configMapMode = "CONFIG_MAP"
	apiMode       = "API"
	bothModes     = "API_AND_CONFIG_MAP"
)

// entry is an access entry in store.
type entry struct {
	cluster   string
	principal string
	arn       string
	groups    []string
	username  string
	created   time.Time
	modified  time.Time
	tags      map[string]string
}

// principals are IAM users and roles, not sessions.
var principals = regexp.MustCompile(`^arn:aws[a-z-]*:iam::([0-9]{12}):(role|user)/([\w+=,.@/-]+)$`)

// reservedGroups are beginnings that no group of an entry may have
// (docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html).
var reservedGroups = []string{"system:", "eks:", "aws:", "amazon:", "iam:"}

func newEntry(c *sim.Call, cluster, principal string) entry {
	parts := principals.FindStringSubmatch(principal)
	account, kind, name := parts[1], parts[2], parts[3][strings.LastIndexByte(parts[3], '/')+1:]
	made := entry{
		cluster: cluster, principal: principal, username: principal, created: c.Now, modified: c.Now,
		arn: c.ARN("eks", strings.Join([]string{"access-entry", cluster, kind, account, name, c.NewUUID("access-entry")}, "/")),
	}
	if kind == "role" {
		made.username = sim.Place{Account: account, Region: c.Region}.GlobalARN("sts", "assumed-role/"+name+"/{{SessionName}}")
	}
	return made
}

func checkGroups(groups []string) error {
	for _, group := range groups {
		for _, beginning := range reservedGroups {
			if strings.HasPrefix(group, beginning) {
				return invalid("The kubernetes group name %s is invalid, it cannot start with %s", group, beginning)
			}
		}
	}
	return nil
}

// entriesAt is what the place has, by cluster and principal.
func (s *Service) entriesAt(place sim.Place) *sim.Table[entry] {
	if s.entries[place] == nil {
		s.entries[place] = &sim.Table[entry]{}
	}
	return s.entries[place]
}

func entryKey(cluster, principal string) string { return cluster + " " + principal }

// entriesOf are all of a cluster, for people and laboratories to read.
func (s *Service) entriesOf(place sim.Place, cluster string) []entryAnswer {
	all := []entryAnswer{}
	for _, e := range s.entriesAt(place).All() {
		if e.cluster == cluster {
			all = append(all, entryAnswerFor(e))
		}
	}
	return all
}

func (s *Service) dropEntries(c *sim.Call, cluster string) {
	for key, e := range s.entriesAt(c.Place).All() {
		if e.cluster == cluster {
			s.entriesAt(c.Place).Delete(c.Stamp(), key)
		}
	}
}

// bootstrap makes the entry of the cluster's creator.
func (s *Service) bootstrap(c *sim.Call, made cluster, config accessConfigRequest) {
	principal := c.Principal.RoleARN
	if principal == "" {
		principal = c.Principal.ARN
	}
	if made.mode == configMapMode || config.BootstrapAdmin != nil && !*config.BootstrapAdmin || !principals.MatchString(principal) {
		return
	}
	s.entriesAt(c.Place).Put(c.Stamp(), entryKey(made.name, principal), newEntry(c, made.name, principal))
}

// AccessEntry is what a cluster knows about a principal, for laboratories that let a real API server stand behind it.
type AccessEntry struct {
	PrincipalARN string
	// Username may hold {{SessionName}}.
	Username string
	Groups   []string
}

// AccessEntries are those of a cluster, in the order of their principals.
func (s *Service) AccessEntries(place sim.Place, cluster string) []AccessEntry {
	var all []AccessEntry
	s.world.Do(func(time.Time) {
		for _, e := range s.entriesOf(place, cluster) {
			all = append(all, AccessEntry{PrincipalARN: e.PrincipalArn, Username: e.Username, Groups: e.KubernetesGroups})
		}
	})
	return all
}
