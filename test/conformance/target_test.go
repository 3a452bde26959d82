package conformance

import (
	"context"
	"crypto/rand"
	"fmt"
	"math/big"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// A Target is an implementation of the AWS APIs under test.
type Target struct {
	Name     string
	Endpoint string
	// credentialsFor returns keys that the target takes for the account's.
	credentialsFor func(ctx context.Context, account string) (aws.Credentials, error)
	capabilities   []capability
	deviations     deviations
	// control is nil where the target has no capabilities.
	control control
	// pause lets the time pass that eventual consistency may need.
	pause func()
	// ticking says that the target's time passes by itself.
	ticking bool
	// patience is how many pauses a change may take to be seen.
	patience int
	// only is the one account that there is; empty: as many as wanted.
	only string

	http       *http.Client
	transcript *transcript
	accounts   struct {
		sync.Mutex
		next int64
	}
}

// control is what a simulator offers beside the AWS API.
type control interface {
	// Advance moves the target's clock on.
	Advance(d time.Duration)
	// Now is what the target's clock shows.
	Now() time.Time
	// SetLag sets how long a change stays invisible in the region that made
	// it and in other regions; it returns the undo.
	SetLag(own, other time.Duration) (undo func())
	// SetQuota sets a quota by its Service Quotas code; it returns the undo.
	SetQuota(account, code string, value int) (undo func())
	// SetThrottling switches the documented token buckets on for an account.
	SetThrottling(account string) (undo func())
	// DeclareRole makes a role that principals (account ids) may assume with
	// the external id.
	DeclareRole(account, name, externalID string, principals ...string)
	// SetEKSEndpoint makes a cluster's endpoint and CA bundle (base64) the given ones.
	SetEKSEndpoint(account, region, cluster, endpoint, certificateAuthority string)
	// ShareSubnets shares subnets of an owner with another account.
	ShareSubnets(owner, region, with string, subnets ...string)
	// LoseAnswer lets the next call of the action take effect and drops its answer.
	LoseAnswer(account, service, action string)
	// Deny forbids actions to a principal.
	Deny(arn string, actions ...string)
	// Attach gives a principal, or an account by its number, a policy of these statements.
	Attach(who string, statements ...string)
	// DeclareTrust makes a role with a trust policy of these statements.
	DeclareTrust(account, name string, statements ...string)
	// FailNext makes the nth following call of the action by the account fail with a code.
	FailNext(account, service, action, code string, nth int)
}

var theTarget struct {
	sync.Once
	*Target
	stop func()
}

func TestMain(m *testing.M) {
	code := m.Run()
	if theTarget.stop != nil {
		theTarget.stop()
	}
	os.Exit(code)
}

// openTarget starts, or connects to, what CONFORMANCE_TARGET names, once.
func openTarget(t *testing.T) *Target {
	t.Helper()
	name := os.Getenv("CONFORMANCE_TARGET")
	theTarget.Do(func() {
		switch {
		case name == "" || name == "awssim":
			theTarget.Target, theTarget.stop = openAWSSim(t)
		case name == "aws":
			theTarget.Target, theTarget.stop = openAWS(t)
		case name == "moto":
			theTarget.Target, theTarget.stop = openMoto(t)
		case strings.HasPrefix(name, "http://"), strings.HasPrefix(name, "https://"):
			theTarget.Target, theTarget.stop = openURL(t, name)
		default:
			t.Fatalf("CONFORMANCE_TARGET=%q: want awssim, moto, aws or a URL", name)
		}
	})
	if theTarget.Target == nil {
		t.Skipf("SKIPPED: target %q can't be had here (see the first test's log)", name)
	}
	return theTarget.Target
}

func newTarget(name, endpoint string) *Target {
	t := &Target{Name: name, Endpoint: endpoint, transcript: &transcript{}}
	t.http = &http.Client{Timeout: 2 * time.Minute, Transport: bodyFix{captureTransport{http.DefaultTransport.(*http.Transport).Clone()}}}
	t.accounts.next = randomAccount()
	return t
}

// randomAccount keeps runs against one long-lived target out of each other's
// way. Which account a check gets decides nothing.
func randomAccount() int64 {
	n, err := rand.Int(rand.Reader, big.NewInt(7e11))
	if err != nil {
		panic(err)
	}
	return 2e11 + n.Int64()
}

// now is what the target's clock shows, by which requests have to be signed.
func (t *Target) now() time.Time {
	if t.control != nil {
		return t.control.Now()
	}
	return time.Now()
}

// newAccount returns the id of an account that no check has used yet.
func (t *Target) newAccount() string {
	if t.only != "" {
		return t.only
	}
	t.accounts.Lock()
	defer t.accounts.Unlock()
	t.accounts.next++
	return fmt.Sprintf("%012d", t.accounts.next)
}

// config is how an account's user would configure the SDK, with one attempt a
// call so that retries hide nothing.
func (t *Target) config(ctx context.Context, account, region string) (aws.Config, error) {
	keys, err := t.credentialsFor(ctx, account)
	if err != nil {
		return aws.Config{}, fmt.Errorf("credentials of account %s: %w", account, err)
	}
	return t.configWithKeys(keys, region), nil
}

func (t *Target) configWithKeys(keys aws.Credentials, region string) aws.Config {
	endpoint := aws.String(t.Endpoint)
	if t.Endpoint == "" { // AWS's own
		endpoint = nil
	}
	return aws.Config{
		Region:           region,
		BaseEndpoint:     endpoint,
		HTTPClient:       t.http,
		RetryMaxAttempts: 1,
		Credentials:      credentials.NewStaticCredentialsProvider(keys.AccessKeyID, keys.SecretAccessKey, keys.SessionToken),
		APIOptions:       t.transcript.apiOptions(),
	}
}

// keyIsAccount is how awssim maps keys to accounts: the id is the access key.
func keyIsAccount(_ context.Context, account string) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: account, SecretAccessKey: "secret"}, nil
}
