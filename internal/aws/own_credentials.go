package aws

import (
	"context"
	"fmt"
	"slices"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
)

// WithCredentials gives each identity, by its name, credentials in place of those of its role: a person looks at AWS with
// their own. Where it gives nil they are the ambient ones.
func WithCredentials(of func(identity string) awssdk.CredentialsProvider) Option {
	return func(clients *Clients) { clients.given = of }
}

// ReadOnly refuses, before it is sent, whatever is no read.
func ReadOnly() Option {
	return func(clients *Clients) {
		clients.cfg.APIOptions = append(slices.Clip(clients.cfg.APIOptions), func(stack *middleware.Stack) error {
			return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("CrossvpcReadOnly", refuseWrites), middleware.After)
		})
	}
}

// readings are how the names of operations begin that change nothing.
var readings = []string{"Describe", "Get", "List", "AssumeRole"}

func refuseWrites(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
	operation := awsmiddleware.GetOperationName(ctx)
	if !slices.ContainsFunc(readings, func(read string) bool { return strings.HasPrefix(operation, read) }) {
		return middleware.InitializeOutput{}, middleware.Metadata{}, fmt.Errorf("%s is no read, and nothing is written here", operation)
	}
	return next.HandleInitialize(ctx, in)
}

// WithProfiles gives identities the credentials of profiles of the shared files, by the identities' names; "" is for all
// others.
func WithProfiles(ctx context.Context, named map[string]string) (Option, error) {
	found := map[string]awssdk.CredentialsProvider{}
	for identity, profile := range named {
		own, err := profileCredentials(ctx, profile)
		if err != nil {
			return nil, err
		}
		found[identity] = own
	}
	return WithCredentials(func(identity string) awssdk.CredentialsProvider {
		if own := found[identity]; own != nil {
			return own
		}
		return found[""]
	}), nil
}

// AccountOfRole is the account in a role's ARN; empty: it is none.
func AccountOfRole(roleARN string) string { return Identity{RoleARN: roleARN}.account() }

func profileCredentials(ctx context.Context, profile string) (awssdk.CredentialsProvider, error) {
	cfg, err := LoadProfile(ctx, profile, "")
	if err != nil {
		return nil, fmt.Errorf("loading the AWS profile %s: %w", profile, err)
	}
	return cfg.Credentials, nil
}
