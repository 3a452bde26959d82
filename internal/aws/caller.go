package aws

import (
	"context"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
)

// CallerAccount asks STS which account the identity's credentials belong to. Limits are counted by that account from then on.
// It is content with an answer that was asked for at notBefore or later, by whomever: hundreds that are deleted together ask once.
func (c *Clients) CallerAccount(ctx context.Context, id Identity, notBefore time.Time) (string, error) {
	s := c.session(id)
	shared := keep(s, s.caller, "", func(awssdk.Config) *sharedRead[string] {
		return newSharedRead(c.clock, func(ctx context.Context, _ []string) (string, error) {
			account, _, err := c.Caller(ctx, id)
			return account, err
		}, func() []string { return nil })
	})
	account, _, err := shared.get(ctx, notBefore, nil)
	return account, err
}
