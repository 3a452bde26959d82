package vpcpeering

import (
	"context"
	"fmt"
	"strings"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// inOtherAccount asks STS whom an actor's credentials belong to, and says so where they
// lead to another account than the one things were made in: nothing of ours is
// visible there, and that must not count as removed. It does not ask whether an identity is
// Ready: one of another account is not while it is in use, and it is in use until this
// deletion is over.
func (p *reconciliation) inOtherAccount(ctx context.Context, by actor) (string, error) {
	identity := *p.credentials(by)
	since := p.start
	if identity.RoleARN != "" { // which names the account; ambient credentials may be anybody's tomorrow
		since = p.start.Truncate(p.Sweep)
	}
	account, err := p.Cloud.CallerAccount(ctx, identity, since)
	if err != nil || account == by.Account {
		return "", err
	}
	return fmt.Sprintf("AWSIdentity %s now belongs to account %s, but the resources to remove are in account %s (%s, %s).",
		by.Identity, account, by.Account, by.Role, by.VPC), nil
}

func nonEmpty(texts []string) []string {
	var found []string
	for _, text := range texts {
		if text != "" {
			found = append(found, text)
		}
	}
	return found
}

// otherAccounts says what to do about identities that lead elsewhere.
func (p *reconciliation) otherAccounts(others []string) verdict.Verdict {
	return p.stalled(v1alpha1.ReasonCleanupBlocked, fmt.Sprintf("Cannot remove what was made in AWS. %s %s %s",
		strings.Join(others, " "), stillToDo(p.recorded()), p.orAbandon("Give the identity credentials of that account again")))
}
