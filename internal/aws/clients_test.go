package aws

import (
	"fmt"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var peer = Identity{Name: "peer/eu", RoleARN: "arn:aws:iam::222222222222:role/crossvpc", ExternalID: "installation/peer"}

// assumable makes an endpoint give a new access key for each AssumeRole: ROLE1, ROLE2, …
func assumable(e *endpoint) {
	var calls atomic.Int32
	e.answerWith("AssumeRole", func(url.Values) (int, string) {
		return 200, fmt.Sprintf(`<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ROLE%d</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>%s</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
			calls.Add(1), time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
	})
}

func ask(t *testing.T, c *Clients, id Identity, region string) error {
	t.Helper()
	_, err := c.Reader(id, region).Side(t.Context(), Query{Owner: "o", VPC: "vpc-1", Kinds: VPCs, NotBefore: time.Now()})
	return err
}

func accessKeys(requests []sent) (keys []string) {
	for _, request := range requests {
		keys = append(keys, request.AccessKey)
	}
	return keys
}

func TestARoleIsAssumedOnceWithItsExternalIDAndUsedInAllRegions(t *testing.T) {
	server := startedEndpoint(t)
	assumable(server)
	clients := NewClients(server.configuration(), WithInstallation("prod"))
	for _, region := range []string{"eu-west-1", "us-east-1", "eu-west-1"} {
		if err := ask(t, clients, peer, region); err != nil {
			t.Fatal(err)
		}
	}
	assumed := server.requests("AssumeRole")
	if len(assumed) != 1 {
		t.Fatalf("assumed %d times", len(assumed))
	}
	got := map[string]string{"by": assumed[0].AccessKey}
	for _, field := range []string{"RoleArn", "ExternalId", "RoleSessionName"} {
		got[field] = assumed[0].Form.Get(field)
	}
	want := map[string]string{"by": "AMBIENT", "RoleArn": peer.RoleARN, "ExternalId": peer.ExternalID, "RoleSessionName": "crossvpc-prod-peer-eu"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("AssumeRole (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"ROLE1", "ROLE1", "ROLE1"}, accessKeys(server.requests("DescribeVpcs"))); diff != "" {
		t.Errorf("reads were signed by (-want +got):\n%s", diff)
	}
}

func TestAForgottenIdentityIsAssumedAgain(t *testing.T) {
	server := startedEndpoint(t)
	assumable(server)
	clients := NewClients(server.configuration())
	before := clients.EC2(peer, "eu-west-1")
	if before != clients.EC2(peer, "eu-west-1") {
		t.Error("the client was not kept")
	}
	for range 2 {
		if err := ask(t, clients, peer, "eu-west-1"); err != nil {
			t.Fatal(err)
		}
		clients.Forget(peer)
	}
	if before == clients.EC2(peer, "eu-west-1") {
		t.Error("the client outlived Forget")
	}
	if diff := cmp.Diff([]string{"ROLE1", "ROLE2"}, accessKeys(server.requests("DescribeVpcs"))); diff != "" {
		t.Errorf("reads were signed by (-want +got):\n%s", diff)
	}
}

func TestExpiredCredentialsAreFetchedAgain(t *testing.T) {
	server := startedEndpoint(t)
	assumable(server)
	clients := NewClients(server.configuration())
	server.refuse("DescribeVpcs", "RequestExpired", "Request has expired.")
	if failure := Classify(ask(t, clients, peer, "eu-west-1")); failure.Class != Retry || !failure.Expired {
		t.Fatalf("failure: %+v", failure)
	}
	server.answer("DescribeVpcs", "<DescribeVpcsResponse/>")
	if err := ask(t, clients, peer, "eu-west-1"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"ROLE1", "ROLE2"}, accessKeys(server.requests("DescribeVpcs"))); diff != "" {
		t.Errorf("reads were signed by (-want +got):\n%s", diff)
	}
}

func TestARefusedRoleIsAVerdictOnAssumeRole(t *testing.T) {
	server := startedEndpoint(t)
	server.answerWith("AssumeRole", func(url.Values) (int, string) {
		return 403, `<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not authorized</Message></Error></ErrorResponse>`
	})
	failure := Classify(ask(t, NewClients(server.configuration()), peer, "eu-west-1"))
	if failure.Class != User || !failure.Denied || failure.Action() != "sts:AssumeRole" {
		t.Errorf("failure: %+v", failure)
	}
	if calls := server.requests("DescribeVpcs"); len(calls) != 0 {
		t.Errorf("EC2 was called without credentials: %v", calls)
	}
}

func TestLimitsAreCountedByAccount(t *testing.T) {
	server := startedEndpoint(t)
	server.answer("GetCallerIdentity", caller)
	clients := NewClients(server.configuration())
	ambient := Identity{Name: "default"}
	if got := clients.payer(peer); got != "222222222222" {
		t.Errorf("the role's calls are counted by %q", got)
	}
	if got := clients.payer(ambient); got != "ambient" {
		t.Errorf("unknown account is %q", got)
	}
	if _, err := clients.CallerAccount(t.Context(), ambient, time.Now()); err != nil {
		t.Fatal(err)
	}
	if got := clients.payer(ambient); got != "111111111111" {
		t.Errorf("after asking it is %q", got)
	}
}
