package peering

import (
	"fmt"
	"slices"
	"strings"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// controllerTags are on what AWS Controllers for Kubernetes manage, also as a capability
// of EKS (ACK documentation, "Tags"; EKS user guide, "ACK capability"). ACK's kinds
// RouteTable and SecurityGroup own whole tables and groups, and remove what they do not
// know: what crossvpc adds there would come and go.
var controllerTags = []string{"services.k8s.aws/controller-version", "services.k8s.aws/namespace", "eks:eks-capability-arn"}

// controllerTag is the tag by which a controller is known to manage the thing; empty: none.
func controllerTag(tags map[string]string) string {
	for _, key := range controllerTags {
		if value, ok := tags[key]; ok {
			return key + "=" + value
		}
	}
	return ""
}

// withoutManaged leaves out what another controller manages and where nothing of ours is
// yet, and finds it, unless the spec acknowledges it. What is in use stays in use.
func withoutManaged[T any](selection Selection[T], policy v1alpha1.ManagedPolicy, field string, inUse func(T) bool, describe func(T) (id string, tags map[string]string)) Selection[T] {
	if policy == v1alpha1.ManagedAcknowledge {
		return selection
	}
	var managed []string
	selection.Items = slices.DeleteFunc(slices.Clone(selection.Items), func(item T) bool {
		id, tags := describe(item)
		tag := controllerTag(tags)
		if tag == "" || inUse(item) {
			return false
		}
		managed = append(managed, fmt.Sprintf("%s (%s)", id, tag))
		return true
	})
	if len(managed) > 0 {
		selection.Findings = append(selection.Findings, Finding{v1alpha1.ReasonManagedElsewhere, fmt.Sprintf(
			"spec.%s: ACK manages %s by its tags, and its controller removes what it does not know. Add what crossvpc needs to its object and select others here, or set spec.%s.managedElsewhere to Acknowledge.",
			field, strings.Join(managed, ", "), field)})
	}
	return selection
}

// unmanagedTables leaves out tables that are managed elsewhere.
func unmanagedTables(request Request, snapshot Snapshot, role Role, selection Selection[RouteTable]) Selection[RouteTable] {
	if request.side(role).Routes.Tables == v1alpha1.SelectNone {
		return selection // somebody else makes the routes anyway
	}
	recorded, lost := request.inventory(role).Routes, request.lostStatus(snapshot)
	inUse := func(table RouteTable) bool {
		return lost || slices.ContainsFunc(recorded, func(entry v1alpha1.InventoryRoutes) bool { return entry.RouteTableID == table.ID })
	}
	return withoutManaged(selection, request.side(role).Routes.ManagedElsewhere, string(role)+".routes", inUse, func(table RouteTable) (string, map[string]string) { return table.ID, table.Tags })
}

// unmanagedGroups leaves out groups that are managed elsewhere.
func unmanagedGroups(request Request, snapshot Snapshot, role Role, selection Selection[SecurityGroup]) Selection[SecurityGroup] {
	if request.side(role).SecurityGroups.Groups == v1alpha1.SelectNone {
		return selection
	}
	recorded, lost := request.inventory(role).SecurityGroupRules, request.lostStatus(snapshot)
	inUse := func(group SecurityGroup) bool {
		return lost || slices.ContainsFunc(recorded, func(entry v1alpha1.InventoryRule) bool { return entry.SecurityGroupID == group.ID })
	}
	return withoutManaged(selection, request.side(role).SecurityGroups.ManagedElsewhere, string(role)+".securityGroups", inUse, func(group SecurityGroup) (string, map[string]string) { return group.ID, group.Tags })
}

// lostStatus holds for an object without a record whose connection is there: something
// was made before, and nobody knows where.
func (r Request) lostStatus(snapshot Snapshot) bool {
	return r.Inventory == nil && FindConnection(r, snapshot).Ours
}
