package object

import (
	"context"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// Reaching gives the credentials that a cluster is reached with; refused says why nobody
// reaches it with them. That takes less than to act on AWS: while an identity that was
// in order (its account is known) is checked again, or AWS does not answer, its tokens
// still work, and without them nothing could be withdrawn from the cluster.
func (i Identities) Reaching(ctx context.Context, cluster *v1alpha1.PeeredCluster) (credentials aws.Identity, refused *verdict.Verdict, err error) {
	user := "PeeredCluster " + cluster.Name
	found, refusal, err := i.Find(ctx, IdentityName(cluster.Spec.IdentityRef), user)
	if err != nil {
		return aws.Identity{}, nil, err
	}
	if refusal == nil {
		refusal = Checked(found, user)
		if refusal == nil || refusal.Progress == verdict.Wait && found.Status.AccountID != "" {
			return Credentials(found), nil, nil
		}
	}
	return aws.Identity{}, new(refusal.InFull()), nil
}

// InFull is the verdict with its detail, for who owns clusters: they see identities, too.
func (r *Refusal) InFull() verdict.Verdict {
	told := r.Verdict
	if r.Detail != "" {
		told.Message += " " + r.Detail
	}
	return told
}
