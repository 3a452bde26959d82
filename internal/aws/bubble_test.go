package aws_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/test/awssim"
)

// inProcess is for bubbles of synctest, in which no real time goes by and no
// socket can be waited for: the simulated AWS is called without one.
func inProcess() (*awssim.Cloud, *aws.Clients) {
	cloud := awssim.New(awssim.Options{})
	return cloud, aws.NewClients(awssdk.Config{
		BaseEndpoint: awssdk.String("http://aws"), Region: "eu-west-1", RetryMaxAttempts: 3,
		Credentials: credentials.NewStaticCredentialsProvider("111111111111", "any", ""),
		HTTPClient:  &http.Client{Transport: cloud.RoundTripper()},
	})
}

func TestAFloodOfWritesIsAsFastAsAWSAllowsAndNoneIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const writes, workers, burst, perSecond = 1000, 16, 50, 5
		cloud, clients := inProcess()
		cloud.Throttle(awssim.EveryAccount, true)
		began := time.Now()
		var lost atomic.Int32
		var group sync.WaitGroup
		for worker := range workers {
			group.Go(func() {
				for i := worker; i < writes; i += workers {
					// The route is gone already, which is as good as deleting it.
					_, err := clients.Apply(t.Context(), aws.Identity{}, "eu-west-1", peering.DeleteRoute{
						On: peering.Requester, RouteTableID: "rtb-0123456789abcdef0",
						Destination: netip.MustParsePrefix(fmt.Sprintf("10.%d.%d.0/24", i/256, i%256)),
					})
					if err != nil {
						lost.Add(1)
					}
				}
			})
		}
		group.Wait()
		took, ideal := time.Since(began), time.Duration(writes-burst)*time.Second/perSecond
		throttled := len(cloud.Journal(awssim.Query{Code: "RequestLimitExceeded"}))
		t.Logf("%d writes took %s where AWS allows %s; %d attempts were throttled, %d writes lost", writes, took, ideal, throttled, lost.Load())
		if took > ideal*12/10 || throttled > writes/20 || lost.Load() > 0 {
			t.Error("want at most 1.2 × that, one in 20 throttled, and none lost")
		}
	})
}

func TestReadsAtRestAreNeverThrottled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud, clients := inProcess()
		cloud.Throttle(awssim.EveryAccount, true)
		for range 60 {
			for i := range 50 {
				_, err := clients.Reader(aws.Identity{}, "eu-west-1").Side(t.Context(), aws.Query{
					Owner: fmt.Sprintf("ns/p%d", i), VPC: fmt.Sprintf("vpc-%017x", i), Kinds: aws.AllKinds,
					NotBefore: time.Now().Truncate(time.Minute),
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			<-time.After(time.Minute)
		}
		if throttled := cloud.Journal(awssim.Query{Code: "RequestLimitExceeded"}); len(throttled) != 0 {
			t.Errorf("%d attempts were throttled", len(throttled))
		}
	})
}

func TestACallThatHangsIsGivenUpAfterItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud, clients := inProcess()
		if _, err := cloud.Inject(awssim.Fault{Action: "CreateVpcPeeringConnection", Effect: awssim.TimeoutBefore, Count: -1}); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		_, err := clients.Apply(t.Context(), aws.Identity{}, "eu-west-1", peering.CreateConnection{})
		if took := time.Since(began); took != 15*time.Second {
			t.Errorf("it took %s", took)
		}
		failure := aws.Classify(err)
		if want := "ec2:CreateVpcPeeringConnection: no answer within 15s. crossvpc tries again."; failure.Class != aws.Retry || failure.Message != want {
			t.Errorf("failure %+v of %v", failure, err)
		}
	})
}
