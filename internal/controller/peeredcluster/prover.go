package peeredcluster

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/internal/proof"
	"github.com/crossvpc/crossvpc/internal/rollout"
)

// prover gathers what proves that instances are the cluster's: what its nodes claim,
// what those of other clusters claim, and what AWS says (N4).
type prover struct {
	claimants *claimants
	hub       client.Reader
	aws       awsAccess
}

// prove says of nodes why their instances are not proven to be theirs.
func (p prover) prove(ctx context.Context, s *subject, own proof.Claims, seen map[string]rollout.Instance, groups map[string]rollout.Group, placed map[string]proof.Placement) (map[string]proof.Refusal, error) {
	others, err := p.claimants.besides(ctx, p.hub, s.Object)
	if err != nil {
		return nil, err
	}
	facts := proof.AWS{Placed: placed, Instances: make(map[string]proof.Instance, len(seen)), Groups: make(map[string]proof.Group, len(groups))}
	for id, instance := range seen {
		facts.Instances[id] = proof.Instance{ID: id, Zone: instance.Zone, Group: instance.Group}
	}
	for name, group := range groups {
		vpcs, err := p.vpcsOf(ctx, s, group.Subnets)
		if err != nil {
			return nil, err
		}
		facts.Groups[name] = proof.Group{Name: name, VPCs: vpcs, Tags: group.Tags}
	}
	return proof.Nodes(own, others, facts), nil
}

// withoutForeign leaves out groups of other clusters, which use up no budget here.
func (p prover) withoutForeign(ctx context.Context, s *subject, groups map[string]rollout.Group) (map[string]rollout.Group, error) {
	own, left := claimant(s.Object), make(map[string]rollout.Group, len(groups))
	for name, group := range groups {
		vpcs, err := p.vpcsOf(ctx, s, group.Subnets)
		if err != nil {
			return nil, err
		}
		if !own.Contradicts(proof.Group{Name: name, VPCs: vpcs, Tags: group.Tags}) {
			left[name] = group
		}
	}
	return left, nil
}

// vpcsOf are the VPCs of subnets, each once; empty for those that EC2 does not show.
func (p prover) vpcsOf(ctx context.Context, s *subject, subnets []string) ([]string, error) {
	known, err := s.memory.subnets.read(subnets, func(unknown []string) (map[string]string, error) {
		return p.aws.subnetVPCs(ctx, s, unknown)
	})
	if err != nil {
		return nil, err
	}
	vpcs := make([]string, 0, len(subnets))
	for _, id := range subnets {
		vpcs = append(vpcs, known[id])
	}
	slices.Sort(vpcs)
	return slices.Compact(vpcs), nil
}

// Unproven implements driver.Prover with what the nodes said when the steps were planned.
func (n *nodeRollout) Unproven(ctx context.Context, node string, instance rollout.Instance, group rollout.Group) (string, error) {
	names := func(claim proof.Claim) bool { return claim.Node == node && claim.InstanceID == instance.ID }
	if !slices.ContainsFunc(n.claims.Nodes, names) {
		return fmt.Sprintf("node %s does not name it", node), nil
	}
	refused, err := n.prover.prove(ctx, n.subject, n.claims,
		map[string]rollout.Instance{instance.ID: instance}, map[string]rollout.Group{instance.Group: group}, nil)
	return refused[node].Message, err
}

// subnetVPCs remembers the VPCs of subnets: a subnet never moves.
type subnetVPCs struct {
	mutex sync.Mutex
	known map[string]string
}

// read asks only for those that are not known.
func (v *subnetVPCs) read(ids []string, ask func([]string) (map[string]string, error)) (map[string]string, error) {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	unknown := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return v.known[id] != "" })
	if len(unknown) > 0 {
		found, err := ask(unknown)
		if err != nil {
			return nil, err
		}
		if v.known == nil {
			v.known = map[string]string{}
		}
		maps.Copy(v.known, found)
	}
	of := make(map[string]string, len(ids))
	for _, id := range ids {
		of[id] = v.known[id]
	}
	return of, nil
}
