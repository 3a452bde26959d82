package aws

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
)

// isolate takes everything out of the environment that configures an AWS SDK.
func isolate(t *testing.T) {
	t.Helper()
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, "")
			if err := os.Unsetenv(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	nowhere := filepath.Join(t.TempDir(), "none")
	t.Setenv("AWS_CONFIG_FILE", nowhere)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", nowhere)
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
}

const caller = `<GetCallerIdentityResponse><GetCallerIdentityResult><Account>111111111111</Account><UserId>u</UserId><Arn>a</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>`

func TestACABundleAndACustomEndpointWorkTogether(t *testing.T) {
	isolate(t)
	server := newEndpoint(t)
	server.StartTLS()
	server.answer("GetCallerIdentity", caller)
	t.Setenv("AWS_ENDPOINT_URL", server.URL)
	t.Setenv("AWS_ACCESS_KEY_ID", "AMBIENT")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")

	ask := func() (string, error) {
		cfg, err := LoadConfig(t.Context(), "prod")
		if err != nil {
			t.Fatal(err)
		}
		cfg.RetryMaxAttempts = 1
		return NewClients(cfg).CallerAccount(t.Context(), Identity{}, time.Now())
	}
	if _, err := ask(); err == nil {
		t.Fatal("a server with an unknown authority was trusted")
	} else if failure := Classify(err); failure.Class != Retry || !strings.Contains(failure.Message, "unknown authority") {
		t.Errorf("failure without the bundle: %+v", failure)
	}
	t.Setenv("AWS_CA_BUNDLE", bundle(t, server))
	account, err := ask()
	if err != nil || account != "111111111111" {
		t.Fatalf("with the bundle: %q, %v", account, err)
	}
	request := server.requests("GetCallerIdentity")[0]
	if !strings.Contains(request.UserAgent, "crossvpc/") {
		t.Errorf("user agent %q does not name crossvpc", request.UserAgent)
	}
	if request.Region != "us-east-1" {
		t.Errorf("without AWS_REGION, STS was asked in %q", request.Region)
	}
}

func bundle(t *testing.T, server *endpoint) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestTheEndpointOfOneServiceIsHonoured(t *testing.T) {
	isolate(t)
	server := startedEndpoint(t)
	t.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
	t.Setenv("AWS_ENDPOINT_URL_EC2", server.URL)
	t.Setenv("AWS_ACCESS_KEY_ID", "AMBIENT")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	cfg, err := LoadConfig(t.Context(), "prod")
	if err != nil {
		t.Fatal(err)
	}
	reader := NewClients(cfg).Reader(Identity{}, "sa-east-1")
	if _, err := reader.Side(t.Context(), Query{Owner: "o", VPC: "vpc-1", Kinds: VPCs}); err != nil {
		t.Fatal(err)
	}
	if region := server.requests("DescribeVpcs")[0].Region; region != "sa-east-1" {
		t.Errorf("signed for %q", region)
	}
}

func TestLoadingAsksNobody(t *testing.T) {
	isolate(t)
	if err := os.Unsetenv("AWS_EC2_METADATA_DISABLED"); err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int32
	metadata := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	t.Cleanup(metadata.Close)
	t.Setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata.URL)
	cfg, err := LoadConfig(t.Context(), "prod")
	if err != nil {
		t.Fatal(err)
	}
	if asked.Load() > 0 {
		t.Errorf("the instance's metadata was asked %d times", asked.Load())
	}
	if cfg.RetryMaxAttempts != 3 {
		t.Errorf("%d attempts", cfg.RetryMaxAttempts)
	}
}

func TestAnOperatorWithoutCredentialsIsToldSo(t *testing.T) {
	isolate(t)
	t.Setenv("AWS_REGION", "eu-west-1")
	cfg, err := LoadConfig(t.Context(), "prod")
	if err != nil {
		t.Fatal(err)
	}
	_, err = NewClients(cfg).CallerAccount(t.Context(), Identity{}, time.Now())
	failure := Classify(err)
	if failure.Class != User || !failure.Denied || !strings.Contains(failure.Message, "Give the operator AWS credentials") {
		t.Errorf("failure: %+v of %v", failure, err)
	}
}

func TestAnIdentityHasTheCredentialsOfTheProfileThatIsNamedForIt(t *testing.T) {
	isolate(t)
	file := filepath.Join(t.TempDir(), "credentials")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", file)
	profiles := "[mine]\naws_access_key_id = AKIAMINE\naws_secret_access_key = s\n[theirs]\naws_access_key_id = AKIATHEIRS\naws_secret_access_key = s\n"
	if err := os.WriteFile(file, []byte(profiles), 0o600); err != nil {
		t.Fatal(err)
	}
	own, err := WithProfiles(t.Context(), map[string]string{"": "mine", "us": "theirs"})
	if err != nil {
		t.Fatal(err)
	}
	clients := NewClients(awssdk.Config{}, own)
	for identity, want := range map[string]string{"us": "AKIATHEIRS", "eu": "AKIAMINE"} {
		found, err := clients.given(identity).Retrieve(t.Context())
		if err != nil || found.AccessKeyID != want {
			t.Errorf("%s: %s, %v", identity, found.AccessKeyID, err)
		}
	}
	if _, err := WithProfiles(t.Context(), map[string]string{"": "nobody"}); err == nil || !strings.Contains(err.Error(), "the AWS profile nobody") {
		t.Errorf("a profile that does not exist: %v", err)
	}
}
