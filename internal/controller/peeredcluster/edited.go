package peeredcluster

import (
	"context"
	"net/netip"

	"github.com/crossvpc/crossvpc/internal/cilium"
)

// mend puts right what somebody edited in an object of ours, before anything is
// decided: an edited value would pass for one that is live and is never narrowed
// (C2). Whom it reaches is read as it is; the rollout corrects that.
func (p *pass) mend(ctx context.Context) error {
	var revisions []cilium.Revision
	edited := false
	for _, config := range p.observed.Install.Objects.NodeConfigs {
		ownership := p.owner().Classify(config)
		if !ownership.Ours() {
			continue
		}
		revision, err := cilium.ReadRevision(config)
		written := p.recorded(config.Metadata.Labels[cilium.LabelRevision])
		if ownership == cilium.OwnershipEdited && written.IsValid() {
			edited = edited || err != nil || revision.CIDR != written
			revision.CIDR = written
			if err != nil {
				revision.Selection = p.nobody()
			}
		} else if err != nil {
			continue
		}
		revisions = append(revisions, revision)
	}
	if !edited {
		return nil
	}
	if len(p.ciliumStatus().History) > 0 {
		p.noteLoss() // agents that were made meanwhile read what somebody wrote
	}
	if err := p.writeRevisions(ctx, revisions); err != nil {
		return err
	}
	return p.observed.RereadNodeConfigs(ctx, p.connection.Live)
}

// recorded is the value of a revision as status has it.
func (p *pass) recorded(revision string) netip.Prefix {
	status := p.ciliumStatus()
	values := []string{status.DesiredCIDR}
	for _, period := range status.History {
		values = append(values, period.CIDR)
	}
	for _, value := range prefixes(values) {
		if revision != "" && cilium.RevisionOf(value) == revision {
			return value
		}
	}
	return netip.Prefix{}
}

// nobody holds every node back; the rollout then lets those go that run the value.
func (p *pass) nobody() cilium.Selection {
	selection := cilium.Selection{Mode: cilium.SelectAllBut}
	for _, node := range p.observed.Install.Nodes {
		selection.Hostnames = append(selection.Hostnames, node.Labels["kubernetes.io/hostname"])
	}
	return selection
}
