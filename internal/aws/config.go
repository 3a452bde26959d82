package aws

import (
	"context"
	"fmt"
	"net/http"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go/middleware"

	"github.com/crossvpc/crossvpc/internal/version"
)

const (
	// attempts bounds the tries of one call; longer waits are the workqueue's.
	attempts = 3
	// idleConnections to one endpoint; the SDK's 10 makes a busy region reconnect.
	idleConnections = 64
)

// LoadConfig reads the environment and shared files as every AWS SDK does:
// AWS_REGION (optional), AWS_ENDPOINT_URL[_<SERVICE>], AWS_CA_BUNDLE,
// AWS_MAX_ATTEMPTS (else 3), web identity, EKS Pod Identity, profiles. It asks nobody over the
// network; credentials are fetched by the first call.
func LoadConfig(ctx context.Context) (awssdk.Config, error) {
	client := awshttp.NewBuildableClient().WithTransportOptions(func(transport *http.Transport) {
		transport.MaxIdleConnsPerHost = idleConnections
	})
	cfg, err := config.LoadDefaultConfig(ctx,
		config.WithHTTPClient(client),
		config.WithAPIOptions([]func(*middleware.Stack) error{
			awsmiddleware.AddUserAgentKeyValue("crossvpc", version.String()),
		}))
	if err != nil {
		return awssdk.Config{}, fmt.Errorf("loading the AWS configuration: %w", err)
	}
	if cfg.RetryMaxAttempts == 0 {
		cfg.RetryMaxAttempts = attempts
	}
	cfg.HTTPClient = withWholeAnswers(cfg.HTTPClient)
	return cfg, nil
}
