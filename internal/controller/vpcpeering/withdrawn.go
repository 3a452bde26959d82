package vpcpeering

import (
	"fmt"
	"strings"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/controller/object"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/peering"
)

// withdrawn adds to a refusal what stays in AWS of an object that was admitted before, and who may
// remove it.
func (p *reconciliation) withdrawn(refused refusal, identity *v1alpha1.AWSIdentity) refusal {
	made := p.made()
	if made == "" {
		return refused
	}
	who := "Whoever deletes this VPCPeering removes it."
	if identity != nil && !object.WasEverAdmitted(identity, p.object.UID) {
		who = "Deleting this VPCPeering removes nothing, because the AWSIdentity's status does not say that it once admitted it."
	}
	refused.Message += fmt.Sprintf(" What was made stays in AWS and is not repaired: %s. %s The owners of the accounts find it by the tag %s=%s.",
		made, who, v1alpha1.TagOwner, aws.Owner(p.InstallationID, p.object.Namespace, p.object.Name))
	return refused
}

// made counts what status says was made; empty: nothing was.
func (p *reconciliation) made() string {
	routes, rules := 0, 0
	for _, role := range peering.Roles() {
		for _, entry := range p.sideInventory(role).Routes {
			routes += len(entry.Destinations)
		}
		rules += len(p.sideInventory(role).SecurityGroupRules)
	}
	var parts []string
	if id := p.object.Status.PeeringConnectionID; id != "" && !p.object.Status.Adopted {
		parts = append(parts, "connection "+id)
	}
	if routes > 0 {
		parts = append(parts, message.Count(routes, "route"))
	}
	if rules > 0 {
		parts = append(parts, message.Count(rules, "group rule"))
	}
	return strings.Join(parts, ", ")
}
