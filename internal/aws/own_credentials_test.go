package aws_test

import (
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/test/awssim"
)

func TestWithOwnCredentialsNoRoleIsAssumedAndNothingIsWritten(t *testing.T) {
	cloud := awssim.New(awssim.Options{})
	url, err := cloud.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	static := func(account string) awssdk.CredentialsProvider {
		return credentials.NewStaticCredentialsProvider(account, "secret", "")
	}
	clients := aws.NewClients(awssdk.Config{Region: "eu-west-1", BaseEndpoint: &url, Credentials: static("333333333333")},
		aws.ReadOnly(), aws.WithCredentials(func(identity string) awssdk.CredentialsProvider {
			if identity == "us" {
				return static("222222222222")
			}
			return nil
		}))
	for identity, want := range map[string]string{"us": "222222222222", "eu": "333333333333"} {
		got, err := clients.CallerAccount(t.Context(), aws.Identity{Name: identity, RoleARN: "arn:aws:iam::111111111111:role/crossvpc"}, time.Now())
		if err != nil || got != want {
			t.Errorf("%s: %s, %v", identity, got, err)
		}
	}
	_, err = clients.EC2(aws.Identity{Name: "us"}, "us-east-1").CreateRoute(t.Context(), &ec2.CreateRouteInput{RouteTableId: awssdk.String("rtb-1")})
	if err == nil || !strings.Contains(err.Error(), "CreateRoute is no read") {
		t.Errorf("CreateRoute: %v", err)
	}
	for _, call := range cloud.Journal(awssim.Query{}) {
		if call.Action != "GetCallerIdentity" {
			t.Errorf("AWS was asked to %s", call.Action)
		}
	}
}
