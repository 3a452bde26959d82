package metrics

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/crossvpc/crossvpc/internal/aws"
)

const throttled = `<Response><Errors><Error><Code>RequestLimitExceeded</Code><Message>slow down</Message></Error></Errors><RequestID>r</RequestID></Response>`

// endpoint answers each request as its answer says: a status and a body.
func endpoint(t *testing.T, status *int, body *string) (*httptest.Server, awssdk.Config) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(*status)
		_, _ = fmt.Fprint(w, *body)
	}))
	t.Cleanup(server.Close)
	return server, awssdk.Config{
		Region: "eu-west-1", BaseEndpoint: awssdk.String(server.URL), RetryMaxAttempts: 2,
		Credentials: credentials.NewStaticCredentialsProvider("AMBIENT", "secret", ""),
	}
}

func ask(t *testing.T, clients *aws.Clients) error {
	t.Helper()
	_, err := clients.Reader(aws.Identity{Name: "default"}, "eu-west-1").Side(t.Context(), aws.Query{Owner: "o", VPC: "vpc-1", Kinds: aws.VPCs})
	return err
}

func TestRequestsAreCountedByCode(t *testing.T) {
	status, body := http.StatusBadRequest, throttled
	server, cfg := endpoint(t, &status, &body)
	registry := prometheus.NewRegistry()
	requests := NewRequests(registry)
	clients := aws.NewClients(cfg, aws.WithObserver(requests))
	if verdict := aws.Classify(ask(t, clients)); !verdict.Throttled {
		t.Fatalf("verdict: %+v", verdict)
	}
	server.Close()
	if err := ask(t, clients); err == nil {
		t.Fatal("a closed server answered")
	}
	status, body = http.StatusOK, "<R/>"
	_, cfg = endpoint(t, &status, &body)
	clients = aws.NewClients(cfg, aws.WithObserver(requests))
	if err := ask(t, clients); err != nil {
		t.Fatal(err)
	}
	want := `
# HELP crossvpc_aws_requests_total Requests sent to AWS, retries included, by AWS's error code: OK, or NoAnswer where none came.
# TYPE crossvpc_aws_requests_total counter
crossvpc_aws_requests_total{account="ambient",code="NoAnswer",operation="DescribeVpcs",region="eu-west-1",service="EC2"} 2
crossvpc_aws_requests_total{account="ambient",code="OK",operation="DescribeVpcs",region="eu-west-1",service="EC2"} 1
crossvpc_aws_requests_total{account="ambient",code="RequestLimitExceeded",operation="DescribeVpcs",region="eu-west-1",service="EC2"} 2
# HELP crossvpc_aws_throttles_total Requests that AWS refused because there were too many.
# TYPE crossvpc_aws_throttles_total counter
crossvpc_aws_throttles_total{account="ambient",operation="DescribeVpcs",region="eu-west-1",service="EC2"} 2
`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want), "crossvpc_aws_requests_total", "crossvpc_aws_throttles_total"); err != nil {
		t.Error(err)
	}
	if series := testutil.CollectAndCount(registry, "crossvpc_aws_request_duration_seconds"); series != 1 {
		t.Errorf("%d series of durations", series)
	}
}
