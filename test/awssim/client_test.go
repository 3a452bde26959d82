package awssim_test

import (
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/smithy-go"
	testingclock "k8s.io/utils/clock/testing"

	"github.com/crossvpc/crossvpc/test/awssim"
)

const (
	accountA = "111111111111"
	accountB = "222222222222"
	regionA  = "eu-west-1"
	regionB  = "us-east-1"
)

// start serves a Cloud with a clock that stands still, over a real socket.
func start(t *testing.T, timing awssim.Timing) (*awssim.Cloud, string) {
	t.Helper()
	clock := testingclock.NewFakePassiveClock(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	cloud := awssim.New(awssim.Options{Clock: clock, Timing: timing})
	url, err := cloud.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return cloud, url
}

// plainBody hides the request body's WriteTo, without which the SDK closes it early and loses answers
// of a fast server (aws-sdk-go-v2#1825, #2737).
type plainBody struct{ next http.RoundTripper }

func (p plainBody) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		r = r.Clone(r.Context())
		r.Body = struct{ io.ReadCloser }{r.Body}
	}
	return p.next.RoundTrip(r)
}

// configFor is a configuration of the SDK for an account and a region.
func configFor(url, account, region string) aws.Config {
	return aws.Config{
		BaseEndpoint: aws.String(url), Region: region, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(account, "any", ""),
		HTTPClient:  &http.Client{Transport: plainBody{http.DefaultTransport}},
	}
}

func ec2For(url, account, region string) *ec2.Client {
	return ec2.NewFromConfig(configFor(url, account, region))
}

// wantCode checks that the error is AWS's error of that code.
func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	if failure, ok := errors.AsType[smithy.APIError](err); !ok || failure.ErrorCode() != code {
		t.Errorf("got error %v, want code %s", err, code)
	}
}

// must is for calls that have to work.
func must[T any](t *testing.T) func(out T, err error) T {
	return func(out T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}
