package scene

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// Accounts configures the SDK as a user of any account in any region of one endpoint. It is safe for concurrent use.
type Accounts struct {
	url    string
	client *http.Client
	keys   func(ctx context.Context, account string) (aws.Credentials, error)
}

// KeyPerAccount is for endpoints that take an account's id as its access key, as awssim does.
func KeyPerAccount(url string) *Accounts {
	return &Accounts{url: url, client: newHTTPClient(), keys: func(_ context.Context, account string) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: account, SecretAccessKey: "secret"}, nil
	}}
}

// RolePerAccount is for endpoints where any role of any account can be assumed, as in moto.
func RolePerAccount(url string) *Accounts {
	accounts := &Accounts{url: url, client: newHTTPClient()}
	accounts.keys = (&sessions{accounts: accounts, issued: map[string]aws.Credentials{}}).of
	return accounts
}

// URL is the endpoint of all services.
func (a *Accounts) URL() string { return a.url }

// Config is how a user of the account configures the SDK.
func (a *Accounts) Config(ctx context.Context, account, region string) (aws.Config, error) {
	keys, err := a.keys(ctx, account)
	if err != nil {
		return aws.Config{}, fmt.Errorf("credentials of account %s: %w", account, err)
	}
	return a.config(keys, region), nil
}

func (a *Accounts) config(keys aws.Credentials, region string) aws.Config {
	return aws.Config{
		Region: region, BaseEndpoint: &a.url, HTTPClient: a.client,
		Credentials: credentials.NewStaticCredentialsProvider(keys.AccessKeyID, keys.SecretAccessKey, keys.SessionToken),
	}
}

// sessions assumes one role in each account, once.
type sessions struct {
	accounts *Accounts
	mu       sync.Mutex
	issued   map[string]aws.Credentials
}

func (s *sessions) of(ctx context.Context, account string) (aws.Credentials, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if keys, ok := s.issued[account]; ok {
		return keys, nil
	}
	config := s.accounts.config(aws.Credentials{AccessKeyID: "scene", SecretAccessKey: "secret"}, "us-east-1")
	out, err := sts.NewFromConfig(config).AssumeRole(ctx, &sts.AssumeRoleInput{
		RoleArn: aws.String("arn:aws:iam::" + account + ":role/scene"), RoleSessionName: aws.String("scene"),
	})
	if err != nil {
		return aws.Credentials{}, err
	}
	keys := aws.Credentials{
		AccessKeyID:     aws.ToString(out.Credentials.AccessKeyId),
		SecretAccessKey: aws.ToString(out.Credentials.SecretAccessKey),
		SessionToken:    aws.ToString(out.Credentials.SessionToken),
	}
	s.issued[account] = keys
	return keys, nil
}

func newHTTPClient() *http.Client {
	return &http.Client{Timeout: 30 * time.Second, Transport: plainBody{http.DefaultTransport.(*http.Transport).Clone()}}
}

// plainBody hides WriteTo of the SDK's request body: smithy-go closes the body once the headers of the answer are
// there, WriteTo then returns io.EOF, and net/http closes the connection in the middle of the answer
// (aws-sdk-go-v2#1825, #2737). Large answers of a fast server on loopback meet this often.
type plainBody struct{ next http.RoundTripper }

func (p plainBody) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		r = r.Clone(r.Context())
		r.Body = struct{ io.ReadCloser }{r.Body}
	}
	return p.next.RoundTrip(r)
}
