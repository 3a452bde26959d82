package conformance

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// openAWS describes the real AWS, with the credentials that the AWS CLI would use (AWS_PROFILE, …). There is one account, so
// that only the open questions are asked: each check of the suite wants accounts of its own.
func openAWS(t *testing.T) (*Target, func()) {
	t.Helper()
	settings, err := config.LoadDefaultConfig(t.Context(), config.WithRegion(here))
	if err != nil {
		t.Fatal(err)
	}
	target := newTarget("aws", aws.ToString(settings.BaseEndpoint))
	caller, err := sts.NewFromConfig(settings).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	if err != nil {
		t.Fatalf("who is asking can't be found out: %v", err)
	}
	target.only = aws.ToString(caller.Account)
	target.credentialsFor = func(ctx context.Context, _ string) (aws.Credentials, error) {
		return settings.Credentials.Retrieve(ctx)
	}
	target.pause, target.patience = func() { <-time.After(time.Second) }, 120
	t.Logf("asking as %s", aws.ToString(caller.Arn))
	return target, func() {}
}
