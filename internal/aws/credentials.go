package aws

import (
	"context"
	"errors"
	"fmt"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
)

// CredentialsError says that there are no credentials to make a call with. The
// call itself was not made.
type CredentialsError struct {
	Identity Identity
	Err      error
}

// Error implements error.
func (e *CredentialsError) Error() string {
	if e.Identity.RoleARN == "" {
		return fmt.Sprintf("finding the operator's own AWS credentials: %v", e.Err)
	}
	return fmt.Sprintf("assuming %s: %v", e.Identity.RoleARN, e.Err)
}

// Unwrap gives what STS or the provider said.
func (e *CredentialsError) Unwrap() error { return e.Err }

var errNoProvider = errors.New("no credentials are configured")

// credentials are the cached credentials of one identity.
type credentials struct {
	identity Identity
	cache    *awssdk.CredentialsCache
}

func ambientCredentials(id Identity, provider awssdk.CredentialsProvider) credentials {
	if provider == nil {
		return credentials{identity: id}
	}
	if cache, ok := provider.(*awssdk.CredentialsCache); ok {
		return credentials{identity: id, cache: cache}
	}
	return credentials{identity: id, cache: awssdk.NewCredentialsCache(provider)}
}

func roleCredentials(id Identity, installation string, client stscreds.AssumeRoleAPIClient) credentials {
	provider := stscreds.NewAssumeRoleProvider(client, id.RoleARN, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName = id.sessionName(installation)
		if id.ExternalID != "" {
			o.ExternalID = awssdk.String(id.ExternalID)
		}
	})
	return credentials{identity: id, cache: awssdk.NewCredentialsCache(provider, func(o *awssdk.CredentialsCacheOptions) {
		o.ExpiryWindow = renewBefore
	})}
}

// Retrieve implements awssdk.CredentialsProvider.
func (c credentials) Retrieve(ctx context.Context) (awssdk.Credentials, error) {
	if c.cache == nil {
		return awssdk.Credentials{}, &CredentialsError{Identity: c.identity, Err: errNoProvider}
	}
	found, err := c.cache.Retrieve(ctx)
	if err != nil {
		return awssdk.Credentials{}, &CredentialsError{Identity: c.identity, Err: err}
	}
	return found, nil
}

// invalidate makes the next call fetch new ones.
func (c credentials) invalidate() {
	if c.cache != nil {
		c.cache.Invalidate()
	}
}
