package peering

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cidr"
)

// An item is one thing that a plan writes: one route, one rule, one tagged view. It is said so that it
// stays the same while the plan is carried out: our own connection has no id before it is requested, and
// a call for ten rules of which AWS took seven is followed by one for three. Items are what an approval
// is about, and status keeps their digests: to change how one is said makes every approved plan outdated.

// ownConnection stands for the connection that is crossvpc's, whatever its id.
const ownConnection = "own"

// of names a connection in an item.
func of(id, own string) string {
	if id == "" || id == own {
		return ownConnection
	}
	return id
}

func withTags(tags map[string]string) string {
	pairs := make([]string, 0, len(tags))
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		pairs = append(pairs, key+"="+tags[key])
	}
	return fmt.Sprintf("tags=%q", pairs)
}

func (s Side) item() string {
	return strings.Join([]string{s.Account, s.Region, s.VPC}, "/")
}

// items of a request are also its acceptance and the tags of both views: they follow from it.
func (a CreateConnection) items(own string) []string {
	items := []string{fmt.Sprintf("request %s to %s %s", a.Sides.Requester.item(), a.Sides.Accepter.item(), withTags(a.Tags))}
	items = append(items, AcceptConnection{Side: a.Sides.Accepter}.items(own)...)
	for _, role := range Roles() {
		items = append(items, TagConnection{On: role, Tags: a.Tags}.items(own)...)
	}
	return items
}

func (a AcceptConnection) items(own string) []string {
	return []string{fmt.Sprintf("accept %s %s", of(a.ID, own), a.Side.item())}
}

func (a TagConnection) items(own string) []string {
	return []string{fmt.Sprintf("tag %s %s %s", a.On, of(a.ID, own), withTags(a.Tags))}
}

func (a DeleteConnection) items(string) []string { return []string{"delete " + a.ID} }

func (a AuthorizeRules) items(string) []string {
	verb := "admit"
	if a.Egress {
		verb = "let out"
	}
	return each(a.Rules, func(rule Ingress) string {
		return fmt.Sprintf("%s %s %s %s %s %d %d %s", verb, a.On, a.GroupID, rule.Source, rule.Protocol, rule.FromPort, rule.ToPort, withTags(a.Tags))
	})
}

func (a RevokeRules) items(string) []string {
	return each(a.RuleIDs, func(id string) string { return fmt.Sprintf("revoke %s %s %s", a.On, a.GroupID, id) })
}

func (a HandOverRules) items(string) []string {
	return each(a.RuleIDs, func(id string) string { return fmt.Sprintf("hand over %s %s %s", a.On, id, withTags(a.To.Tags)) })
}

func (a CreateRoute) items(own string) []string {
	return []string{fmt.Sprintf("route %s %s %s to %s", a.On, a.RouteTableID, a.Destination, of(a.ConnectionID, own))}
}

func (a ReplaceRoute) items(own string) []string {
	return []string{fmt.Sprintf("route %s %s %s to %s instead of %s", a.On, a.RouteTableID, a.Destination, of(a.ConnectionID, own), a.Was)}
}

func (a DeleteRoute) items(string) []string {
	return []string{fmt.Sprintf("remove route %s %s %s", a.On, a.RouteTableID, a.Destination)}
}

func (a SetDNSResolution) items(own string) []string {
	return []string{fmt.Sprintf("dns %s %t %s", a.On, a.Enabled, of(a.ConnectionID, own))}
}

func (a TagRules) items(string) []string {
	return each(a.RuleIDs, func(id string) string { return fmt.Sprintf("tag %s %s %s", a.On, id, withTags(a.Tags)) })
}

func (a Untag) items(own string) []string {
	return each(a.IDs, func(id string) string { return fmt.Sprintf("untag %s %s %q", a.On, of(id, own), a.Keys) })
}

func (a AdoptConnection) items(string) []string {
	return []string{fmt.Sprintf("adopt %s %s %s", a.On, a.ID, withTags(a.Tags))}
}

func (a AdoptRules) items(string) []string {
	return each(a.RuleIDs, func(id string) string { return fmt.Sprintf("adopt %s %s %s", a.On, id, withTags(a.Tags)) })
}

func (a adoptedRoute) items(string) []string {
	return []string{fmt.Sprintf("adopt %s %s %s", a.on, a.key.Table, a.key.Destination)}
}

// items of Disown are of a deletion, which needs no approval.
func (a Disown) items(string) []string { return []string{a.String()} }

func each[T any](list []T, item func(T) string) []string {
	items := make([]string, 0, len(list))
	for _, one := range list {
		items = append(items, item(one))
	}
	return items
}

// Coverage is what a cluster says it covers for this peering.
type Coverage struct {
	Cluster string
	Blocks  []string
}

// covering is that a cluster is asked for other blocks than it says it covers. Which value follows from it, and which
// nodes are renewed for it, is the PeeredCluster's, which has an approval of its own.
type covering struct {
	cluster string
	blocks  []string
}

func (c covering) items(string) []string {
	return []string{fmt.Sprintf("cover %s %q", c.cluster, c.blocks)}
}

// String says it as an action does.
func (c covering) String() string {
	return fmt.Sprintf("let pods of PeeredCluster %s reach %s with their own address", c.cluster, strings.Join(c.blocks, ", "))
}

func planCoverings(request Request, snapshot Snapshot) []covering {
	var asked []covering
	for _, role := range Roles() {
		wanted := cidr.Strings(cidr.Sort(request.Reached(snapshot, role)))
		slices.Sort(wanted)
		for _, cluster := range *request.Coverage.At(role) {
			if len(wanted) > 0 && !slices.Equal(slices.Sorted(slices.Values(cluster.Blocks)), wanted) {
				asked = append(asked, covering{cluster.Cluster, wanted})
			}
		}
	}
	return asked
}

// thing is whatever a plan does, in one line: a write to AWS, to the record in status, or what a cluster is asked for.
type thing interface {
	fmt.Stringer
	items(own string) []string
}

// things are all that the plan does, in order.
func (p Plan) things() []thing {
	var things []thing
	for _, route := range p.Adoption.routes() {
		things = append(things, route)
	}
	for _, action := range slices.Concat(p.Adoption.Actions, p.Actions()) {
		things = append(things, action)
	}
	for _, asked := range p.coverings {
		things = append(things, asked)
	}
	return things
}

// items are those of all things, sorted, each once.
func (p Plan) items() []string {
	var items []string
	for _, each := range p.things() {
		items = append(items, each.items(p.Connection.own())...)
	}
	slices.Sort(items)
	return slices.Compact(items)
}

// own is the connection's id where it is crossvpc's.
func (c ConnectionPlan) own() string {
	if c.Adopted {
		return ""
	}
	return c.ID
}

// hashLength is how many characters a hash has. It begins with a letter, so that no YAML takes it for a number.
const hashLength = 16

// Hash names the plan: two plans that write the same have the same, in whatever order, and whatever is said beside it.
func (p Plan) Hash() string { return "p" + digest(p.items())[:hashLength-1] }

// digest is of a list of texts.
func digest(texts []string) string {
	sum := sha256.New()
	for _, text := range texts {
		_, _ = fmt.Fprintln(sum, text)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// SpecDigest is of all in a spec that decides what is written to AWS and asked of clusters.
func SpecDigest(spec v1alpha1.VPCPeeringSpec) string {
	spec.Mode, spec.ApprovedPlan, spec.Paused, spec.Verification, spec.DeletionPolicy = "", "", false, nil, ""
	return digest([]string{encoded(spec)})[:hashLength]
}
