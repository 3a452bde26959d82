package peering

import (
	"cmp"
	"fmt"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/message"
)

// Allowed is what an AWSIdentity lets be changed in the VPCs that it is good for. The zero value
// lets everything be changed.
type Allowed struct {
	// Identity is the name of the AWSIdentity, GroupsIdentity that of the one that acts on
	// security groups in a shared VPC; empty: the same one.
	Identity, GroupsIdentity string
	// GroupTags and TableTags are what a group or table must carry, all of them.
	GroupTags, TableTags map[string]v1alpha1.TagValue
}

func (a Allowed) group(group SecurityGroup) bool { return hasTags(group.Tags, a.GroupTags) }
func (a Allowed) table(table RouteTable) bool    { return hasTags(table.Tags, a.TableTags) }

// checkAllowed reports, before the first write, what is selected and may not be changed. What somebody
// else fills (None) may be selected.
func checkAllowed(request Request, snapshot Snapshot, role Role) []Finding {
	if snapshot.At(role).VPC == nil {
		return nil
	}
	var findings []Finding
	allowed, spec := *request.Allowed.At(role), request.side(role)
	if spec.SecurityGroups.Groups != v1alpha1.SelectNone {
		var refused []string
		for _, group := range SelectGroups(request, snapshot, role).Items {
			if !allowed.group(group) {
				refused = append(refused, group.ID+" ("+group.Name+")")
			}
		}
		findings = append(findings, notAllowed(cmp.Or(allowed.GroupsIdentity, allowed.Identity), v1alpha1.ReasonSecurityGroupNotAllowed, "security group", "securityGroups", "allowedSecurityGroupTags", role, refused, allowed.GroupTags)...)
	}
	if spec.Routes.Tables != v1alpha1.SelectNone {
		var refused []string
		for _, table := range SelectTables(request, snapshot, role).Items {
			if !allowed.table(table) {
				refused = append(refused, table.ID)
			}
		}
		findings = append(findings, notAllowed(allowed.Identity, v1alpha1.ReasonRouteTableNotAllowed, "route table", "routes", "allowedRouteTableTags", role, refused, allowed.TableTags)...)
	}
	return findings
}

func notAllowed(identity, reason, noun, field, rule string, role Role, refused []string, tags map[string]v1alpha1.TagValue) []Finding {
	if len(refused) == 0 {
		return nil
	}
	return []Finding{{reason, fmt.Sprintf(
		"AWSIdentity %s (%s) lets only %s be changed that carry %s (spec.%s), and %s %s. Select others in spec.%s.%s, or let their owner tag them.",
		identity, role, message.Plural(2, noun), tagText(tags), rule, message.List(refused), message.Verb(len(refused), "does not", "do not"), role, field)}}
}
