package awssim_test

import (
	"context"
	"errors"
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/crossvpc/crossvpc/test/awssim"
)

// transports are the two ways to the same Cloud.
func transports(t *testing.T, test func(t *testing.T, cloud *awssim.Cloud, client *ec2.Client)) {
	t.Helper()
	t.Run("socket", func(t *testing.T) {
		cloud, endpoint := start(t, awssim.Instant())
		test(t, cloud, ec2For(endpoint, accountA, regionA))
	})
	t.Run("in process", func(t *testing.T) {
		cloud := awssim.New(awssim.Options{})
		config := configFor("http://awssim.invalid", accountA, regionA)
		config.HTTPClient = &http.Client{Transport: cloud.RoundTripper()}
		test(t, cloud, ec2.NewFromConfig(config))
	})
}

func inject(t *testing.T, cloud *awssim.Cloud, fault awssim.Fault) {
	t.Helper()
	if _, err := cloud.Inject(fault); err != nil {
		t.Fatal(err)
	}
}

func createVpc(ctx context.Context, client *ec2.Client) error {
	_, err := client.CreateVpc(ctx, &ec2.CreateVpcInput{CidrBlock: aws.String("10.11.0.0/16")})
	return err
}

func countVpcs(t *testing.T, client *ec2.Client) int {
	t.Helper()
	return len(must[*ec2.DescribeVpcsOutput](t)(client.DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{})).Vpcs)
}

func TestAnInjectedErrorHitsTheNthCallOnly(t *testing.T) {
	transports(t, func(t *testing.T, cloud *awssim.Cloud, client *ec2.Client) {
		inject(t, cloud, awssim.Fault{Service: "ec2", Action: "CreateVpc", Nth: 2, Effect: awssim.ErrorAnswer, Code: "RequestLimitExceeded", Message: "Request limit exceeded.", Status: 503})
		if err := createVpc(t.Context(), client); err != nil {
			t.Errorf("first call: %v", err)
		}
		wantCode(t, createVpc(t.Context(), client), "RequestLimitExceeded")
		if err := createVpc(t.Context(), client); err != nil {
			t.Errorf("third call: %v", err)
		}
		if got := countVpcs(t, client); got != 2 {
			t.Errorf("%d VPCs, want 2", got)
		}
	})
}

func TestAFaultHitsOnlyTheAccountAndRegionItNames(t *testing.T) {
	cloud, endpoint := start(t, awssim.Instant())
	inject(t, cloud, awssim.Fault{Account: accountB, Region: regionB, Count: -1, Effect: awssim.ErrorAnswer})
	if err := createVpc(t.Context(), ec2For(endpoint, accountA, regionB)); err != nil {
		t.Error(err)
	}
	for range 2 {
		wantCode(t, createVpc(t.Context(), ec2For(endpoint, accountB, regionB)), "InternalError")
	}
}

func TestAResetLosesTheAnswerAndPerhapsTheCall(t *testing.T) {
	transports(t, func(t *testing.T, cloud *awssim.Cloud, client *ec2.Client) {
		for _, c := range []struct {
			effect awssim.Effect
			made   int
		}{{awssim.ResetBefore, 0}, {awssim.ResetAfter, 1}} {
			inject(t, cloud, awssim.Fault{Action: "CreateVpc", Effect: c.effect})
			err := createVpc(t.Context(), client)
			if !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("%s: got %v, want a reset connection", c.effect, err)
			}
			if got := countVpcs(t, client); got != c.made {
				t.Errorf("%s: %d VPCs, want %d", c.effect, got, c.made)
			}
		}
	})
}

func TestATimeoutLastsUntilTheClientGivesUp(t *testing.T) {
	transports(t, func(t *testing.T, cloud *awssim.Cloud, client *ec2.Client) {
		for _, c := range []struct {
			effect awssim.Effect
			made   int
		}{{awssim.TimeoutBefore, 0}, {awssim.TimeoutAfter, 1}} {
			inject(t, cloud, awssim.Fault{Action: "CreateVpc", Effect: c.effect})
			ctx, giveUp := context.WithCancel(t.Context())
			answered := make(chan error, 1)
			go func() { answered <- createVpc(ctx, client) }()
			untilJournaled(t, cloud, string(c.effect))
			select {
			case err := <-answered:
				t.Errorf("%s: answered with %v", c.effect, err)
			default:
			}
			giveUp()
			if err := <-answered; !errors.Is(err, context.Canceled) {
				t.Errorf("%s: got %v, want it canceled", c.effect, err)
			}
			if got := countVpcs(t, client); got != c.made {
				t.Errorf("%s: %d VPCs, want %d", c.effect, got, c.made)
			}
		}
	})
}

// untilJournaled waits until a call with that code is in the journal.
func untilJournaled(t *testing.T, cloud *awssim.Cloud, code string) {
	t.Helper()
	again := time.NewTicker(time.Millisecond)
	defer again.Stop()
	for len(cloud.Journal(awssim.Query{Code: code})) == 0 {
		select {
		case <-t.Context().Done():
			t.Fatalf("no call with code %s", code)
		case <-again.C:
		}
	}
}

func TestAnErrorAfterTheEffectHidesThatItHappened(t *testing.T) {
	transports(t, func(t *testing.T, cloud *awssim.Cloud, client *ec2.Client) {
		inject(t, cloud, awssim.Fault{Action: "CreateVpc", Effect: awssim.ErrorAfter, Code: "InternalError"})
		wantCode(t, createVpc(t.Context(), client), "InternalError")
		if got := countVpcs(t, client); got != 1 {
			t.Errorf("%d VPCs, want 1", got)
		}
	})
}

func TestAnUnknownEffectIsNotAccepted(t *testing.T) {
	if _, err := awssim.New(awssim.Options{}).Inject(awssim.Fault{Effect: "Boom"}); err == nil {
		t.Error("no error")
	}
}

func TestADeniedActionIsUnauthorizedUntilThePolicyIsCleared(t *testing.T) {
	cloud, endpoint := start(t, awssim.Instant())
	client := ec2For(endpoint, accountA, regionA)
	const user = "arn:aws:iam::" + accountA + ":user/awssim"
	cloud.Deny(user, "ec2:Create*")
	wantCode(t, createVpc(t.Context(), client), "UnauthorizedOperation")
	countVpcs(t, client)
	cloud.AllowOnly(user, "ec2:CreateVpc")
	_, err := client.DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{})
	wantCode(t, err, "UnauthorizedOperation")
	cloud.ClearPolicy(user)
	if err := createVpc(t.Context(), client); err != nil {
		t.Error(err)
	}
}
