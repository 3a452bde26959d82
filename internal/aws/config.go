package aws

import (
	"cmp"
	"context"
	"fmt"
	"net/http"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/smithy-go/middleware"

	"github.com/crossvpc/crossvpc/internal/version"
)

// operatorName names the operator's own identity in sessions and errors.
const operatorName = "operator"

const (
	// attempts bounds the tries of one call; longer waits are the workqueue's.
	attempts = 3
	// idleConnections to one endpoint; the SDK's 10 makes a busy region reconnect.
	idleConnections = 64
)

// LoadConfig reads the environment and shared files as every AWS SDK does:
// AWS_REGION (optional), AWS_ENDPOINT_URL[_<SERVICE>], AWS_CA_BUNDLE,
// AWS_MAX_ATTEMPTS (else 3), web identity, EKS Pod Identity, profiles. It asks nobody over the
// network; credentials are fetched by the first call. A session of the operator's own role by web identity names the
// installation, unless AWS_ROLE_SESSION_NAME gives it a name; that of EKS Pod Identity is named by EKS.
func LoadConfig(ctx context.Context, installation string) (awssdk.Config, error) {
	return load(ctx, config.WithWebIdentityRoleCredentialOptions(nameSession(installation)))
}

// LoadProfile reads the same for a person; with an empty profile, or region, whatever the environment says.
func LoadProfile(ctx context.Context, profile, region string) (awssdk.Config, error) {
	options := []func(*config.LoadOptions) error{config.WithRegion(region)}
	if profile != "" {
		options = append(options, config.WithSharedConfigProfile(profile))
	}
	return load(ctx, options...)
}

func load(ctx context.Context, options ...func(*config.LoadOptions) error) (awssdk.Config, error) {
	client := awshttp.NewBuildableClient().WithTransportOptions(func(transport *http.Transport) {
		transport.MaxIdleConnsPerHost = idleConnections
	})
	cfg, err := config.LoadDefaultConfig(ctx, append(options,
		config.WithHTTPClient(client),
		config.WithAPIOptions([]func(*middleware.Stack) error{
			awsmiddleware.AddUserAgentKeyValue("crossvpc", version.String()),
		}))...)
	if err != nil {
		return awssdk.Config{}, fmt.Errorf("loading the AWS configuration: %w", err)
	}
	if cfg.RetryMaxAttempts == 0 {
		cfg.RetryMaxAttempts = attempts
	}
	cfg.HTTPClient = withWholeAnswers(cfg.HTTPClient)
	return cfg, nil
}

// nameSession names a session by web identity. The SDK fills in AWS_ROLE_SESSION_NAME before.
func nameSession(installation string) func(*stscreds.WebIdentityRoleOptions) {
	return func(o *stscreds.WebIdentityRoleOptions) {
		o.RoleSessionName = cmp.Or(o.RoleSessionName, Identity{Name: operatorName}.sessionName(installation))
	}
}
