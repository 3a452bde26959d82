package ekstoken

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	testingclock "k8s.io/utils/clock/testing"

	"github.com/crossvpc/crossvpc/test/awssim"
)

var start = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

// keys are an account's in the simulated AWS.
func keys(expires time.Time) aws.CredentialsProvider {
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "111111111111", SecretAccessKey: "secret", CanExpire: !expires.IsZero(), Expires: expires}, nil
	})
}

func tokenOf(t *testing.T, s *Source) Token {
	t.Helper()
	made, err := s.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// signedURL is what is inside of a token.
func signedURL(t *testing.T, token string) *url.URL {
	t.Helper()
	content, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(token, Prefix))
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := url.Parse(string(content))
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// ask sends what is inside of a token to an STS, as a cluster does.
func ask(t *testing.T, sts http.Handler, token, cluster string) int {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, signedURL(t, token).String(), http.NoBody)
	request.Header.Set("x-k8s-aws-id", cluster)
	answer := httptest.NewRecorder()
	sts.ServeHTTP(answer, request)
	return answer.Code
}

func TestATokenProvesItsMakerToOneClusterForFifteenMinutes(t *testing.T) {
	clock := testingclock.NewFakePassiveClock(start)
	sts := awssim.New(awssim.Options{Clock: clock})
	made := tokenOf(t, New(keys(time.Time{}), "us-east-1", "prod", clock))
	if code := ask(t, sts, made.Value, "prod"); code != http.StatusOK {
		t.Errorf("the cluster's own question is answered with %d", code)
	}
	if code := ask(t, sts, made.Value, "test"); code != http.StatusForbidden {
		t.Errorf("another cluster's question is answered with %d", code)
	}
	clock.SetTime(made.Expires)
	if code := ask(t, sts, made.Value, "prod"); code != http.StatusOK {
		t.Errorf("at its end it is answered with %d", code)
	}
	clock.SetTime(made.Expires.Add(2 * time.Second))
	if code := ask(t, sts, made.Value, "prod"); code != http.StatusForbidden {
		t.Errorf("after its end it is answered with %d", code)
	}
}

func TestATokenIsForTheSTSOfTheClustersRegionWhateverTheEnvironmentSays(t *testing.T) {
	t.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
	t.Setenv("AWS_ENDPOINT_URL_STS", "https://vpce-1.sts.us-east-1.vpce.amazonaws.com")
	for region, host := range map[string]string{
		"us-east-1":     "sts.us-east-1.amazonaws.com",
		"eu-west-1":     "sts.eu-west-1.amazonaws.com",
		"cn-north-1":    "sts.cn-north-1.amazonaws.com.cn",
		"us-gov-west-1": "sts.us-gov-west-1.amazonaws.com",
	} {
		t.Run(region, func(t *testing.T) {
			made := tokenOf(t, New(keys(time.Time{}), region, "prod", testingclock.NewFakePassiveClock(start)))
			inside := signedURL(t, made.Value)
			if inside.Scheme != "https" || inside.Host != host || inside.Path != "/" {
				t.Errorf("it leads to %s://%s%s, want https://%s/", inside.Scheme, inside.Host, inside.Path, host)
			}
			if signed := inside.Query().Get("X-Amz-SignedHeaders"); signed != "host;x-k8s-aws-id" {
				t.Errorf("signed headers are %q", signed)
			}
			if scope := inside.Query().Get("X-Amz-Credential"); !strings.Contains(scope, "/"+region+"/sts/") {
				t.Errorf("the scope is %q", scope)
			}
		})
	}
}

func TestATokenIsKeptUntilAQuarterOfItsLifeIsLeft(t *testing.T) {
	for name, test := range map[string]struct {
		session        time.Duration // 0: credentials without an end
		kept, renewed  time.Duration
		expiresAfterIt time.Duration
	}{
		"of credentials that stay":              {0, 11 * time.Minute, 12 * time.Minute, 15 * time.Minute},
		"of a session that ends later":          {time.Hour, 11 * time.Minute, 12 * time.Minute, 15 * time.Minute},
		"of a session that ends before it does": {4 * time.Minute, 2 * time.Minute, 3 * time.Minute, 4 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			clock, end := testingclock.NewFakePassiveClock(start), time.Time{}
			if test.session != 0 {
				end = start.Add(test.session)
			}
			source := New(keys(end), "us-east-1", "prod", clock)
			first := tokenOf(t, source)
			if got := first.Expires.Sub(start); got != test.expiresAfterIt {
				t.Errorf("it says that it lives for %s, want %s", got, test.expiresAfterIt)
			}
			clock.SetTime(start.Add(test.kept))
			if tokenOf(t, source) != first {
				t.Errorf("it was made new after %s", test.kept)
			}
			clock.SetTime(start.Add(test.renewed))
			if tokenOf(t, source) == first {
				t.Errorf("it was kept for %s", test.renewed)
			}
		})
	}
}

func TestATokenThatWasRefusedIsMadeNew(t *testing.T) {
	clock := testingclock.NewFakePassiveClock(start)
	source := New(keys(time.Time{}), "us-east-1", "prod", clock)
	first := tokenOf(t, source)
	clock.SetTime(start.Add(time.Second))
	source.Drop("another")
	if tokenOf(t, source) != first {
		t.Error("it went because of another one")
	}
	source.Drop(first.Value)
	if tokenOf(t, source) == first {
		t.Error("it came back")
	}
}

func TestThereIsNoTokenWithoutCredentials(t *testing.T) {
	none := errors.New("no credentials")
	source := New(aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return aws.Credentials{}, none }),
		"us-east-1", "prod", testingclock.NewFakePassiveClock(start))
	if _, err := source.Token(t.Context()); !errors.Is(err, none) {
		t.Errorf("error is %v", err)
	}
}
