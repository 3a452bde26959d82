package firstrun

import (
	"context"
	"encoding/json"
	"fmt"
)

// group is whom config/cluster gives crossvpc's rights to.
const group = "crossvpc"

// letIn makes the access entry of crossvpc's role in the other cluster.
func (r *run) letIn() step {
	role := r.other.role(r.other.seen.account)
	flags := fmt.Sprintf(" --region %s --cluster-name %s --principal-arn %s", r.other.Region, r.other.Cluster, role)
	return step{
		id: "entry", title: "The access entry of crossvpc's role in cluster " + r.other.Cluster,
		why: "It lets the role in as a member of the group crossvpc, and gives no other right. No secret is made: crossvpc signs a token for 15 minutes.",
		there: func(ctx context.Context) (bool, error) {
			entry, err := r.other.eks().AccessEntry(ctx, role)
			return entry.Exists, err
		},
		do: []command{{shown: "aws eks create-access-entry" + flags + " --kubernetes-groups " + group, do: func(ctx context.Context) error {
			return r.other.eks().LetIn(ctx, role, group)
		}}},
		undo: func(json.RawMessage) []command {
			return []command{{shown: "aws eks delete-access-entry" + flags, do: func(ctx context.Context) error {
				return r.other.eks().ShutOut(ctx, role)
			}}}
		},
		undone: "aws eks delete-access-entry; the cluster refuses crossvpc within a minute.",
	}
}
