package ekstoken

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

const (
	// Prefix marks a token of this format.
	Prefix = "k8s-aws-v1."
	// clusterHeader binds a token to one cluster: it is signed, and the cluster adds
	// its own name when it asks STS.
	clusterHeader = "x-k8s-aws-id"
	// expires is what every client of EKS writes; STS does not look at it.
	expires = "60"
	// Life is how long STS takes a signed request.
	// https://github.com/kubernetes-sigs/aws-iam-authenticator/blob/v0.7.10/pkg/token/token.go (presignedURLExpiration)
	Life = 15 * time.Minute
	// nothing is the SHA-256 of an empty body.
	nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
)

// sign makes a token at a moment. The host is the region's own STS, whatever endpoint
// the environment sets for calls: a cluster takes a token for no other.
func sign(ctx context.Context, credentials aws.Credentials, region, cluster string, at time.Time) (string, error) {
	endpoint, err := sts.NewDefaultEndpointResolverV2().ResolveEndpoint(ctx, sts.EndpointParameters{Region: aws.String(region)}.WithDefaults())
	if err != nil {
		return "", fmt.Errorf("finding the STS endpoint of region %s: %w", region, err)
	}
	address := endpoint.URI
	address.Path = "/"
	address.RawQuery = url.Values{"Action": {"GetCallerIdentity"}, "Version": {"2011-06-15"}, "X-Amz-Expires": {expires}}.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return "", fmt.Errorf("making a request to STS: %w", err)
	}
	request.Header.Set(clusterHeader, cluster)
	signed, _, err := v4.NewSigner().PresignHTTP(ctx, credentials, request, nothing, "sts", region, at.UTC())
	if err != nil {
		return "", fmt.Errorf("signing a request to STS: %w", err)
	}
	return Prefix + base64.RawURLEncoding.EncodeToString([]byte(signed)), nil
}
