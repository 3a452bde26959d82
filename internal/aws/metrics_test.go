package aws

import (
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

func TestRequestsAreCountedByCode(t *testing.T) {
	server := startedEndpoint(t)
	server.refuse("DescribeVpcs", "RequestLimitExceeded", "slow down")
	registry := prometheus.NewRegistry()
	cfg := server.configuration()
	cfg.RetryMaxAttempts = 2
	clients := NewClients(cfg, WithObserver(NewMetrics(registry)))
	if verdict := Classify(ask(t, clients, Identity{}, "eu-west-1")); !verdict.Throttled {
		t.Fatalf("verdict: %+v", verdict)
	}
	server.answer("DescribeVpcs", "<R/>")
	if err := ask(t, clients, Identity{}, "eu-west-1"); err != nil {
		t.Fatal(err)
	}
	server.Close()
	if err := ask(t, clients, Identity{}, "eu-west-1"); err == nil {
		t.Fatal("a closed server answered")
	}
	want := `
# HELP crossvpc_aws_requests_total Requests sent to AWS, retries included, by service, operation, region and error code.
# TYPE crossvpc_aws_requests_total counter
crossvpc_aws_requests_total{code="NoAnswer",operation="DescribeVpcs",region="eu-west-1",service="EC2"} 2
crossvpc_aws_requests_total{code="OK",operation="DescribeVpcs",region="eu-west-1",service="EC2"} 1
crossvpc_aws_requests_total{code="RequestLimitExceeded",operation="DescribeVpcs",region="eu-west-1",service="EC2"} 2
`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want), "crossvpc_aws_requests_total"); err != nil {
		t.Error(err)
	}
	if series := testutil.CollectAndCount(registry, "crossvpc_aws_request_duration_seconds"); series != 1 {
		t.Errorf("%d series of durations", series)
	}
}
